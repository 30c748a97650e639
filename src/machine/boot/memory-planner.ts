import { VmError, formatHex, formatSize } from "../errors.js";
import type { MemoryWrite } from "./boot-plan.js";
import type { BootMemory } from "./e820.js";
import { e820Type, lowMemoryEnd } from "./e820.js";

interface PlacedRange {
  what: string;
  start: number;
  end: number;
}

export interface PlacementLimits {
  /** The lowest address allowed; default 1000H, which spares the interrupt vectors and the BIOS data area. */
  from?: number;
  /** The address the range may not reach past; default: the end of RAM below 4 GiB. */
  below?: number;
  /** A power of two in bytes; default 16. */
  alignment?: number;
}

const firstFreeAddress = 0x1000;
const addressLimit32 = 0x1_0000_0000;

/**
 * Gives guest-physical addresses to what a boot protocol loads, so that nothing overlaps and all lies in RAM.
 * `what` names a thing in error messages ("kernel", "initrd").
 */
export class MemoryPlanner {
  readonly writes: MemoryWrite[] = [];
  readonly #placed: PlacedRange[] = [];
  readonly #ram: { start: number; end: number }[];
  readonly #lowEnd: number;
  readonly #memoryBytes: number;

  constructor(memory: BootMemory) {
    this.#memoryBytes = memory.memoryBytes;
    this.#lowEnd = lowMemoryEnd(memory);
    this.#ram = memory.e820
      .filter((entry) => entry.type === e820Type.ram)
      .map((entry) => ({ start: entry.address, end: entry.address + entry.length }))
      .sort((a, b) => a.start - b.start);
  }

  /**
   * Puts `bytes` at `address` and keeps `reservedBytes` from there free of anything else.
   * @throws VmError `memory-not-ram` or `memory-overlap`
   */
  placeAt(what: string, address: number, bytes: Uint8Array, reservedBytes = bytes.length): MemoryWrite {
    this.reserve(what, address, Math.max(bytes.length, reservedBytes));
    return this.#addWrite(address, bytes);
  }

  /** Keeps [address, address + length) for `what` without writing to it; errors as `placeAt`. */
  reserve(what: string, address: number, length: number): void {
    const end = address + length;
    if (length > 0 && !this.#ram.some((ram) => address >= ram.start && end <= ram.end)) {
      throw this.#notRamError(what, address, length);
    }
    const other = this.#overlapping(address, end);
    if (other !== undefined) throw overlapError({ what, start: address, end }, other);
    this.#placed.push({ what, start: address, end });
  }

  /** Puts `bytes` at the lowest free address within `limits`. @throws VmError `memory-no-room` */
  placeLowest(what: string, bytes: Uint8Array, limits: PlacementLimits = {}): MemoryWrite {
    const address = this.findLowest(what, bytes.length, limits);
    return this.placeAt(what, address, bytes);
  }

  /** Puts `bytes` at the highest free address within `limits`. @throws VmError `memory-no-room` */
  placeHighest(what: string, bytes: Uint8Array, limits: PlacementLimits = {}): MemoryWrite {
    const address = this.#findHighest(what, bytes.length, limits);
    return this.placeAt(what, address, bytes);
  }

  /** The lowest free address within `limits` for `length` bytes, without taking it. */
  findLowest(what: string, length: number, limits: PlacementLimits = {}): number {
    const { from, below, alignment } = this.#withDefaults(limits);
    for (const ram of this.#ram) {
      let start = alignUp(Math.max(ram.start, from), alignment);
      while (start + length <= Math.min(ram.end, below)) {
        const other = this.#overlapping(start, start + length);
        if (other === undefined) return start;
        start = alignUp(other.end, alignment);
      }
    }
    throw this.#noRoomError(what, length, from, below);
  }

  #findHighest(what: string, length: number, limits: PlacementLimits): number {
    const { from, below, alignment } = this.#withDefaults(limits);
    for (const ram of [...this.#ram].reverse()) {
      let start = alignDown(Math.min(ram.end, below) - length, alignment);
      while (start >= Math.max(ram.start, from)) {
        const other = this.#overlapping(start, start + length);
        if (other === undefined) return start;
        start = alignDown(other.start - length, alignment);
      }
    }
    throw this.#noRoomError(what, length, from, below);
  }

  #withDefaults(limits: PlacementLimits): Required<PlacementLimits> {
    return {
      from: limits.from ?? firstFreeAddress,
      below: Math.min(limits.below ?? addressLimit32, this.#lowEnd),
      alignment: limits.alignment ?? 16,
    };
  }

  #addWrite(address: number, bytes: Uint8Array): MemoryWrite {
    const write = { address, bytes };
    if (bytes.length > 0) this.writes.push(write);
    return write;
  }

  #overlapping(start: number, end: number): PlacedRange | undefined {
    return this.#placed.find((placed) => start < placed.end && end > placed.start);
  }

  #notRamError(what: string, address: number, length: number): VmError {
    return new VmError({
      code: "memory-not-ram",
      message:
        `the ${what} needs guest-physical ${formatHex(address)} … ${formatHex(address + length - 1)}` +
        ` (${formatSize(length)}), which is not all RAM in a machine with ${formatSize(this.#memoryBytes)}`,
      hint: "give the machine more memory, or load at an address inside RAM",
      context: { what, address, length, memoryBytes: this.#memoryBytes },
    });
  }

  #noRoomError(what: string, length: number, from: number, below: number): VmError {
    return new VmError({
      code: "memory-no-room",
      message:
        `the ${what} (${formatSize(length)}) does not fit into the free RAM` +
        ` between ${formatHex(from)} and ${formatHex(below)} of a machine with ${formatSize(this.#memoryBytes)}`,
      hint: "give the machine more memory",
      context: { what, length, from, below, memoryBytes: this.#memoryBytes },
    });
  }
}

function overlapError(range: PlacedRange, other: PlacedRange): VmError {
  return new VmError({
    code: "memory-overlap",
    message:
      `the ${range.what} (${formatHex(range.start)} … ${formatHex(range.end - 1)})` +
      ` would overlap the ${other.what} (${formatHex(other.start)} … ${formatHex(other.end - 1)})`,
    hint: "load one of them at another address",
    context: { what: range.what, start: range.start, other: other.what, otherStart: other.start },
  });
}

/** `value` rounded up to a multiple of `alignment`, a power of two; exact beyond 32 bits. */
export function alignUp(value: number, alignment: number): number {
  return Math.ceil(value / alignment) * alignment;
}

/** `value` rounded down to a multiple of `alignment`. */
export function alignDown(value: number, alignment: number): number {
  return Math.floor(value / alignment) * alignment;
}
