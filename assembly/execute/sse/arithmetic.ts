/** ADD, SUB, MUL, DIV and SQRT: by the host where that is exact (host-arithmetic.ts), else by soft-float.ts lane by lane. */
import { aborted } from "../../faults";
import {
  areExact32, areExact64, areHostResults32, areHostResults64, compute, compute32x4, compute64x2, isExact32, isExact64,
  isHostArithmetic, isHostResult32, isHostResult64, isPrecisionWatched, noteInexact, SQUARE_ROOT,
} from "./host-arithmetic"; // prettier-ignore
import { mayCommit } from "./mxcsr";
import { alignedSource, destination, regXmm, setDestination, source32, source64 } from "./operands";
import { ADD, arithmetic, DOUBLE, SINGLE, squareRoot, SUBTRACT } from "./soft-float";

// @ts-ignore: decorator
@inline export function scalarDouble(operation: u32, r: u32): void {
  const b = source64(r);
  if (aborted()) return;
  const a = operation == SQUARE_ROOT ? b : load<u64>(regXmm(r));
  if (isHostArithmetic()) {
    const c = reinterpret<u64>(compute<f64>(operation, reinterpret<f64>(a), reinterpret<f64>(b)));
    if (isHostResult64(operation, a, b, c)) {
      if (isPrecisionWatched() && !isExact64(operation, a, b, c)) noteInexact();
      return store<u64>(regXmm(r), c);
    }
  }
  const c = softArithmetic(operation, a, b, DOUBLE);
  if (mayCommit()) store<u64>(regXmm(r), c);
}

// @ts-ignore: decorator
@inline export function scalarSingle(operation: u32, r: u32): void {
  const b = source32(r);
  if (aborted()) return;
  const a = operation == SQUARE_ROOT ? b : load<u32>(regXmm(r));
  if (isHostArithmetic()) {
    const c = reinterpret<u32>(compute<f32>(operation, reinterpret<f32>(a), reinterpret<f32>(b)));
    if (isHostResult32(operation, a, b, c)) {
      if (isPrecisionWatched() && !isExact32(operation, a, b, c)) noteInexact();
      return store<u32>(regXmm(r), c);
    }
  }
  const c = softArithmetic(operation, a, b, SINGLE);
  if (mayCommit()) store<u32>(regXmm(r), <u32>c);
}

function softArithmetic(operation: u32, a: u64, b: u64, format: u32): u64 {
  return operation == SQUARE_ROOT ? squareRoot(b, format) : arithmetic(operation, a, b, format);
}

// @ts-ignore: decorator
@inline export function packedDouble(operation: u32, r: u32): void {
  const b = alignedSource(r);
  if (!aborted()) computeDoubles(operation, r, operation == SQUARE_ROOT ? b : destination(r), b);
}
// @ts-ignore: decorator
@inline function computeDoubles(operation: u32, r: u32, a: v128, b: v128): void {
  if (isHostArithmetic()) {
    const c = compute64x2(operation, a, b);
    if (areHostResults64(operation, a, b, c)) {
      if (isPrecisionWatched() && !areExact64(operation, a, b, c)) noteInexact();
      return setDestination(r, c);
    }
  }
  softPackedDouble(operation, r, a, b);
}

// @ts-ignore: decorator
@inline export function packedSingle(operation: u32, r: u32): void {
  const b = alignedSource(r);
  if (!aborted()) computeSingles(operation, r, operation == SQUARE_ROOT ? b : destination(r), b);
}
// @ts-ignore: decorator
@inline function computeSingles(operation: u32, r: u32, a: v128, b: v128): void {
  if (isHostArithmetic()) {
    const c = compute32x4(operation, a, b);
    if (areHostResults32(operation, a, b, c)) {
      if (isPrecisionWatched() && !areExact32(operation, a, b, c)) noteInexact();
      return setDestination(r, c);
    }
  }
  softPackedSingle(operation, r, a, b);
}

function softPackedDouble(operation: u32, r: u32, a: v128, b: v128): void {
  const low = softArithmetic(operation, i64x2.extract_lane(a, 0), i64x2.extract_lane(b, 0), DOUBLE);
  const high = softArithmetic(operation, i64x2.extract_lane(a, 1), i64x2.extract_lane(b, 1), DOUBLE);
  if (mayCommit()) setDestination(r, i64x2.replace_lane(i64x2.splat(low), 1, high));
}
function softPackedSingle(operation: u32, r: u32, a: v128, b: v128): void {
  const c0 = softSingle(operation, i32x4.extract_lane(a, 0), i32x4.extract_lane(b, 0));
  const c1 = softSingle(operation, i32x4.extract_lane(a, 1), i32x4.extract_lane(b, 1));
  const c2 = softSingle(operation, i32x4.extract_lane(a, 2), i32x4.extract_lane(b, 2));
  const c3 = softSingle(operation, i32x4.extract_lane(a, 3), i32x4.extract_lane(b, 3));
  if (mayCommit()) setDestination(r, singles(c0, c1, c2, c3));
}
function softSingle(operation: u32, a: i32, b: i32): u32 {
  return <u32>softArithmetic(operation, <u64>(<u32>a), <u64>(<u32>b), SINGLE);
}
/** Four doublewords, the first in bits 31:0. */
// @ts-ignore: decorator
@inline export function singles(c0: u32, c1: u32, c2: u32, c3: u32): v128 {
  const low = i32x4.replace_lane(i32x4.splat(c0), 1, c1);
  return i32x4.replace_lane(i32x4.replace_lane(low, 2, c2), 3, c3);
}

/** ADDSUBPS, ADDSUBPD: even lanes subtract, odd lanes add. */
export function addSubtract(r: u32, format: u32): void {
  const b = alignedSource(r);
  if (aborted()) return;
  const a = destination(r);
  if (format == DOUBLE) {
    const low = arithmetic(SUBTRACT, i64x2.extract_lane(a, 0), i64x2.extract_lane(b, 0), DOUBLE);
    const high = arithmetic(ADD, i64x2.extract_lane(a, 1), i64x2.extract_lane(b, 1), DOUBLE);
    if (mayCommit()) setDestination(r, i64x2.replace_lane(i64x2.splat(low), 1, high));
    return;
  }
  const c0 = softSingle(SUBTRACT, i32x4.extract_lane(a, 0), i32x4.extract_lane(b, 0));
  const c1 = softSingle(ADD, i32x4.extract_lane(a, 1), i32x4.extract_lane(b, 1));
  const c2 = softSingle(SUBTRACT, i32x4.extract_lane(a, 2), i32x4.extract_lane(b, 2));
  const c3 = softSingle(ADD, i32x4.extract_lane(a, 3), i32x4.extract_lane(b, 3));
  if (mayCommit()) setDestination(r, singles(c0, c1, c2, c3));
}

/** HADD and HSUB: neighbours of the destination, then neighbours of the source. */
// @ts-ignore: decorator
@inline export function horizontal(operation: u32, r: u32, format: u32): void {
  const b = alignedSource(r);
  if (aborted()) return;
  const a = destination(r);
  if (format == DOUBLE) {
    computeDoubles(operation, r, v128.shuffle<u64>(a, b, 0, 2), v128.shuffle<u64>(a, b, 1, 3));
  } else {
    computeSingles(operation, r, v128.shuffle<u32>(a, b, 0, 2, 4, 6), v128.shuffle<u32>(a, b, 1, 3, 5, 7));
  }
}
