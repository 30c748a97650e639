/** MOV, PUSH and POP of segment registers, LDS … LSS, ARPL, LAR, LSL, VERR, VERW, SWAPGS, RDFSBASE …. SDM 2. */
import { CPL, CR4, INTERRUPT_SHADOW, KERNEL_GS_BASE, RSP, SEG_FS, SEG_GS } from "../../generated/layout";
import { aborted, raiseGp0, raiseUd } from "../../faults";
import { getArithmeticFlags, setArithmeticFlags, ZF } from "../../flags";
import {
  ATTR_S, descriptorAttributes, descriptorLimit, descriptorRaw, dplOf, fetchDescriptor, fetchUpperHalf, isConformingCode, isNull, isReadable, isUpperTypeZero,
  isWritableData, SYSTEM_CALL_GATE_16, SYSTEM_CALL_GATE_32, SYSTEM_LDT, SYSTEM_TASK_GATE, SYSTEM_TSS_16, SYSTEM_TSS_32, TSS_BUSY,
} from "../../descriptors"; // prettier-ignore
import { read16 } from "../../memory/access";
import {
  recordOpcode, recordReg, recordRm, recordSize, SEGMENT_CS, SEGMENT_DS, SEGMENT_ES, SEGMENT_GS, SEGMENT_SS,
} from "../../record"; // prettier-ignore
import {
  CR4_FSGSBASE,
  isBaseCanonical,
  isLongMode,
  readGpr,
  segmentSelector,
  writeGpr,
} from "../../registers";
import { loadSegment, setDecodeMode } from "../../segments";
import { push, readStack, stackMask } from "../../stack";
import { readLinear, readDestination, readSource, writeDestination } from "../integer/operands";
import { pieceAddress, readWord, requireCpl0, requireProtected, storeWord } from "./operands";

const SHADOW_MOV_SS: u32 = 2;
/** Offset of the base in a segment register. */
const BASE: u32 = 16;

/** A load of SS delays interrupts and debug traps by an instruction. SDM 3A, "Masking Exceptions and Interrupts When Switching Stacks". */
function afterLoad(segment: u32): void {
  if (segment != SEGMENT_SS) return;
  // Of loads in a row only the first delays.
  if ((load<u32>(INTERRUPT_SHADOW) & SHADOW_MOV_SS) == 0) store<u32>(INTERRUPT_SHADOW, SHADOW_MOV_SS);
  setDecodeMode();
}

export function movFromSegment(r: u32): void {
  const segment = recordReg(r) & 7;
  if (segment > SEGMENT_GS) raiseUd();
  else storeWord(r, segmentSelector(segment));
}

export function movToSegment(r: u32): void {
  const segment = recordReg(r) & 7;
  if (segment > SEGMENT_GS || segment == SEGMENT_CS) return raiseUd();
  const selector = readWord(r);
  if (aborted()) return;
  loadSegment(segment, selector);
  if (!aborted()) afterLoad(segment);
}

/** 06, 0E, 16, 1E, 0F A0, 0F A8, and the POPs one higher: bits 5:3 are the segment register. */
// @ts-ignore: decorator
@inline function segmentOfOpcode(r: u32): u32 {
  return (recordOpcode(r) >> 3) & 7;
}

export function pushSegment(r: u32): void {
  push(recordSize(r), segmentSelector(segmentOfOpcode(r)));
}

export function popSegment(r: u32): void {
  const segment = segmentOfOpcode(r);
  const size = recordSize(r);
  const selector = (<u32>readStack(load<u64>(RSP) & stackMask(), size)) & 0xffff;
  if (aborted()) return;
  // The pop uses the stack's width before SS is loaded.
  const mask = stackMask();
  loadSegment(segment, selector);
  if (aborted()) return;
  const rsp = load<u64>(RSP);
  store<u64>(RSP, (rsp & ~mask) | ((rsp + size) & mask));
  afterLoad(segment);
}

/** LES, LDS, LSS, LFS, LGS. */
export function loadFarPointer(r: u32): void {
  const size = recordSize(r);
  const offset = readLinear(pieceAddress(r, 0, size, false), size);
  const selector = read16(pieceAddress(r, size, 2, false));
  if (aborted()) return;
  const opcode = recordOpcode(r);
  const segment = opcode == 0xc4 ? SEGMENT_ES : opcode == 0xc5 ? SEGMENT_DS : opcode & 7;
  loadSegment(segment, selector);
  if (aborted()) return;
  writeGpr(recordReg(r), size, offset);
  if (segment == SEGMENT_SS) setDecodeMode();
}

function setZero(isSet: bool): void {
  setArithmeticFlags((getArithmeticFlags() & ~ZF) | (isSet ? ZF : 0));
}

/** ARPL: raises the RPL of the destination to that of the source. */
export function arpl(r: u32): void {
  if (!requireProtected()) return;
  const destination = <u32>readDestination(r);
  const level = (<u32>readGpr(recordReg(r), 2)) & 3;
  if (aborted()) return;
  const isRaised = (destination & 3) < level;
  if (isRaised) writeDestination(r, (destination & ~3) | level);
  if (!aborted()) setZero(isRaised);
}

/** Whether the fetched descriptor may be seen from CPL and RPL: conforming code always. */
function isVisible(selector: u32): bool {
  if (isConformingCode(descriptorAttributes)) return true;
  const dpl = dplOf(descriptorAttributes);
  return load<u32>(CPL) <= dpl && (selector & 3) <= dpl;
}

/** VERR and VERW. */
export function verify(r: u32, forWrite: bool): void {
  if (!requireProtected()) return;
  const selector = readWord(r);
  if (aborted()) return;
  let isFine = !isNull(selector) && fetchDescriptor(selector);
  if (aborted()) return;
  if (isFine)
    isFine =
      isVisible(selector) &&
      (forWrite ? isWritableData(descriptorAttributes) : isReadable(descriptorAttributes));
  setZero(isFine);
}

/** System descriptors that LAR and LSL know; LSL none of the gates. SDM 2, tables at "LAR" and "LSL". */
function isKnownToLar(type: u32, hasLimit: bool): bool {
  const isLong = isLongMode();
  switch (type) {
    case SYSTEM_LDT:
    case SYSTEM_TSS_32:
    case SYSTEM_TSS_32 | TSS_BUSY:
      return true;
    case SYSTEM_TSS_16:
    case SYSTEM_TSS_16 | TSS_BUSY:
      return !isLong;
    case SYSTEM_CALL_GATE_32:
      return !hasLimit;
    case SYSTEM_CALL_GATE_16:
    case SYSTEM_TASK_GATE:
      return !hasLimit && !isLong;
    default:
      return false;
  }
}

/** Fetches the descriptor that LAR or LSL is about; false: ZF = 0. */
function isAccessible(selector: u32, hasLimit: bool): bool {
  if (isNull(selector) || !fetchDescriptor(selector)) return false;
  if ((descriptorAttributes & ATTR_S) == 0) {
    if (!isKnownToLar(descriptorAttributes & 15, hasLimit)) return false;
    // In IA-32e mode these descriptors take 16 bytes, with a type of 0 in the upper half.
    if (isLongMode() && (!fetchUpperHalf(selector) || !isUpperTypeZero())) return false;
  }
  return isVisible(selector);
}

/** LAR and LSL. */
export function loadRights(r: u32, isLimit: bool): void {
  if (!requireProtected()) return;
  const selector = <u32>readSource(r, 2);
  if (aborted()) return;
  const isFine = isAccessible(selector, isLimit);
  if (aborted()) return;
  if (isFine) {
    const value = isLimit ? descriptorLimit : (<u32>(descriptorRaw >> 32)) & 0x00ffff00;
    writeGpr(recordReg(r), recordSize(r), value);
  }
  setZero(isFine);
}

export function swapGs(_r: u32): void {
  if (!requireCpl0()) return;
  const base = load<u64>(SEG_GS, BASE);
  store<u64>(SEG_GS, load<u64>(KERNEL_GS_BASE), BASE);
  store<u64>(KERNEL_GS_BASE, base);
}

function hasFsGsBase(): bool {
  if ((load<u64>(CR4) & CR4_FSGSBASE) != 0) return true;
  raiseUd();
  return false;
}
export function readBase(r: u32, isGs: bool): void {
  if (hasFsGsBase()) writeGpr(recordRm(r), recordSize(r), load<u64>(isGs ? SEG_GS : SEG_FS, BASE));
}
export function writeBase(r: u32, isGs: bool): void {
  if (!hasFsGsBase()) return;
  const base = readGpr(recordRm(r), recordSize(r));
  if (!isBaseCanonical(base)) return raiseGp0();
  store<u64>(isGs ? SEG_GS : SEG_FS, base, BASE);
}
