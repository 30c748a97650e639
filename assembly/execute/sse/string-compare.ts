/**
 * PCMPESTRI, PCMPESTRM, PCMPISTRI, PCMPISTRM. SDM 2, "Imm8 Control Byte Operation for PCMPESTRI / …":
 *
 *   6 output: least/most significant index; bit/element mask | 5-4 polarity | 3-2 aggregation | 1 signed | 0 words
 *
 * Sets of elements are bit masks here: bit i stands for element i.
 */
import { aborted } from "../../faults";
import { CF, OF, setArithmeticFlags, SF, ZF } from "../../flags";
import { OP_PCMPESTRI_X, OP_PCMPESTRM_X, OP_PCMPISTRI_X } from "../../generated/opcodes";
import { RAX, RCX, RDX, XMM } from "../../generated/layout";
import { PREFIX_REX_W, recordImm, recordPrefixes } from "../../record";
import { destination, unalignedSource } from "./operands";

const EQUAL_ANY: u32 = 0;
const RANGES: u32 = 1;
const EQUAL_EACH: u32 = 2;

export function compareStrings(op: u32, r: u32): void {
  const b = unalignedSource(r);
  if (aborted()) return;
  const a = destination(r);
  const imm = <u32>recordImm(r);
  const isWords = (imm & 1) != 0;
  const count: u32 = isWords ? 8 : 16;
  const isExplicit = op == OP_PCMPESTRI_X || op == OP_PCMPESTRM_X;
  const lengthA = isExplicit ? explicitLength(RAX, r, count) : implicitLength(a, isWords);
  const lengthB = isExplicit ? explicitLength(RDX, r, count) : implicitLength(b, isWords);
  const all = allOf(count);
  const validB = allOf(lengthB);
  let result = aggregate(a, b, imm, lengthA, lengthB);
  const polarity = (imm >> 4) & 3;
  if (polarity == 1) result ^= all;
  else if (polarity == 3) result ^= validB;
  if (op == OP_PCMPESTRI_X || op == OP_PCMPISTRI_X) store<u64>(RCX, indexOf(result, imm, count));
  else v128.store(XMM, maskOf(result, imm));
  setArithmeticFlags(
    (result != 0 ? CF : 0) | (lengthB < count ? ZF : 0) | (lengthA < count ? SF : 0) | (result & 1 ? OF : 0),
  );
}

// @ts-ignore: decorator
@inline function allOf(count: u32): u32 {
  return ((<u32>1) << count) - 1;
}

/** The absolute value of EAX or EDX (RAX, RDX with REX.W), at most the number of elements. */
function explicitLength(register: u32, r: u32, count: u32): u32 {
  const value = recordPrefixes(r) & PREFIX_REX_W ? load<i64>(register) : <i64>load<i32>(register);
  const size = <u64>(value < 0 ? -value : value);
  return size > count ? count : <u32>size;
}
/** Elements before the first that is 0. */
function implicitLength(a: v128, isWords: bool): u32 {
  const zeros = isWords
    ? i16x8.bitmask(i16x8.eq(a, i64x2.splat(0))) | 0x100
    : i8x16.bitmask(i8x16.eq(a, i64x2.splat(0))) | 0x10000;
  return ctz(zeros);
}

/** IntRes1. Elements behind the ends count as the table "Summary of the Imm8 Comparison … Invalid Elements" says. */
function aggregate(a: v128, b: v128, imm: u32, lengthA: u32, lengthB: u32): u32 {
  const isWords = (imm & 1) != 0;
  const all = allOf(isWords ? 8 : 16);
  const validB = allOf(lengthB);
  switch ((imm >> 2) & 3) {
    case EQUAL_ANY: {
      let found: u32 = 0;
      for (let j: u32 = 0; j < lengthA; j++) found |= equalMask(spread(a, j, isWords), b, isWords);
      return found & validB;
    }
    case RANGES: {
      let found: u32 = 0;
      for (let j: u32 = 0; j + 1 < lengthA; j += 2)
        found |= rangeMask(spread(a, j, isWords), spread(a, j + 1, isWords), b, imm);
      return found & validB;
    }
    case EQUAL_EACH: {
      const validA = allOf(lengthA);
      return (equalMask(a, b, isWords) & validA & validB) | (all & ~(validA | validB));
    }
    default:
      return orderedMatches(a, b, isWords, lengthA, lengthB);
  }
}

/** Element `place` in all elements. */
function spread(a: v128, place: u32, isWords: bool): v128 {
  return isWords
    ? i8x16.swizzle(a, i16x8.splat(<i16>(place * 0x0202 + 0x0100)))
    : i8x16.swizzle(a, i8x16.splat(<i8>place));
}
// @ts-ignore: decorator
@inline function equalMask(a: v128, b: v128, isWords: bool): u32 {
  return isWords ? i16x8.bitmask(i16x8.eq(a, b)) : i8x16.bitmask(i8x16.eq(a, b));
}
function rangeMask(low: v128, high: v128, b: v128, imm: u32): u32 {
  switch (imm & 3) {
    case 0:
      return i8x16.bitmask(v128.and(i8x16.ge_u(b, low), i8x16.le_u(b, high)));
    case 1:
      return i16x8.bitmask(v128.and(i16x8.ge_u(b, low), i16x8.le_u(b, high)));
    case 2:
      return i8x16.bitmask(v128.and(i8x16.ge_s(b, low), i8x16.le_s(b, high)));
    default:
      return i16x8.bitmask(v128.and(i16x8.ge_s(b, low), i16x8.le_s(b, high)));
  }
}

/** Places of `b` where all of `a` follows, as far as the register shows. */
function orderedMatches(a: v128, b: v128, isWords: bool, lengthA: u32, lengthB: u32): u32 {
  const count: u32 = isWords ? 8 : 16;
  const all = allOf(count);
  const beyondA = all & ~allOf(lengthA);
  const bytes = i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  let found: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const tail = i8x16.swizzle(b, i8x16.add(bytes, i8x16.splat(<i8>(isWords ? i * 2 : i))));
    const validTail = allOf(lengthB) >> i;
    const matching = (equalMask(a, tail, isWords) & validTail) | beyondA | (all & ~allOf(count - i));
    if (matching == all) found |= (<u32>1) << i;
  }
  return found;
}

function indexOf(result: u32, imm: u32, count: u32): u32 {
  if (result == 0) return count;
  return imm & 64 ? 31 - clz(result) : ctz(result);
}

/** Bits as they are, or each widened to its element. */
function maskOf(result: u32, imm: u32): v128 {
  if ((imm & 64) == 0) return i64x2.replace_lane(i64x2.splat(0), 0, <u64>result);
  if (imm & 1) {
    const bits = i16x8(1, 2, 4, 8, 16, 32, 64, 128);
    return i16x8.eq(v128.and(i16x8.splat(<i16>result), bits), bits);
  }
  const bits = i8x16(1, 2, 4, 8, 16, 32, 64, -128, 1, 2, 4, 8, 16, 32, 64, -128);
  const spreadBits = v128.shuffle<u8>(
    i32x4.splat(result),
    i64x2.splat(0),
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
  );
  return i8x16.eq(v128.and(spreadBits, bits), bits);
}
