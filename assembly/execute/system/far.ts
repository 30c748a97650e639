/** Far JMP, CALL and RET, with call gates and task switches. SDM 2, "JMP", "CALL", "RET"; SDM 3A, "Call Gates". */
import { CPL, RIP, RSP } from "../../generated/layout";
import {
  ATTR_DB, ATTR_L, ATTR_P, descriptorAttributes, descriptorLimit, descriptorRaw, descriptorUpper, dplOf, fetchDescriptor, fetchUpperHalf, isCode,
  isConformingCode, isNull, isUpperTypeZero, markAccessed, SYSTEM_CALL_GATE_16, SYSTEM_CALL_GATE_32, SYSTEM_TASK_GATE, SYSTEM_TSS_16,
  SYSTEM_TSS_32, systemType, TSS_BUSY, descriptorBase,
} from "../../descriptors"; // prettier-ignore
import { aborted, raiseGp0, raiseWithCode, VECTOR_GP, VECTOR_NP } from "../../faults";
import { materializeFlags } from "../../flags";
import { openInnerStack, setInnerStackSegment } from "../../interrupts/idt";
import { checkReturnCode, commitReturn, isTargetValid, loadReturnTarget } from "../../interrupts/iret";
import { frameMask, framePointer, openFrame, openFrame64, pushFrame } from "../../interrupts/frame";
import { innerPointer, readInnerStack64 } from "../../interrupts/task-state";
import { read16 } from "../../memory/access";
import { recordImm, recordSize, SEGMENT_CS, SEGMENT_SS } from "../../record";
import {
  isCanonical, isLong64, isLongMode, isRealOrV86, segmentAttributes, segmentBase, segmentLimit, segmentSelector,
} from "../../registers"; // prettier-ignore
import {
  isCodeSizeValid, setDecodeMode, setNullSegment, setRealSegment, setSegment, setSegmentFromDescriptor,
} from "../../segments"; // prettier-ignore
import { readStack, setStackPointer, stackMask } from "../../stack";
import { readLinear } from "../integer/operands";
import { pieceAddress } from "./operands";
import { SWITCH_BY_CALL, SWITCH_BY_JMP, switchTask } from "./task-switch";

// The far pointer of the instruction.
let farOffset: u64 = 0;
let farSelector: u32 = 0;

function readFarPointer(r: u32, isMemory: bool): bool {
  const size = recordSize(r);
  if (isMemory) {
    farOffset = readLinear(pieceAddress(r, 0, size, false), size);
    farSelector = read16(pieceAddress(r, size, 2, false));
    return !aborted();
  }
  farOffset = recordImm(r) & 0xffffffff;
  farSelector = (<u32>(recordImm(r) >> 32)) & 0xffff;
  return true;
}

/** Opens the present stack for pushes before anything is committed. */
function openOwnFrame(): void {
  const cpl = load<u32>(CPL);
  if (isLong64()) openFrame64(load<u64>(RSP), cpl, 0);
  else
    openFrame(
      segmentAttributes(SEGMENT_SS),
      segmentLimit(SEGMENT_SS),
      segmentBase(SEGMENT_SS),
      load<u64>(RSP),
      cpl,
      0,
    );
}

function commitFramePointer(): void {
  const mask = frameMask();
  store<u64>(RSP, (load<u64>(RSP) & ~mask) | framePointer);
}

export function jumpFar(r: u32, isMemory: bool): void {
  if (!readFarPointer(r, isMemory)) return;
  if (isRealOrV86()) {
    if (farOffset > <u64>segmentLimit(SEGMENT_CS)) return raiseGp0();
    return goReal();
  }
  if (!fetchTarget()) return;
  if (isCode(descriptorAttributes)) {
    if (isDirectTargetValid()) commitCode(farSelector, farOffset, load<u32>(CPL));
  } else throughSystemDescriptor(false);
}

export function callFar(r: u32, isMemory: bool): void {
  if (!readFarPointer(r, isMemory)) return;
  const size = recordSize(r);
  if (isRealOrV86()) {
    if (farOffset > <u64>segmentLimit(SEGMENT_CS)) return raiseGp0();
    if (pushReturn(size)) goReal();
    return;
  }
  if (!fetchTarget()) return;
  if (!isCode(descriptorAttributes)) return throughSystemDescriptor(true);
  if (isDirectTargetValid() && pushReturn(size)) commitCode(farSelector, farOffset, load<u32>(CPL));
}

function goReal(): void {
  setRealSegment(SEGMENT_CS, farSelector);
  store<u64>(RIP, farOffset);
}

/** Pushes CS and the return address on the present stack; the pointer is committed with them. */
function pushReturn(size: u32): bool {
  openOwnFrame();
  pushFrame(size, segmentSelector(SEGMENT_CS));
  pushFrame(size, load<u64>(RIP));
  if (aborted()) return false;
  if (!isRealOrV86() && !markAccessed()) return false;
  commitFramePointer();
  return true;
}

/** Fetches what the selector names; false: #GP announced. */
function fetchTarget(): bool {
  if (isNull(farSelector)) raiseGp0();
  else if (!fetchDescriptor(farSelector)) raiseWithCode(VECTOR_GP, farSelector & 0xfffc);
  return !aborted();
}

/** A code segment named directly: privilege, presence, target. */
function isDirectTargetValid(): bool {
  const code = farSelector & 0xfffc;
  const cpl = load<u32>(CPL);
  const dpl = dplOf(descriptorAttributes);
  const isAllowed = isConformingCode(descriptorAttributes)
    ? dpl <= cpl
    : (farSelector & 3) <= cpl && dpl == cpl;
  if (!isAllowed || !isCodeSizeValid(descriptorAttributes)) raiseWithCode(VECTOR_GP, code);
  else if ((descriptorAttributes & ATTR_P) == 0) raiseWithCode(VECTOR_NP, code);
  else if (!isTargetValid(farOffset)) raiseGp0();
  return !aborted();
}

/** Loads CS with the fetched descriptor. */
function commitCode(selector: u32, rip: u64, cpl: u32): void {
  if (!markAccessed()) return;
  setSegmentFromDescriptor(SEGMENT_CS, (selector & 0xfffc) | cpl);
  store<u64>(RIP, rip);
  setDecodeMode();
}

/** Call gates, task gates and TSSs. In IA-32e mode only 64-bit call gates. */
function throughSystemDescriptor(isCall: bool): void {
  const code = farSelector & 0xfffc;
  const type = systemType(descriptorAttributes);
  const isLong = isLongMode();
  const isGate = type == SYSTEM_CALL_GATE_32 || (type == SYSTEM_CALL_GATE_16 && !isLong);
  const isTask =
    !isLong &&
    (type == SYSTEM_TASK_GATE || (type & ~TSS_BUSY) == SYSTEM_TSS_16 || (type & ~TSS_BUSY) == SYSTEM_TSS_32);
  const dpl = dplOf(descriptorAttributes);
  if ((!isGate && !isTask) || dpl < load<u32>(CPL) || dpl < (farSelector & 3))
    return raiseWithCode(VECTOR_GP, code);
  if (isTask) return throughTask(type == SYSTEM_TASK_GATE, isCall);
  if ((descriptorAttributes & ATTR_P) == 0) return raiseWithCode(VECTOR_NP, code);
  if (isLong && (!fetchUpperHalf(farSelector) || !isUpperTypeZero())) return raiseWithCode(VECTOR_GP, code);
  throughCallGate(type, isCall);
}

function throughTask(isGate: bool, isCall: bool): void {
  let selector = farSelector;
  if (isGate) {
    if ((descriptorAttributes & ATTR_P) == 0) return raiseWithCode(VECTOR_NP, farSelector & 0xfffc);
    selector = (<u32>(descriptorRaw >> 16)) & 0xffff;
  }
  switchTask(selector, isCall ? SWITCH_BY_CALL : SWITCH_BY_JMP, 0, materializeFlags(), false, 0);
}

// The gate.
let gateSelector: u32 = 0;
let gateOffset: u64 = 0;
/** Bytes of what a call through it pushes: 2, 4, 8. */
let gateSize: u32 = 0;
let gateParameters: u32 = 0;

function throughCallGate(type: u32, isCall: bool): void {
  const low = <u32>descriptorRaw;
  const high = <u32>(descriptorRaw >> 32);
  gateSelector = low >> 16;
  gateOffset = (low & 0xffff) | (type == SYSTEM_CALL_GATE_16 ? 0 : high & 0xffff0000);
  gateSize = type == SYSTEM_CALL_GATE_16 ? 2 : 4;
  gateParameters = high & 31;
  if (isLongMode()) {
    gateOffset |= descriptorUpper << 32;
    gateSize = 8;
  }
  if (!isGateTargetValid(isCall)) return;
  const cpl = load<u32>(CPL);
  const dpl = dplOf(descriptorAttributes);
  if (!isCall) return commitCode(gateSelector, gateOffset, cpl);
  if (isConformingCode(descriptorAttributes) || dpl == cpl) return callSameLevel();
  if (isLongMode()) callInner64(dpl);
  else callInner(dpl);
}

function isGateTargetValid(isCall: bool): bool {
  const code = gateSelector & 0xfffc;
  if (isNull(gateSelector)) {
    raiseGp0();
    return false;
  }
  const isFetched = fetchDescriptor(gateSelector);
  const cpl = load<u32>(CPL);
  const dpl = dplOf(descriptorAttributes);
  const isAllowed = isCall || isConformingCode(descriptorAttributes) ? dpl <= cpl : dpl == cpl;
  if (!isFetched || !isCode(descriptorAttributes) || !isAllowed) raiseWithCode(VECTOR_GP, code);
  else if (isLongMode() && (descriptorAttributes & (ATTR_L | ATTR_DB)) != ATTR_L)
    raiseWithCode(VECTOR_GP, code);
  else if ((descriptorAttributes & ATTR_P) == 0) raiseWithCode(VECTOR_NP, code);
  else if (!isTargetValid(gateOffset)) raiseGp0();
  return !aborted();
}

function callSameLevel(): void {
  if (isLongMode()) openFrame64(load<u64>(RSP), load<u32>(CPL), 0);
  else openOwnFrame();
  pushFrame(gateSize, segmentSelector(SEGMENT_CS));
  pushFrame(gateSize, load<u64>(RIP));
  if (aborted() || !markAccessed()) return;
  commitFramePointer();
  commitCode(gateSelector, gateOffset, load<u32>(CPL));
}

function callInner64(cpl: u32): void {
  if (!readInnerStack64(cpl, 0)) return;
  openFrame64(innerPointer, cpl, 0);
  pushFrame(8, segmentSelector(SEGMENT_SS));
  pushFrame(8, load<u64>(RSP));
  pushFrame(8, segmentSelector(SEGMENT_CS));
  pushFrame(8, load<u64>(RIP));
  if (aborted() || !markAccessed()) return;
  store<u64>(RSP, framePointer);
  setNullSegment(SEGMENT_SS, cpl, cpl);
  commitCode(gateSelector, gateOffset, cpl);
}

/** More privilege in legacy mode: the parameters are copied from the old stack. */
function callInner(cpl: u32): void {
  if (!markAccessed()) return;
  const attributes = descriptorAttributes;
  const limit = descriptorLimit;
  const base = descriptorBase;
  const oldPointer = load<u64>(RSP) & stackMask();
  if (!openInnerStack(cpl, 0)) return;
  pushFrame(gateSize, segmentSelector(SEGMENT_SS));
  pushFrame(gateSize, oldPointer);
  for (let i = gateParameters; i > 0; i--) {
    const parameter = readStack((oldPointer + (i - 1) * gateSize) & stackMask(), gateSize);
    if (aborted()) return;
    pushFrame(gateSize, parameter);
  }
  pushFrame(gateSize, segmentSelector(SEGMENT_CS));
  pushFrame(gateSize, load<u64>(RIP));
  if (aborted()) return;
  setInnerStackSegment();
  setSegment(SEGMENT_CS, (gateSelector & 0xfffc) | cpl, attributes, limit, base);
  store<u64>(RIP, gateOffset);
  setDecodeMode();
}

/** RET far; `RET CB` has an immediate of 0. */
export function returnFar(r: u32): void {
  const size = recordSize(r);
  const release = (<u32>recordImm(r)) & 0xffff;
  const sp = load<u64>(RSP);
  const mask = stackMask();
  const rip = readStack(sp & mask, size);
  const selector = (<u32>readStack((sp + size) & mask, size)) & 0xffff;
  if (aborted()) return;
  if (isRealOrV86()) {
    if (rip > <u64>segmentLimit(SEGMENT_CS)) return raiseGp0();
    setStackPointer(sp + size * 2 + release);
    setRealSegment(SEGMENT_CS, selector);
    store<u64>(RIP, rip);
    return;
  }
  if (!checkReturnCode(selector)) return;
  if ((selector & 3) > load<u32>(CPL)) return returnOuter(size, release, rip, selector);
  if (!isTargetValid(rip)) return raiseGp0();
  if (!markAccessed()) return;
  setStackPointer(sp + size * 2 + release);
  setSegmentFromDescriptor(SEGMENT_CS, selector);
  store<u64>(RIP, rip);
  setDecodeMode();
}

function returnOuter(size: u32, release: u32, rip: u64, selector: u32): void {
  const mask = stackMask();
  const outer = load<u64>(RSP) + size * 2 + release;
  const rsp = readStack(outer & mask, size);
  const stackSelector = (<u32>readStack((outer + size) & mask, size)) & 0xffff;
  if (aborted() || !loadReturnTarget(selector, rip, stackSelector)) return;
  commitReturn(rip, rsp, selector, stackSelector);
  setStackPointer(load<u64>(RSP) + release);
}
