/**
 * Arithmetic by the host, where that is exactly this processor's: round to nearest, neither DAZ nor FTZ, all exceptions
 * masked, operands and result zero or normal. Then PE is the only exception that can arise; once it is set in MXCSR,
 * nobody can see whether a result is exact.
 */
import { MXCSR } from "../../generated/layout";
import { PE } from "./mxcsr";
import { ADD, DIVIDE, MULTIPLY, SUBTRACT } from "./soft-float";

// @ts-ignore: decorator
@inline export function isHostArithmetic(): bool {
  return (load<u32>(MXCSR) & 0xffc0) == 0x1f80;
}
/** Whether PE is still clear, so that exactness must be found out. */
// @ts-ignore: decorator
@inline export function isPrecisionWatched(): bool {
  return (load<u32>(MXCSR) & PE) == 0;
}
export function noteInexact(): void {
  store<u32>(MXCSR, load<u32>(MXCSR) | PE);
}

/** Not one of soft-float.ts's operations of two operands, but done by the same code here. */
export const SQUARE_ROOT: u32 = 4;

// Zero or normal.
// @ts-ignore: decorator
@inline export function isPlain64(bits: u64): bool {
  return (bits << 1) - 0x0020000000000000 < 0xffc0000000000000 || bits << 1 == 0;
}
// @ts-ignore: decorator
@inline export function isPlain32(bits: u32): bool {
  return (bits << 1) - 0x01000000 < 0xfe000000 || bits << 1 == 0;
}
// Normal and not the least: that one may come from rounding a tiny result.
// @ts-ignore: decorator
@inline export function isSafe64(bits: u64): bool {
  return (bits << 1) - 0x0020000000000001 < 0xffbfffffffffffff;
}
// @ts-ignore: decorator
@inline export function isSafe32(bits: u32): bool {
  return (bits << 1) - 0x01000001 < 0xfdffffff;
}

/** Whether the host's result stands. A zero does when it comes from a zero operand, or exactly (sums). */
// @ts-ignore: decorator
@inline export function isHostResult64(operation: u32, a: u64, b: u64, c: u64): bool {
  if (!isPlain64(a) || !isPlain64(b)) return false;
  if (operation == SQUARE_ROOT) return isPlain64(c);
  return isSafe64(c) || (c << 1 == 0 && (operation < MULTIPLY || a << 1 == 0 || b << 1 == 0));
}
// @ts-ignore: decorator
@inline export function isHostResult32(operation: u32, a: u32, b: u32, c: u32): bool {
  if (!isPlain32(a) || !isPlain32(b)) return false;
  if (operation == SQUARE_ROOT) return isPlain32(c);
  return isSafe32(c) || (c << 1 == 0 && (operation < MULTIPLY || a << 1 == 0 || b << 1 == 0));
}

// @ts-ignore: decorator
@inline export function compute<T>(operation: u32, a: T, b: T): T {
  if (operation == ADD) return <T>(a + b);
  if (operation == SUBTRACT) return <T>(a - b);
  if (operation == MULTIPLY) return <T>(a * b);
  if (operation == DIVIDE) return <T>(a / b);
  return sqrt<T>(b);
}

const FRACTION: u64 = 0x000fffffffffffff;
const IMPLICIT: u64 = 0x0010000000000000;
// @ts-ignore: decorator
@inline function significandOf(bits: u64): u64 {
  return (bits & FRACTION) | IMPLICIT;
}
// @ts-ignore: decorator
@inline function exponentOf(bits: u64): i64 {
  return (bits >> 52) & 0x7ff;
}

/** Whether a host result that stands (isHostResult64) is exact. */
export function isExact64(operation: u32, a: u64, b: u64, c: u64): bool {
  if (c << 1 == 0) return true;
  if (operation == ADD) return isExactSum(reinterpret<f64>(a), reinterpret<f64>(b));
  if (operation == SUBTRACT) return isExactSum(reinterpret<f64>(a), -reinterpret<f64>(b));
  const sigC = significandOf(c);
  // Errors are below 2^53 units of what is compared, so that its lower 64 bits tell.
  if (operation == MULTIPLY) {
    const power = <u64>(exponentOf(c) - exponentOf(a) - exponentOf(b) + 1023 + 52);
    return significandOf(a) * significandOf(b) == sigC << power;
  }
  if (operation == DIVIDE) {
    const power = <u64>(exponentOf(a) - exponentOf(b) - exponentOf(c) + 1023 + 52);
    return sigC * significandOf(b) == significandOf(a) << power;
  }
  const power = <u64>(exponentOf(b) - 2 * exponentOf(c) + 1023 + 52);
  return sigC * sigC == significandOf(b) << power;
}

/** The error of a sum is itself a number (Knuth, "The Art of Computer Programming" 2, 4.2.2, theorem B). */
function isExactSum(x: f64, y: f64): bool {
  // Near the greatest number the differences below could overflow. Scaling such operands changes nothing else.
  if (abs<f64>(x) > 1e300 || abs<f64>(y) > 1e300) return isExactSum(x * 0.0009765625, y * 0.0009765625);
  const sum = x + y;
  const part = sum - x;
  return x - (sum - part) + (y - part) == 0;
}

/** The same for single precision; products of two singles are exact in double precision. */
export function isExact32(operation: u32, a: u32, b: u32, c: u32): bool {
  const x = <f64>reinterpret<f32>(a);
  const y = <f64>reinterpret<f32>(b);
  const z = <f64>reinterpret<f32>(c);
  if (operation == ADD) return x + y == z && isExactSum(x, y);
  if (operation == SUBTRACT) return x - y == z && isExactSum(x, -y);
  if (operation == MULTIPLY) return x * y == z;
  if (operation == DIVIDE) return z * y == x;
  return z * z == y;
}

export function areExact64(operation: u32, a: v128, b: v128, c: v128): bool {
  return (
    isExact64(operation, i64x2.extract_lane(a, 0), i64x2.extract_lane(b, 0), i64x2.extract_lane(c, 0)) &&
    isExact64(operation, i64x2.extract_lane(a, 1), i64x2.extract_lane(b, 1), i64x2.extract_lane(c, 1))
  );
}
export function areExact32(operation: u32, a: v128, b: v128, c: v128): bool {
  return (
    isExact32(operation, i32x4.extract_lane(a, 0), i32x4.extract_lane(b, 0), i32x4.extract_lane(c, 0)) &&
    isExact32(operation, i32x4.extract_lane(a, 1), i32x4.extract_lane(b, 1), i32x4.extract_lane(c, 1)) &&
    isExact32(operation, i32x4.extract_lane(a, 2), i32x4.extract_lane(b, 2), i32x4.extract_lane(c, 2)) &&
    isExact32(operation, i32x4.extract_lane(a, 3), i32x4.extract_lane(b, 3), i32x4.extract_lane(c, 3))
  );
}

// Lanes: all ones where the condition of the scalar functions above holds.
// @ts-ignore: decorator
@inline function zeros64(x: v128): v128 {
  return f64x2.eq(x, f64x2.splat(0));
}
// @ts-ignore: decorator
@inline function zeros32(x: v128): v128 {
  return f32x4.eq(x, f32x4.splat(0));
}
// @ts-ignore: decorator
@inline function normals64(x: v128, below: i64): v128 {
  const size = v128.and(x, i64x2.splat(i64.MAX_VALUE));
  return v128.and(i64x2.gt_s(size, i64x2.splat(below)), i64x2.lt_s(size, i64x2.splat(0x7ff0000000000000)));
}
// @ts-ignore: decorator
@inline function normals32(x: v128, below: i32): v128 {
  const size = v128.and(x, i32x4.splat(i32.MAX_VALUE));
  return v128.and(i32x4.gt_s(size, i32x4.splat(below)), i32x4.lt_s(size, i32x4.splat(0x7f800000)));
}
/** All lanes are zero or normal doubles. */
// @ts-ignore: decorator
@inline export function arePlain64(x: v128): bool {
  return i64x2.all_true(
    v128.or(
      normals64(x, 0x000fffffffffffff),
      i64x2.eq(v128.and(x, i64x2.splat(i64.MAX_VALUE)), i64x2.splat(0)),
    ),
  );
}
/** All lanes are zero or normal singles. */
// @ts-ignore: decorator
@inline export function arePlain32(x: v128): bool {
  return i32x4.all_true(
    v128.or(normals32(x, 0x007fffff), i32x4.eq(v128.and(x, i32x4.splat(i32.MAX_VALUE)), i32x4.splat(0))),
  );
}

// @ts-ignore: decorator
@inline export function areHostResults64(operation: u32, a: v128, b: v128, c: v128): bool {
  if (!arePlain64(a) || !arePlain64(b)) return false;
  if (operation == SQUARE_ROOT) return arePlain64(c);
  const exact = operation < MULTIPLY ? zeros64(c) : v128.and(zeros64(c), v128.or(zeros64(a), zeros64(b)));
  return i64x2.all_true(v128.or(normals64(c, 0x0010000000000000), exact));
}
// @ts-ignore: decorator
@inline export function areHostResults32(operation: u32, a: v128, b: v128, c: v128): bool {
  if (!arePlain32(a) || !arePlain32(b)) return false;
  if (operation == SQUARE_ROOT) return arePlain32(c);
  const exact = operation < MULTIPLY ? zeros32(c) : v128.and(zeros32(c), v128.or(zeros32(a), zeros32(b)));
  return i32x4.all_true(v128.or(normals32(c, 0x00800000), exact));
}

// @ts-ignore: decorator
@inline export function compute64x2(operation: u32, a: v128, b: v128): v128 {
  if (operation == ADD) return f64x2.add(a, b);
  if (operation == SUBTRACT) return f64x2.sub(a, b);
  if (operation == MULTIPLY) return f64x2.mul(a, b);
  if (operation == DIVIDE) return f64x2.div(a, b);
  return f64x2.sqrt(b);
}
// @ts-ignore: decorator
@inline export function compute32x4(operation: u32, a: v128, b: v128): v128 {
  if (operation == ADD) return f32x4.add(a, b);
  if (operation == SUBTRACT) return f32x4.sub(a, b);
  if (operation == MULTIPLY) return f32x4.mul(a, b);
  if (operation == DIVIDE) return f32x4.div(a, b);
  return f32x4.sqrt(b);
}
