import { EventEmitter } from "node:events";
import type { CliContext } from "../../../src/cli/cli-context.js";
import type { MachineEnd, MachineOptions, RunningMachine } from "../../../src/cli/machine-contract.js";
import { runCli } from "../../../src/cli/program.js";

/** What a fake machine does when it runs. */
export type MachineScript = (machine: FakeMachine) => MachineEnd | Promise<MachineEnd>;

export class FakeMachine implements RunningMachine {
  readonly received: string[] = [];
  readonly stopped: Promise<void>;
  readonly serial = { send: (data: Uint8Array | string): void => void this.received.push(toText(data)) };
  #resolveStopped: () => void = () => undefined;

  constructor(
    readonly options: MachineOptions,
    private readonly script: MachineScript,
  ) {
    this.stopped = new Promise((resolve) => (this.#resolveStopped = resolve));
  }

  async run(): Promise<MachineEnd> {
    return this.script(this);
  }

  stop(): void {
    this.#resolveStopped();
  }

  print(text: string): void {
    this.options.serialSink.write(new TextEncoder().encode(text));
  }

  statistics(): Record<string, number> {
    return { instructions: 1234567, exits: 8 };
  }
}

/** A terminal, signals and a machine held by the test. */
export class FakeContext {
  readonly machines: FakeMachine[] = [];
  readonly signals = new EventEmitter();
  readonly stdin = new FakeInput();
  stdout = "";
  stderr = "";
  script: MachineScript = () => ({ reason: "power-off" });
  createError: Error | undefined;
  buildImage: CliContext["buildImage"] = () => Promise.reject(new Error("no image in this test"));
  cacheDir = "/nonexistent";

  run(...args: string[]): Promise<number> {
    return runCli(args, {
      stdin: this.stdin,
      stdout: { write: (data) => (this.stdout += toText(data)) },
      stderr: { write: (data) => (this.stderr += toText(data)) },
      signals: this.signals,
      createMachine: (options) => this.#createMachine(options),
      buildImage: this.buildImage,
      cacheDir: this.cacheDir,
    });
  }

  async #createMachine(options: MachineOptions): Promise<FakeMachine> {
    if (this.createError !== undefined) throw this.createError;
    const machine = new FakeMachine(options, this.script);
    this.machines.push(machine);
    return machine;
  }
}

class FakeInput extends EventEmitter {
  isTTY = false;
  isRaw = false;
  readonly calls: string[] = [];

  setRawMode(enabled: boolean): void {
    this.isRaw = enabled;
    this.calls.push(`raw ${enabled}`);
  }

  resume(): void {
    this.calls.push("resume");
  }

  pause(): void {
    this.calls.push("pause");
  }

  type(text: string): void {
    this.emit("data", new TextEncoder().encode(text));
  }
}

function toText(data: Uint8Array | string): string {
  return typeof data === "string" ? data : new TextDecoder().decode(data);
}
