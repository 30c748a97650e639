/** What a snapshot says of a machine besides its memory, and how that is checked before any of it is used. */
import type { DeviceState } from "../../devices/contracts.js";
import { matchState } from "../../devices/saved-state.js";
import { unpackSnapshot } from "./container.js";
import type { FrameRun } from "./saved-memory.js";
import { layoutFingerprint, processorsTemplate } from "./saved-processors.js";
import { snapshotError } from "./snapshot-error.js";

/** The parts of MachineOptions that the guest can see. */
export type SavedHardware = {
  memoryBytes: number;
  cpuCount: number;
  clock: "real" | "virtual";
  exposeVirtualizationExtensions: boolean;
  /** Empty: the default profile. */
  cpuProfile: string;
  exitPort: boolean;
  /** Whether it was started by a firmware ROM, and has what firmware expects. */
  isFirmware: boolean;
  disks: { sectorCount: number; readOnly: boolean }[];
};

export type SavedHeader = {
  /** `layoutFingerprint` of the engine that saved it. */
  layout: number;
  hardware: SavedHardware;
  bootDescription: string;
  /** The machine's clock, and of a virtual one the scheduler's time and the instructions so far. */
  clock: { nowNs: number; virtualNs: number; retired: number };
  randomState: number;
  frameNext: number;
  frameDirectory: Uint8Array;
  processors: { states: Uint8Array[]; words: Uint8Array; cpuidTable: Uint8Array };
  /** In the board's order. */
  devices: { name: string; state: DeviceState }[];
  serialText: string;
  consoleText: string;
};

export interface SavedMachine {
  readonly header: SavedHeader;
  readonly runs: readonly FrameRun[];
  readonly frames: Uint8Array;
}

/** Shape of everything but the byte array and the devices, whose own check is stricter or theirs. */
const TEMPLATE = {
  layout: 0,
  hardware: {
    memoryBytes: 0,
    cpuCount: 0,
    clock: "",
    exposeVirtualizationExtensions: false,
    cpuProfile: "",
    exitPort: false,
    isFirmware: false,
    disks: [{ sectorCount: 0, readOnly: false }],
  },
  bootDescription: "",
  clock: { nowNs: 0, virtualNs: 0, retired: 0 },
  randomState: 0,
  frameNext: 0,
  processors: processorsTemplate,
  serialText: "",
  consoleText: "",
};

/**
 * Reads a snapshot; nothing of it has been used when this throws.
 * @throws VmError `snapshot-…`
 */
export function readSnapshot(packed: Uint8Array): SavedMachine {
  const { header, runs, frames } = unpackSnapshot(packed);
  checkLayout(header);
  try {
    matchState(TEMPLATE, header, "the machine");
    const saved = header as SavedHeader;
    matchState(new Uint8Array(saved.frameDirectory.length), saved.frameDirectory, "the frame directory");
    for (const { name } of saved.devices) matchState("", name, "a device's name");
    if (saved.processors.states.length !== saved.hardware.cpuCount)
      throw new Error("Processor states are missing.");
    return { header: saved, runs, frames };
  } catch (cause) {
    throw snapshotError("snapshot-damaged", (cause as Error).message, { cause });
  }
}

function checkLayout(header: DeviceState): void {
  const found = (header as { layout?: DeviceState } | null)?.layout;
  if (found === layoutFingerprint()) return;
  const message = "the snapshot was saved by a build whose processor keeps its state in another way";
  throw snapshotError("snapshot-version", message);
}
