import { ByteWriter } from "./byte-writer.js";
import type { AcpiTable, PlacedTable } from "./system-table.js";

const RSDP_FILE = "etc/acpi/rsdp";
const TABLES_FILE = "etc/acpi/tables";

const ALLOCATE = 1;
const ADD_POINTER = 2;
const ADD_CHECKSUM = 3;

const ZONE_HIGH = 1;
const ZONE_F_SEGMENT = 2;

const ENTRY_BYTES = 128;
const FILE_NAME_BYTES = 56;

/**
 * The script with which firmware loads and links the tables: entries of 128 bytes, each a command and its
 * operands (QEMU's firmware interface "BIOS linker/loader"). Checksums come last: they cover the pointers.
 */
export function loaderScript(rsdp: AcpiTable, placed: readonly PlacedTable[]): Uint8Array {
  const script = new ByteWriter();
  allocate(script, TABLES_FILE, 64, ZONE_HIGH);
  allocate(script, RSDP_FILE, 16, ZONE_F_SEGMENT);
  const tables = placed.map((entry) => ({ file: TABLES_FILE, ...entry }));
  const all = [...tables, { file: RSDP_FILE, table: rsdp, offset: 0 }];
  for (const { file, table, offset } of all) addPointers(script, file, table, offset);
  for (const { file, table, offset } of all) addChecksums(script, file, table, offset);
  return script.toBytes();
}

function allocate(script: ByteWriter, file: string, alignment: number, zone: number): void {
  script.u32(ALLOCATE).text(file, FILE_NAME_BYTES).u32(alignment).u8(zone).align(ENTRY_BYTES);
}

function addPointers(script: ByteWriter, file: string, table: AcpiTable, base: number): void {
  for (const { offset, size } of table.pointers) {
    script.u32(ADD_POINTER).text(file, FILE_NAME_BYTES).text(TABLES_FILE, FILE_NAME_BYTES);
    script
      .u32(base + offset)
      .u8(size)
      .align(ENTRY_BYTES);
  }
}

function addChecksums(script: ByteWriter, file: string, table: AcpiTable, base: number): void {
  for (const { offset, start, length } of table.checksums) {
    script.u32(ADD_CHECKSUM).text(file, FILE_NAME_BYTES);
    script
      .u32(base + offset)
      .u32(base + start)
      .u32(length)
      .align(ENTRY_BYTES);
  }
}
