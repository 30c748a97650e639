/**
 * The passage through the interrupt table: IVT in real-address mode, gates in protected mode, 64-bit gates with IST in
 * IA-32e mode. Nothing is changed before all checks and pushes succeeded; else ABORT tells.
 * SDM 3A, "Exception or Interrupt Handling", "64-Bit Mode Interrupt and Exception Handling"; SDM 2, "INT n".
 */
import { CPL, EFLAGS, IDTR_BASE, IDTR_LIMIT, RIP, RSP } from "../generated/layout";
import {
  ATTR_DB, ATTR_L, ATTR_P, descriptorAttributes, descriptorBase, descriptorLimit, descriptorRaw, dplOf, fetchDescriptor, isCode,
  isConformingCode, isNull, isWritableData, markAccessed, SYSTEM_INTERRUPT_GATE_16, SYSTEM_INTERRUPT_GATE_32, SYSTEM_TASK_GATE,
  SYSTEM_TRAP_GATE_16, SYSTEM_TRAP_GATE_32, systemType, unpackDescriptor,
} from "../descriptors"; // prettier-ignore
import { aborted, raiseWithCode, VECTOR_GP, VECTOR_NP, VECTOR_SS, VECTOR_TS } from "../faults";
import { AC, IF, NT, RF, TF, VM } from "../flags";
import { readSystem16, readSystem32, readSystem64 } from "../memory/access";
import { SEGMENT_CS, SEGMENT_DS, SEGMENT_ES, SEGMENT_FS, SEGMENT_GS, SEGMENT_SS } from "../record";
import {
  isCanonical, isLongMode, isProtected, isV86, segmentAttributes, segmentBase, segmentLimit, segmentSelector,
} from "../registers"; // prettier-ignore
import {
  setDecodeMode,
  setNullSegment,
  setRealSegment,
  setSegment,
  setSegmentFromDescriptor,
} from "../segments";
import { SWITCH_BY_INTERRUPT, switchTask } from "../execute/system/task-switch";
import { framePointer, frameMask, openFrame, openFrame64, pushFrame } from "./frame";
import { innerPointer, innerSelector, readInnerStack, readInnerStack64 } from "./task-state";

const TYPE_SOFTWARE_INTERRUPT: u32 = 4;
const TYPE_SOFTWARE_EXCEPTION: u32 = 6;

// The event that passes.
let eventHasCode: bool = false;
let eventCode: u32 = 0;
/** EFLAGS as they are pushed. */
let flagsImage: u32 = 0;
/** EXT bit of error codes: set unless INT n, INT3 or INTO is the cause. */
let ext: u32 = 0;

/** Sends an event through the table. On failure a fault or VM exit is announced. */
export function passThroughIdt(vector: u32, type: u32, hasCode: bool, code: u32, flags: u32): void {
  eventHasCode = hasCode;
  eventCode = code;
  flagsImage = flags;
  const isSoftware = type == TYPE_SOFTWARE_INTERRUPT || type == TYPE_SOFTWARE_EXCEPTION;
  ext = isSoftware ? 0 : 1;
  if (!isProtected()) realInterrupt(vector);
  else if (isLongMode()) longGate(vector, isSoftware);
  else protectedGate(vector, isSoftware);
}

/** Real-address mode: SDM 3A, "Interrupt and Exception Handling" of the 8086 emulation chapter. */
function realInterrupt(vector: u32): void {
  const entry = vector * 4;
  if (entry + 3 > load<u32>(IDTR_LIMIT)) return raiseWithCode(VECTOR_GP, 0);
  const target = readSystem32(load<u64>(IDTR_BASE) + entry);
  if (aborted()) return;
  enterReal(target);
  if (!aborted()) store<u32>(EFLAGS, load<u32>(EFLAGS) & ~(IF | TF | AC | RF));
}

/** Pushes FLAGS, CS and IP on the present stack and goes to the segment:offset of an 8086 vector. */
export function enterReal(target: u32): void {
  openFrame(
    segmentAttributes(SEGMENT_SS),
    segmentLimit(SEGMENT_SS),
    segmentBase(SEGMENT_SS),
    load<u64>(RSP),
    load<u32>(CPL),
    0,
  );
  pushFrame(2, flagsImage);
  pushFrame(2, segmentSelector(SEGMENT_CS));
  pushFrame(2, load<u64>(RIP));
  if (aborted()) return;
  commitStackPointer();
  setRealSegment(SEGMENT_CS, target >> 16);
  store<u64>(RIP, target & 0xffff);
}

/** In virtual-8086 mode (VME): an interrupt that is redirected to the 8086 program, with the FLAGS given. */
export function enterV86Handler(target: u32, flags: u32): void {
  flagsImage = flags;
  enterReal(target);
}

function commitStackPointer(): void {
  const mask = frameMask();
  store<u64>(RSP, (load<u64>(RSP) & ~mask) | framePointer);
}

/** EFLAGS on entry to a handler. */
function clearFlags(isInterruptGate: bool): void {
  let flags = load<u32>(EFLAGS) & ~(TF | NT | RF | VM);
  if (isInterruptGate) flags &= ~IF;
  store<u32>(EFLAGS, flags);
}

/** Error code that names a gate of the IDT. */
function gateCode(vector: u32): u32 {
  return (vector << 3) | 2 | ext;
}

/** Checks common to all gates: type known, privilege of software interrupts, present. */
function isGateUsable(vector: u32, attributes: u32, isKnown: bool, isSoftware: bool): bool {
  if (!isKnown || (isSoftware && dplOf(attributes) < load<u32>(CPL))) {
    raiseWithCode(VECTOR_GP, gateCode(vector));
    return false;
  }
  if ((attributes & ATTR_P) == 0) {
    raiseWithCode(VECTOR_NP, gateCode(vector));
    return false;
  }
  return true;
}

/** Fetches the handler's code segment; false when it cannot be one. */
function fetchHandler(selector: u32): bool {
  const code = (selector & 0xfffc) | ext;
  if (isNull(selector)) raiseWithCode(VECTOR_GP, ext);
  else if (
    !fetchDescriptor(selector) ||
    !isCode(descriptorAttributes) ||
    dplOf(descriptorAttributes) > load<u32>(CPL)
  )
    raiseWithCode(VECTOR_GP, code);
  else if (isLongMode() && (descriptorAttributes & (ATTR_L | ATTR_DB)) != ATTR_L)
    raiseWithCode(VECTOR_GP, code);
  else if ((descriptorAttributes & ATTR_P) == 0) raiseWithCode(VECTOR_NP, code);
  return !aborted();
}

/** SDM 3A, "64-Bit Mode IDT": 16-byte gates. */
function longGate(vector: u32, isSoftware: bool): void {
  const entry = vector * 16;
  if (entry + 15 > load<u32>(IDTR_LIMIT)) return raiseWithCode(VECTOR_GP, gateCode(vector));
  const low = readSystem64(load<u64>(IDTR_BASE) + entry);
  const high = readSystem64(load<u64>(IDTR_BASE) + entry + 8);
  if (aborted()) return;
  unpackDescriptor(low);
  const type = systemType(descriptorAttributes);
  const isKnown = type == SYSTEM_INTERRUPT_GATE_32 || type == SYSTEM_TRAP_GATE_32;
  if (!isGateUsable(vector, descriptorAttributes, isKnown, isSoftware)) return;
  const rip = (low & 0xffff) | ((low >> 32) & 0xffff0000) | (high << 32);
  const selector = (<u32>(low >> 16)) & 0xffff;
  if (!fetchHandler(selector)) return;
  enterLongHandler(selector, rip, (<u32>(low >> 32)) & 7, type == SYSTEM_INTERRUPT_GATE_32);
}

function enterLongHandler(selector: u32, rip: u64, ist: u32, isInterruptGate: bool): void {
  const oldCpl = load<u32>(CPL);
  const cpl = isConformingCode(descriptorAttributes) ? oldCpl : dplOf(descriptorAttributes);
  let rsp = load<u64>(RSP);
  if (ist != 0 || cpl < oldCpl) {
    if (!readInnerStack64(ist != 0 ? 3 + ist : cpl, ext)) return;
    rsp = innerPointer;
  }
  if (!isCanonical(rip)) return raiseWithCode(VECTOR_GP, ext);
  openFrame64(rsp & ~0xf, cpl, ext);
  pushFrame(8, segmentSelector(SEGMENT_SS));
  pushFrame(8, load<u64>(RSP));
  pushFrame(8, flagsImage);
  pushFrame(8, segmentSelector(SEGMENT_CS));
  pushFrame(8, load<u64>(RIP));
  if (eventHasCode) pushFrame(8, eventCode);
  if (aborted() || !markAccessed()) return;
  setSegmentFromDescriptor(SEGMENT_CS, (selector & 0xfffc) | cpl);
  // A change of privilege level leaves SS null with RPL = CPL: SDM 3A, "64-Bit Mode Stack Frame".
  if (cpl < oldCpl) setNullSegment(SEGMENT_SS, cpl, cpl);
  store<u64>(RSP, framePointer);
  store<u64>(RIP, rip);
  clearFlags(isInterruptGate);
  setDecodeMode();
}

function protectedGate(vector: u32, isSoftware: bool): void {
  const entry = vector * 8;
  if (entry + 7 > load<u32>(IDTR_LIMIT)) return raiseWithCode(VECTOR_GP, gateCode(vector));
  const raw = readSystem64((load<u64>(IDTR_BASE) + entry) & 0xffffffff);
  if (aborted()) return;
  unpackDescriptor(raw);
  const type = systemType(descriptorAttributes);
  const isInterruptGate = type == SYSTEM_INTERRUPT_GATE_16 || type == SYSTEM_INTERRUPT_GATE_32;
  const isKnown =
    isInterruptGate || type == SYSTEM_TRAP_GATE_16 || type == SYSTEM_TRAP_GATE_32 || type == SYSTEM_TASK_GATE;
  if (!isGateUsable(vector, descriptorAttributes, isKnown, isSoftware)) return;
  const selector = (<u32>(raw >> 16)) & 0xffff;
  if (type == SYSTEM_TASK_GATE) return enterTask(selector);
  const is32 = type >= SYSTEM_INTERRUPT_GATE_32;
  const offset = is32 ? ((<u32>raw) & 0xffff) | ((<u32>(raw >> 32)) & 0xffff0000) : (<u32>raw) & 0xffff;
  if (!fetchHandler(selector)) return;
  enterProtectedHandler(selector, offset, is32, isInterruptGate);
}

/** A task gate: the error code goes on the new task's stack. */
function enterTask(selector: u32): void {
  switchTask(selector, SWITCH_BY_INTERRUPT, ext, flagsImage, eventHasCode, eventCode);
}

// The handler's code segment, kept while descriptors of stacks are fetched.
let codeAttributes: u32 = 0;
let codeLimit: u32 = 0;
let codeBase: u64 = 0;

function enterProtectedHandler(selector: u32, offset: u32, is32: bool, isInterruptGate: bool): void {
  const oldCpl = load<u32>(CPL);
  const cpl = isConformingCode(descriptorAttributes) ? oldCpl : dplOf(descriptorAttributes);
  // From virtual-8086 mode only to a nonconforming segment of level 0.
  if (isV86() && cpl != 0) return raiseWithCode(VECTOR_GP, (selector & 0xfffc) | ext);
  if (!markAccessed()) return;
  codeAttributes = descriptorAttributes;
  codeLimit = descriptorLimit;
  codeBase = descriptorBase;
  if (offset > codeLimit) return raiseWithCode(VECTOR_GP, ext);
  const size: u32 = is32 ? 4 : 2;
  const changesStack = cpl < oldCpl;
  if (changesStack) {
    if (!openInnerStack(cpl, ext)) return;
    if (isV86()) pushV86Segments(size);
    pushFrame(size, segmentSelector(SEGMENT_SS));
    pushFrame(size, load<u64>(RSP));
  } else {
    openFrame(
      segmentAttributes(SEGMENT_SS),
      segmentLimit(SEGMENT_SS),
      segmentBase(SEGMENT_SS),
      load<u64>(RSP),
      cpl,
      ext,
    );
  }
  pushFrame(size, flagsImage);
  pushFrame(size, segmentSelector(SEGMENT_CS));
  pushFrame(size, load<u64>(RIP));
  if (eventHasCode) pushFrame(size, eventCode);
  if (aborted()) return;
  if (changesStack) {
    setInnerStackSegment();
    if (isV86()) dropV86Segments();
  }
  setSegment(SEGMENT_CS, (selector & 0xfffc) | cpl, codeAttributes, codeLimit, codeBase);
  commitStackPointer();
  store<u64>(RIP, offset);
  clearFlags(isInterruptGate);
  setDecodeMode();
}

function pushV86Segments(size: u32): void {
  pushFrame(size, segmentSelector(SEGMENT_GS));
  pushFrame(size, segmentSelector(SEGMENT_FS));
  pushFrame(size, segmentSelector(SEGMENT_DS));
  pushFrame(size, segmentSelector(SEGMENT_ES));
}

function dropV86Segments(): void {
  setNullSegment(SEGMENT_GS, 0, 0);
  setNullSegment(SEGMENT_FS, 0, 0);
  setNullSegment(SEGMENT_DS, 0, 0);
  setNullSegment(SEGMENT_ES, 0, 0);
}

// The stack segment of the inner level.
let stackAttributes: u32 = 0;
let stackLimit: u32 = 0;
let stackBase: u64 = 0;
let stackSelector: u32 = 0;

/**
 * Opens the frame on the stack that the TSS has for level `cpl`. SDM 2, "INT n" (inter-privilege-level interrupt)
 * and "CALL" (more privilege): #TS or #SS with the new SS, `ext` in the code's bit 0.
 */
export function openInnerStack(cpl: u32, ext: u32): bool {
  if (!readInnerStack(cpl, ext)) return false;
  const selector = innerSelector;
  const code = (selector & 0xfffc) | ext;
  if (isNull(selector)) raiseWithCode(VECTOR_TS, ext);
  else if (!fetchDescriptor(selector) || (selector & 3) != cpl || dplOf(descriptorAttributes) != cpl)
    raiseWithCode(VECTOR_TS, code);
  else if (!isWritableData(descriptorAttributes)) raiseWithCode(VECTOR_TS, code);
  else if ((descriptorAttributes & ATTR_P) == 0) raiseWithCode(VECTOR_SS, code);
  if (aborted() || !markAccessed()) return false;
  stackSelector = selector;
  stackAttributes = descriptorAttributes;
  stackLimit = descriptorLimit;
  stackBase = descriptorBase;
  openFrame(stackAttributes, stackLimit, stackBase, innerPointer, cpl, code);
  return true;
}

/** Loads SS with the segment that openInnerStack found; rSP starts anew. */
export function setInnerStackSegment(): void {
  setSegment(SEGMENT_SS, stackSelector, stackAttributes, stackLimit, stackBase);
  store<u64>(RSP, framePointer);
}
