/** Operands of the integer family: the size is a run-time value, the place (register or memory) the record's. */
import {
  read16,
  read32,
  read64,
  read8,
  rmw16,
  rmw32,
  rmw64,
  rmw8,
  write16,
  write32,
  write64,
  write8,
} from "../../memory/access";
import { operandAddress } from "../../operand";
import { recordIsMemory, recordRm, recordSize } from "../../record";
import { readGpr, writeGpr } from "../../registers";

/** Reads `size` bytes (1, 2, 4, 8), zero-extended. */
// prettier-ignore
export function readLinear(linear: u64, size: u32): u64 {
  switch (size) {
    case 8: return read64(linear);
    case 4: return read32(linear);
    case 2: return read16(linear);
    default: return read8(linear);
  }
}

/** Reads with the intent to write: a page that may not be written faults now. */
// prettier-ignore
export function rmwLinear(linear: u64, size: u32): u64 {
  switch (size) {
    case 8: return rmw64(linear);
    case 4: return rmw32(linear);
    case 2: return rmw16(linear);
    default: return rmw8(linear);
  }
}

/** Writes the low `size` bytes. */
// prettier-ignore
export function writeLinear(linear: u64, size: u32, value: u64): void {
  switch (size) {
    case 8: write64(linear, value); break;
    case 4: write32(linear, <u32>value); break;
    case 2: write16(linear, <u32>value); break;
    default: write8(linear, <u32>value);
  }
}

/** The r/m operand as a source, `size` bytes, zero-extended. */
export function readSource(r: u32, size: u32): u64 {
  return recordIsMemory(r) ? readLinear(operandAddress(r), size) : readGpr(recordRm(r), size);
}

/** Where the memory destination of the present instruction lies: between readDestination and writeDestination. */
let destination: u64 = 0;

/** The r/m operand as a destination that is read first, zero-extended. */
export function readDestination(r: u32): u64 {
  const size = recordSize(r);
  if (!recordIsMemory(r)) return readGpr(recordRm(r), size);
  destination = operandAddress(r);
  return rmwLinear(destination, size);
}

/** As readDestination, at an address of the caller's own (bit strings). */
export function readDestinationAt(linear: u64, size: u32): u64 {
  destination = linear;
  return rmwLinear(linear, size);
}

/** Writes what readDestination read. */
export function writeDestination(r: u32, value: u64): void {
  const size = recordSize(r);
  if (recordIsMemory(r)) writeLinear(destination, size, value);
  else writeGpr(recordRm(r), size, value);
}

/** All ones in the low `size` bytes. */
// @ts-ignore: decorator
@inline export function sizeMask(size: u32): u64 {
  return (<u64>-1) >> (64 - (size << 3));
}
