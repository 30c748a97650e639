/** FPREM, FPREM1, FRNDINT, FSCALE, FXTRACT: exact operations on exponents and significands. */
import {
  BIAS, C1, DE, EXPONENT_MAX, INTEGER_BIT, PE, SIGN, ZE,
  checkDenormals, exponentOf, isDenormal, isInfinity, isZero, normalizedExponent, normalizedSig, propagateSpecial,
  propagateSpecialUnary, raiseFlags, resultSe, resultSig, setInvalid, setResult,
} from "./number"; // prettier-ignore
import { fromInteger, roundMagnitude } from "./convert";
import { PRECISION_EXTENDED, roundAndPack, roundedAway, roundedInexact } from "./round";
import { C0, C2, C3 } from "./state";
import { divideWide, wideRemainder } from "./wide";

/** What FPREM leaves besides the result: C2 (incomplete) or the quotient's low bits as C0 C3 C1. */
export let remainderCondition: u32 = 0;
/** There is no quotient (NaN, #IA): C0 and C3 stay as they were. */
export let remainderFailed: bool = false;

/**
 * Partial remainder of a by b. FPREM truncates the quotient; FPREM1 (`toNearest`) rounds it to nearest even.
 * SDM 2, FPREM and FPREM1.
 */
export function remainder(ase: u32, asig: u64, bse: u32, bsig: u64, toNearest: bool): void {
  remainderCondition = 0;
  remainderFailed = true;
  if (propagateSpecial(ase, asig, bse, bsig)) return;
  if (isInfinity(ase, asig) || isZero(bse, bsig)) return setInvalid();
  remainderFailed = false;
  checkDenormals(ase, asig, bse, bsig);
  if (isZero(ase, asig)) return setResult(ase, asig);
  // A denormal dividend that comes back is normalized first, like any result.
  if (isInfinity(bse, bsig)) return packExact(ase & SIGN, normalizedExponent(ase, asig), normalizedSig(asig));
  reduce(ase & SIGN, normalizedExponent(ase, asig), normalizedSig(asig), normalizedExponent(bse, bsig), normalizedSig(bsig), toNearest); // prettier-ignore
}

/** A significand (0 included) whose uppermost bit may be clear. */
function packExact(sign: u32, exponent: i32, sig: u64): void {
  if (sig == 0) return setResult(sign, 0);
  const shift = <i32>clz<u64>(sig);
  roundAndPack(sign, exponent - shift, sig << (<u64>shift), 0, PRECISION_EXTENDED);
}

function reduce(sign: u32, aExponent: i32, a: u64, bExponent: i32, b: u64, toNearest: bool): void {
  const difference = aExponent - bExponent;
  if (difference >= 64) return reducePartly(sign, aExponent, a, b, difference);
  if (difference < 0) return reduceSmaller(sign, aExponent, a, b, toNearest && difference == -1);
  let quotient = divideSteps(a, b, difference);
  let rest = wideRemainder;
  if (toNearest && (rest > b - rest || (rest == b - rest && quotient & 1))) {
    quotient++;
    rest = b - rest;
    sign ^= SIGN;
  }
  setQuotientBits(quotient);
  packExact(sign, bExponent, rest);
}

/** |a| < |b|: the truncated quotient is 0; the nearest one is 1 when |a| > |b|/2 (`isNear`: exponents differ by 1). */
function reduceSmaller(sign: u32, aExponent: i32, a: u64, b: u64, isNear: bool): void {
  if (!isNear || a <= b) return packExact(sign, aExponent, a);
  setQuotientBits(1);
  packExact(sign ^ SIGN, aExponent, b + (b - a));
}

function setQuotientBits(quotient: u64): void {
  remainderCondition = (quotient & 4 ? C0 : 0) | (quotient & 2 ? C3 : 0) | (quotient & 1 ? C1 : 0);
}

/** Quotient of a × 2^steps (0 … 63) by b; the rest goes to wideRemainder. */
function divideSteps(a: u64, b: u64, steps: i32): u64 {
  const first: u64 = a >= b ? 1 : 0;
  const rest = first ? a - b : a;
  const hi: u64 = steps ? rest >> (<u64>(64 - steps)) : 0;
  return (first << (<u64>steps)) + divideWide(hi, rest << (<u64>steps), b);
}

/** Exponents too far apart: takes 32 to 63 off the difference and says so in C2. */
function reducePartly(sign: u32, aExponent: i32, a: u64, b: u64, difference: i32): void {
  const steps = (difference & 31) | 32;
  divideSteps(a, b, steps);
  remainderCondition = C2;
  packExact(sign, aExponent - steps, wideRemainder);
}

/** Integer value of a number, in the rounding mode in force. */
export function roundToInteger(se: u32, sig: u64): void {
  if (propagateSpecialUnary(se, sig)) return;
  if (isDenormal(se, sig)) raiseFlags(DE);
  if (isZero(se, sig) || exponentOf(se) >= BIAS + 63) return setResult(se, sig);
  const magnitude = roundMagnitude(se, sig, false);
  const isInexact = roundedInexact;
  const isAway = roundedAway;
  fromInteger(<i64>magnitude);
  // 2^63 reads as negative; only its significand counts.
  setResult((resultSe & EXPONENT_MAX) | (se & SIGN), resultSig);
  if (isInexact) raiseFlags(isAway ? PE | C1 : PE);
}

/** a × 2^trunc(b). */
export function scale(ase: u32, asig: u64, bse: u32, bsig: u64): void {
  if (propagateSpecial(ase, asig, bse, bsig)) return;
  if (isInfinity(bse, bsig)) return scaleByInfinity(ase, asig, bse);
  checkDenormals(ase, asig, bse, bsig);
  if (isInfinity(ase, asig) || isZero(ase, asig)) return setResult(ase, asig);
  if (isZero(bse, bsig)) return packExact(ase & SIGN, normalizedExponent(ase, asig), normalizedSig(asig));
  const step = scaleStep(bse, bsig);
  roundAndPack(ase & SIGN, normalizedExponent(ase, asig) + step, normalizedSig(asig), 0, PRECISION_EXTENDED);
}

/** trunc(b) limited to what certainly leaves every range. */
function scaleStep(bse: u32, bsig: u64): i32 {
  const exponent = exponentOf(bse) - BIAS;
  if (exponent < 0) return 0;
  const step = exponent > 16 ? 0x1ffff : <i32>(bsig >> (<u64>(63 - exponent)));
  return bse & SIGN ? -step : step;
}

function scaleByInfinity(ase: u32, asig: u64, bse: u32): void {
  const sign = ase & SIGN;
  if (bse & SIGN) {
    if (isInfinity(ase, asig)) return setInvalid();
    if (isDenormal(ase, asig)) raiseFlags(DE);
    return setResult(sign, 0);
  }
  if (isZero(ase, asig)) return setInvalid();
  if (isDenormal(ase, asig)) raiseFlags(DE);
  setResult(sign | EXPONENT_MAX, INTEGER_BIT);
}

// FXTRACT's exponent (the significand is the result proper).
export let extractedSe: u32 = 0;
export let extractedSig: u64 = 0;

/** Splits a number into significand (result) and exponent (extractedSe, extractedSig). */
export function extract(se: u32, sig: u64): void {
  if (propagateSpecialUnary(se, sig)) return extractSame();
  if (isInfinity(se, sig)) {
    extractedSe = EXPONENT_MAX;
    extractedSig = INTEGER_BIT;
    return setResult(se, sig);
  }
  if (isZero(se, sig)) {
    raiseFlags(ZE);
    extractedSe = SIGN | EXPONENT_MAX;
    extractedSig = INTEGER_BIT;
    return setResult(se, sig);
  }
  if (isDenormal(se, sig)) raiseFlags(DE);
  fromInteger(normalizedExponent(se, sig) - BIAS);
  extractSame();
  setResult((se & SIGN) | BIAS, normalizedSig(sig));
}

function extractSame(): void {
  extractedSe = resultSe;
  extractedSig = resultSig;
}
