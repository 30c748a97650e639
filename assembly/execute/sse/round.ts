/** Rounding to integral values: ROUNDPS …, and the core of the conversions to integers. */
import { aborted } from "../../faults";
import { recordImm } from "../../record";
import { singles } from "./arithmetic";
import { IE, mayCommit, PE, ROUND_DOWN, ROUND_NEAREST, ROUND_UP, roundingControl, signal } from "./mxcsr";
import { alignedSource, regXmm, setDestination, source32, source64 } from "./operands";
import { DOUBLE, flushed, isNaNBits, isSignalling, quietBit, SINGLE } from "./soft-float";

/** `value` rounded to an integral value by a code of RC. */
export function roundIntegral(value: f64, mode: u32): f64 {
  if (mode == ROUND_NEAREST) return nearest<f64>(value);
  if (mode == ROUND_DOWN) return floor<f64>(value);
  if (mode == ROUND_UP) return ceil<f64>(value);
  return trunc<f64>(value);
}

/** imm[1:0]: mode; imm[2]: take MXCSR.RC instead; imm[3]: do not signal PE. */
function roundBits(bits: u64, imm: u32, format: u32): u64 {
  if (isNaNBits(bits, format)) {
    if (isSignalling(bits, format)) signal(IE);
    return bits | quietBit(format);
  }
  const operand = flushed(bits, format);
  const value = format == DOUBLE ? reinterpret<f64>(operand) : <f64>reinterpret<f32>(<u32>operand);
  const result = roundIntegral(value, imm & 4 ? roundingControl() : imm & 3);
  if (result != value && (imm & 8) == 0) signal(PE);
  return format == DOUBLE ? reinterpret<u64>(result) : <u64>reinterpret<u32>(<f32>result);
}

export function roundDouble(r: u32): void {
  const b = source64(r);
  if (aborted()) return;
  const c = roundBits(b, <u32>recordImm(r), DOUBLE);
  if (mayCommit()) store<u64>(regXmm(r), c);
}
export function roundSingle(r: u32): void {
  const b = source32(r);
  if (aborted()) return;
  const c = roundBits(b, <u32>recordImm(r), SINGLE);
  if (mayCommit()) store<u32>(regXmm(r), <u32>c);
}
export function roundPackedDouble(r: u32): void {
  const b = alignedSource(r);
  if (aborted()) return;
  const imm = <u32>recordImm(r);
  const low = roundBits(i64x2.extract_lane(b, 0), imm, DOUBLE);
  const high = roundBits(i64x2.extract_lane(b, 1), imm, DOUBLE);
  if (mayCommit()) setDestination(r, i64x2.replace_lane(i64x2.splat(low), 1, high));
}
export function roundPackedSingle(r: u32): void {
  const b = alignedSource(r);
  if (aborted()) return;
  const imm = <u32>recordImm(r);
  const c0 = roundBits(<u32>i32x4.extract_lane(b, 0), imm, SINGLE);
  const c1 = roundBits(<u32>i32x4.extract_lane(b, 1), imm, SINGLE);
  const c2 = roundBits(<u32>i32x4.extract_lane(b, 2), imm, SINGLE);
  const c3 = roundBits(<u32>i32x4.extract_lane(b, 3), imm, SINGLE);
  if (mayCommit()) setDestination(r, singles(<u32>c0, <u32>c1, <u32>c2, <u32>c3));
}
