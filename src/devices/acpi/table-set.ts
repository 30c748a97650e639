import { loaderScript } from "./loader-script.js";
import type { AcpiTable, PlacedTable, TableChecksum, TablePointer } from "./system-table.js";

/** Tables at their final addresses, to be copied into guest memory. */
export interface LinkedAcpiTables {
  readonly rsdpAddress: number;
  readonly rsdp: Uint8Array;
  readonly tablesAddress: number;
  readonly tables: Uint8Array;
}

export interface NamedFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const BLOCK_ALIGNMENT = 64;

/** The RSDP, and all other tables in one block: position-independent until linked. */
export class AcpiTableSet {
  readonly #rsdp: AcpiTable;
  readonly #placed: readonly PlacedTable[];
  readonly #offsets: ReadonlyMap<string, number>;

  constructor(rsdp: AcpiTable, tables: readonly AcpiTable[]) {
    this.#rsdp = rsdp;
    this.#placed = placeTables(tables);
    this.#offsets = new Map(this.#placed.map(({ table, offset }) => [table.name, offset]));
  }

  /** Bytes that the block of tables takes, without the RSDP. */
  get tablesLength(): number {
    const last = this.#placed[this.#placed.length - 1];
    return last ? last.offset + last.table.bytes.length : 0;
  }

  /**
   * Resolves pointers and checksums for the given addresses. `rsdpAddress` must be a multiple of 16 and
   * `tablesAddress` one of 64, else RangeError. A guest that searches finds the RSDP in E0000H … FFFFFH only.
   */
  link(rsdpAddress: number, tablesAddress: number): LinkedAcpiTables {
    if (rsdpAddress % 16 !== 0 || tablesAddress % BLOCK_ALIGNMENT !== 0) {
      throw new RangeError("RSDP address must be a multiple of 16, that of the tables a multiple of 64");
    }
    const rsdp = this.#resolvePointers(this.#rsdp, tablesAddress);
    fillChecksums(rsdp, 0, this.#rsdp.checksums);
    const tables = this.#buildBlock(tablesAddress);
    for (const { table, offset } of this.#placed) fillChecksums(tables, offset, table.checksums);
    return { rsdpAddress, rsdp, tablesAddress, tables };
  }

  /** The fw_cfg files from which firmware links the tables itself: two blobs and the script. */
  loaderFiles(): NamedFile[] {
    const relative = 0;
    return [
      { name: "etc/acpi/rsdp", bytes: this.#resolvePointers(this.#rsdp, relative) },
      { name: "etc/acpi/tables", bytes: this.#buildBlock(relative) },
      { name: "etc/table-loader", bytes: loaderScript(this.#rsdp, this.#placed) },
    ];
  }

  #buildBlock(address: number): Uint8Array {
    const block = new Uint8Array(this.tablesLength);
    for (const { table, offset } of this.#placed) block.set(this.#resolvePointers(table, address), offset);
    return block;
  }

  /** The table's bytes with each pointer at `address` plus its target's offset in the block. */
  #resolvePointers(table: AcpiTable, address: number): Uint8Array {
    const bytes = table.bytes.slice();
    for (const pointer of table.pointers)
      writePointer(bytes, pointer, address + this.#offsetOf(pointer.target));
    return bytes;
  }

  #offsetOf(target: string): number {
    const offset = this.#offsets.get(target);
    if (offset === undefined) throw new RangeError(`no ACPI table ${target}`);
    return offset;
  }
}

function placeTables(tables: readonly AcpiTable[]): PlacedTable[] {
  let end = 0;
  return tables.map((table) => {
    const offset = Math.ceil(end / table.alignment) * table.alignment;
    end = offset + table.bytes.length;
    return { table, offset };
  });
}

function writePointer(bytes: Uint8Array, pointer: TablePointer, value: number): void {
  const view = new DataView(bytes.buffer);
  view.setUint32(pointer.offset, value % 2 ** 32, true);
  if (pointer.size === 8) view.setUint32(pointer.offset + 4, Math.floor(value / 2 ** 32), true);
}

function fillChecksums(block: Uint8Array, base: number, checksums: readonly TableChecksum[]): void {
  for (const { offset, start, length } of checksums) {
    const covered = block.subarray(base + start, base + start + length);
    block[base + offset] = -covered.reduce((sum, byte) => sum + byte, 0);
  }
}
