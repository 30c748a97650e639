import type { GuestMemory } from "../contracts.js";

/*
 * The guest's descriptor, big-endian:
 *   0  control: bit 0 error, 1 read, 2 skip, 3 select, 4 write; bits 31:16 the key to select
 *   4  length
 *   8  address
 * The device writes control back: 0 when done, bit 0 when it failed.
 */
const LENGTH_OFFSET = 4;
const ADDRESS_OFFSET = 8;
const DESCRIPTOR_BYTES = 16;

const ERROR = 1 << 0;
const READ = 1 << 1;
const SKIP = 1 << 2;
const SELECT = 1 << 3;
const WRITE = 1 << 4;

/** Bytes behind an item's end read as 0, and are copied in pieces of this many. */
const ZEROS = new Uint8Array(64 * 1024);

/** What a transfer works on. */
export interface DmaTarget {
  select(key: number): void;
  takeBytes(count: number): Uint8Array;
  skipBytes(count: number): void;
}

/**
 * Executes the transfer whose descriptor is at `address`, and reports into the descriptor. Items are
 * read-only: writes fail. A descriptor outside RAM is dropped: there is nowhere to report to.
 */
export function executeDma(memory: GuestMemory, address: number, target: DmaTarget): void {
  if (!memory.isRam(address, DESCRIPTOR_BYTES)) return;
  const descriptor = new DataView(new ArrayBuffer(DESCRIPTOR_BYTES));
  memory.readInto(address, new Uint8Array(descriptor.buffer));
  const isDone = transfer(memory, descriptor, target);
  descriptor.setUint32(0, isDone ? 0 : ERROR);
  memory.write(address, new Uint8Array(descriptor.buffer, 0, LENGTH_OFFSET));
}

function transfer(memory: GuestMemory, descriptor: DataView, target: DmaTarget): boolean {
  const control = descriptor.getUint32(0);
  const length = descriptor.getUint32(LENGTH_OFFSET);
  const high = descriptor.getUint32(ADDRESS_OFFSET);
  const address = high * 2 ** 32 + descriptor.getUint32(ADDRESS_OFFSET + 4);
  if (control & SELECT) target.select(control >>> 16);
  if (control & READ) return readItem(memory, address, length, target);
  if (control & WRITE) return false;
  if (control & SKIP) target.skipBytes(length);
  return true;
}

function readItem(memory: GuestMemory, address: number, length: number, target: DmaTarget): boolean {
  if (!memory.isRam(address, length)) return false;
  const bytes = target.takeBytes(length);
  memory.write(address, bytes);
  for (let done = bytes.length; done < length; done += ZEROS.length) {
    memory.write(address + done, ZEROS.subarray(0, length - done));
  }
  return true;
}
