import { ByteWriter } from "./byte-writer.js";
import { type AcpiTable, OEM_ID, systemTable, TABLE_HEADER_BYTES } from "./system-table.js";

/** Root system description table: 32-bit pointers to `targets`. */
export function rsdt(targets: readonly string[]): AcpiTable {
  return pointerTable("RSDT", 4, targets);
}

/** Extended system description table: 64-bit pointers to `targets`. */
export function xsdt(targets: readonly string[]): AcpiTable {
  return pointerTable("XSDT", 8, targets);
}

function pointerTable(signature: string, size: 4 | 8, targets: readonly string[]): AcpiTable {
  const body = new Uint8Array(size * targets.length);
  const pointers = targets.map((target, at) => ({ offset: TABLE_HEADER_BYTES + size * at, size, target }));
  return systemTable(signature, 1, body, pointers);
}

const RSDP_BYTES = 36;
const RSDP_BYTES_OF_ACPI_1 = 20;
const RSDP_REVISION = 2;

/** Root system description pointer (ACPI 6.4, "Root System Description Pointer (RSDP)"). */
export function rsdp(): AcpiTable {
  const writer = new ByteWriter().text("RSD PTR ", 8).u8(0).text(OEM_ID, 6).u8(RSDP_REVISION);
  writer.u32(0).u32(RSDP_BYTES).u64(0).u8(0).zeros(3);
  return {
    name: "RSDP",
    bytes: writer.toBytes(),
    alignment: 16,
    pointers: [
      { offset: 16, size: 4, target: "RSDT" },
      { offset: 24, size: 8, target: "XSDT" },
    ],
    checksums: [
      { offset: 8, start: 0, length: RSDP_BYTES_OF_ACPI_1 },
      { offset: 32, start: 0, length: RSDP_BYTES },
    ],
  };
}
