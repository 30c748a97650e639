import type { CliContext } from "./cli-context.js";
import { exitCode, exitCodeOfPort } from "./exit-codes.js";
import { formatProcessorReport } from "./processor-report.js";
import type { MachineEnd, MachineOptions, RunningMachine } from "./machine-contract.js";
import { SerialTerminal } from "./serial-terminal.js";

export interface RunSettings {
  /** End, rather than start again, when the guest resets its machine. */
  noReboot: boolean;
  printStatistics: boolean;
  timeoutMs?: number;
  /** Sees what the guest prints on its serial line, besides the terminal. */
  observe?: (bytes: Uint8Array) => void;
}

/** Why the machine was stopped from outside. */
type StopCause = "stopped" | "interrupted" | "terminated" | "timeout";

/** Runs a machine with its serial line on the terminal until it ends. Returns the exit code. */
export async function runMachine(
  context: CliContext,
  options: Omit<MachineOptions, "serialSink">,
  settings: RunSettings,
): Promise<number> {
  return new MachineRun(context, options, settings).run();
}

class MachineRun {
  readonly #terminal: SerialTerminal;
  #machine: RunningMachine | undefined;
  #stopCause: StopCause | undefined;

  constructor(
    readonly context: CliContext,
    readonly options: Omit<MachineOptions, "serialSink">,
    readonly settings: RunSettings,
  ) {
    this.#terminal = new SerialTerminal(context);
  }

  async run(): Promise<number> {
    // Created before the terminal is touched: bad input must leave no trace.
    let machine = await this.#createMachine();
    const release = this.#watch();
    try {
      let end = await machine.run();
      while (end.reason === "reset" && !this.settings.noReboot && this.#stopCause === undefined) {
        machine = await this.#createMachine();
        end = this.#stopCause === undefined ? await machine.run() : { reason: "stopped" };
      }
      return await this.#finish(machine, end);
    } finally {
      release();
    }
  }

  async #createMachine(): Promise<RunningMachine> {
    const { observe } = this.settings;
    const write = (bytes: Uint8Array): void => {
      this.#terminal.write(bytes);
      observe?.(bytes);
    };
    this.#machine = await this.context.createMachine({ ...this.options, serialSink: { write } });
    return this.#machine;
  }

  /** Listens to terminal, signals and the time-out; the function returned ends that. */
  #watch(): () => void {
    const { signals } = this.context;
    const { timeoutMs } = this.settings;
    const interrupt = (): void => this.#stop("interrupted");
    const terminate = (): void => this.#stop("terminated");
    signals.on("SIGINT", interrupt);
    signals.on("SIGTERM", terminate);
    const timer = timeoutMs === undefined ? undefined : setTimeout(() => this.#stop("timeout"), timeoutMs);
    this.#terminal.open(
      (bytes) => this.#machine?.serial.send(bytes),
      () => this.#stop("stopped"),
    );
    return () => {
      clearTimeout(timer);
      signals.off("SIGINT", interrupt);
      signals.off("SIGTERM", terminate);
      this.#terminal.close();
    };
  }

  #stop(cause: StopCause): void {
    this.#stopCause ??= cause;
    this.#machine?.stop();
  }

  async #finish(machine: RunningMachine, end: MachineEnd): Promise<number> {
    this.#terminal.close();
    const { stderr } = this.context;
    if (this.settings.printStatistics) stderr.write(formatStatistics(machine.statistics()));
    if (end.reason === "triple-fault") {
      stderr.write("error: the guest's processor shut down (triple fault)\n");
      if (end.report !== undefined) stderr.write(await formatProcessorReport(end.report));
    }
    if (end.reason === "instruction-limit") stderr.write("the instruction limit was reached\n");
    if (end.reason === "out-of-memory")
      stderr.write("error: the guest touched more memory than the engine can hold\n");
    if (this.#stopCause === "timeout") stderr.write("error: the guest did not end within the time-out\n");
    return this.#exitCode(end);
  }

  #exitCode(end: MachineEnd): number {
    switch (end.reason) {
      case "power-off":
        return exitCode.success;
      case "exit-port":
        return exitCodeOfPort(end.exitValue ?? 0);
      case "triple-fault":
        return exitCode.tripleFault;
      case "instruction-limit":
        return exitCode.instructionLimit;
      case "reset":
        return exitCode.reset;
      case "out-of-memory":
        return exitCode.outOfMemory;
      case "paused":
      case "stopped":
        return exitCode[this.#stopCause ?? "stopped"];
    }
  }
}

function formatStatistics(statistics: Readonly<Record<string, number>>): string {
  const rows = Object.entries(statistics);
  const width = Math.max(0, ...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value.toLocaleString("en-US")}\n`).join("");
}
