/** Task switches with 16- and 32-bit TSSs. SDM 3A, "Task Switching", "Task-State Segment (TSS)", "16-Bit TSS". */
import {
  CR0, CR3, CR4, DR, EFLAGS, GPR, LAZY_OP, RIP, RSP,
} from "../../generated/layout"; // prettier-ignore
import {
  ATTR_DB, ATTR_P, descriptorAddress, descriptorAttributes, descriptorBase, descriptorLimit, dplOf, fetchDescriptor, isCode,
  isConformingCode, isNull, isReadable, isWritableData, markAccessed, SYSTEM_LDT, SYSTEM_TSS_16, SYSTEM_TSS_32, systemType, TSS_BUSY,
} from "../../descriptors"; // prettier-ignore
import { aborted, raiseGp0, raiseWithCode, VECTOR_GP, VECTOR_NP, VECTOR_SS, VECTOR_TS } from "../../faults";
import { NT, VM } from "../../flags";
import { framePointer, openFrame, pushFrame } from "../../interrupts/frame";
import { debugRegister, DR6_BT, noteDebugTrap, updateBreakpoints } from "../../interrupts/debug";
import { deliverFault } from "../../interrupts/deliver";
import {
  readSystem16, readSystem32, readSystem8, writeSystem16, writeSystem32, writeSystem8,
} from "../../memory/access"; // prettier-ignore
import { afterCr3Write } from "../../memory/tlb";
import { loadPdptes } from "../../memory/paging";
import {
  SEGMENT_CS, SEGMENT_DS, SEGMENT_ES, SEGMENT_FS, SEGMENT_GS, SEGMENT_LDTR, SEGMENT_SS, SEGMENT_TR,
} from "../../record"; // prettier-ignore
import {
  CR0_PG, CR0_TS, CR4_PAE, segmentAttributes, segmentBase, segmentLimit, segmentRegister, segmentSelector,
} from "../../registers"; // prettier-ignore
import {
  setDecodeMode,
  setNullSegment,
  setSegment,
  setSegmentFromDescriptor,
  setV86Segment,
} from "../../segments";
import { interceptTaskSwitch } from "../../vmx/exceptions";

// What causes the switch, as in the qualification of a VM exit.
export const SWITCH_BY_CALL: u32 = 0;
export const SWITCH_BY_IRET: u32 = 1;
export const SWITCH_BY_JMP: u32 = 2;
export const SWITCH_BY_INTERRUPT: u32 = 3;

/** The last byte that a TSS must have: SDM 3A, "TSS Descriptor". */
const LIMIT_32: u32 = 0x67;
const LIMIT_16: u32 = 0x2b;
// Offsets in a 32-bit TSS.
const CR3_32: u64 = 28;
const EIP_32: u64 = 32;
const FLAGS_32: u64 = 36;
const GPR_32: u64 = 40;
const SEGMENTS_32: u64 = 72;
const LDT_32: u64 = 96;
const TRAP_32: u64 = 100;
// Offsets in a 16-bit TSS.
const IP_16: u64 = 14;
const FLAGS_16: u64 = 16;
const GPR_16: u64 = 18;
const SEGMENTS_16: u64 = 34;
const LDT_16: u64 = 42;
/** DR7: L0 … L3 and LE, which a task switch clears. */
const DR7_LOCAL: u64 = 0x155;

/** The last switch got as far as the new task: a fault now belongs to it. Callers clear it before they try. */
export let isTaskCommitted: bool = false;
export function clearTaskCommitted(): void {
  isTaskCommitted = false;
}

// The new task.
let newSelector: u32 = 0;
let newBase: u64 = 0;
let newLimit: u32 = 0;
let newAttributes: u32 = 0;
let newDescriptor: u64 = 0;
let is32: bool = false;
let newCr3: u32 = 0;
let newFlags: u32 = 0;
let newRip: u32 = 0;
let newLdt: u32 = 0;
let extBit: u32 = 0;
/** Eight general registers, then six selectors, as read from the new TSS. */
const IMAGE: usize = memory.data(64);

/** Finds the TSS descriptor; false: announced. An IRET wants a busy one and reports #TS. */
function fetchTask(source: u32): bool {
  const vector = source == SWITCH_BY_IRET ? VECTOR_TS : VECTOR_GP;
  const code = (newSelector & 0xfffc) | extBit;
  if ((newSelector & 4) != 0 || isNull(newSelector) || !fetchDescriptor(newSelector)) {
    raiseWithCode(vector, code);
    return false;
  }
  const type = systemType(descriptorAttributes);
  const wanted: u32 = source == SWITCH_BY_IRET ? TSS_BUSY : 0;
  is32 = type == (SYSTEM_TSS_32 | wanted);
  if (!is32 && type != (SYSTEM_TSS_16 | wanted)) raiseWithCode(vector, code);
  else if ((descriptorAttributes & ATTR_P) == 0) raiseWithCode(VECTOR_NP, code);
  else if ((is32 ? LIMIT_32 : LIMIT_16) > descriptorLimit) raiseWithCode(VECTOR_TS, code);
  newBase = descriptorBase;
  newLimit = descriptorLimit;
  newAttributes = descriptorAttributes;
  newDescriptor = descriptorAddress;
  return !aborted();
}

/** Reads all of the new TSS, so that page faults come before anything changes. */
function readNewTask(): bool {
  newCr3 = is32 ? readSystem32(newBase + CR3_32) : 0;
  newRip = is32 ? readSystem32(newBase + EIP_32) : readSystem16(newBase + IP_16);
  newFlags = is32 ? readSystem32(newBase + FLAGS_32) : readSystem16(newBase + FLAGS_16);
  newLdt = readSystem16(newBase + (is32 ? LDT_32 : LDT_16));
  for (let i: u32 = 0; i < 8; i++) {
    store<u32>(
      IMAGE + i * 4,
      is32 ? readSystem32(newBase + GPR_32 + i * 4) : readSystem16(newBase + GPR_16 + i * 2) | 0xffff0000,
    );
  }
  for (let i: u32 = 0; i < 6; i++) {
    // A 16-bit TSS has no FS and GS.
    const selector = is32
      ? readSystem16(newBase + SEGMENTS_32 + i * 4)
      : i < 4
        ? readSystem16(newBase + SEGMENTS_16 + i * 2)
        : 0;
    store<u32>(IMAGE + 32 + i * 4, selector);
  }
  return !aborted();
}

/** Writes the state of the old task to its TSS; the format is its own. */
function saveOldTask(flags: u32): bool {
  const base = segmentBase(SEGMENT_TR);
  const old32 = (segmentAttributes(SEGMENT_TR) & 8) != 0;
  if (old32) {
    writeSystem32(base + EIP_32, <u32>load<u64>(RIP));
    writeSystem32(base + FLAGS_32, flags);
    for (let i: u32 = 0; i < 8; i++) writeSystem32(base + GPR_32 + i * 4, load<u32>(GPR + i * 8));
    for (let i: u32 = 0; i < 6; i++) writeSystem16(base + SEGMENTS_32 + i * 4, segmentSelector(i));
  } else {
    writeSystem16(base + IP_16, <u32>load<u64>(RIP));
    writeSystem16(base + FLAGS_16, flags);
    for (let i: u32 = 0; i < 8; i++) writeSystem16(base + GPR_16 + i * 2, load<u16>(GPR + i * 8));
    for (let i: u32 = 0; i < 4; i++) writeSystem16(base + SEGMENTS_16 + i * 2, segmentSelector(i));
  }
  return !aborted();
}

/** Sets or clears the busy bit in a TSS descriptor of the GDT. */
function setBusy(address: u64, isBusy: bool): bool {
  const access = readSystem8(address + 5);
  if (aborted()) return false;
  writeSystem8(address + 5, isBusy ? access | TSS_BUSY : access & ~TSS_BUSY);
  return !aborted();
}

/** The link to the old task, and the busy bits. */
function linkTasks(source: u32, oldSelector: u32): bool {
  if (source == SWITCH_BY_CALL || source == SWITCH_BY_INTERRUPT) {
    writeSystem16(newBase, oldSelector);
    newFlags |= NT;
  } else if (fetchDescriptor(oldSelector) && !setBusy(descriptorAddress, false)) return false;
  if (source != SWITCH_BY_IRET && !setBusy(newDescriptor, true)) return false;
  return !aborted();
}

/**
 * From here on the processor is in the new task. Its segment registers have the new selectors, the hidden parts still are
 * the old ones: a handler of #TS that is no task has a stack to run on. The CPL, which is the DPL of SS, is the new one.
 */
function commitTask(): void {
  isTaskCommitted = true;
  setSegment(SEGMENT_TR, newSelector, newAttributes | TSS_BUSY, newLimit, newBase);
  store<u64>(CR0, load<u64>(CR0) | CR0_TS);
  store<u64>(DR + 7 * 8, debugRegister(7) & ~DR7_LOCAL);
  for (let i: u32 = 0; i < 8; i++) store<u64>(GPR + i * 8, load<u32>(IMAGE + i * 4));
  store<u32>(EFLAGS, (newFlags & 0x3f7fd5) | 2);
  store<u32>(LAZY_OP, 0);
  store<u64>(RIP, newRip);
  const cpl: u32 = (newFlags & VM) != 0 ? 3 : load<u32>(IMAGE + 32 + SEGMENT_CS * 4) & 3;
  for (let i: u32 = 0; i < 6; i++) store<u16>(segmentRegister(i), load<u16>(IMAGE + 32 + i * 4));
  store<u32>(segmentRegister(SEGMENT_SS), (segmentAttributes(SEGMENT_SS) & ~0x60) | (cpl << 5), 4);
  setNullSegment(SEGMENT_LDTR, newLdt, 0);
  if (is32 && (load<u64>(CR0) & CR0_PG) != 0) {
    store<u64>(CR3, newCr3);
    if ((load<u64>(CR4) & CR4_PAE) != 0 && !loadPdptes(newCr3)) raiseGp0();
    afterCr3Write(false);
  }
  setDecodeMode();
  updateBreakpoints();
}

function loadNewLdt(): bool {
  if (isNull(newLdt)) return true;
  const isRight =
    (newLdt & 4) == 0 && fetchDescriptor(newLdt) && systemType(descriptorAttributes) == SYSTEM_LDT;
  if (!isRight || (descriptorAttributes & ATTR_P) == 0) raiseWithCode(VECTOR_TS, (newLdt & 0xfffc) | extBit);
  else setSegmentFromDescriptor(SEGMENT_LDTR, newLdt);
  return !aborted();
}

function selectorOf(segment: u32): u32 {
  return load<u32>(IMAGE + 32 + segment * 4);
}

function loadNewCode(): bool {
  const selector = selectorOf(SEGMENT_CS);
  const code = (selector & 0xfffc) | extBit;
  if (isNull(selector) || !fetchDescriptor(selector) || !isCode(descriptorAttributes))
    raiseWithCode(VECTOR_TS, code);
  else {
    const dpl = dplOf(descriptorAttributes);
    const isRight = isConformingCode(descriptorAttributes) ? dpl <= (selector & 3) : dpl == (selector & 3);
    if (!isRight) raiseWithCode(VECTOR_TS, code);
    else if ((descriptorAttributes & ATTR_P) == 0) raiseWithCode(VECTOR_NP, code);
    else if (markAccessed()) setSegmentFromDescriptor(SEGMENT_CS, selector);
  }
  return !aborted();
}

function loadNewStack(): bool {
  const selector = selectorOf(SEGMENT_SS);
  const cpl = selectorOf(SEGMENT_CS) & 3;
  const code = (selector & 0xfffc) | extBit;
  if (isNull(selector) || !fetchDescriptor(selector) || !isWritableData(descriptorAttributes))
    raiseWithCode(VECTOR_TS, code);
  else if ((selector & 3) != cpl || dplOf(descriptorAttributes) != cpl) raiseWithCode(VECTOR_TS, code);
  else if ((descriptorAttributes & ATTR_P) == 0) raiseWithCode(VECTOR_SS, code);
  else if (markAccessed()) setSegmentFromDescriptor(SEGMENT_SS, selector);
  return !aborted();
}

function loadNewData(segment: u32): bool {
  const selector = selectorOf(segment);
  if (isNull(selector)) return true;
  const code = (selector & 0xfffc) | extBit;
  const cpl = selectorOf(SEGMENT_CS) & 3;
  if (!fetchDescriptor(selector) || !isReadable(descriptorAttributes)) raiseWithCode(VECTOR_TS, code);
  else {
    const dpl = dplOf(descriptorAttributes);
    if (!isConformingCode(descriptorAttributes) && ((selector & 3) > dpl || cpl > dpl))
      raiseWithCode(VECTOR_TS, code);
    else if ((descriptorAttributes & ATTR_P) == 0) raiseWithCode(VECTOR_NP, code);
    else if (markAccessed()) setSegmentFromDescriptor(segment, selector);
  }
  return !aborted();
}

/** Descriptors of the new task's segments; the first that is wrong faults in the new task. */
function loadNewSegments(): bool {
  if (!loadNewLdt()) return false;
  if (newFlags & VM) {
    for (let segment: u32 = 0; segment < 6; segment++) setV86Segment(segment, selectorOf(segment));
  } else {
    if (!loadNewCode() || !loadNewStack()) return false;
    if (
      !loadNewData(SEGMENT_DS) ||
      !loadNewData(SEGMENT_ES) ||
      !loadNewData(SEGMENT_FS) ||
      !loadNewData(SEGMENT_GS)
    )
      return false;
  }
  setDecodeMode();
  if (newRip <= segmentLimit(SEGMENT_CS)) return true;
  raiseGp0();
  return false;
}

/** The error code of an exception that came through a task gate goes on the new task's stack. */
function pushErrorCode(code: u32): void {
  const cpl = dplOf(segmentAttributes(SEGMENT_SS));
  openFrame(
    segmentAttributes(SEGMENT_SS),
    segmentLimit(SEGMENT_SS),
    segmentBase(SEGMENT_SS),
    load<u64>(RSP),
    cpl,
    extBit,
  );
  pushFrame(is32 ? 4 : 2, code);
  if (aborted()) return;
  const mask: u64 = (segmentAttributes(SEGMENT_SS) & ATTR_DB) != 0 ? 0xffffffff : 0xffff;
  store<u64>(RSP, (load<u64>(RSP) & ~mask) | framePointer);
}

function enterNewTask(hasCode: bool, code: u32): void {
  commitTask();
  if (aborted() || !loadNewSegments()) return;
  if (hasCode) pushErrorCode(code);
  if (!aborted() && is32 && (readSystem16(newBase + TRAP_32) & 1) != 0) noteDebugTrap(DR6_BT);
}

/**
 * Switches to the task of a TSS selector. `source`: SWITCH_BY_…; `ext`: EXT bit of error codes; `flags`: EFLAGS to be
 * saved; an error code (`hasCode`) goes on the new stack. RIP is what the old task shall go on with.
 * Outside event delivery a fault in the new task is delivered here, as its RIP is not that of the instruction.
 */
export function switchTask(selector: u32, source: u32, ext: u32, flags: u32, hasCode: bool, code: u32): void {
  isTaskCommitted = false;
  newSelector = selector;
  extBit = ext;
  if (!fetchTask(source) || interceptTaskSwitch(selector, source) || !readNewTask()) return;
  const oldSelector = segmentSelector(SEGMENT_TR);
  if (!saveOldTask(source == SWITCH_BY_IRET ? flags & ~NT : flags) || !linkTasks(source, oldSelector)) return;
  enterNewTask(hasCode, code);
  if (aborted() && source != SWITCH_BY_INTERRUPT) deliverFault();
}
