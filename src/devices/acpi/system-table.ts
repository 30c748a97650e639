import { ByteWriter } from "./byte-writer.js";

/** A pointer within a table to the start of another one, 4 or 8 bytes wide. */
export interface TablePointer {
  readonly offset: number;
  readonly size: 4 | 8;
  /** Name of the table it points to. */
  readonly target: string;
}

/** Bytes [start, start + length) whose sum is made 0 by the byte at `offset`. */
export interface TableChecksum {
  readonly offset: number;
  readonly start: number;
  readonly length: number;
}

/** A table not yet placed in memory: its pointers and checksums are zero. */
export interface AcpiTable {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly alignment: number;
  readonly pointers: readonly TablePointer[];
  readonly checksums: readonly TableChecksum[];
}

/** A table's place in the block that holds all of them. */
export interface PlacedTable {
  readonly table: AcpiTable;
  readonly offset: number;
}

export const TABLE_HEADER_BYTES = 36;
const CHECKSUM_OFFSET = 9;
const TABLE_ALIGNMENT = 16;
export const OEM_ID = "INNERV";
const OEM_TABLE_ID = "INNERVSR";
const CREATOR_ID = "INNV";

/** A table with the system description header in front of `body` (ACPI 6.4, "System Description Table Header"). */
export function systemTable(
  signature: string,
  revision: number,
  body: Iterable<number>,
  pointers: readonly TablePointer[] = [],
): AcpiTable {
  const content = Uint8Array.from(body);
  const length = TABLE_HEADER_BYTES + content.length;
  const writer = new ByteWriter().text(signature, 4).u32(length).u8(revision, 0);
  writer.text(OEM_ID, 6).text(OEM_TABLE_ID, 8).u32(1).text(CREATOR_ID, 4).u32(1).bytes(content);
  return {
    name: signature,
    bytes: writer.toBytes(),
    alignment: TABLE_ALIGNMENT,
    pointers,
    checksums: [{ offset: CHECKSUM_OFFSET, start: 0, length }],
  };
}
