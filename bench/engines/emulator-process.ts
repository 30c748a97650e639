import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";

const memoryPollMs = 100;
const stderrKeptBytes = 4096;

/** How an emulator's process ended. */
export interface ProcessEnd {
  readonly exitCode: number | undefined;
  readonly endedMs: number;
  /** The greatest resident memory that was seen, in KiB (VmHWM of proc(5)). */
  readonly peakMemoryKiB: number;
  /** The end of what it wrote to standard error. */
  readonly stderr: string;
  readonly timedOut: boolean;
}

export interface ProcessOptions {
  readonly program: string;
  readonly args: readonly string[];
  readonly timeoutMs: number;
  readonly onOutput?: (chunk: Uint8Array) => void;
}

/** One run of an emulator: ended by itself, by `stop`, or by the timeout. */
export class EmulatorProcess {
  readonly startedMs = performance.now();
  readonly end: Promise<ProcessEnd>;
  private readonly child: ChildProcess;
  private peakMemoryKiB = 0;
  private stderr = "";
  private timedOut = false;

  constructor(options: ProcessOptions) {
    this.child = spawn(options.program, options.args, { stdio: ["ignore", "pipe", "pipe"] });
    this.child.stdout?.on("data", (chunk: Buffer) => options.onOutput?.(chunk));
    this.child.stderr?.on("data", (chunk: Buffer) => this.keepStderr(chunk));
    this.end = this.waitForEnd(options);
  }

  stop(): void {
    this.child.kill("SIGKILL");
  }

  private waitForEnd(options: ProcessOptions): Promise<ProcessEnd> {
    const poll = setInterval(() => this.readMemory(), memoryPollMs);
    const timeout = setTimeout(() => this.stopAtTimeout(), options.timeoutMs);
    return new Promise<ProcessEnd>((resolve, reject) => {
      this.child.on("error", (cause) => reject(new Error(`cannot run ${options.program}`, { cause })));
      this.child.on("close", (code) => resolve(this.describeEnd(code)));
    }).finally(() => {
      clearInterval(poll);
      clearTimeout(timeout);
    });
  }

  private describeEnd(code: number | null): ProcessEnd {
    return {
      exitCode: code ?? undefined,
      endedMs: performance.now(),
      peakMemoryKiB: this.peakMemoryKiB,
      stderr: this.stderr.trim(),
      timedOut: this.timedOut,
    };
  }

  private stopAtTimeout(): void {
    this.timedOut = true;
    this.stop();
  }

  private keepStderr(chunk: Buffer): void {
    this.stderr = (this.stderr + chunk.toString()).slice(-stderrKeptBytes);
  }

  /** A process that just ended has no status file, or one without memory. */
  private readMemory(): void {
    try {
      const status = readFileSync(`/proc/${this.child.pid}/status`, "utf8");
      const peak = Number(/^VmHWM:\s*(\d+) kB/m.exec(status)?.[1] ?? 0);
      this.peakMemoryKiB = Math.max(this.peakMemoryKiB, peak);
    } catch {
      // no /proc on this host, or the process is gone: the last value stands
    }
  }
}
