import type { BlockBackend, CharacterSink } from "../devices/contracts.js";
import type { BootSource } from "../machine/boot/plan.js";
import type {
  EndReason,
  MachineEnd,
  ProcessorReport,
  ReportedException,
} from "../machine/machine-options.js";

/** What the commands ask of a machine; `create-machine.ts` gives them the real one, tests give a fake. */
export interface MachineOptions {
  memoryBytes: number;
  cpuCount: number;
  clock: "real" | "virtual";
  exposeVirtualizationExtensions: boolean;
  cpuProfile?: string;
  boot: BootSource;
  disks: BlockBackend[];
  serialSink: CharacterSink;
  exitPort: boolean;
  maxInstructions?: number;
}

export interface RunningMachine {
  run(): Promise<MachineEnd>;
  /** Makes `run` end with the reason `stopped`. */
  stop(): void;
  readonly serial: { send(data: Uint8Array | string): void };
  /** Counters by name, for --stats. */
  statistics(): Readonly<Record<string, number>>;
}

export type CreateMachine = (options: MachineOptions) => Promise<RunningMachine>;
export type { EndReason, MachineEnd, ProcessorReport, ReportedException };
