import type { BlockBackend, CharacterSink } from "../devices/contracts.js";
import type { BootSource } from "./boot/index.js";
import type { HostServices } from "./host-services.js";

/** What a machine is made of. */
export interface MachineOptions {
  /** RAM in bytes: whole MiB, 2 MiB … 32 GiB. Some 3.5 GiB of it may be touched: more ends the run with `out-of-memory`. */
  memoryBytes: number;
  /** 1 … 64. */
  cpuCount?: number;
  /** `real`: the host's time. `virtual`: an instruction is a nanosecond and halts take no time; every run is the same. */
  clock?: "real" | "virtual";
  /** Whether the guest sees VT-x; off unless asked for. */
  exposeVirtualizationExtensions?: boolean;
  /** Name of a processor profile; the default is the Intel profile. */
  cpuProfile?: string;
  boot: BootSource;
  /** virtio-blk disks. */
  disks?: readonly BlockBackend[];
  /** Gets COM1's output. */
  serialSink?: CharacterSink;
  /** Gets what the guest writes to port E9H, and SeaBIOS' messages. */
  debugSink?: CharacterSink;
  /** Whether port F4H ends the machine with an exit value. */
  exitPort?: boolean;
  /** `run` ends with `instruction-limit` after about so many instructions of all processors. */
  maxInstructions?: number;
  host: HostServices;
}

/**
 * What a saved machine is put back into: the same disks, and a place to run. What the guest can see is in the
 * snapshot; given here too, it must be the same.
 */
export type RestoreOptions = Pick<
  MachineOptions,
  "host" | "disks" | "serialSink" | "debugSink" | "maxInstructions"
> &
  Partial<
    Pick<
      MachineOptions,
      "memoryBytes" | "cpuCount" | "clock" | "exposeVirtualizationExtensions" | "cpuProfile" | "exitPort"
    >
  >;

export type EndReason =
  | "power-off"
  | "exit-port"
  | "triple-fault"
  | "stopped"
  | "paused"
  | "reset"
  | "instruction-limit"
  | "out-of-memory";

/** Why `run` ended. */
export interface MachineEnd {
  reason: EndReason;
  /** What the guest wrote to the exit port. */
  exitValue?: number;
  /** Processor state at a triple fault. */
  report?: ProcessorReport;
}

export interface ReportedException {
  vector: number;
  errorCode?: number;
  /** CS-relative, as pushed. */
  rip: bigint;
  /** The faulting linear address of a page fault. */
  cr2?: bigint;
}

/** A processor at the moment it gave up. */
export interface ProcessorReport {
  processor: number;
  /** By their SDM names, in the order in which they are to be printed. */
  registers: Readonly<Record<string, bigint>>;
  /** The size of the code segment's instructions. */
  bitness: 16 | 32 | 64;
  /** Linear address of the instruction. */
  linearRip: bigint;
  /** Code around it, as far as it was mapped; `linearAddress` is that of the first byte. */
  code: { linearAddress: bigint; bytes: Uint8Array };
  /** The last exceptions, the newest last. */
  exceptions: readonly ReportedException[];
}
