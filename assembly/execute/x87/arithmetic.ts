/** Addition, subtraction, multiplication, division and square root of double extended-precision numbers. */
import {
  BIAS, DE, EXPONENT_MAX, INTEGER_BIT, SIGN, ZE,
  checkDenormals, exponentOf, hadDenormalOperand, isDenormal, isInfinity, isZero, normalizedExponent, normalizedSig,
  propagateSpecial, propagateSpecialUnary, raiseFlags, setInvalid, setResult,
} from "./number"; // prettier-ignore
import {
  ROUND_DOWN, precisionControl, roundAndPack, roundingControl, shiftRightJam, shiftedHi, shiftedLo,
} from "./round"; // prettier-ignore
import {
  divideWide, leadingZeros, multiplyWide, shiftLeftWide, squareRootWide, wideHi, wideLo, wideRemainder,
} from "./wide"; // prettier-ignore

/** a + b. */
export function add(ase: u32, asig: u64, bse: u32, bsig: u64): void {
  if (propagateSpecial(ase, asig, bse, bsig)) return;
  if (isInfinity(ase, asig) || isInfinity(bse, bsig)) return addInfinities(ase, asig, bse, bsig);
  checkDenormals(ase, asig, bse, bsig);
  const aZero = isZero(ase, asig);
  const bZero = isZero(bse, bsig);
  if (aZero && bZero) return setResult(zeroSum(ase & SIGN, bse & SIGN), 0);
  if (aZero) return roundOperand(bse, bsig);
  if (bZero) return roundOperand(ase, asig);
  if ((ase ^ bse) & SIGN) addOpposite(ase, asig, bse, bsig);
  else addMagnitudes(ase, asig, bse, bsig);
}

/** a - b. A NaN operand keeps its sign. */
export function subtract(ase: u32, asig: u64, bse: u32, bsig: u64): void {
  if (propagateSpecial(ase, asig, bse, bsig)) return;
  add(ase, asig, bse ^ SIGN, bsig);
}

function addInfinities(ase: u32, asig: u64, bse: u32, bsig: u64): void {
  const aInfinite = isInfinity(ase, asig);
  if (aInfinite && isInfinity(bse, bsig) && (ase ^ bse) & SIGN) return setInvalid();
  checkDenormals(ase, asig, bse, bsig);
  setResult(aInfinite ? ase : bse, INTEGER_BIT);
}

/** An exact sum of 0 is +0, but -0 when rounding down, unless both operands have the same sign. */
function zeroSum(aSign: u32, bSign: u32): u32 {
  if (aSign == bSign) return aSign;
  return roundingControl() == ROUND_DOWN ? SIGN : 0;
}

/** x + 0: rounded to the precision in force. */
function roundOperand(se: u32, sig: u64): void {
  roundAndPack(se & SIGN, normalizedExponent(se, sig), normalizedSig(sig), 0, precisionControl());
}

function addMagnitudes(ase: u32, asig: u64, bse: u32, bsig: u64): void {
  let exponent = normalizedExponent(ase, asig);
  let other = normalizedExponent(bse, bsig);
  let large = normalizedSig(asig);
  let small = normalizedSig(bsig);
  if (exponent < other) {
    const exchangedExponent = exponent;
    exponent = other;
    other = exchangedExponent;
    const exchanged = large;
    large = small;
    small = exchanged;
  }
  shiftRightJam(small, 0, exponent - other);
  let hi = large + shiftedHi;
  let lo = shiftedLo;
  if (hi < large) {
    shiftRightJam(hi, lo, 1);
    hi = shiftedHi | INTEGER_BIT;
    lo = shiftedLo;
    exponent++;
  }
  roundAndPack(ase & SIGN, exponent, hi, lo, precisionControl());
}

function addOpposite(ase: u32, asig: u64, bse: u32, bsig: u64): void {
  let exponent = normalizedExponent(ase, asig);
  let other = normalizedExponent(bse, bsig);
  let large = normalizedSig(asig);
  let small = normalizedSig(bsig);
  let sign = ase & SIGN;
  if (exponent < other || (exponent == other && large < small)) {
    const exchangedExponent = exponent;
    exponent = other;
    other = exchangedExponent;
    const exchanged = large;
    large = small;
    small = exchanged;
    sign ^= SIGN;
  }
  if (exponent == other && large == small) return setResult(zeroSum(0, SIGN), 0);
  shiftRightJam(small, 0, exponent - other);
  const lo = 0 - shiftedLo;
  const hi = large - shiftedHi - (shiftedLo ? 1 : 0);
  const shift = leadingZeros(hi, lo);
  shiftLeftWide(hi, lo, shift);
  roundAndPack(sign, exponent - <i32>shift, wideHi, wideLo, precisionControl());
}

/** a × b. */
export function multiply(ase: u32, asig: u64, bse: u32, bsig: u64): void {
  if (propagateSpecial(ase, asig, bse, bsig)) return;
  const sign = (ase ^ bse) & SIGN;
  const anyZero = isZero(ase, asig) || isZero(bse, bsig);
  if (exponentOf(ase) == EXPONENT_MAX || exponentOf(bse) == EXPONENT_MAX) {
    if (anyZero) return setInvalid();
    checkDenormals(ase, asig, bse, bsig);
    return setResult(sign | EXPONENT_MAX, INTEGER_BIT);
  }
  checkDenormals(ase, asig, bse, bsig);
  if (anyZero) return setResult(sign, 0);
  let exponent = normalizedExponent(ase, asig) + normalizedExponent(bse, bsig) - BIAS + 1;
  multiplyWide(normalizedSig(asig), normalizedSig(bsig));
  if (<i64>wideHi >= 0) {
    shiftLeftWide(wideHi, wideLo, 1);
    exponent--;
  }
  roundAndPack(sign, exponent, wideHi, wideLo, precisionControl());
}

/** a ÷ b. */
export function divide(ase: u32, asig: u64, bse: u32, bsig: u64): void {
  if (propagateSpecial(ase, asig, bse, bsig)) return;
  const sign = (ase ^ bse) & SIGN;
  const aInfinite = isInfinity(ase, asig);
  const bInfinite = isInfinity(bse, bsig);
  if (aInfinite || bInfinite) {
    if (aInfinite && bInfinite) return setInvalid();
    checkDenormals(ase, asig, bse, bsig);
    if (aInfinite) return setResult(sign | EXPONENT_MAX, INTEGER_BIT);
    return setResult(sign, 0);
  }
  const aZero = isZero(ase, asig);
  if (isZero(bse, bsig)) {
    if (aZero) return setInvalid();
    raiseFlags(ZE);
    return setResult(sign | EXPONENT_MAX, INTEGER_BIT);
  }
  checkDenormals(ase, asig, bse, bsig);
  if (aZero) return setResult(sign, 0);
  const exponent = normalizedExponent(ase, asig) - normalizedExponent(bse, bsig) + BIAS;
  divideSignificands(sign, exponent, normalizedSig(asig), normalizedSig(bsig));
}

function divideSignificands(sign: u32, exponent: i32, a: u64, b: u64): void {
  const isBelow = a < b;
  const quotient = isBelow ? divideWide(a, 0, b) : divideWide(a >> 1, a << 63, b);
  const rest = wideRemainder;
  // The fraction below the quotient's last bit, told as: 0, below, exactly, above one half.
  let fraction: u64 = 0;
  if (rest) {
    const againstHalf = rest > b - rest ? 1 : rest == b - rest ? 0 : -1;
    fraction = againstHalf > 0 ? INTEGER_BIT | 1 : againstHalf == 0 ? INTEGER_BIT : 1;
  }
  roundAndPack(sign, isBelow ? exponent - 1 : exponent, quotient, fraction, precisionControl());
}

/** √a. */
export function squareRoot(se: u32, sig: u64): void {
  if (propagateSpecialUnary(se, sig)) return;
  if (isZero(se, sig)) return setResult(se, sig);
  if (se & SIGN) return setInvalid();
  if (isInfinity(se, sig)) return setResult(se, sig);
  if (isDenormal(se, sig) || hadDenormalOperand()) raiseFlags(DE);
  const exponent = normalizedExponent(se, sig) - BIAS;
  const significand = normalizedSig(sig);
  // value = m × 2^even with m in [1, 4): root of m × 2^126.
  const isOdd = (exponent & 1) != 0;
  const hi = isOdd ? significand : significand >> 1;
  const root = squareRootWide(hi, isOdd ? 0 : significand << 63);
  // wide is the remainder: above one half exactly when it exceeds the root (a tie cannot be).
  let fraction: u64 = 0;
  if (wideHi | wideLo) fraction = wideHi || wideLo > root ? INTEGER_BIT | 1 : 1;
  roundAndPack(0, ((exponent - (isOdd ? 1 : 0)) >> 1) + BIAS, root, fraction, precisionControl());
}
