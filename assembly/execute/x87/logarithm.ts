/** FYL2X, FYL2XP1. Special operands by the tables of SDM 2; the rest in 128-bit fractions (series.ts). */
import {
  BIAS, EXPONENT_MAX, INTEGER_BIT, PE, SIGN, UE, ZE, checkDenormals, isDenormal, isInfinity, isZero,
  normalizedExponent, normalizedSig, propagateSpecial, raiseFlags, resultSe, resultSig, setInvalid,
  setResult,
} from "./number"; // prettier-ignore
import { PRECISION_EXTENDED, roundAndPack } from "./round";
import { multiplyByHalfLog2E, oddSeries, packInexact } from "./series";
import {
  addWide, divideFractions, leadingZeros, multiplyFractions, multiplyWide, setWide, shiftLeftWide,
  shiftRightWide, subtractFrom, wideHi, wideLo,
} from "./wide"; // prettier-ignore

// A logarithm: sign, and logHi:logLo × 2^logExponent.
let logSign: u32 = 0;
let logExponent: i32 = 0;

/**
 * log2 of (1 + s)/(1 - s), of which s = numerator ÷ denominator × 2^exponent; both normalized, s < 0.18:
 * 2·log2(e)·atanh(s). wide × 2^logExponent is the magnitude.
 */
function logarithmOfRatio(
  numeratorHi: u64,
  numeratorLo: u64,
  denominatorHi: u64,
  denominatorLo: u64,
  exponent: i32,
): void {
  // The quotient is at least 1/4 after halving the numerator.
  shiftRightWide(numeratorHi, numeratorLo, 1);
  divideFractions(wideHi, wideLo, denominatorHi, denominatorLo);
  const sHi = wideHi;
  const sLo = wideLo;
  shiftRightWide(sHi, sLo, min<i32>(-1 - exponent, 128));
  multiplyFractions(wideHi, wideLo, wideHi, wideLo);
  oddSeries(wideHi, wideLo, false);
  // s·(1 + series), by halves: log2(e)/2 keeps it a fraction.
  multiplyFractions(wideHi, wideLo, sHi, sLo);
  shiftRightWide(wideHi, wideLo, 1);
  const restHi = wideHi;
  const restLo = wideLo;
  shiftRightWide(sHi, sLo, 1);
  addWide(restHi, restLo);
  multiplyByHalfLog2E(wideHi, wideLo);
  // s was halved by the division (exponent + 1), halved again, log2(e) halved, and atanh counts twice.
  logExponent = exponent + 4;
}

/** log2 of significand hi:lo (normalized) × 2^(exponent - 127), not a power of 2. */
function logarithmOfNumber(hi: u64, lo: u64, exponent: i32): void {
  // Significand m in [1, √2) or, with one exponent more, [√½, 1).
  const isUpper = hi >= 0xb504f333f9de6484;
  const whole = isUpper ? exponent + 1 : exponent;
  // |m - 1| and m + 1, as fractions: of 2 (lower part) or of 1 (upper part).
  if (isUpper) setWide(~hi, ~lo);
  else setWide(hi & ~INTEGER_BIT, lo);
  if (isUpper) addWide(0, 1);
  const shift = leadingZeros(wideHi, wideLo);
  shiftLeftWide(wideHi, wideLo, shift);
  const numeratorHi = wideHi;
  const numeratorLo = wideLo;
  // (m + 1)/2 of the upper part, (m + 1)/4 × … of the lower part: hi:lo above 1 resp. 2, shifted right by one.
  shiftRightWide(hi, lo, 1);
  addWide(isUpper ? INTEGER_BIT : 0x4000000000000000, 0);
  const denominatorShift = leadingZeros(wideHi, wideLo);
  shiftLeftWide(wideHi, wideLo, denominatorShift);
  logarithmOfRatio(numeratorHi, numeratorLo, wideHi, wideLo, <i32>denominatorShift - <i32>shift - 1);
  logSign = isUpper ? SIGN : 0;
  if (whole) addWhole(whole);
}

/** log ← log + whole, which is not 0 and larger. The integer lies in the upper 16 bits. */
function addWhole(whole: i32): void {
  shiftRightWide(wideHi, wideLo, min<i32>(16 - logExponent, 128));
  const isNegative = whole < 0;
  const magnitude = (<u64>(isNegative ? -whole : whole)) << 48;
  if ((logSign != 0) == isNegative) addWide(magnitude, 0);
  else subtractFrom(magnitude, 0);
  logSign = isNegative ? SIGN : 0;
  logExponent = 16;
}

/** Result ← log × y. */
function multiplyLogarithm(yse: u32, ysig: u64): void {
  const shift = leadingZeros(wideHi, wideLo);
  shiftLeftWide(wideHi, wideLo, shift);
  multiplyFractions(wideHi, wideLo, normalizedSig(ysig), 0);
  const exponent = logExponent - <i32>shift + normalizedExponent(yse, ysig) - BIAS + 1;
  packInexact((yse & SIGN) ^ logSign, exponent, wideHi, wideLo);
}

/** y × log2(x). */
export function logarithmOf(xse: u32, xsig: u64, yse: u32, ysig: u64): void {
  if (propagateSpecial(xse, xsig, yse, ysig)) return;
  const sign = yse & SIGN;
  const isNegative = (xse & SIGN) != 0;
  if (isZero(xse, xsig)) return logarithmOfZero(yse, ysig);
  if (isNegative) return setInvalid();
  if (isInfinity(xse, xsig)) {
    if (isZero(yse, ysig)) return setInvalid();
    checkDenormals(xse, xsig, yse, ysig);
    return setResult(sign | EXPONENT_MAX, INTEGER_BIT);
  }
  const exponent = normalizedExponent(xse, xsig) - BIAS;
  const significand = normalizedSig(xsig);
  const isPower = significand == INTEGER_BIT;
  const isOne = isPower && exponent == 0;
  if (isInfinity(yse, ysig)) {
    if (isOne) return setInvalid();
    checkDenormals(xse, xsig, yse, ysig);
    return setResult((exponent < 0 ? SIGN : 0) ^ yse, INTEGER_BIT);
  }
  checkDenormals(xse, xsig, yse, ysig);
  if (isZero(yse, ysig) || isOne) return setResult(exponent < 0 ? sign ^ SIGN : sign, 0);
  if (isPower) {
    // #P is reported even when the product is exact, as processors do.
    multiplyByInteger(yse, ysig, exponent);
    return raiseFlags(isDenormal(resultSe, resultSig) ? PE | UE : PE);
  }
  logarithmOfNumber(significand, 0, exponent);
  multiplyLogarithm(yse, ysig);
}

/** y × log2(0): y × -∞. */
function logarithmOfZero(yse: u32, ysig: u64): void {
  if (isZero(yse, ysig)) return setInvalid();
  if (!isInfinity(yse, ysig)) raiseFlags(ZE);
  setResult(((yse & SIGN) ^ SIGN) | EXPONENT_MAX, INTEGER_BIT);
}

/** y × integer, exact before rounding. */
function multiplyByInteger(yse: u32, ysig: u64, integer: i32): void {
  const sign = (yse & SIGN) ^ (integer < 0 ? SIGN : 0);
  const magnitude = <u64>(integer < 0 ? -integer : integer);
  multiplyWide(normalizedSig(ysig), magnitude);
  const shift = leadingZeros(wideHi, wideLo);
  shiftLeftWide(wideHi, wideLo, shift);
  roundAndPack(sign, normalizedExponent(yse, ysig) + 64 - <i32>shift, wideHi, wideLo, PRECISION_EXTENDED);
}

/** y × log2(x + 1). */
export function logarithmPlusOneOf(xse: u32, xsig: u64, yse: u32, ysig: u64): void {
  if (propagateSpecial(xse, xsig, yse, ysig)) return;
  const sign = (xse ^ yse) & SIGN;
  const isNegative = (xse & SIGN) != 0;
  const exponent = isZero(xse, xsig) ? -BIAS : normalizedExponent(xse, xsig) - BIAS;
  if (isInfinity(xse, xsig)) {
    if (isNegative || isZero(yse, ysig)) return setInvalid();
    checkDenormals(xse, xsig, yse, ysig);
    return setResult(sign | EXPONENT_MAX, INTEGER_BIT);
  }
  if (isInfinity(yse, ysig)) {
    if (isZero(xse, xsig)) return setInvalid();
    checkDenormals(xse, xsig, yse, ysig);
    return setResult(sign | EXPONENT_MAX, INTEGER_BIT);
  }
  checkDenormals(xse, xsig, yse, ysig);
  if (isZero(xse, xsig) || isZero(yse, ysig)) return setResult(sign, 0);
  const significand = normalizedSig(xsig);
  // x ≤ -1 has no logarithm; the manual leaves the result undefined, processors answer x.
  if (isNegative && exponent >= 0) {
    raiseFlags(PE);
    return setResult(xse, xsig);
  }
  if (exponent >= -2) logarithmOfSum(significand, exponent, isNegative);
  else logarithmNearOne(significand, exponent, isNegative);
  multiplyLogarithm(yse, ysig);
}

/** log2(1 + x) for |x| < 1/4: s = x ÷ (2 + x). */
function logarithmNearOne(significand: u64, exponent: i32, isNegative: bool): void {
  // 2 + x as a fraction of 4, then normalized.
  shiftRightWide(significand, 0, min<i32>(1 - exponent, 128));
  if (isNegative) subtractFrom(INTEGER_BIT, 0);
  else addWide(INTEGER_BIT, 0);
  const shift = leadingZeros(wideHi, wideLo);
  shiftLeftWide(wideHi, wideLo, shift);
  logarithmOfRatio(significand, 0, wideHi, wideLo, exponent - 1 + <i32>shift);
  logSign = isNegative ? SIGN : 0;
}

/** log2(1 + x) for other x > -1: of the sum, which has 128 bits. */
function logarithmOfSum(significand: u64, exponent: i32, isNegative: bool): void {
  // As a fraction of 2^top.
  const top = max<i32>(exponent + 2, 2);
  shiftRightWide(significand, 0, <u32>(top - 1 - exponent));
  const xHi = wideHi;
  const xLo = wideLo;
  if (top >= 128) setWide(0, 1);
  else shiftRightWide(INTEGER_BIT, 0, <u32>(top - 1));
  if (isNegative) {
    const oneHi = wideHi;
    const oneLo = wideLo;
    setWide(xHi, xLo);
    subtractFrom(oneHi, oneLo);
  } else addWide(xHi, xLo);
  const shift = leadingZeros(wideHi, wideLo);
  shiftLeftWide(wideHi, wideLo, shift);
  const whole = top - 1 - <i32>shift;
  if (wideHi == INTEGER_BIT && wideLo == 0) {
    logSign = 0;
    logExponent = 0;
    setWide(0, 0);
    addWhole(whole);
  } else logarithmOfNumber(wideHi, wideLo, whole);
}
