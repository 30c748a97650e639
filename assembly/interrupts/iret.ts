/** IRET in all modes. SDM 2, "IRET/IRETD/IRETQ". */
import { CPL, CR4, EFLAGS, RIP, RSP } from "../generated/layout";
import {
  ATTR_L, ATTR_P, descriptorAttributes, descriptorBase, descriptorLimit, dplOf, fetchDescriptor, isCode, isConformingCode, isNull,
  isWritableData, markAccessed,
} from "../descriptors"; // prettier-ignore
import { aborted, raiseGp0, raiseWithCode, VECTOR_GP, VECTOR_NP, VECTOR_SS } from "../faults";
import {
  AC, ARITHMETIC, DF, ID, IF, IOPL, materializeFlags, NT, RF, TF, VIF, VIP, VM,
} from "../flags"; // prettier-ignore
import { SWITCH_BY_IRET, switchTask } from "../execute/system/task-switch";
import { readSystem16 } from "../memory/access";
import {
  recordSize,
  SEGMENT_CS,
  SEGMENT_DS,
  SEGMENT_ES,
  SEGMENT_FS,
  SEGMENT_GS,
  SEGMENT_SS,
  SEGMENT_TR,
} from "../record";
import {
  CR4_VME,
  isCanonical,
  isLong64,
  isLongMode,
  isProtected,
  isV86,
  segmentBase,
  segmentLimit,
} from "../registers";
import { endIret, unblockNmi } from "../vmx/exceptions";
import {
  dropPrivilegedSegments, isCodeSizeValid, setDecodeMode, setNullSegment, setRealSegment, setSegment, setSegmentFromDescriptor, setV86Segment,
} from "../segments"; // prettier-ignore
import { readStack, setStackPointer, stackMask } from "../stack";

/** What every IRET loads. */
const ALWAYS: u32 = ARITHMETIC | TF | DF | NT;
/** What operand sizes above 16 bits load as well. */
const WIDE: u32 = RF | AC | ID;

/** Reads the element `index` of the frame at rSP. */
function frameElement(index: u32, size: u32): u64 {
  return readStack((load<u64>(RSP) + <u64>(index * size)) & stackMask(), size);
}

/** IRET ends the blocking of NMIs even when it faults. SDM 3A, "Handling Multiple NMIs". */
export function iret(r: u32): void {
  unblockNmi();
  returnFromInterrupt(recordSize(r));
  if (!aborted()) endIret();
}

function returnFromInterrupt(size: u32): void {
  if (!isProtected()) return returnReal(size, ALWAYS | IF | IOPL | (size > 2 ? WIDE : 0));
  if (isV86()) return returnFromV86(size);
  if (load<u32>(EFLAGS) & NT) {
    if (isLongMode()) return raiseGp0();
    return returnFromTask();
  }
  returnProtected(size);
}

/** Replaces the bits of `changes` in EFLAGS by those of `image`. */
function loadFlags(image: u32, changes: u32): void {
  store<u32>(EFLAGS, (materializeFlags() & ~changes) | (image & changes));
}

/** Real-address mode, and virtual-8086 mode where IOPL allows. */
function returnReal(size: u32, changes: u32): void {
  const ip = frameElement(0, size);
  const cs = (<u32>frameElement(1, size)) & 0xffff;
  const flags = <u32>frameElement(2, size);
  if (aborted()) return;
  if (ip > <u64>segmentLimit(SEGMENT_CS)) return raiseGp0();
  setStackPointer(load<u64>(RSP) + size * 3);
  setRealSegment(SEGMENT_CS, cs);
  store<u64>(RIP, ip);
  loadFlags(flags, changes);
  setDecodeMode();
}

function returnFromV86(size: u32): void {
  if ((load<u32>(EFLAGS) & IOPL) == IOPL) return returnReal(size, ALWAYS | IF | (size > 2 ? WIDE : 0));
  if ((load<u64>(CR4) & CR4_VME) == 0 || size != 2) return raiseGp0();
  const flags = <u32>frameElement(2, size);
  if (aborted()) return;
  if ((flags & TF) != 0 || ((flags & IF) != 0 && (load<u32>(EFLAGS) & VIP) != 0)) return raiseGp0();
  returnReal(size, ALWAYS);
  if (!aborted()) loadFlags((flags & IF) != 0 ? VIF : 0, VIF);
}

/** NT set: back to the task that the link field names. */
function returnFromTask(): void {
  const link = readSystem16(segmentBase(SEGMENT_TR));
  if (!aborted()) switchTask(link, SWITCH_BY_IRET, 0, materializeFlags(), false, 0);
}

/** Bits of EFLAGS that a protected-mode IRET at the present CPL changes. */
function changeableFlags(size: u32): u32 {
  const cpl = load<u32>(CPL);
  let changes = ALWAYS | (size > 2 ? WIDE : 0);
  if (cpl <= (load<u32>(EFLAGS) & IOPL) >> 12) changes |= IF;
  if (cpl == 0) changes |= IOPL | (size > 2 ? VIF | VIP : 0);
  return changes;
}

function returnProtected(size: u32): void {
  const rip = frameElement(0, size);
  const selector = (<u32>frameElement(1, size)) & 0xffff;
  const flags = <u32>frameElement(2, size);
  if (aborted()) return;
  if (!isLongMode() && size == 4 && (flags & VM) != 0 && load<u32>(CPL) == 0)
    return returnToV86(rip, selector, flags);
  if (!checkReturnCode(selector)) return;
  const cpl = selector & 3;
  if (cpl > load<u32>(CPL) || isLong64()) return returnWithStack(size, rip, selector, flags);
  if (!isTargetValid(rip)) return raiseGp0();
  if (!markAccessed()) return;
  const changes = changeableFlags(size);
  setStackPointer(load<u64>(RSP) + size * 3);
  setSegmentFromDescriptor(SEGMENT_CS, selector);
  store<u64>(RIP, rip);
  loadFlags(flags, changes);
  setDecodeMode();
}

/** Checks of the return code segment, shared with far RET. False: announced. The descriptor stays fetched. */
export function checkReturnCode(selector: u32): bool {
  const code = selector & 0xfffc;
  if (isNull(selector)) {
    raiseGp0();
    return false;
  }
  const isFetched = fetchDescriptor(selector);
  if (!isFetched || !isCode(descriptorAttributes) || (selector & 3) < load<u32>(CPL))
    raiseWithCode(VECTOR_GP, code);
  else if (
    isConformingCode(descriptorAttributes)
      ? dplOf(descriptorAttributes) > (selector & 3)
      : dplOf(descriptorAttributes) != (selector & 3)
  )
    raiseWithCode(VECTOR_GP, code);
  else if (!isCodeSizeValid(descriptorAttributes)) raiseWithCode(VECTOR_GP, code);
  else if ((descriptorAttributes & ATTR_P) == 0) raiseWithCode(VECTOR_NP, code);
  return !aborted();
}

/** Whether `rip` is legal in the code segment fetched: canonical for 64-bit code, within the limit else. */
export function isTargetValid(rip: u64): bool {
  if (isLongMode() && (descriptorAttributes & ATTR_L) != 0) return isCanonical(rip);
  return rip <= <u64>descriptorLimit;
}

// The code segment returned to, while the stack segment's descriptor is fetched.
let codeAttributes: u32 = 0;
let codeLimit: u32 = 0;
let codeBase: u64 = 0;

/** To an outer level, and always in 64-bit mode: rSP and SS are popped too. */
function returnWithStack(size: u32, rip: u64, selector: u32, flags: u32): void {
  const rsp = frameElement(3, size);
  const stackSelector = (<u32>frameElement(4, size)) & 0xffff;
  if (aborted()) return;
  const changes = changeableFlags(size);
  if (!loadReturnTarget(selector, rip, stackSelector)) return;
  commitReturn(rip, rsp, selector, stackSelector);
  loadFlags(flags, changes);
  setDecodeMode();
}

/** Checks target and stack of a return that changes the stack, shared with far RET; the code segment is fetched. */
export function loadReturnTarget(selector: u32, rip: u64, stackSelector: u32): bool {
  if (!isTargetValid(rip)) {
    raiseGp0();
    return false;
  }
  if (!markAccessed()) return false;
  codeAttributes = descriptorAttributes;
  codeLimit = descriptorLimit;
  codeBase = descriptorBase;
  return checkReturnStack(stackSelector, selector & 3, isLongMode() && (codeAttributes & ATTR_L) != 0);
}

function checkReturnStack(selector: u32, cpl: u32, is64: bool): bool {
  if (isNull(selector)) {
    // A null SS is for 64-bit code below level 3.
    if (!is64 || cpl == 3 || (selector & 3) != cpl) raiseGp0();
    return !aborted();
  }
  const code = selector & 0xfffc;
  if (!fetchDescriptor(selector) || (selector & 3) != cpl || dplOf(descriptorAttributes) != cpl)
    raiseWithCode(VECTOR_GP, code);
  else if (!isWritableData(descriptorAttributes)) raiseWithCode(VECTOR_GP, code);
  else if ((descriptorAttributes & ATTR_P) == 0) raiseWithCode(VECTOR_SS, code);
  return !aborted() && markAccessed();
}

/** Loads CS:RIP and SS:RSP of a checked return; then the segments that the new level may not use are dropped. */
export function commitReturn(rip: u64, rsp: u64, selector: u32, stackSelector: u32): void {
  const oldCpl = load<u32>(CPL);
  const cpl = selector & 3;
  if (isNull(stackSelector)) setNullSegment(SEGMENT_SS, stackSelector, cpl);
  else setSegmentFromDescriptor(SEGMENT_SS, stackSelector);
  setSegment(SEGMENT_CS, selector, codeAttributes, codeLimit, codeBase);
  store<u64>(RIP, rip);
  setDecodeMode();
  setReturnStackPointer(rsp);
  if (cpl > oldCpl) dropPrivilegedSegments(cpl);
}

/** A 16-bit stack keeps the upper half of ESP; all else takes what was popped. */
function setReturnStackPointer(rsp: u64): void {
  const mask = stackMask();
  if (mask == 0xffff) setStackPointer(rsp);
  else store<u64>(RSP, rsp & mask);
}

function returnToV86(rip: u64, cs: u32, flags: u32): void {
  const esp = frameElement(3, 4);
  const ss = <u32>frameElement(4, 4);
  const es = <u32>frameElement(5, 4);
  const ds = <u32>frameElement(6, 4);
  const fs = <u32>frameElement(7, 4);
  const gs = <u32>frameElement(8, 4);
  if (aborted()) return;
  loadFlags(flags, ALWAYS | WIDE | IF | IOPL | VIF | VIP | VM);
  setV86Segment(SEGMENT_CS, cs);
  setV86Segment(SEGMENT_SS, ss & 0xffff);
  setV86Segment(SEGMENT_ES, es & 0xffff);
  setV86Segment(SEGMENT_DS, ds & 0xffff);
  setV86Segment(SEGMENT_FS, fs & 0xffff);
  setV86Segment(SEGMENT_GS, gs & 0xffff);
  store<u64>(RSP, esp);
  store<u64>(RIP, rip & 0xffff);
  setDecodeMode();
}
