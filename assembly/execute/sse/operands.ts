/**
 * Operands of SSE instructions. After a function that may read memory: `if (aborted()) return;` before anything is
 * changed. `reg` is always an XMM register where its name says `destination`.
 */
import { raiseGp0 } from "../../faults";
import { GPR, XMM } from "../../generated/layout";
import { read128, read16, read32, read64, read8, write128 } from "../../memory/access";
import { operandAddress } from "../../operand";
import { recordIsMemory, recordReg, recordRm } from "../../record";

/** Address of the XMM register in ModRM.reg. */
// @ts-ignore: decorator
@inline export function regXmm(r: u32): u32 {
  return XMM + recordReg(r);
}
/** Address of the XMM register in ModRM.rm. */
// @ts-ignore: decorator
@inline export function rmXmm(r: u32): u32 {
  return XMM + recordRm(r);
}
/** The XMM register in ModRM.reg. */
// @ts-ignore: decorator
@inline export function destination(r: u32): v128 {
  return v128.load(regXmm(r));
}
// @ts-ignore: decorator
@inline export function setDestination(r: u32, value: v128): void {
  v128.store(regXmm(r), value);
}

/** 16 bytes that must lie on a 16-byte boundary when in memory. #GP(0) otherwise. SDM 1, "Alignment of Words, …". */
// @ts-ignore: decorator
@inline export function alignedSource(r: u32): v128 {
  return recordIsMemory(r) ? readAligned(operandAddress(r)) : v128.load(rmXmm(r));
}
/** 16 bytes of any alignment. */
// @ts-ignore: decorator
@inline export function unalignedSource(r: u32): v128 {
  return recordIsMemory(r) ? read128(operandAddress(r)) : v128.load(rmXmm(r));
}
// @ts-ignore: decorator
@inline export function source64(r: u32): u64 {
  return recordIsMemory(r) ? read64(operandAddress(r)) : load<u64>(rmXmm(r));
}
// @ts-ignore: decorator
@inline export function source32(r: u32): u32 {
  return recordIsMemory(r) ? read32(operandAddress(r)) : load<u32>(rmXmm(r));
}
// @ts-ignore: decorator
@inline export function source16(r: u32): u32 {
  return recordIsMemory(r) ? read16(operandAddress(r)) : load<u16>(rmXmm(r));
}

/** A general register, or memory of `size` bytes (1, 2, 4, 8), zero-extended. */
export function generalSource(r: u32, size: u32): u64 {
  if (!recordIsMemory(r)) {
    const address = GPR + recordRm(r);
    return size == 8
      ? load<u64>(address)
      : size == 4
        ? load<u32>(address)
        : size == 2
          ? load<u16>(address)
          : load<u8>(address);
  }
  const address = operandAddress(r);
  return size == 8
    ? read64(address)
    : size == 4
      ? read32(address)
      : size == 2
        ? read16(address)
        : read8(address);
}

export function readAligned(linear: u64): v128 {
  if (((<u32>linear) & 15) == 0) return read128(linear);
  raiseGp0();
  return i64x2.splat(0);
}

export function writeAligned(linear: u64, value: v128): void {
  if (((<u32>linear) & 15) == 0) write128(linear, value);
  else raiseGp0();
}
