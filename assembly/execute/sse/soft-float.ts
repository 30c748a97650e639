/**
 * IEEE 754 arithmetic by bits, in single and double precision, as MXCSR wants it: four rounding modes, DAZ, FTZ, exact
 * exceptions. Numbers are bit patterns in a u64. Inside, a finite number other than 0 is a sign, an exponent with the
 * format's bias and a significand whose leading bit is bit 62; bit 0 is "sticky": set when anything below was cut off.
 *
 *   value = significand / 2^62 × 2^(exponent − bias)
 */
import { MXCSR } from "../../generated/layout";
import {
  DAZ,
  DE,
  FTZ,
  IE,
  OE,
  PE,
  ROUND_DOWN,
  ROUND_NEAREST,
  ROUND_UP,
  roundingControl,
  signal,
  UE,
  unmasked,
  ZE,
} from "./mxcsr";

export const SINGLE: u32 = 0;
export const DOUBLE: u32 = 1;

export const ADD: u32 = 0;
export const SUBTRACT: u32 = 1;
export const MULTIPLY: u32 = 2;
export const DIVIDE: u32 = 3;

const LEADING: u64 = 1 << 62;
/** Place of a double's lowest significand bit in the inner form. */
const DOUBLE_SHIFT: u64 = 10;

// @ts-ignore: decorator
@inline function fractionBits(format: u32): u64 {
  return format == DOUBLE ? 52 : 23;
}
// @ts-ignore: decorator
@inline function bias(format: u32): i32 {
  return format == DOUBLE ? 1023 : 127;
}
// @ts-ignore: decorator
@inline export function signBit(format: u32): u64 {
  return format == DOUBLE ? 0x8000000000000000 : 0x80000000;
}
// @ts-ignore: decorator
@inline export function infinity(format: u32): u64 {
  return format == DOUBLE ? 0x7ff0000000000000 : 0x7f800000;
}
// @ts-ignore: decorator
@inline function leastNormal(format: u32): u64 {
  return format == DOUBLE ? 0x0010000000000000 : 0x00800000;
}
// @ts-ignore: decorator
@inline export function quietBit(format: u32): u64 {
  return format == DOUBLE ? 0x0008000000000000 : 0x00400000;
}
// @ts-ignore: decorator
@inline export function magnitude(bits: u64, format: u32): u64 {
  return bits & (signBit(format) - 1);
}
// @ts-ignore: decorator
@inline export function isNaNBits(bits: u64, format: u32): bool {
  return magnitude(bits, format) > infinity(format);
}
// @ts-ignore: decorator
@inline export function isSignalling(bits: u64, format: u32): bool {
  return isNaNBits(bits, format) && (bits & quietBit(format)) == 0;
}
// @ts-ignore: decorator
@inline export function isDenormal(bits: u64, format: u32): bool {
  return magnitude(bits, format) - 1 < leastNormal(format) - 1;
}
/** "QNaN floating-point indefinite": what an invalid operation gives. */
// @ts-ignore: decorator
@inline export function defaultNaN(format: u32): u64 {
  return signBit(format) | infinity(format) | quietBit(format);
}

/** The operand as computed with: under DAZ a denormal is a zero of its sign. */
// @ts-ignore: decorator
@inline export function flushed(bits: u64, format: u32): u64 {
  return (load<u32>(MXCSR) & DAZ) != 0 && isDenormal(bits, format) ? bits & signBit(format) : bits;
}

/** The first operand that is a NaN, made quiet. SDM 1, "Rules for Handling NaNs" (SSE column). */
export function propagateNaN(a: u64, b: u64, format: u32): u64 {
  if (isSignalling(a, format) || isSignalling(b, format)) signal(IE);
  return (isNaNBits(a, format) ? a : b) | quietBit(format);
}

function invalid(format: u32): u64 {
  signal(IE);
  return defaultNaN(format);
}

// Results of `unpack`.
let exponent: i32 = 0;
let significand: u64 = 0;

/** Takes apart a finite number other than 0; signals DE for a denormal. */
function unpack(bits: u64, format: u32): void {
  const width = fractionBits(format);
  const fraction = bits & (((<u64>1) << width) - 1);
  const field = <i32>(magnitude(bits, format) >> width);
  if (field != 0) {
    exponent = field;
    significand = (fraction << (62 - width)) | LEADING;
    return;
  }
  signal(DE);
  const shift = clz(fraction) - 1;
  significand = fraction << shift;
  exponent = 63 - <i32>width - <i32>shift;
}

// @ts-ignore: decorator
@inline function shiftRightSticky(value: u64, count: u64): u64 {
  if (count > 62) return <u64>(value != 0);
  return (value >> count) | (<u64>((value & (((<u64>1) << count) - 1)) != 0));
}

/** What rounding adds to a significand before the `width` low bits are cut off (ties are the caller's). */
function roundingIncrement(isNegative: bool, width: u64): u64 {
  const mode = roundingControl();
  if (mode == ROUND_NEAREST) return (<u64>1) << (width - 1);
  if (mode == (isNegative ? ROUND_DOWN : ROUND_UP)) return ((<u64>1) << width) - 1;
  return 0;
}

/** Rounds to the format and packs. Signals OE, UE, PE; tininess is detected after rounding, as SSE does. */
export function roundPack(isNegative: bool, biased: i32, sig: u64, format: u32): u64 {
  const width: u64 = 62 - fractionBits(format);
  const increment = roundingIncrement(isNegative, width);
  const sign = isNegative ? signBit(format) : 0;
  if (biased >= (format == DOUBLE ? 2046 : 254)) {
    const isOver = biased > (format == DOUBLE ? 2046 : 254) || sig + increment >= LEADING << 1;
    if (isOver) return sign | overflow(increment, sig & (((<u64>1) << width) - 1), format);
  }
  if (biased <= 0) return sign | roundTiny(biased, sig, increment, width);
  return sign | (((<u64>(biased - 1)) << fractionBits(format)) + rounded(sig, increment, width));
}

/** The significand cut to the format's precision (a carry goes into the exponent by addition). Signals PE. */
// @ts-ignore: decorator
@inline function rounded(sig: u64, increment: u64, width: u64): u64 {
  const half = (<u64>1) << (width - 1);
  const rest = sig & ((half << 1) - 1);
  if (rest == 0) return sig >> width;
  signal(PE);
  const result = (sig + increment) >> width;
  return rest == half && increment == half ? result & ~1 : result;
}

function overflow(increment: u64, rest: u64, format: u32): u64 {
  signal(OE);
  // Masked, the result is never exact. Unmasked, only the precision counts (the exponent being unbounded).
  if (rest != 0 || (unmasked() & OE) == 0) signal(PE);
  return increment != 0 ? infinity(format) : infinity(format) - 1;
}

/** Magnitude of a result whose exponent is below the format's least, or becomes the least by rounding. */
function roundTiny(biased: i32, sig: u64, increment: u64, width: u64): u64 {
  const isTiny = biased < 0 || sig + increment < LEADING << 1;
  const denormal = shiftRightSticky(sig, <u64>(1 - biased));
  if (!isTiny) return rounded(denormal, increment, width);
  const mxcsr = load<u32>(MXCSR);
  const isExact = (denormal & (((<u64>1) << width) - 1)) == 0;
  if ((mxcsr & (UE << 7)) == 0) {
    signal(UE);
    if ((sig & (((<u64>1) << width) - 1)) != 0) signal(PE);
    return 0;
  }
  if (mxcsr & FTZ) {
    signal(UE | PE);
    return 0;
  }
  if (!isExact) signal(UE);
  return rounded(denormal, increment, width);
}

/** ADD, SUBTRACT, MULTIPLY, DIVIDE. */
export function arithmetic(operation: u32, a: u64, b: u64, format: u32): u64 {
  if (isNaNBits(a, format) || isNaNBits(b, format)) return propagateNaN(a, b, format);
  const left = flushed(a, format);
  const right = flushed(b, format);
  if (operation == MULTIPLY) return multiply(left, right, format);
  if (operation == DIVIDE) return divide(left, right, format);
  return add(left, operation == SUBTRACT ? right ^ signBit(format) : right, format);
}

function add(a: u64, b: u64, format: u32): u64 {
  const sizeA = magnitude(a, format);
  const sizeB = magnitude(b, format);
  const differ = ((a ^ b) & signBit(format)) != 0;
  if (sizeA == infinity(format) || sizeB == infinity(format)) {
    if (sizeA == sizeB) return differ ? invalid(format) : a;
    if (isDenormal(a, format) || isDenormal(b, format)) signal(DE);
    return sizeA > sizeB ? a : b;
  }
  if (sizeA == sizeB && differ) {
    if (isDenormal(a, format)) signal(DE);
    return roundingControl() == ROUND_DOWN ? signBit(format) : 0;
  }
  const larger = sizeA >= sizeB ? a : b;
  const smaller = sizeA >= sizeB ? b : a;
  if (magnitude(larger, format) == 0) return larger;
  const isNegative = (larger & signBit(format)) != 0;
  unpack(larger, format);
  let exp = exponent;
  let sig = significand;
  if (magnitude(smaller, format) == 0) return roundPack(isNegative, exp, sig, format);
  unpack(smaller, format);
  const aligned = shiftRightSticky(significand, <u64>(exp - exponent));
  if (differ) {
    sig -= aligned;
    const shift = clz(sig) - 1;
    return roundPack(isNegative, exp - <i32>shift, sig << shift, format);
  }
  sig += aligned;
  if (sig >= LEADING << 1) {
    sig = shiftRightSticky(sig, 1);
    exp++;
  }
  return roundPack(isNegative, exp, sig, format);
}

/** The host's result with the sticky bit of its error: nearest to the true one, so that one unit below tells all. */
// @ts-ignore: decorator
@inline function withError(result: u64, error: i64): u64 {
  const sig = result << DOUBLE_SHIFT;
  return error == 0 ? sig : error > 0 ? sig | 1 : sig - 1;
}
// @ts-ignore: decorator
@inline function doubleSignificand(bits: u64): u64 {
  return (bits & 0xfffffffffffff) | 0x10000000000000;
}

function multiply(a: u64, b: u64, format: u32): u64 {
  const isNegative = ((a ^ b) & signBit(format)) != 0;
  const sign = isNegative ? signBit(format) : 0;
  const sizeA = magnitude(a, format);
  const sizeB = magnitude(b, format);
  if (sizeA == infinity(format) || sizeB == infinity(format)) {
    if (sizeA == 0 || sizeB == 0) return invalid(format);
    if (isDenormal(a, format) || isDenormal(b, format)) signal(DE);
    return sign | infinity(format);
  }
  if (sizeA == 0 || sizeB == 0) {
    if (isDenormal(a, format) || isDenormal(b, format)) signal(DE);
    return sign;
  }
  unpack(a, format);
  const expA = exponent;
  const sigA = significand >> DOUBLE_SHIFT;
  unpack(b, format);
  const sigB = significand >> DOUBLE_SHIFT;
  // Both are below 2^53: the host rounds their product to 53 bits. The error is below 2^53, so 64 bits hold it.
  const product = reinterpret<u64>(<f64>(<i64>sigA) * <f64>(<i64>sigB));
  const power = <i32>(product >> 52) - 1023;
  const result = doubleSignificand(product);
  const lost = <u64>(power - 52);
  const error = <i64>(sigA * sigB - (result << lost));
  let sig = withError(result, error);
  let exp = expA + exponent - bias(format) + power - 104;
  if (sig < LEADING) {
    sig = (sig << 1) | (sig & 1);
    exp--;
  }
  return roundPack(isNegative, exp, sig, format);
}

function divide(a: u64, b: u64, format: u32): u64 {
  const isNegative = ((a ^ b) & signBit(format)) != 0;
  const sign = isNegative ? signBit(format) : 0;
  const sizeA = magnitude(a, format);
  const sizeB = magnitude(b, format);
  const infinite = infinity(format);
  if (sizeA == infinite || sizeB == infinite || sizeA == 0 || sizeB == 0) {
    if (sizeA == sizeB) return invalid(format);
    if (sizeB == 0 && sizeA != infinite) {
      signal(ZE);
      return sign | infinite;
    }
    if (isDenormal(a, format) || isDenormal(b, format)) signal(DE);
    return sizeA == infinite || sizeB == 0 ? sign | infinite : sign;
  }
  unpack(a, format);
  let exp = exponent;
  let sigA = significand >> DOUBLE_SHIFT;
  unpack(b, format);
  const sigB = significand >> DOUBLE_SHIFT;
  exp += bias(format) - exponent;
  if (sigA < sigB) {
    sigA <<= 1;
    exp--;
  }
  // The quotient lies in [1, 2).
  const result = doubleSignificand(reinterpret<u64>(<f64>(<i64>sigA) / <f64>(<i64>sigB)));
  return roundPack(isNegative, exp, withError(result, <i64>((sigA << 52) - result * sigB)), format);
}

export function squareRoot(a: u64, format: u32): u64 {
  if (isNaNBits(a, format)) return propagateNaN(a, a, format);
  const bits = flushed(a, format);
  if (magnitude(bits, format) == 0) return bits;
  if (bits & signBit(format)) return invalid(format);
  if (bits == infinity(format)) return bits;
  unpack(bits, format);
  let sig = significand >> DOUBLE_SHIFT;
  let exp = exponent - bias(format);
  if (exp & 1) {
    sig <<= 1;
    exp--;
  }
  // sig / 2^52 lies in [1, 4), its root in [1, 2).
  const result = doubleSignificand(reinterpret<u64>(sqrt<f64>(<f64>(<i64>sig))));
  return roundPack(
    false,
    (exp >> 1) + bias(format),
    withError(result, <i64>((sig << 52) - result * result)),
    format,
  );
}

/** Changes precision. */
export function convertFormat(a: u64, from: u32, to: u32): u64 {
  if (isNaNBits(a, from)) {
    if (isSignalling(a, from)) signal(IE);
    const sign = (a & signBit(from)) != 0 ? signBit(to) : 0;
    const fraction = magnitude(a, from) - infinity(from);
    return sign | infinity(to) | quietBit(to) | (to == DOUBLE ? fraction << 29 : fraction >> 29);
  }
  const bits = flushed(a, from);
  const isNegative = (bits & signBit(from)) != 0;
  const size = magnitude(bits, from);
  if (size == 0 || size == infinity(from))
    return (isNegative ? signBit(to) : 0) | (size == 0 ? 0 : infinity(to));
  unpack(bits, from);
  return roundPack(isNegative, exponent - bias(from) + bias(to), significand, to);
}

/** A signed integer in the format. Signals PE. */
export function fromInteger(value: i64, format: u32): u64 {
  if (value == 0) return 0;
  const isNegative = value < 0;
  const size = <u64>(isNegative ? -value : value);
  const shift = <i32>clz(size) - 1;
  const sig = shift < 0 ? shiftRightSticky(size, 1) : size << (<u64>shift);
  return roundPack(isNegative, bias(format) + 62 - shift, sig, format);
}
