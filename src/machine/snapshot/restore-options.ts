import type { BlockBackend } from "../../devices/contracts.js";
import type { RestoreOptions } from "../machine-options.js";
import type { SavedHardware } from "./saved-machine.js";
import { snapshotError } from "./snapshot-error.js";

const GUEST_VISIBLE = [
  "memoryBytes",
  "cpuCount",
  "clock",
  "exposeVirtualizationExtensions",
  "cpuProfile",
  "exitPort",
] as const;

/**
 * Whatever `options` say of the hardware must be what was saved, and the disks must be as many and as large.
 * @throws VmError `snapshot-mismatch` naming the first difference
 */
export function checkRestoreOptions(saved: SavedHardware, options: RestoreOptions): void {
  for (const name of GUEST_VISIBLE) {
    const given = options[name];
    if (given !== undefined && given !== saved[name]) refuse(name, saved[name], given);
  }
  const disks = options.disks ?? [];
  if (disks.length !== saved.disks.length) refuse("disks", saved.disks.length, disks.length);
  saved.disks.forEach((disk, index) => checkDisk(index, disk, disks[index] as BlockBackend));
}

function checkDisk(index: number, saved: SavedHardware["disks"][number], given: BlockBackend): void {
  if (given.sectorCount !== saved.sectorCount) {
    refuse(`disks[${index}].sectorCount`, saved.sectorCount, given.sectorCount);
  }
  if (given.readOnly !== saved.readOnly) refuse(`disks[${index}].readOnly`, saved.readOnly, given.readOnly);
}

type Value = string | number | boolean;

function refuse(option: string, expected: Value, found: Value): never {
  const message = `the saved machine has ${option} ${JSON.stringify(expected)}, the options say ${JSON.stringify(found)}`;
  throw snapshotError("snapshot-mismatch", message, { context: { option, expected, found } });
}
