/** F2XM1. Special operands by the table of SDM 2; the rest in 128-bit fractions (series.ts). */
import {
  BIAS, DE, INTEGER_BIT, PE, SIGN, isDenormal, isInfinity, isZero, normalizedExponent, normalizedSig,
  propagateSpecialUnary, raiseFlags, setResult,
} from "./number"; // prettier-ignore
import { exponentialSeries, multiplyByLn2, packInexact } from "./series";
import { multiplyFractions, shiftRightWide, wideHi, wideLo } from "./wide";

/** 2^x - 1 for -1 ≤ x ≤ 1; beyond, where the manual leaves it undefined, x stays. */
export function exponentialOf(se: u32, sig: u64): void {
  if (propagateSpecialUnary(se, sig)) return;
  if (isInfinity(se, sig)) return se & SIGN ? setResult(SIGN | BIAS, INTEGER_BIT) : setResult(se, sig);
  if (isZero(se, sig)) return setResult(se, sig);
  if (isDenormal(se, sig)) raiseFlags(DE);
  const exponent = normalizedExponent(se, sig) - BIAS;
  const isNegative = (se & SIGN) != 0;
  if (exponent >= 0) {
    raiseFlags(PE);
    if (exponent == 0 && sig == INTEGER_BIT && isNegative) return setResult(SIGN | (BIAS - 1), INTEGER_BIT);
    return setResult(se, sig);
  }
  // z = x ln 2 = zHi:zLo × 2^(exponent + 1).
  multiplyByLn2(normalizedSig(sig), 0);
  const zHi = wideHi;
  const zLo = wideLo;
  shiftRightWide(zHi, zLo, min<i32>(-1 - exponent, 128));
  exponentialSeries(wideHi, wideLo, isNegative);
  multiplyFractions(wideHi, wideLo, zHi, zLo);
  packInexact(se & SIGN, exponent + 2, wideHi, wideLo);
}
