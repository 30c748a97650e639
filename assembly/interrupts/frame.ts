/**
 * The stack frame that an interrupt, exception or inter-privilege call builds, before anything is committed: pushes go
 * to the stack of the new level while all registers still are the old ones.
 */
import { raiseWithCode, VECTOR_SS } from "../faults";
import { write16, write32, write64, writeSystem16, writeSystem32, writeSystem64 } from "../memory/access";
import { ATTR_DB } from "../descriptors";
import { isCanonical } from "../registers";
import { isWithinSegment } from "../segments";

let attributes: u32 = 0;
let limit: u32 = 0;
let base: u64 = 0;
let mask: u64 = 0;
let level: u32 = 0;
let faultCode: u32 = 0;
let is64: bool = false;

/** rSP after the pushes so far, cut to the stack's width. */
export let framePointer: u64 = 0;

/** A 64-bit stack. `cpl`: the level that pushes; `code`: error code of #SS. */
export function openFrame64(rsp: u64, cpl: u32, code: u32): void {
  is64 = true;
  mask = u64.MAX_VALUE;
  framePointer = rsp;
  level = cpl;
  faultCode = code;
}

/** A 16- or 32-bit stack in the segment described. */
export function openFrame(
  stackAttributes: u32,
  stackLimit: u32,
  stackBase: u64,
  sp: u64,
  cpl: u32,
  code: u32,
): void {
  is64 = false;
  attributes = stackAttributes;
  limit = stackLimit;
  base = stackBase;
  mask = (stackAttributes & ATTR_DB) != 0 ? 0xffffffff : 0xffff;
  framePointer = sp & mask;
  level = cpl;
  faultCode = code;
}

/** Bits of rSP that the frame's stack uses. */
export function frameMask(): u64 {
  return mask;
}

/** Pushes 2, 4 or 8 bytes; announces #SS or #PF when that cannot be. */
export function pushFrame(size: u32, value: u64): void {
  const pointer = (framePointer - size) & mask;
  const isFine = is64 ? isCanonical(pointer) : isWithinSegment(attributes, limit, pointer, size);
  if (!isFine) return raiseWithCode(VECTOR_SS, faultCode);
  writeAs(is64 ? pointer : (base + pointer) & 0xffffffff, size, value);
  framePointer = pointer;
}

/** Levels below 3 push with supervisor rights also while the CPL is still 3. */
function writeAs(linear: u64, size: u32, value: u64): void {
  if (level == 3) {
    if (size == 8) write64(linear, value);
    else if (size == 4) write32(linear, <u32>value);
    else write16(linear, <u32>value);
  } else if (size == 8) writeSystem64(linear, value);
  else if (size == 4) writeSystem32(linear, <u32>value);
  else writeSystem16(linear, <u32>value);
}
