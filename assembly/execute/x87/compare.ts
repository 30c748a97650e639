/** FCOM and its kin, FTST, FXAM. */
import {
  IE, SIGN,
  checkDenormals, isDenormal, isInfinity, isNaN80, isSignaling, isUnsupported, isZero, normalizedExponent,
  normalizedSig, raiseFlags,
} from "./number"; // prettier-ignore
import { C0, C2, C3 } from "./state";

// Relations as condition codes C3, C2, C0, which as AH bits are ZF, PF, CF.
export const GREATER: u32 = 0;
export const LESS: u32 = C0;
export const EQUAL: u32 = C3;
export const UNORDERED: u32 = C0 | C2 | C3;

/** Relation of a to b. `isQuiet`: QNaNs raise nothing (FUCOM). */
export function compare(ase: u32, asig: u64, bse: u32, bsig: u64, isQuiet: bool): u32 {
  if (isUnsupported(ase, asig) || isUnsupported(bse, bsig)) {
    raiseFlags(IE);
    return UNORDERED;
  }
  if (isNaN80(ase, asig) || isNaN80(bse, bsig)) {
    if (!isQuiet || isSignaling(ase, asig) || isSignaling(bse, bsig)) raiseFlags(IE);
    return UNORDERED;
  }
  checkDenormals(ase, asig, bse, bsig);
  const aZero = isZero(ase, asig);
  const bZero = isZero(bse, bsig);
  if (aZero && bZero) return EQUAL;
  const aNegative = (ase & SIGN) != 0;
  const bNegative = (bse & SIGN) != 0;
  if (aZero) return bNegative ? GREATER : LESS;
  if (bZero || aNegative != bNegative) return aNegative ? LESS : GREATER;
  const magnitudes = compareMagnitudes(ase, asig, bse, bsig);
  if (magnitudes == 0) return EQUAL;
  return magnitudes > 0 != aNegative ? GREATER : LESS;
}

/** Sign of |a| - |b| of two numbers that are not 0. */
function compareMagnitudes(ase: u32, asig: u64, bse: u32, bsig: u64): i32 {
  const exponents = normalizedExponent(ase, asig) - normalizedExponent(bse, bsig);
  if (exponents) return exponents;
  const a = normalizedSig(asig);
  const b = normalizedSig(bsig);
  return a == b ? 0 : a > b ? 1 : -1;
}

/** Class of a number that is not empty, as FXAM's C3, C2, C0. SDM 2, FXAM, table "FXAM Results". */
export function classify(se: u32, sig: u64): u32 {
  if (isUnsupported(se, sig)) return 0;
  if (isNaN80(se, sig)) return C0;
  if (isInfinity(se, sig)) return C2 | C0;
  if (isZero(se, sig)) return C3;
  if (isDenormal(se, sig)) return C3 | C2;
  return C2;
}

/** FXAM's answer for an empty register. */
export const CLASS_EMPTY: u32 = C3 | C0;
