/**
 * MXCSR. SDM 1, "MXCSR Control and Status Register":
 *
 *   15 FTZ | 14-13 RC | 12 PM 11 UM 10 OM 9 ZM 8 DM 7 IM | 6 DAZ | 5 PE 4 UE 3 OE 2 ZE 1 DE 0 IE
 *
 * Handlers collect the exceptions of all their lanes with `signal` and end with `mayCommit`.
 */
import { raise, raiseUd, VECTOR_XM } from "../../faults";
import { CR4, MXCSR } from "../../generated/layout";
import { CR4_OSXMMEXCPT } from "../../registers";

export const IE: u32 = 1;
export const DE: u32 = 2;
export const ZE: u32 = 4;
export const OE: u32 = 8;
export const UE: u32 = 16;
export const PE: u32 = 32;
export const DAZ: u32 = 64;
export const FTZ: u32 = 0x8000;
/** Found before the operation is computed; the others depend on its result. */
const BEFORE_COMPUTATION: u32 = IE | DE | ZE;
const MASK_SHIFT: u32 = 7;

// Codes of RC.
export const ROUND_NEAREST: u32 = 0;
export const ROUND_DOWN: u32 = 1;
export const ROUND_UP: u32 = 2;
export const ROUND_ZERO: u32 = 3;

let signalled: u32 = 0;

/** Notes exceptions of the present instruction. */
// @ts-ignore: decorator
@inline export function signal(exceptions: u32): void {
  signalled |= exceptions;
}

// @ts-ignore: decorator
@inline export function roundingControl(): u32 {
  return (load<u32>(MXCSR) >> 13) & 3;
}

/** The exceptions among those noted that are unmasked. */
// @ts-ignore: decorator
@inline export function unmasked(): u32 {
  return signalled & ~(load<u32>(MXCSR) >> MASK_SHIFT);
}

/**
 * Enters the noted exceptions in MXCSR. False: one of them is unmasked, #XM is announced (#UD where the operating system
 * does not handle it) and the destination must stay. SDM 1, "SIMD Floating-Point Exceptions".
 */
export function mayCommit(): bool {
  const exceptions = signalled;
  if (exceptions == 0) return true;
  const faults = unmasked();
  signalled = 0;
  // With an unmasked exception of the first kind the operation is never computed: nothing of the second kind arises.
  const visible = faults & BEFORE_COMPUTATION ? exceptions & BEFORE_COMPUTATION : exceptions;
  store<u32>(MXCSR, load<u32>(MXCSR) | visible);
  if (faults == 0) return true;
  if (load<u64>(CR4) & CR4_OSXMMEXCPT) raise(VECTOR_XM);
  else raiseUd();
  return false;
}
