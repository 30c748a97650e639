/**
 * FSIN, FCOS, FPTAN. The argument is reduced by the processor's π of 66 bits, exactly: SDM 1, "Approximation of Pi".
 */
import {
  BIAS, DE, EXPONENT_MAX, INTEGER_BIT, SIGN,
  exponentOf, isDenormal, isInfinity, isUnsupported, isZero, normalizedExponent, normalizedSig,
  propagateSpecialUnary, raiseFlags, setInvalid, setResult,
} from "./number"; // prettier-ignore
import { circularSeries, packInexact } from "./series";
import {
  divideFractions, leadingZeros, multiplyFractions, setWide, shiftLeftWide, shiftRightWide, subtractFrom, wideHi,
  wideLo,
} from "./wide"; // prettier-ignore

/** π/2 in units of 2^-65: 66 bits. */
const HALF_PI_HI: u64 = 3;
const HALF_PI_LO: u64 = 0x243f6a8885a308d3;

/** Finite and |x| ≥ 2^63: C2 is set, the operand stays. */
export function isOutOfRange(se: u32, sig: u64): bool {
  const exponent = exponentOf(se);
  return exponent >= BIAS + 63 && exponent != <i32>EXPONENT_MAX && !isUnsupported(se, sig);
}

// The reduced argument, |r| ≤ π/4: sign, quadrant, and angleHi:angleLo × 2^angleExponent, normalized.
let angleSign: u32 = 0;
let quadrant: u32 = 0;
let angleHi: u64 = 0;
let angleLo: u64 = 0;
let angleExponent: i32 = 0;

/** What has no angle: NaN, infinity. True when the result is settled; else the angle is reduced. */
function beginAngle(se: u32, sig: u64): bool {
  if (propagateSpecialUnary(se, sig)) return true;
  if (isInfinity(se, sig)) {
    setInvalid();
    return true;
  }
  if (isDenormal(se, sig)) raiseFlags(DE);
  if (!isZero(se, sig)) reduceAngle(se, sig);
  return false;
}

function reduceAngle(se: u32, sig: u64): void {
  const exponent = normalizedExponent(se, sig) - BIAS;
  angleSign = se & SIGN;
  quadrant = 0;
  angleHi = normalizedSig(sig);
  angleLo = 0;
  angleExponent = exponent + 1;
  // π/4 is C90FDAA22168C234CH × 2^-68.
  if (exponent < -1 || (exponent == -1 && angleHi <= 0xc90fdaa22168c234)) return;
  divideByHalfPi(angleHi, exponent);
  normalizeAngle();
}

/** angle ← remainder in units of 2^-65 (128-bit integer); quadrant ← quotient modulo 4. */
function divideByHalfPi(significand: u64, exponent: i32): void {
  shiftLeftWide(0, significand, <u32>(exponent + 2));
  let restHi = wideHi;
  let restLo = wideLo;
  for (let step = max<i32>(exponent, 0); step >= 0; step--) {
    shiftLeftWide(HALF_PI_HI, HALF_PI_LO, <u32>step);
    const isLess = restHi < wideHi || (restHi == wideHi && restLo < wideLo);
    quadrant = (quadrant << 1) | (isLess ? 0 : 1);
    if (isLess) continue;
    subtractFrom(restHi, restLo);
    restHi = wideHi;
    restLo = wideLo;
  }
  angleHi = restHi;
  angleLo = restLo;
}

/** Takes the remainder to the nearest multiple, makes it a fraction, and folds the sign of x into the quadrant. */
function normalizeAngle(): void {
  shiftLeftWide(angleHi, angleLo, 1);
  const isAbove = wideHi > HALF_PI_HI || (wideHi == HALF_PI_HI && wideLo > HALF_PI_LO);
  if (isAbove) {
    setWide(angleHi, angleLo);
    subtractFrom(HALF_PI_HI, HALF_PI_LO);
    angleHi = wideHi;
    angleLo = wideLo;
    quadrant++;
  }
  const xSign = angleSign;
  if (isAbove) angleSign ^= SIGN;
  // sin and cos of -|x|: the quadrants count backwards.
  if (xSign) quadrant = 0 - quadrant;
  quadrant &= 3;
  const shift = leadingZeros(angleHi, angleLo);
  shiftLeftWide(angleHi, angleLo, shift);
  angleHi = wideHi;
  angleLo = wideLo;
  // Units of 2^-65 are 2^63 units of 2^-128.
  angleExponent = 63 - <i32>shift;
}

/** wide ← r². */
function squareAngle(): void {
  shiftRightWide(angleHi, angleLo, min<i32>(-angleExponent, 128));
  multiplyFractions(wideHi, wideLo, wideHi, wideLo);
}

/** wide × 2^angleExponent ← |sin r|. */
function sineOfAngle(): void {
  squareAngle();
  circularSeries(wideHi, wideLo, 2);
  multiplyFractions(wideHi, wideLo, angleHi, angleLo);
}

/** wide ← cos r. */
function cosineOfAngle(): void {
  squareAngle();
  circularSeries(wideHi, wideLo, 1);
}

/** sin(r + quarters × π/2). */
function packSine(quarters: u32): void {
  const sign: u32 = quarters & 2 ? SIGN : 0;
  if (quarters & 1) {
    cosineOfAngle();
    return packInexact(sign, 0, wideHi, wideLo);
  }
  // A multiple of the 66-bit π/2 exactly: none but 0 is representable.
  sineOfAngle();
  packInexact(sign ^ angleSign, angleExponent, wideHi, wideLo);
}

export function sineOf(se: u32, sig: u64): void {
  if (beginAngle(se, sig)) return;
  if (isZero(se, sig)) return setResult(se, sig);
  packSine(quadrant);
}

export function cosineOf(se: u32, sig: u64): void {
  if (beginAngle(se, sig)) return;
  if (isZero(se, sig)) return setResult(BIAS, INTEGER_BIT);
  packSine(quadrant + 1);
}

/** tan x = sin r ÷ cos r, or -cos r ÷ sin r in odd quadrants. */
export function tangentOf(se: u32, sig: u64): void {
  if (beginAngle(se, sig)) return;
  if (isZero(se, sig)) return setResult(se, sig);
  // The quotient below comes out a little too small: a tiny x, whose tangent is a little larger, must not.
  if (quadrant == 0 && angleExponent < -34) return packInexact(angleSign, angleExponent, angleHi, angleLo);
  sineOfAngle();
  const shift = leadingZeros(wideHi, wideLo);
  shiftLeftWide(wideHi, wideLo, shift);
  const sineHi = wideHi;
  const sineLo = wideLo;
  const exponent = angleExponent - <i32>shift;
  cosineOfAngle();
  if (quadrant & 1) packQuotient(angleSign ^ SIGN, wideHi, wideLo, sineHi, sineLo, -exponent);
  else packQuotient(angleSign, sineHi, sineLo, wideHi, wideLo, exponent);
}

/** a ÷ b × 2^exponent, both normalized. */
function packQuotient(sign: u32, aHi: u64, aLo: u64, bHi: u64, bLo: u64, exponent: i32): void {
  shiftRightWide(aHi, aLo, 1);
  divideFractions(wideHi, wideLo, bHi, bLo);
  packInexact(sign, exponent + 1, wideHi, wideLo);
}
