/** FPATAN. Special operands by the table of SDM 2; the rest in 128-bit fractions (series.ts). */
import {
  INTEGER_BIT, SIGN, checkDenormals, isInfinity, isZero, normalizedExponent, normalizedSig, propagateSpecial,
  setResult,
} from "./number"; // prettier-ignore
import { oddSeries, packInexact, quarterPi, tabulatedArcTangent } from "./series";
import {
  addWide, divideFractions, multiplyFractions, setWide, shiftLeftWide, shiftRightWide, subtractFrom, wideHi,
  wideLo,
} from "./wide"; // prettier-ignore

/** atan2(y, x). SDM 2, FPATAN, table "FPATAN Results". */
export function arcTangentOf(yse: u32, ysig: u64, xse: u32, xsig: u64): void {
  if (propagateSpecial(yse, ysig, xse, xsig)) return;
  const sign = yse & SIGN;
  const xNegative = (xse & SIGN) != 0;
  const yInfinite = isInfinity(yse, ysig);
  const xInfinite = isInfinity(xse, xsig);
  checkDenormals(yse, ysig, xse, xsig);
  if (yInfinite && xInfinite) return xNegative ? packPi(sign, 3, true) : packPi(sign, 0, false);
  if (yInfinite) return packPi(sign, 1, false);
  if (isZero(yse, ysig) || xInfinite) return xNegative ? packPi(sign, 2, false) : setResult(sign, 0);
  if (isZero(xse, xsig)) return packPi(sign, 1, false);
  arcTangentOfFinite(sign, yse, ysig, xse, xsig, xNegative);
}

/** π/4 × 2^power, or (`isTriple`) 3π/4. */
function packPi(sign: u32, power: i32, isTriple: bool): void {
  quarterPi(2);
  if (!isTriple) return packInexact(sign, power + 2, wideHi, wideLo);
  const hi = wideHi;
  const lo = wideLo;
  shiftLeftWide(hi, lo, 1);
  addWide(hi, lo);
  packInexact(sign, 2, wideHi, wideLo);
}

function arcTangentOfFinite(sign: u32, yse: u32, ysig: u64, xse: u32, xsig: u64, xNegative: bool): void {
  const yExponent = normalizedExponent(yse, ysig);
  const xExponent = normalizedExponent(xse, xsig);
  const y = normalizedSig(ysig);
  const x = normalizedSig(xsig);
  const isSteep = yExponent > xExponent || (yExponent == xExponent && y > x);
  if (yExponent == xExponent && y == x) quarterPi(0);
  else if (isSteep) arcTangentOfRatio(x, xExponent, y, yExponent);
  else arcTangentOfRatio(y, yExponent, x, xExponent);
  if (yExponent == xExponent && y == x) angleExponent = 0;
  // A shallow angle to the right is the result itself; others are taken from π/2 or π.
  if (!isSteep && !xNegative) return packInexact(sign, angleExponent, wideHi, wideLo);
  shiftRightWide(wideHi, wideLo, min<i32>(2 - angleExponent, 128));
  const hi = wideHi;
  const lo = wideLo;
  quarterPi(isSteep ? 1 : 0);
  if (isSteep && xNegative) addWide(hi, lo);
  else {
    const wholeHi = wideHi;
    const wholeLo = wideLo;
    setWide(hi, lo);
    subtractFrom(wholeHi, wholeLo);
  }
  packInexact(sign, 2, wideHi, wideLo);
}

let angleExponent: i32 = 0;

/** wide × 2^angleExponent ← atan(a × 2^aExponent ÷ (b × 2^bExponent)), a ratio below 1. */
function arcTangentOfRatio(a: u64, aExponent: i32, b: u64, bExponent: i32): void {
  // The quotient of the halved a is in (1/4, 1).
  divideFractions(a >> 1, a << 63, b, 0);
  const qHi = wideHi;
  const qLo = wideLo;
  const exponent = aExponent - bExponent + 1;
  shiftRightWide(qHi, qLo, exponent > 0 ? 0 : min<i32>(-exponent, 128));
  if (exponent > 0) shiftLeftWide(qHi, qLo, 1);
  const k = <u32>((wideHi + 0x0800000000000000) >> 60);
  // Rounding up past 15/16 wraps: k = 16.
  const index = k == 0 && wideHi >> 63 ? 16 : k;
  if (index) return arcTangentByTable(wideHi, wideLo, index);
  multiplyFractions(wideHi, wideLo, wideHi, wideLo);
  oddSeries(wideHi, wideLo, true);
  multiplyFractions(~wideHi, ~wideLo, qHi, qLo);
  angleExponent = exponent;
}

/** atan q = atan c + atan((q - c) ÷ (1 + qc)), c = k/16. */
function arcTangentByTable(qHi: u64, qLo: u64, k: u32): void {
  const cHi = (<u64>k) << 60;
  const isBelow = k == 16 || qHi < cHi;
  // |q - c|, modulo 1 (c may be 1).
  if (isBelow) {
    setWide(qHi, qLo);
    subtractFrom(cHi, 0);
  } else setWide(qHi - cHi, qLo);
  const differenceHi = wideHi;
  const differenceLo = wideLo;
  // (1 + qc)/2.
  if (k == 16) setWide(qHi, qLo);
  else multiplyFractions(qHi, qLo, cHi, 0);
  shiftRightWide(wideHi, wideLo, 1);
  addWide(INTEGER_BIT, 0);
  const denominatorHi = wideHi;
  const denominatorLo = wideLo;
  shiftRightWide(differenceHi, differenceLo, 1);
  divideFractions(wideHi, wideLo, denominatorHi, denominatorLo);
  const tHi = wideHi;
  const tLo = wideLo;
  multiplyFractions(tHi, tLo, tHi, tLo);
  oddSeries(wideHi, wideLo, true);
  multiplyFractions(~wideHi, ~wideLo, tHi, tLo);
  const hi = wideHi;
  const lo = wideLo;
  tabulatedArcTangent(k);
  if (!isBelow) addWide(hi, lo);
  else {
    const tableHi = wideHi;
    const tableLo = wideLo;
    setWide(hi, lo);
    subtractFrom(tableHi, tableLo);
  }
  angleExponent = 0;
}
