/**
 * Rounding an exact (or sticky) 128-bit significand to the destination, with the post-computation exceptions.
 * SDM 1, "Rounding", "Numeric Overflow Exception (#O)", "Numeric Underflow Exception (#U)".
 */
import { FCW } from "../../generated/layout";
import {
  C1, EXPONENT_MAX, INTEGER_BIT, OE, PE, SIGN, UE, raiseFlags, setResult,
} from "./number"; // prettier-ignore

export const ROUND_NEAREST: u32 = 0;
export const ROUND_DOWN: u32 = 1;
export const ROUND_UP: u32 = 2;
export const ROUND_CHOP: u32 = 3;

/** Bits of significand of the full format. */
export const PRECISION_EXTENDED: u32 = 64;
/** What an unmasked overflow or underflow takes from or adds to the exponent. */
const BIAS_ADJUSTMENT: i32 = 24576;
const HALF: u64 = 0x8000000000000000;

// @ts-ignore: decorator
@inline export function roundingControl(): u32 {
  return (load<u32>(FCW) >> 10) & 3;
}
// @ts-ignore: decorator
@inline function isMasked(exception: u32): bool {
  return (load<u32>(FCW) & exception) != 0;
}

/** Bits of significand that the precision-control field asks for; the reserved code 01 acts as 64. */
export function precisionControl(): u32 {
  const code = (load<u32>(FCW) >> 8) & 3;
  return code == 0 ? 24 : code == 2 ? 53 : PRECISION_EXTENDED;
}

/** Whether a magnitude with this fraction (of 2^64) below its last kept bit is rounded away from 0. */
export function roundsAway(isNegative: bool, fraction: u64, isOdd: bool): bool {
  if (fraction == 0) return false;
  const mode = roundingControl();
  if (mode == ROUND_NEAREST) return fraction > HALF || (fraction == HALF && isOdd);
  if (mode == ROUND_DOWN) return isNegative;
  return mode == ROUND_UP && !isNegative;
}

// What roundSignificand found.
export let rounded: u64 = 0;
export let roundedCarry: bool = false;
export let roundedInexact: bool = false;
export let roundedAway: bool = false;

/** Rounds hi:lo to the upper `precision` bits of hi. roundedCarry: the significand overflowed to 1.0 of the next exponent. */
export function roundSignificand(isNegative: bool, hi: u64, lo: u64, precision: u32): void {
  const dropped: u64 = 64 - precision;
  const unit: u64 = 1 << dropped;
  let fraction = lo;
  let kept = hi;
  if (dropped) {
    fraction = (hi << (<u64>precision)) | (lo != 0 ? 1 : 0);
    kept = hi & (0 - unit);
  }
  roundedInexact = fraction != 0;
  roundedAway = roundsAway(isNegative, fraction, (kept & unit) != 0);
  rounded = roundedAway ? kept + unit : kept;
  roundedCarry = roundedAway && rounded == 0;
  if (roundedCarry) rounded = INTEGER_BIT;
}

/** As roundSignificand, toward 0 whatever the rounding control says. */
export function chopSignificand(hi: u64, lo: u64): void {
  rounded = hi;
  roundedCarry = false;
  roundedInexact = lo != 0;
  roundedAway = false;
}

// Right shift of a 128-bit significand; what is lost stays as a sticky lowest bit.
export let shiftedHi: u64 = 0;
export let shiftedLo: u64 = 0;
export function shiftRightJam(hi: u64, lo: u64, count: u32): void {
  // Shifts of 64-bit values take their counts modulo 64.
  const right: u64 = count;
  const left: u64 = 64 - right;
  if (count == 0) {
    shiftedHi = hi;
    shiftedLo = lo;
  } else if (count < 64) {
    shiftedHi = hi >> right;
    shiftedLo = (hi << left) | (lo >> right) | (lo << left ? 1 : 0);
  } else if (count == 64) {
    shiftedHi = 0;
    shiftedLo = hi | (lo ? 1 : 0);
  } else if (count < 128) {
    shiftedHi = 0;
    shiftedLo = (hi >> right) | (lo | (hi << left) ? 1 : 0);
  } else {
    shiftedHi = 0;
    shiftedLo = hi | lo ? 1 : 0;
  }
}

function raiseInexact(): void {
  if (roundedInexact) raiseFlags(roundedAway ? PE | C1 : PE);
}

/**
 * Makes the result of sign (0 or SIGN), biased exponent (any i32) and significand hi:lo whose uppermost bit is set.
 */
export function roundAndPack(sign: u32, exponent: i32, hi: u64, lo: u64, precision: u32): void {
  roundSignificand(sign != 0, hi, lo, precision);
  const finalExponent = exponent + (roundedCarry ? 1 : 0);
  if (finalExponent >= <i32>EXPONENT_MAX) packOverflow(sign, finalExponent, precision);
  else if (finalExponent <= 0) packTiny(sign, exponent, finalExponent, hi, lo, precision);
  else {
    raiseInexact();
    setResult(sign | (<u32>finalExponent), rounded);
  }
}

function packOverflow(sign: u32, exponent: i32, precision: u32): void {
  raiseFlags(OE);
  const adjusted = exponent - BIAS_ADJUSTMENT;
  const isAdjusted = !isMasked(OE);
  if (isAdjusted && adjusted < <i32>EXPONENT_MAX) {
    raiseInexact();
    setResult(sign | (<u32>adjusted), rounded);
    return;
  }
  const mode = roundingControl();
  // What overflows even when adjusted (FSCALE) becomes infinite in every mode.
  const toInfinity = isAdjusted || mode == ROUND_NEAREST || mode == (sign ? ROUND_DOWN : ROUND_UP);
  raiseFlags(toInfinity ? PE | C1 : PE);
  const dropped: u64 = 64 - precision;
  if (toInfinity) setResult(sign | EXPONENT_MAX, INTEGER_BIT);
  else setResult(sign | (EXPONENT_MAX - 1), u64.MAX_VALUE << dropped);
}

function packTiny(sign: u32, exponent: i32, roundedExponent: i32, hi: u64, lo: u64, precision: u32): void {
  if (!isMasked(UE)) return packAdjusted(sign, roundedExponent + BIAS_ADJUSTMENT);
  shiftRightJam(hi, lo, 1 - exponent);
  roundSignificand(sign != 0, shiftedHi, shiftedLo, precision);
  if (roundedInexact) raiseFlags(UE);
  raiseInexact();
  setResult(sign | (rounded >> 63 ? 1 : 0), rounded);
}

/** Unmasked underflow. What is too small even when adjusted (FSCALE) becomes 0 in every mode. */
function packAdjusted(sign: u32, adjusted: i32): void {
  raiseFlags(UE);
  if (adjusted <= 0) {
    raiseFlags(PE);
    return setResult(sign, 0);
  }
  raiseInexact();
  setResult(sign | (<u32>adjusted), rounded);
}
