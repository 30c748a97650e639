/**
 * The double extended-precision format, and the result of the operation under way.
 *
 *   se  u16 in a u32: sign (bit 15) and biased exponent (bias 16383)
 *   sig u64: significand with its explicit integer bit (63)
 *
 * An operation leaves its result in `resultSe`/`resultSig` and what it noticed in `raised`; nothing of the
 * processor's state changes before the handler commits (see state.ts).
 */

export const SIGN: u32 = 0x8000;
export const EXPONENT_MAX: u32 = 0x7fff;
export const BIAS: i32 = 0x3fff;
export const INTEGER_BIT: u64 = 0x8000000000000000;
export const QUIET_BIT: u64 = 0x4000000000000000;
/** The QNaN floating-point indefinite. SDM 1, "Indefinites". */
export const INDEFINITE_SE: u32 = 0xffff;
export const INDEFINITE_SIG: u64 = 0xc000000000000000;

/** Exception bits of the status word, which are also the mask bits of the control word. */
export const IE: u32 = 1;
export const DE: u32 = 2;
export const ZE: u32 = 4;
export const OE: u32 = 8;
export const UE: u32 = 0x10;
export const PE: u32 = 0x20;
export const SF: u32 = 0x40;
export const C1: u32 = 0x200;
export const STACK_UNDERFLOW: u32 = IE | SF;
export const STACK_OVERFLOW: u32 = IE | SF | C1;

/** Exceptions of the operation under way (status-word bits; C1 when the result was rounded up). */
let raisedBits: u32 = 0;
let operandWasDenormal: bool = false;
export let resultSe: u32 = 0;
export let resultSig: u64 = 0;

// @ts-ignore: decorator
@inline export function beginOperation(): void {
  raisedBits = 0;
  operandWasDenormal = false;
}
// @ts-ignore: decorator
@inline export function raiseFlags(flags: u32): void {
  raisedBits |= flags;
}
export function dropFlags(flags: u32): void {
  raisedBits &= ~flags;
}
// @ts-ignore: decorator
@inline export function raisedFlags(): u32 {
  return raisedBits;
}
/** A single- or double-precision memory operand was denormal: remembered until the operation looks at its operands. */
// @ts-ignore: decorator
@inline export function noteDenormalOperand(): void {
  operandWasDenormal = true;
}
// @ts-ignore: decorator
@inline export function hadDenormalOperand(): bool {
  return operandWasDenormal;
}

// @ts-ignore: decorator
@inline export function setResult(se: u32, sig: u64): void {
  resultSe = se;
  resultSig = sig;
}
// @ts-ignore: decorator
@inline export function setIndefinite(): void {
  setResult(INDEFINITE_SE, INDEFINITE_SIG);
}

/** Invalid operation: #IA with the masked response. */
export function setInvalid(): void {
  raiseFlags(IE);
  setIndefinite();
}

// @ts-ignore: decorator
@inline export function exponentOf(se: u32): i32 {
  return se & EXPONENT_MAX;
}
// @ts-ignore: decorator
@inline export function isZero(se: u32, sig: u64): bool {
  return (se & EXPONENT_MAX) == 0 && sig == 0;
}
/** Denormal or pseudo-denormal. */
// @ts-ignore: decorator
@inline export function isDenormal(se: u32, sig: u64): bool {
  return (se & EXPONENT_MAX) == 0 && sig != 0;
}
/** Unnormal, pseudo-infinity or pseudo-NaN. SDM 1, "Unsupported Double Extended-Precision Floating-Point Encodings". */
// @ts-ignore: decorator
@inline export function isUnsupported(se: u32, sig: u64): bool {
  return (se & EXPONENT_MAX) != 0 && <i64>sig >= 0;
}
// @ts-ignore: decorator
@inline export function isInfinity(se: u32, sig: u64): bool {
  return (se & EXPONENT_MAX) == EXPONENT_MAX && sig == INTEGER_BIT;
}
// @ts-ignore: decorator
@inline export function isNaN80(se: u32, sig: u64): bool {
  return (se & EXPONENT_MAX) == EXPONENT_MAX && sig > INTEGER_BIT;
}
// @ts-ignore: decorator
@inline export function isSignaling(se: u32, sig: u64): bool {
  return isNaN80(se, sig) && (sig & QUIET_BIT) == 0;
}

/**
 * The rules that come before every arithmetic operation: unsupported encodings, NaNs (table "Rules for Handling
 * NaNs" of SDM 1), then denormal operands. True when the result is settled.
 */
export function propagateSpecial(ase: u32, asig: u64, bse: u32, bsig: u64): bool {
  if (isUnsupported(ase, asig) || isUnsupported(bse, bsig)) {
    setInvalid();
    return true;
  }
  const aNaN = isNaN80(ase, asig);
  const bNaN = isNaN80(bse, bsig);
  if (!aNaN && !bNaN) return false;
  const aSignaling = isSignaling(ase, asig);
  const bSignaling = isSignaling(bse, bsig);
  if (aSignaling || bSignaling) raiseFlags(IE);
  let takeA = aNaN;
  if (aNaN && bNaN) {
    if (aSignaling != bSignaling) takeA = bSignaling;
    else takeA = largerNaN(ase, asig | QUIET_BIT, bse, bsig | QUIET_BIT);
  }
  if (takeA) setResult(ase, asig | QUIET_BIT);
  else setResult(bse, bsig | QUIET_BIT);
  return true;
}

/** The larger significand wins; of equal ones the positive operand. */
function largerNaN(ase: u32, asig: u64, bse: u32, bsig: u64): bool {
  return asig == bsig ? ase < bse : asig > bsig;
}

/** As propagateSpecial, for operations with one operand. */
export function propagateSpecialUnary(se: u32, sig: u64): bool {
  if (isUnsupported(se, sig)) {
    setInvalid();
    return true;
  }
  if (!isNaN80(se, sig)) return false;
  if ((sig & QUIET_BIT) == 0) raiseFlags(IE);
  setResult(se, sig | QUIET_BIT);
  return true;
}

/** Raises #D when an operand is denormal. */
export function checkDenormals(ase: u32, asig: u64, bse: u32, bsig: u64): void {
  if (isDenormal(ase, asig) || isDenormal(bse, bsig) || operandWasDenormal) raiseFlags(DE);
}

// The significand normalized (integer bit set) and the exponent that then holds; for finite operands that are not 0.
// @ts-ignore: decorator
@inline export function normalizedSig(sig: u64): u64 {
  return sig << clz<u64>(sig);
}
// @ts-ignore: decorator
@inline export function normalizedExponent(se: u32, sig: u64): i32 {
  const exponent = <i32>(se & EXPONENT_MAX);
  return (exponent ? exponent : 1) - <i32>clz<u64>(sig);
}
