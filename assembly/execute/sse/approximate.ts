/**
 * RCPSS, RCPPS, RSQRTSS, RSQRTPS: relative error at most 1.5 × 2^-12, no exceptions, MXCSR has no influence. We round the
 * true value to 12 significant bits.
 */
import { aborted } from "../../faults";
import { singles } from "./arithmetic";
import { alignedSource, regXmm, setDestination, source32 } from "./operands";
import { defaultNaN, infinity, isNaNBits, magnitude, quietBit, signBit, SINGLE } from "./soft-float";

/** Keeps the 11 upper bits of the fraction, to nearest. */
// @ts-ignore: decorator
@inline function twelveBits(value: f32): u32 {
  return (reinterpret<u32>(value) + 0x800) & 0xfffff000;
}

/** Denormal operands count as zeros, denormal results become zeros. */
function reciprocal(bits: u32): u32 {
  if (isNaNBits(bits, SINGLE)) return bits | (<u32>quietBit(SINGLE));
  const sign = bits & (<u32>signBit(SINGLE));
  const size = <u32>magnitude(bits, SINGLE);
  if (size < 0x00800000) return sign | (<u32>infinity(SINGLE));
  const result = twelveBits(<f32>(1.0 / <f64>reinterpret<f32>(size)));
  return result < 0x00800000 ? sign : sign | result;
}

function reciprocalRoot(bits: u32): u32 {
  if (isNaNBits(bits, SINGLE)) return bits | (<u32>quietBit(SINGLE));
  const sign = bits & (<u32>signBit(SINGLE));
  const size = <u32>magnitude(bits, SINGLE);
  if (size < 0x00800000) return sign | (<u32>infinity(SINGLE));
  if (sign) return <u32>defaultNaN(SINGLE);
  if (size == <u32>infinity(SINGLE)) return 0;
  return twelveBits(<f32>(1.0 / sqrt<f64>(<f64>reinterpret<f32>(size))));
}

export function reciprocalSingle(r: u32): void {
  const b = source32(r);
  if (!aborted()) store<u32>(regXmm(r), reciprocal(b));
}
export function reciprocalRootSingle(r: u32): void {
  const b = source32(r);
  if (!aborted()) store<u32>(regXmm(r), reciprocalRoot(b));
}
export function reciprocalPacked(r: u32): void {
  const b = alignedSource(r);
  if (aborted()) return;
  const c0 = reciprocal(i32x4.extract_lane(b, 0));
  const c1 = reciprocal(i32x4.extract_lane(b, 1));
  const c2 = reciprocal(i32x4.extract_lane(b, 2));
  const c3 = reciprocal(i32x4.extract_lane(b, 3));
  setDestination(r, singles(c0, c1, c2, c3));
}
export function reciprocalRootPacked(r: u32): void {
  const b = alignedSource(r);
  if (aborted()) return;
  const c0 = reciprocalRoot(i32x4.extract_lane(b, 0));
  const c1 = reciprocalRoot(i32x4.extract_lane(b, 1));
  const c2 = reciprocalRoot(i32x4.extract_lane(b, 2));
  const c3 = reciprocalRoot(i32x4.extract_lane(b, 3));
  setDestination(r, singles(c0, c1, c2, c3));
}
