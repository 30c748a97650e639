/**
 * The x87 register stack and the way every instruction begins and commits.
 *
 * FTW holds 11 for an empty register and 00 for any other: the full tags (valid, zero, special) are computed from
 * the contents when the tag word is stored (environment.ts), as processors do.
 *
 *   FSW:  15 B | 14 C3 | 13-11 TOP | 10 C2 | 9 C1 | 8 C0 | 7 ES | 6 SF | 5 PE | 4 UE | 3 OE | 2 ZE | 1 DE | 0 IE
 */
import {
  CR0, FCW, FDP, FIP, FOP, FPU_REGISTERS, FSW, FTW,
} from "../../generated/layout"; // prettier-ignore
import { raise, VECTOR_MF, VECTOR_NM } from "../../faults";
import { operandOffset } from "../../operand";
import { recordIsMemory } from "../../record";
import { CR0_EM, CR0_NE, CR0_TS, currentRip } from "../../registers";
import { instructionOpcode } from "./opcode-bytes";
import {
  C1, DE, IE, INDEFINITE_SE, INDEFINITE_SIG, OE, PE, SF, UE, ZE,
  beginOperation, dropFlags, raiseFlags, raisedFlags, resultSe, resultSig,
} from "./number"; // prettier-ignore

export const C0: u32 = 0x100;
export const C2: u32 = 0x400;
export const C3: u32 = 0x4000;
export const ES: u32 = 0x80;
export const BUSY: u32 = 0x8000;
export const EXCEPTIONS: u32 = 0x3f;

// @ts-ignore: decorator
@inline export function stackTop(): u32 {
  return (load<u32>(FSW) >> 11) & 7;
}
// @ts-ignore: decorator
@inline export function setStackTop(top: u32): void {
  store<u32>(FSW, (load<u32>(FSW) & ~0x3800) | ((top & 7) << 11));
}
/** Address of ST(i). */
// @ts-ignore: decorator
@inline export function stackAddress(i: u32): u32 {
  return FPU_REGISTERS + (((stackTop() + i) & 7) << 4);
}
// @ts-ignore: decorator
@inline export function stackSe(i: u32): u32 {
  return load<u16>(stackAddress(i), 8);
}
// @ts-ignore: decorator
@inline export function stackSig(i: u32): u64 {
  return load<u64>(stackAddress(i));
}
// @ts-ignore: decorator
@inline export function isEmpty(i: u32): bool {
  return ((load<u32>(FTW) >> (((stackTop() + i) & 7) << 1)) & 3) == 3;
}

/** Writes ST(i) and makes it not empty. */
export function writeStack(i: u32, se: u32, sig: u64): void {
  const address = stackAddress(i);
  store<u64>(address, sig);
  store<u16>(address, <u16>se, 8);
  const shift = ((stackTop() + i) & 7) << 1;
  store<u32>(FTW, load<u32>(FTW) & ~(3 << shift));
}

export function writeResult(i: u32): void {
  writeStack(i, resultSe, resultSig);
}

export function freeStack(i: u32): void {
  store<u32>(FTW, load<u32>(FTW) | (3 << (((stackTop() + i) & 7) << 1)));
}

export function popStack(): void {
  freeStack(0);
  setStackTop(stackTop() + 1);
}

export function pushStack(se: u32, sig: u64): void {
  setStackTop(stackTop() - 1);
  writeStack(0, se, sig);
}

/** CR0.EM or CR0.TS: #NM. */
export function isFpuUnavailable(): bool {
  if ((load<u64>(CR0) & (CR0_EM | CR0_TS)) == 0) return false;
  raise(VECTOR_NM);
  return true;
}

/**
 * A pending unmasked exception: #MF when CR0.NE is set. With NE clear FERR# would ask for interrupt 13 through the
 * chipset; it goes nowhere here, and the instruction is executed as if IGNNE# were asserted.
 */
export function hasPendingException(): bool {
  if ((load<u32>(FSW) & ES) == 0 || (load<u64>(CR0) & CR0_NE) == 0) return false;
  raise(VECTOR_MF);
  return true;
}

/** ES and B follow from the exception flags and their masks. */
export function updateSummary(): void {
  const pending = load<u32>(FSW) & ~load<u32>(FCW) & EXCEPTIONS;
  store<u32>(FSW, (load<u32>(FSW) & ~(ES | BUSY)) | (pending ? ES | BUSY : 0));
}

/** Remembers the instruction that is about to change state (no fault can come any more). */
// @ts-ignore: decorator
@inline export function noteInstruction(r: u32): void {
  store<u64>(FIP, currentRip(r));
}

/**
 * Commits the exceptions of the operation to the status word (C1 cleared, or set as the operation says) and
 * returns the unmasked ones. SDM 1, "Floating-Point Exception Priority".
 */
function commitExceptions(r: u32): u32 {
  noteInstruction(r);
  let flags = raisedFlags();
  if (flags == 0) {
    store<u32>(FSW, load<u32>(FSW) & ~C1);
    return 0;
  }
  const masks = load<u32>(FCW);
  // Pre-computation exceptions keep the later ones from being looked for.
  if (flags & IE) flags &= IE | SF | C1;
  else if (flags & ZE) flags &= ZE;
  else if (flags & DE & ~masks) flags = DE;
  const unmasked = flags & ~masks & EXCEPTIONS;
  store<u32>(FSW, (load<u32>(FSW) & ~C1) | flags | (unmasked ? ES | BUSY : 0));
  if (unmasked) noteUnmasked(r);
  return unmasked;
}

/** Operand pointer and opcode are only updated by unmasked exceptions. SDM 1, "x87 FPU Instruction and Data (Operand) Pointers". */
function noteUnmasked(r: u32): void {
  if (recordIsMemory(r)) store<u64>(FDP, operandOffset(r));
  store<u32>(FOP, instructionOpcode(r));
}

/** Commits; true when the result may be written to a register. */
export function settle(r: u32): bool {
  return (commitExceptions(r) & (IE | DE | ZE)) == 0;
}

/** True when the exceptions noticed so far allow a result to be written to memory (nothing is committed). */
export function maySpill(): bool {
  return (raisedFlags() & ~load<u32>(FCW) & (IE | DE | ZE | OE | UE)) == 0;
}

/** Commits after a store. When an unmasked overflow or underflow kept it from happening, there was no rounding either. */
export function settleStore(r: u32): void {
  if (raisedFlags() & ~load<u32>(FCW) & (OE | UE)) dropFlags(PE | C1);
  commitExceptions(r);
}

/** A stack fault (STACK_UNDERFLOW or STACK_OVERFLOW): commits it; true when masked, the response is then the caller's. */
export function settleStackFault(r: u32, fault: u32): bool {
  beginOperation();
  raiseFlags(fault);
  return settle(r);
}

/** ST(i) or, when it is empty, the indefinite that masked stack underflow puts there. */
export function writeIndefinite(i: u32): void {
  writeStack(i, INDEFINITE_SE, INDEFINITE_SIG);
}

/** C3, C2, C0 (C1 stays). */
export function setCondition(bits: u32): void {
  store<u32>(FSW, (load<u32>(FSW) & ~(C0 | C2 | C3)) | bits);
}
