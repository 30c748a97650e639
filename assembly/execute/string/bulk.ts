/**
 * MOVS and STOS of many elements at once, upwards, as far as one page and the segment reach. Each function moves the
 * index registers and returns the number of elements done; 0 means: do one element the ordinary way (a page that is
 * not plain memory, an element that crosses pages) or, when a fault is announced, nothing.
 */
import { RAX } from "../../generated/layout";
import { aborted } from "../../faults";
import { hostPointerForRead, hostPointerForWrite } from "../../memory/access";
import { SEGMENT_ES } from "../../record";
import { isLong64, readGpr, segmentAttributes, segmentLimit, writeGpr } from "../../registers";
import { segmentAddress } from "../../segments";
import { sizeMask } from "../integer/operands";

const RSI_OFFSET: u32 = 48;
const RDI_OFFSET: u32 = 56;
const ADDRESS_SIZE_64: u32 = 8;
/** Type bits: a data segment that expands down. */
const EXPAND_DOWN_MASK: u32 = 0xc;
const EXPAND_DOWN: u32 = 4;

/** Elements from `offset` up to the end of the segment or of the address size. */
function elementsInSegment(segment: u32, offset: u64, size: u32, addressSize: u32): u64 {
  let last = sizeMask(addressSize);
  if (!isLong64()) {
    if ((segmentAttributes(segment) & EXPAND_DOWN_MASK) == EXPAND_DOWN) return 0;
    last = min<u64>(last, segmentLimit(segment));
  } else if (addressSize == ADDRESS_SIZE_64) return u64.MAX_VALUE;
  return offset > last ? 0 : (last - offset + 1) / size;
}

// @ts-ignore: decorator
@inline function elementsInPage(linear: u64, size: u32): u64 {
  return (4096 - (linear & 0xfff)) / size;
}

/** Copies upwards in the instruction's own order when the ranges overlap so that it matters. */
function copyElements(to: u32, from: u32, bytes: u32, size: u32): void {
  if (to - from >= bytes) return memory.copy(to, from, bytes);
  if (to == from) return;
  for (let i: u32 = 0; i < bytes; i += size) {
    if (size == 8) store<u64>(to + i, load<u64>(from + i));
    else if (size == 4) store<u32>(to + i, load<u32>(from + i));
    else if (size == 2) store<u16>(to + i, load<u16>(from + i));
    else store<u8>(to + i, load<u8>(from + i));
  }
}

function fillElements(to: u32, bytes: u32, size: u32, value: u64): void {
  let pattern = value;
  if (size == 1) pattern = (value & 0xff) * 0x0101010101010101;
  else if (size == 2) pattern = (value & 0xffff) * 0x0001000100010001;
  else if (size == 4) pattern = (value & 0xffffffff) * 0x0000000100000001;
  if (pattern == rotl<u64>(pattern, 8)) return memory.fill(to, <u8>value, bytes);
  let i: u32 = 0;
  for (; i + 8 <= bytes; i += 8) store<u64>(to + i, pattern);
  for (; i < bytes; i++, pattern >>= 8) store<u8>(to + i, <u8>pattern);
}

export function moveRun(segment: u32, size: u32, addressSize: u32, count: u64): u64 {
  const source = readGpr(RSI_OFFSET, addressSize);
  const destination = readGpr(RDI_OFFSET, addressSize);
  const from = segmentAddress(segment, source, size, false);
  if (aborted()) return 0;
  const to = segmentAddress(SEGMENT_ES, destination, size, true);
  let run = min<u64>(count, min<u64>(elementsInPage(from, size), elementsInPage(to, size)));
  run = min<u64>(run, elementsInSegment(segment, source, size, addressSize));
  run = min<u64>(run, elementsInSegment(SEGMENT_ES, destination, size, addressSize));
  if (run < 2) return 0;
  const bytes = <u32>run * size;
  const fromHost = hostPointerForRead(from, bytes);
  if (fromHost == 0) return 0;
  if (aborted()) return 0;
  const toHost = hostPointerForWrite(to, bytes);
  if (toHost == 0) return 0;
  copyElements(toHost, fromHost, bytes, size);
  writeGpr(RSI_OFFSET, addressSize, source + bytes);
  writeGpr(RDI_OFFSET, addressSize, destination + bytes);
  return run;
}

export function storeRun(size: u32, addressSize: u32, count: u64): u64 {
  const destination = readGpr(RDI_OFFSET, addressSize);
  const to = segmentAddress(SEGMENT_ES, destination, size, true);
  let run = min<u64>(count, elementsInPage(to, size));
  run = min<u64>(run, elementsInSegment(SEGMENT_ES, destination, size, addressSize));
  if (run < 2 || aborted()) return 0;
  const bytes = <u32>run * size;
  const toHost = hostPointerForWrite(to, bytes);
  if (toHost == 0) return 0;
  fillElements(toHost, bytes, size, load<u64>(RAX));
  writeGpr(RDI_OFFSET, addressSize, destination + bytes);
  return run;
}
