/** The stack: SS:rSP by the mode's width. SDM 1, "Stacks". A push or pop that aborts leaves RSP as it was. */
import { FAULT_VECTOR, RSP } from "./generated/layout";
import { aborted, VECTOR_SS } from "./faults";
import {
  clearNonCanonical,
  faultWasNonCanonical,
  read16,
  read32,
  read64,
  write16,
  write32,
  write64,
} from "./memory/access";
import { SEGMENT_SS } from "./record";
import { isLong64, segmentAttributes } from "./registers";
import { segmentAddress } from "./segments";

const BIG: u32 = 1 << 14;

/** Bits of rSP in use: all in 64-bit mode, 32 or 16 by SS.B. */
export function stackMask(): u64 {
  if (isLong64()) return u64.MAX_VALUE;
  return (segmentAttributes(SEGMENT_SS) & BIG) != 0 ? 0xffffffff : 0xffff;
}

/** Linear address of `offset` in the stack segment. */
export function stackAddress(offset: u64, size: u32, isWrite: bool): u64 {
  return isLong64() ? offset : segmentAddress(SEGMENT_SS, offset, size, isWrite);
}

/** Sets rSP, keeping the bits the width does not use. */
export function setStackPointer(value: u64): void {
  const mask = stackMask();
  store<u64>(RSP, (load<u64>(RSP) & ~mask) | (value & mask));
}

/** A non-canonical stack address is #SS(0), not #GP(0). */
export function stackFault(): void {
  if (faultWasNonCanonical) store<u32>(FAULT_VECTOR, VECTOR_SS);
  clearNonCanonical();
}

/** Writes `size` (2, 4, 8) bytes at `offset` of the stack segment. */
export function writeStack(offset: u64, size: u32, value: u64): void {
  const linear = stackAddress(offset, size, true);
  if (size == 8) write64(linear, value);
  else if (size == 4) write32(linear, <u32>value);
  else write16(linear, <u32>value);
  if (aborted()) stackFault();
}

/** Reads `size` (2, 4, 8) bytes at `offset` of the stack segment. */
export function readStack(offset: u64, size: u32): u64 {
  const linear = stackAddress(offset, size, false);
  const value: u64 = size == 8 ? read64(linear) : size == 4 ? read32(linear) : read16(linear);
  if (aborted()) stackFault();
  return value;
}

export function push(size: u32, value: u64): void {
  const offset = (load<u64>(RSP) - size) & stackMask();
  writeStack(offset, size, value);
  if (!aborted()) setStackPointer(offset);
}

export function pop(size: u32): u64 {
  const offset = load<u64>(RSP) & stackMask();
  const value = readStack(offset, size);
  if (!aborted()) setStackPointer(offset + size);
  return value;
}
