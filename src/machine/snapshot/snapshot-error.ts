import { VmError, type VmErrorContext } from "../errors.js";

const HINTS = {
  "snapshot-invalid": "give the bytes that Machine.snapshot returned",
  "snapshot-version": "restore it with the version of Innervisor that saved it",
  "snapshot-truncated": "copy the snapshot again; it is shorter than it says",
  "snapshot-checksum": "copy the snapshot again; it is not what was saved",
  "snapshot-damaged": "save the machine again; this snapshot cannot be used",
  "snapshot-mismatch": "give the options of the machine that was saved, or leave them out",
} as const;

export type SnapshotErrorCode = keyof typeof HINTS;

/** Why bytes cannot be restored. */
export function snapshotError(
  code: SnapshotErrorCode,
  message: string,
  details: { context?: VmErrorContext; cause?: unknown } = {},
): VmError {
  return new VmError({ code, message, hint: HINTS[code], ...details });
}
