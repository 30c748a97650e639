/** MIN, MAX, CMPccPS …, COMIS and UCOMIS. */
import { aborted } from "../../faults";
import { CF, PF, setArithmeticFlags, ZF } from "../../flags";
import { recordImm } from "../../record";
import { singles } from "./arithmetic";
import { arePlain32, arePlain64 } from "./host-arithmetic";
import { DE, IE, mayCommit, signal } from "./mxcsr";
import { alignedSource, destination, regXmm, setDestination, source32, source64 } from "./operands";
import { DOUBLE, flushed, isDenormal, isNaNBits, isSignalling, SINGLE } from "./soft-float";

// @ts-ignore: decorator
@inline function toF64(bits: u64, format: u32): f64 {
  return format == DOUBLE ? reinterpret<f64>(bits) : <f64>reinterpret<f32>(<u32>bits);
}
// @ts-ignore: decorator
@inline function signalDenormal(a: u64, b: u64, format: u32): void {
  if (isDenormal(a, format) || isDenormal(b, format)) signal(DE);
}

/** SDM 2, "MINSD", "MAXSD": a NaN on either side and two zeros give the second operand, unchanged. */
function extreme(isMaximum: bool, first: u64, second: u64, format: u32): u64 {
  if (isNaNBits(first, format) || isNaNBits(second, format)) {
    signal(IE);
    return flushed(second, format);
  }
  const a = flushed(first, format);
  const b = flushed(second, format);
  signalDenormal(a, b, format);
  const x = toF64(a, format);
  const y = toF64(b, format);
  return (isMaximum ? x > y : x < y) ? a : b;
}

// @ts-ignore: decorator
@inline export function extremeDouble(isMaximum: bool, r: u32): void {
  const b = source64(r);
  if (aborted()) return;
  const c = extreme(isMaximum, load<u64>(regXmm(r)), b, DOUBLE);
  if (mayCommit()) store<u64>(regXmm(r), c);
}
// @ts-ignore: decorator
@inline export function extremeSingle(isMaximum: bool, r: u32): void {
  const b = source32(r);
  if (aborted()) return;
  const c = extreme(isMaximum, load<u32>(regXmm(r)), b, SINGLE);
  if (mayCommit()) store<u32>(regXmm(r), <u32>c);
}

export function extremePackedDouble(isMaximum: bool, r: u32): void {
  const b = alignedSource(r);
  if (aborted()) return;
  const a = destination(r);
  // pmin(x, y) is "y < x ? y : x": MINPD with its operands exchanged.
  if (arePlain64(a) && arePlain64(b))
    return setDestination(r, isMaximum ? f64x2.pmax(b, a) : f64x2.pmin(b, a));
  const low = extreme(isMaximum, i64x2.extract_lane(a, 0), i64x2.extract_lane(b, 0), DOUBLE);
  const high = extreme(isMaximum, i64x2.extract_lane(a, 1), i64x2.extract_lane(b, 1), DOUBLE);
  if (mayCommit()) setDestination(r, i64x2.replace_lane(i64x2.splat(low), 1, high));
}
export function extremePackedSingle(isMaximum: bool, r: u32): void {
  const b = alignedSource(r);
  if (aborted()) return;
  const a = destination(r);
  if (arePlain32(a) && arePlain32(b))
    return setDestination(r, isMaximum ? f32x4.pmax(b, a) : f32x4.pmin(b, a));
  const c0 = extreme(isMaximum, <u32>i32x4.extract_lane(a, 0), <u32>i32x4.extract_lane(b, 0), SINGLE);
  const c1 = extreme(isMaximum, <u32>i32x4.extract_lane(a, 1), <u32>i32x4.extract_lane(b, 1), SINGLE);
  const c2 = extreme(isMaximum, <u32>i32x4.extract_lane(a, 2), <u32>i32x4.extract_lane(b, 2), SINGLE);
  const c3 = extreme(isMaximum, <u32>i32x4.extract_lane(a, 3), <u32>i32x4.extract_lane(b, 3), SINGLE);
  if (mayCommit()) setDestination(r, singles(<u32>c0, <u32>c1, <u32>c2, <u32>c3));
}

/**
 * CMPccSS …, predicates 0-7: EQ LT LE UNORD NEQ NLT NLE ORD. The orderings (1, 2, 5, 6) are invalid with any NaN, the
 * others with a signalling one.
 */
function matches(predicate: u32, first: u64, second: u64, format: u32): bool {
  const kind = predicate & 3;
  let result: bool;
  if (isNaNBits(first, format) || isNaNBits(second, format)) {
    if (kind == 1 || kind == 2 || isSignalling(first, format) || isSignalling(second, format)) signal(IE);
    result = kind == 3;
  } else {
    const a = flushed(first, format);
    const b = flushed(second, format);
    signalDenormal(a, b, format);
    const x = toF64(a, format);
    const y = toF64(b, format);
    result = kind == 0 ? x == y : kind == 1 ? x < y : kind == 2 ? x <= y : false;
  }
  return predicate & 4 ? !result : result;
}

export function compareDouble(r: u32): void {
  const b = source64(r);
  if (aborted()) return;
  const isMatch = matches((<u32>recordImm(r)) & 7, load<u64>(regXmm(r)), b, DOUBLE);
  if (mayCommit()) store<u64>(regXmm(r), isMatch ? -1 : 0);
}
export function compareSingle(r: u32): void {
  const b = source32(r);
  if (aborted()) return;
  const isMatch = matches((<u32>recordImm(r)) & 7, load<u32>(regXmm(r)), b, SINGLE);
  if (mayCommit()) store<u32>(regXmm(r), isMatch ? -1 : 0);
}

export function comparePackedDouble(r: u32): void {
  const b = alignedSource(r);
  if (aborted()) return;
  const a = destination(r);
  const predicate = (<u32>recordImm(r)) & 7;
  if (arePlain64(a) && arePlain64(b)) {
    const kind = predicate & 3;
    const c =
      kind == 0 ? f64x2.eq(a, b) : kind == 1 ? f64x2.lt(a, b) : kind == 2 ? f64x2.le(a, b) : i64x2.splat(0);
    return setDestination(r, predicate & 4 ? v128.not(c) : c);
  }
  const low = matches(predicate, i64x2.extract_lane(a, 0), i64x2.extract_lane(b, 0), DOUBLE);
  const high = matches(predicate, i64x2.extract_lane(a, 1), i64x2.extract_lane(b, 1), DOUBLE);
  if (mayCommit()) setDestination(r, i64x2.replace_lane(i64x2.splat(low ? -1 : 0), 1, high ? -1 : 0));
}
export function comparePackedSingle(r: u32): void {
  const b = alignedSource(r);
  if (aborted()) return;
  const a = destination(r);
  const predicate = (<u32>recordImm(r)) & 7;
  if (arePlain32(a) && arePlain32(b)) {
    const kind = predicate & 3;
    const c =
      kind == 0 ? f32x4.eq(a, b) : kind == 1 ? f32x4.lt(a, b) : kind == 2 ? f32x4.le(a, b) : i64x2.splat(0);
    return setDestination(r, predicate & 4 ? v128.not(c) : c);
  }
  const c0 = matches(predicate, <u32>i32x4.extract_lane(a, 0), <u32>i32x4.extract_lane(b, 0), SINGLE);
  const c1 = matches(predicate, <u32>i32x4.extract_lane(a, 1), <u32>i32x4.extract_lane(b, 1), SINGLE);
  const c2 = matches(predicate, <u32>i32x4.extract_lane(a, 2), <u32>i32x4.extract_lane(b, 2), SINGLE);
  const c3 = matches(predicate, <u32>i32x4.extract_lane(a, 3), <u32>i32x4.extract_lane(b, 3), SINGLE);
  if (mayCommit()) setDestination(r, singles(c0 ? -1 : 0, c1 ? -1 : 0, c2 ? -1 : 0, c3 ? -1 : 0));
}

/** COMISS, COMISD (invalid with any NaN), UCOMISS, UCOMISD (with a signalling one): ZF PF CF; OF SF AF are cleared. */
// @ts-ignore: decorator
@inline export function compareFlags(r: u32, isOrdered: bool, format: u32): void {
  const second = format == DOUBLE ? source64(r) : <u64>source32(r);
  if (aborted()) return;
  const first = format == DOUBLE ? load<u64>(regXmm(r)) : <u64>load<u32>(regXmm(r));
  const flags = comparison(first, second, isOrdered, format);
  if (mayCommit()) setArithmeticFlags(flags);
}
function comparison(first: u64, second: u64, isOrdered: bool, format: u32): u32 {
  if (isNaNBits(first, format) || isNaNBits(second, format)) {
    if (isOrdered || isSignalling(first, format) || isSignalling(second, format)) signal(IE);
    return ZF | PF | CF;
  }
  const a = flushed(first, format);
  const b = flushed(second, format);
  signalDenormal(a, b, format);
  const x = toF64(a, format);
  const y = toF64(b, format);
  return x == y ? ZF : x < y ? CF : 0;
}
