/**
 * Debug exceptions. SDM 3B, chapter "Debug, Branch Profile, TSC, …".
 *
 *   DR6: 16 RTM (1) | 15 BT | 14 BS | 13 BD | 3-0 B3 … B0      DR7: 31-16 LEN, R/W of 3 … 0 | 13 GD | 9 GE 8 LE | 7-0 G3 L3 … G0 L0
 *
 * BREAKPOINTS holds what DR7 enables: bit n instruction, bit 4+n data, bit 8+n I/O breakpoint of DRn.
 * PENDING_DEBUG holds the DR6 bits of a #DB that is announced (fault) or waits for the instruction's end (trap).
 */
import { BREAKPOINTS, CR4, DR, EFLAGS, PENDING_DEBUG, SINGLE_STEP } from "../generated/layout";
import { clearEvent, EVENT_DEBUG, raiseEvent } from "../events";
import { raise, VECTOR_DB } from "../faults";
import { RF } from "../flags";
import { updateTlbBase } from "../memory/tlb";
import { SEGMENT_CS } from "../record";
import { CR4_DE, isLong64, segmentBase } from "../registers";
import { deliverException } from "./deliver";

export const DR6_BD: u32 = 0x2000;
export const DR6_BS: u32 = 0x4000;
export const DR6_BT: u32 = 0x8000;
const DR6_CLEARED: u64 = 0xf;
export const DR7_GD: u64 = 0x2000;

const INSTRUCTIONS: u32 = 0;
const DATA: u32 = 4;
const IO: u32 = 8;
// Codes of R/W in DR7.
const ON_EXECUTION: u32 = 0;
const ON_WRITE: u32 = 1;
const ON_IO: u32 = 2;

// @ts-ignore: decorator
@inline export function debugRegister(n: u32): u64 {
  return load<u64>(DR + n * 8);
}
function conditionOf(n: u32): u32 {
  return ((<u32>debugRegister(7)) >> (16 + n * 4)) & 3;
}
/** Bytes that breakpoint n covers. LEN = 10B is 8. */
function lengthOf(n: u32): u64 {
  const code = ((<u32>debugRegister(7)) >> (18 + n * 4)) & 3;
  return code == 2 ? 8 : code == 3 ? 4 : code + 1;
}

/** Recomputes BREAKPOINTS after DR7 or CR4.DE changed. */
export function updateBreakpoints(): void {
  let enabled: u32 = 0;
  for (let n: u32 = 0; n < 4; n++) {
    if (((<u32>debugRegister(7)) & (3 << (n * 2))) == 0) continue;
    const kind = conditionOf(n);
    // R/W = 10B is reserved while CR4.DE is 0.
    if (kind == ON_IO && (load<u64>(CR4) & CR4_DE) == 0) continue;
    enabled |= 1 << (n + (kind == ON_EXECUTION ? INSTRUCTIONS : kind == ON_IO ? IO : DATA));
  }
  store<u32>(BREAKPOINTS, enabled);
  updateTlbBase();
}

/** Whether [address, address+size) touches what breakpoint n covers; its address is aligned to its length. */
function overlaps(n: u32, address: u64, size: u64): bool {
  const length = lengthOf(n);
  const first = debugRegister(n) & ~(length - 1);
  return address < first + length && first < address + size;
}

/** Announces #DB as a fault of the present instruction. */
export function raiseDebug(dr6Bits: u32): void {
  store<u32>(PENDING_DEBUG, dr6Bits);
  raise(VECTOR_DB);
}

/** A #DB that comes after the present instruction. */
export function noteDebugTrap(dr6Bits: u32): void {
  store<u32>(PENDING_DEBUG, load<u32>(PENDING_DEBUG) | dr6Bits);
  raiseEvent(EVENT_DEBUG);
}

/** Before the instruction at `rip`: announces #DB when an instruction breakpoint is there and RF does not hold it off. */
export function checkInstructionBreakpoint(rip: u64): bool {
  const linear = isLong64() ? rip : (segmentBase(SEGMENT_CS) + rip) & 0xffffffff;
  if (load<u32>(EFLAGS) & RF) return false;
  let matched: u32 = 0;
  for (let n: u32 = 0; n < 4; n++) {
    if ((load<u32>(BREAKPOINTS) & (1 << (INSTRUCTIONS + n))) != 0 && debugRegister(n) == linear)
      matched |= 1 << n;
  }
  if (matched == 0) return false;
  raiseDebug(matched);
  return true;
}

/** A data access of the present instruction: a breakpoint on it becomes a trap. */
export function noteDataAccess(linear: u64, size: u32, isWrite: bool): void {
  noteAccess(linear, size, DATA, isWrite);
}

/** A port access: SDM 3B, "Data Memory and I/O Breakpoint Exception Conditions". */
export function noteIoAccess(port: u32, size: u32): void {
  if (load<u32>(BREAKPOINTS)) noteAccess(port, size, IO, true);
}

function noteAccess(address: u64, size: u32, kind: u32, isWrite: bool): void {
  let matched: u32 = 0;
  for (let n: u32 = 0; n < 4; n++) {
    if ((load<u32>(BREAKPOINTS) & (1 << (kind + n))) == 0 || !overlaps(n, address, size)) continue;
    if (kind == DATA && conditionOf(n) == ON_WRITE && !isWrite) continue;
    matched |= 1 << n;
  }
  if (matched) noteDebugTrap(matched);
}

/** The instruction that ran began with EFLAGS.TF set. Instructions that clear TF on their own account have no trap. */
export function noteSingleStep(): void {
  if (load<u32>(SINGLE_STEP)) store<u32>(SINGLE_STEP, 0);
  else noteDebugTrap(DR6_BS);
}

/** Called by instructions whose entry into a handler clears TF: no single-step trap follows them. */
export function suppressSingleStep(): void {
  store<u32>(SINGLE_STEP, 1);
}

/** Delivers the #DB trap that waits. */
export function takeDebugTrap(): void {
  if (load<u32>(PENDING_DEBUG)) deliverException(VECTOR_DB, false, 0, false);
}

/** #DB is delivered: DR6 tells why, general detect is switched off. */
export function enterDebugException(): void {
  clearEvent(EVENT_DEBUG);
  const bits = load<u32>(PENDING_DEBUG);
  store<u32>(PENDING_DEBUG, 0);
  if (bits == 0) return;
  store<u64>(DR + 6 * 8, (debugRegister(6) & ~DR6_CLEARED) | bits);
  store<u64>(DR + 7 * 8, debugRegister(7) & ~DR7_GD);
}
