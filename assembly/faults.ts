/**
 * How an instruction ends early: a handler *announces* an exception or VM exit in ABORT and returns with no
 * architectural state changed; the run loop then carries it out (interrupts/deliver.ts, vmx/exit.ts).
 * The first announcement of an instruction wins.
 */
import {
  ABORT, EXIT_INFO, EXIT_QUALIFICATION, EXIT_REASON, FAULT_ADDRESS, FAULT_CODE, FAULT_HAS_CODE, FAULT_VECTOR,
} from "./generated/layout"; // prettier-ignore

export const ABORT_NONE: u32 = 0;
/** An exception (fault) waits for delivery. */
export const ABORT_FAULT: u32 = 1;
/** A VM exit waits. */
export const ABORT_EXIT: u32 = 2;
/** The instruction did its work in part and starts again (REP out of budget): RIP stays, nothing is delivered. */
export const ABORT_RESTART: u32 = 3;

export const VECTOR_DE: u32 = 0;
export const VECTOR_DB: u32 = 1;
export const VECTOR_NMI: u32 = 2;
export const VECTOR_BP: u32 = 3;
export const VECTOR_OF: u32 = 4;
export const VECTOR_BR: u32 = 5;
export const VECTOR_UD: u32 = 6;
export const VECTOR_NM: u32 = 7;
export const VECTOR_DF: u32 = 8;
export const VECTOR_TS: u32 = 10;
export const VECTOR_NP: u32 = 11;
export const VECTOR_SS: u32 = 12;
export const VECTOR_GP: u32 = 13;
export const VECTOR_PF: u32 = 14;
export const VECTOR_MF: u32 = 16;
export const VECTOR_AC: u32 = 17;
export const VECTOR_MC: u32 = 18;
export const VECTOR_XM: u32 = 19;
export const VECTOR_VE: u32 = 20;
export const VECTOR_CP: u32 = 21;

// @ts-ignore: decorator
@inline export function aborted(): bool {
  return load<u32>(ABORT) != 0;
}

/** Announces an exception without error code. */
export function raise(vector: u32): void {
  if (load<u32>(ABORT)) return;
  store<u32>(ABORT, ABORT_FAULT);
  store<u32>(FAULT_VECTOR, vector);
  store<u32>(FAULT_HAS_CODE, 0);
  store<u32>(FAULT_CODE, 0);
}

/** Announces an exception with an error code. */
export function raiseWithCode(vector: u32, code: u32): void {
  if (load<u32>(ABORT)) return;
  store<u32>(ABORT, ABORT_FAULT);
  store<u32>(FAULT_VECTOR, vector);
  store<u32>(FAULT_HAS_CODE, 1);
  store<u32>(FAULT_CODE, code);
}

/** #GP(0). */
export function raiseGp0(): void {
  raiseWithCode(VECTOR_GP, 0);
}

/** #UD. */
export function raiseUd(): void {
  raise(VECTOR_UD);
}

/** #PF; CR2 is written on delivery (not when it becomes a VM exit). */
export function raisePageFault(linear: u64, code: u32): void {
  if (load<u32>(ABORT)) return;
  raiseWithCode(VECTOR_PF, code);
  store<u64>(FAULT_ADDRESS, linear);
}

/** Announces a VM exit because of the present instruction (fault-like: guest RIP stays at it). */
export function raiseExit(reason: u32, qualification: u64): void {
  if (load<u32>(ABORT)) return;
  store<u32>(ABORT, ABORT_EXIT);
  store<u32>(EXIT_REASON, reason);
  store<u64>(EXIT_QUALIFICATION, qualification);
  store<u32>(EXIT_INFO, 0);
}
