import type { ConsoleLog } from "./console-log.js";

/** A guest to start. */
export interface GuestRequest {
  readonly kernelPath: string;
  readonly initrdPath: string;
  readonly commandLine: string;
  readonly memoryMiB: number;
  /** Whether the guest's processor has virtualization extensions (VT-x or AMD-V, what the engine has). */
  readonly nested: boolean;
  readonly timeoutMs: number;
}

/** A guest that ran until it powered its machine off. */
export interface GuestRun {
  readonly console: ConsoleLog;
  /** From the kernel in memory to the machine's end. */
  readonly elapsedMs: number;
  readonly peakMemoryKiB: number;
}

/** An emulator that is compared. */
export interface Engine {
  readonly id: "ours" | "qemu" | "bochs";
  readonly title: string;
  /** How much work the loops do, so that each takes from some tenths of a second to some seconds. */
  readonly loopScale: number;
  /** Its version in one line; throws when it is not installed. */
  describe(): Promise<string>;
  /** Runs the guest to its end. Throws when that is not a power-off, or takes longer than `timeoutMs`. */
  run(request: GuestRequest): Promise<GuestRun>;
}

/** What Linux prints when it powers the machine off. */
export const powerDownLine = "reboot: Power down";
