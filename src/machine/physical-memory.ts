import type { GuestMemory } from "../devices/contracts.js";
import { pageKind, type Processor } from "../processor/index.js";

const PAGE = 4096;
/** Bytes that devices move before the slice ends: a guest may start transfers as large as its memory over and over. */
const MOVED_PER_SLICE = 64 * 2 ** 20;

/** RAM and ROM of the machine, by guest-physical address; what is not there reads as all ones and drops writes. */
export class PhysicalMemory implements GuestMemory {
  readonly limit: number;
  readonly #processor: Processor;
  #moved = 0;
  readonly #ranges: readonly { readonly start: number; readonly end: number }[];

  /** `ranges`: RAM as [start, end), multiples of 4 KiB. */
  constructor(processor: Processor, ranges: readonly { start: number; end: number }[]) {
    this.#processor = processor;
    this.#ranges = ranges;
    this.limit = Math.max(...ranges.map((range) => range.end));
    for (const { start, end } of ranges)
      processor.exports.setPages(start / PAGE, (end - start) / PAGE, pageKind.ram);
  }

  isRam(address: number, length: number): boolean {
    if (!(address >= 0 && length >= 0)) return false;
    return this.#ranges.some(({ start, end }) => address >= start && address + length <= end);
  }

  readU8(address: number): number {
    const host = this.#host(address);
    return host === 0 ? 0xff : (this.#processor.bytes[host] as number);
  }
  readU16(address: number): number {
    return this.readU8(address) | (this.readU8(address + 1) << 8);
  }
  readU32(address: number): number {
    if (address % 4 !== 0) return (this.readU16(address) | (this.readU16(address + 2) << 16)) >>> 0;
    const host = this.#host(address);
    return host === 0 ? 0xffffffff : this.#processor.view.getUint32(host, true);
  }
  readU64(address: number): bigint {
    return BigInt(this.readU32(address)) | (BigInt(this.readU32(address + 4)) << 32n);
  }
  writeU8(address: number, value: number): void {
    this.write(address, Uint8Array.of(value));
  }
  writeU16(address: number, value: number): void {
    this.write(address, Uint8Array.of(value, value >> 8));
  }
  writeU32(address: number, value: number): void {
    this.write(address, Uint8Array.of(value, value >> 8, value >> 16, value >> 24));
  }
  writeU64(address: number, value: bigint): void {
    this.writeU32(address, Number(value & 0xffffffffn));
    this.writeU32(address + 4, Number((value >> 32n) & 0xffffffffn));
  }

  readInto(address: number, target: Uint8Array): void {
    this.#pieces(address, target.length, (host, at, length) => {
      if (host === 0) target.fill(0xff, at, at + length);
      else target.set(this.#processor.bytes.subarray(host, host + length), at);
    });
  }

  write(address: number, source: Uint8Array): void {
    this.#pieces(address, source.length, (host, at, length) => {
      if (host === 0) return;
      this.#processor.exports.invalidateCodeAt(host, length);
      this.#processor.bytes.set(source.subarray(at, at + length), host);
    });
  }

  /** Lays a read-only image at `address` (both whole pages). */
  mapRom(address: number, bytes: Uint8Array): void {
    const { exports } = this.#processor;
    exports.setPages(address / PAGE, bytes.length / PAGE, pageKind.ram);
    this.write(address, bytes);
    exports.setPages(address / PAGE, bytes.length / PAGE, pageKind.rom);
  }

  #noteMoved(bytes: number): void {
    this.#moved += bytes;
    if (this.#moved < MOVED_PER_SLICE) return;
    this.#moved = 0;
    this.#processor.exports.endSlice();
  }

  /** Calls `visit` with the host address (0: not memory) of each page's part. */
  #pieces(address: number, length: number, visit: (host: number, at: number, length: number) => void): void {
    this.#noteMoved(length);
    for (let at = 0; at < length;) {
      const inPage = Math.min(length - at, PAGE - ((address + at) % PAGE));
      visit(this.#host(address + at), at, inPage);
      at += inPage;
    }
  }

  #host(address: number): number {
    const frame = this.#processor.exports.frameOfPage(Math.floor(address / PAGE)) >>> 0;
    return frame === 0 ? 0 : frame + (address % PAGE);
  }
}
