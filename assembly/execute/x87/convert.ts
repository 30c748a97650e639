/**
 * Conversions between the memory formats (single, double, integers, packed BCD) and double extended precision.
 */
import {
  BIAS, C1, EXPONENT_MAX, IE, INTEGER_BIT, OE, PE, QUIET_BIT, SIGN, UE,
  exponentOf, isInfinity, isNaN80, isUnsupported, noteDenormalOperand, normalizedExponent, normalizedSig, raiseFlags,
  resultSe, resultSig, setResult,
} from "./number"; // prettier-ignore
import {
  ROUND_CHOP, ROUND_DOWN, ROUND_NEAREST, chopSignificand, roundSignificand, rounded, roundedAway, roundedCarry, roundedInexact,
  roundingControl, shiftRightJam, shiftedHi, shiftedLo,
} from "./round"; // prettier-ignore
import { FCW } from "../../generated/layout";

/** Biases less the one of the extended format. */
const SINGLE_REBIAS: i32 = BIAS - 127;
const DOUBLE_REBIAS: i32 = BIAS - 1023;

/** Result ← single-precision number. NaNs keep their signaling bit; a denormal is noted. */
export function fromSingle(bits: u32): void {
  fromBinary((bits >> 16) & SIGN, (bits >> 23) & 0xff, (<u64>(bits & 0x7fffff)) << 40, 0xff, SINGLE_REBIAS);
}

/** Result ← double-precision number. NaNs keep their signaling bit; a denormal is noted. */
export function fromDouble(bits: u64): void {
  const sign = (<u32>(bits >> 48)) & SIGN;
  fromBinary(sign, (<u32>(bits >> 52)) & 0x7ff, (bits & 0xfffffffffffff) << 11, 0x7ff, DOUBLE_REBIAS);
}

/** `fraction` is aligned below the integer bit. */
function fromBinary(sign: u32, exponent: u32, fraction: u64, exponentMax: u32, rebias: i32): void {
  if (exponent == exponentMax) return setResult(sign | EXPONENT_MAX, INTEGER_BIT | fraction);
  if (exponent) return setResult(sign | (exponent + rebias), INTEGER_BIT | fraction);
  if (fraction == 0) return setResult(sign, 0);
  noteDenormalOperand();
  setResult(sign | (1 + rebias - <i32>clz<u64>(fraction)), normalizedSig(fraction));
}

/** Result ← two's complement integer (exact). */
export function fromInteger(value: i64): void {
  if (value == 0) return setResult(0, 0);
  const sign: u32 = value < 0 ? SIGN : 0;
  const magnitude = <u64>(value < 0 ? 0 - value : value);
  setResult(sign | (BIAS + 63 - <i32>clz<u64>(magnitude)), normalizedSig(magnitude));
}

/** Single-precision image of a number; exceptions are raised, and unmasked ones forbid storing it. */
export function toSingle(se: u32, sig: u64): u32 {
  return <u32>toBinary(se, sig, 24, SINGLE_REBIAS, 0xff);
}

/** Double-precision image of a number. */
export function toDouble(se: u32, sig: u64): u64 {
  return toBinary(se, sig, 53, DOUBLE_REBIAS, 0x7ff);
}

function toBinary(se: u32, sig: u64, precision: u32, rebias: i32, exponentMax: i32): u64 {
  const fractionBits: u64 = precision - 1;
  const signBit: u64 = se & SIGN ? (<u64>(exponentMax + 1)) << fractionBits : 0;
  const infinity = signBit | ((<u64>exponentMax) << fractionBits);
  if (isUnsupported(se, sig)) {
    raiseFlags(IE);
    // The indefinite of the destination: sign, exponent and the quiet bit all set.
    return (<u64>(exponentMax * 4 + 3)) << (fractionBits - 1);
  }
  if (isInfinity(se, sig)) return infinity;
  if (isNaN80(se, sig)) {
    if ((sig & QUIET_BIT) == 0) raiseFlags(IE);
    return infinity | (((sig | QUIET_BIT) << 1) >> (64 - fractionBits));
  }
  if (sig == 0) return signBit;
  return signBit | roundToBinary(se, sig, precision, rebias, exponentMax);
}

/** Magnitude bits of a finite number that is not 0. */
function roundToBinary(se: u32, sig: u64, precision: u32, rebias: i32, exponentMax: i32): u64 {
  const isNegative = (se & SIGN) != 0;
  const fractionBits: u64 = precision - 1;
  const dropped: u64 = 64 - precision;
  const significand = normalizedSig(sig);
  const exponent = normalizedExponent(se, sig) - rebias;
  roundSignificand(isNegative, significand, 0, precision);
  const finalExponent = exponent + (roundedCarry ? 1 : 0);
  if (finalExponent >= exponentMax) return overflowToBinary(isNegative, fractionBits, exponentMax);
  if (finalExponent <= 0) {
    const isMasked = (load<u32>(FCW) & UE) != 0;
    shiftRightJam(significand, 0, min<i32>(1 - exponent, 128));
    roundSignificand(isNegative, shiftedHi, shiftedLo, precision);
    if (roundedInexact || !isMasked) raiseFlags(UE);
    raiseRounding();
    // A carry into bit 63 is the smallest normal number: its exponent of 1 appears by itself.
    return rounded >> dropped;
  }
  raiseRounding();
  return ((<u64>finalExponent) << fractionBits) | ((rounded << 1) >> (dropped + 1));
}

function overflowToBinary(isNegative: bool, fractionBits: u64, exponentMax: i32): u64 {
  const mode = roundingControl();
  const isInexact = roundedInexact;
  const toInfinity = mode == ROUND_NEAREST || (mode != ROUND_CHOP && (mode == ROUND_DOWN) == isNegative);
  const isMasked = (load<u32>(FCW) & OE) != 0;
  raiseFlags(OE);
  if (isMasked || isInexact) raiseFlags((isMasked ? toInfinity : roundedAway) ? PE | C1 : PE);
  const infinity = (<u64>exponentMax) << fractionBits;
  return toInfinity ? infinity : infinity - 1;
}

function raiseRounding(): void {
  if (roundedInexact) raiseFlags(roundedAway ? PE | C1 : PE);
}

/**
 * Two's complement integer of `bits` bits in the rounding mode given; out of range, infinite or NaN: #IA and the
 * integer indefinite, the most negative number.
 */
export function toInteger(se: u32, sig: u64, bits: u32, chop: bool): i64 {
  const unusedBits: u64 = 64 - bits;
  const limit = INTEGER_BIT >> unusedBits;
  const isNegative = (se & SIGN) != 0;
  const exponent = exponentOf(se);
  if (isUnsupported(se, sig) || exponent >= BIAS + 64) return integerIndefinite(limit);
  if (sig == 0) return 0;
  const magnitude = roundMagnitude(se, sig, chop);
  if (roundedCarry || magnitude > (isNegative ? limit : limit - 1)) return integerIndefinite(limit);
  raiseRounding();
  return isNegative ? 0 - <i64>magnitude : <i64>magnitude;
}

function integerIndefinite(limit: u64): i64 {
  raiseFlags(IE);
  return 0 - <i64>limit;
}

/**
 * Integer part of a finite magnitude below 2^64 after rounding (roundedCarry: 2^64 was reached), with roundedInexact
 * and roundedAway set.
 */
export function roundMagnitude(se: u32, sig: u64, chop: bool): u64 {
  const exponent = <i32>exponentOf(se);
  shiftRightJam(sig, 0, min<i32>(BIAS + 63 - (exponent ? exponent : 1), 128));
  const whole = shiftedHi;
  if (chop) chopSignificand(whole, shiftedLo);
  else roundSignificand((se & SIGN) != 0, whole, shiftedLo, 64);
  return roundedCarry ? 0 : rounded;
}

const BCD_LIMIT: u64 = 999999999999999999;
export let bcdLow: u64 = 0;
export let bcdHigh: u32 = 0;

/** Result ← packed BCD: 16 digits in `low`, two more in the lower byte of `high`, the sign in its bit 15. */
export function fromBcd(low: u64, high: u32): void {
  let value: u64 = ((high >> 4) & 15) * 10 + (high & 15);
  for (let shift: i32 = 60; shift >= 0; shift -= 4) value = value * 10 + ((low >> (<u64>shift)) & 15);
  fromInteger(<i64>value);
  setResult(resultSe | (high & SIGN), resultSig);
}

/** bcdLow, bcdHigh ← number rounded to 18 digits; what has more, NaN or infinity: #IA and the packed BCD indefinite. */
export function toBcd(se: u32, sig: u64): void {
  bcdHigh = 0xffff;
  bcdLow = INTEGER_BIT | QUIET_BIT;
  const exponent = exponentOf(se);
  if (isUnsupported(se, sig) || exponent >= BIAS + 64) return raiseFlags(IE);
  let magnitude = sig == 0 ? 0 : roundMagnitude(se, sig, false);
  if (sig && (roundedCarry || magnitude > BCD_LIMIT)) return raiseFlags(IE);
  if (sig) raiseRounding();
  bcdLow = 0;
  for (let shift: u64 = 0; shift < 64; shift += 4) {
    bcdLow |= (magnitude % 10) << shift;
    magnitude /= 10;
  }
  bcdHigh = (se & SIGN) | (<u32>(magnitude % 10)) | ((<u32>(magnitude / 10)) << 4);
}
