import { ByteWriter } from "./byte-writer.js";
import type { AcpiTable } from "./system-table.js";

const FACS_BYTES = 64;
const FACS_VERSION = 2;

/** Firmware ACPI control structure: global lock and waking vectors, written by the guest; it has no checksum. */
export function facs(): AcpiTable {
  const writer = new ByteWriter().text("FACS", 4).u32(FACS_BYTES).u32(0);
  writer.u32(0).u32(0).u32(0).u64(0).u8(FACS_VERSION).zeros(31);
  return { name: "FACS", bytes: writer.toBytes(), alignment: 64, pointers: [], checksums: [] };
}
