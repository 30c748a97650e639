/** Control instructions: words, initialization, stack pointer. */
import { FCS, FCW, FDP, FDS, FIP, FOP, FPU_REGISTERS, FSW, FTW, RAX } from "../../generated/layout";
import { aborted } from "../../faults";
import { read16, write16 } from "../../memory/access";
import { operandAddress } from "../../operand";
import { recordRm } from "../../record";
import { C1, SF } from "./number";
import {
  BUSY, ES, EXCEPTIONS, freeStack, noteInstruction, popStack, setStackTop, stackTop, updateSummary,
} from "./state"; // prettier-ignore

/** FCW after FINIT: all exceptions masked, 64 bits, nearest. */
const INITIAL_FCW: u32 = 0x37f;
/** FCW's bits that can be written: masks, PC, RC and the infinity control of the 287. */
const FCW_WRITABLE: u32 = 0x1f3f;
/** Bit 6 reads as 1. */
const FCW_FIXED: u32 = 0x40;

/** FINIT's state. The registers' contents stay. */
export function initialize(): void {
  store<u32>(FCW, INITIAL_FCW);
  store<u32>(FSW, 0);
  store<u32>(FTW, 0xffff);
  store<u32>(FOP, 0);
  store<u64>(FIP, 0);
  store<u64>(FDP, 0);
  store<u32>(FCS, 0);
  store<u32>(FDS, 0);
}

/** Initial configuration as XRSTOR means it: FINIT's, and the registers +0. */
export function resetState(): void {
  initialize();
  memory.fill(FPU_REGISTERS, 0, 128);
}

/** Loads FCW. */
export function setControlWord(value: u32): void {
  store<u32>(FCW, (value & FCW_WRITABLE) | FCW_FIXED);
  updateSummary();
}

export function loadControlWord(r: u32): void {
  const value = read16(operandAddress(r));
  if (!aborted()) setControlWord(value);
}

export function storeControlWord(r: u32): void {
  write16(operandAddress(r), load<u32>(FCW));
}

export function storeStatusWord(r: u32): void {
  write16(operandAddress(r), load<u32>(FSW));
}

export function storeStatusWordAx(): void {
  store<u16>(RAX, <u16>load<u32>(FSW));
}

/** FNCLEX. */
export function clearExceptions(): void {
  store<u32>(FSW, load<u32>(FSW) & ~(EXCEPTIONS | SF | ES | BUSY));
}

function clearC1(): void {
  store<u32>(FSW, load<u32>(FSW) & ~C1);
}

/** FINCSTP, FDECSTP: tags stay. */
export function rotateStack(r: u32, step: i32): void {
  noteInstruction(r);
  setStackTop(stackTop() + step);
  clearC1();
}

/** FFREE, and FFREEP which pops afterwards. */
export function freeRegister(r: u32, pops: bool): void {
  noteInstruction(r);
  clearC1();
  freeStack(recordRm(r) & 7);
  if (pops) popStack();
}

export function noOperation(r: u32): void {
  noteInstruction(r);
}
