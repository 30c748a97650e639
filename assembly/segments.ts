/** Segment registers: access checks and loads. SDM 3A, chapters "Protected-Mode Memory Management" and "Protection". */
import { CPL, DECODE_MODE, EFER } from "./generated/layout";
import {
  ATTR_DB, ATTR_L, ATTR_P, ATTR_S, ATTR_UNUSABLE, descriptorAttributes, descriptorBase, descriptorLimit, dplOf, fetchDescriptor,
  isConformingCode, isNull, isReadable, isWritableData, markAccessed, TYPE_CODE, TYPE_CONFORMING,
} from "./descriptors"; // prettier-ignore
import { raiseWithCode, VECTOR_GP, VECTOR_NP, VECTOR_SS } from "./faults";
import { POISON } from "./memory/access";
import { updateTlbBase } from "./memory/tlb";
import { SEGMENT_CS, SEGMENT_FS, SEGMENT_SS } from "./record";
import {
  EFER_LMA, isLong64, isRealOrV86, isV86, MODE_16, MODE_32, MODE_64, segmentAttributes, segmentBase, segmentLimit,
  segmentRegister,
} from "./registers"; // prettier-ignore

/** Access rights of segments in real-address mode and in virtual-8086 mode. */
const REAL_DATA: u32 = 0x93;
const V86_DATA: u32 = 0xf3;

/** Whether `size` bytes at `offset` lie within an expand-up or expand-down segment. */
export function isWithinSegment(attributes: u32, limit: u32, offset: u64, size: u32): bool {
  const last = offset + size - 1;
  if ((attributes & (ATTR_S | TYPE_CODE | TYPE_CONFORMING)) != (ATTR_S | TYPE_CONFORMING))
    return last <= <u64>limit;
  return offset > <u64>limit && last <= <u64>((attributes & ATTR_DB) != 0 ? 0xffffffff : 0xffff);
}

function mayAccess(segment: u32, offset: u64, size: u32, isWrite: bool): bool {
  const attributes = segmentAttributes(segment);
  if (!isRealOrV86()) {
    if ((attributes & ATTR_UNUSABLE) != 0) return false;
    if (isWrite ? !isWritableData(attributes) : !isReadable(attributes)) return false;
  }
  return isWithinSegment(attributes, segmentLimit(segment), offset, size);
}

/**
 * Linear address of `size` bytes at `offset` of a segment, checked for the access. On a violation announces #GP(0),
 * #SS(0) for SS, and returns POISON. In 64-bit mode only the bases of FS and GS count.
 */
export function segmentAddress(segment: u32, offset: u64, size: u32, isWrite: bool): u64 {
  if (isLong64()) return segment < SEGMENT_FS ? offset : offset + segmentBase(segment);
  if (mayAccess(segment, offset, size, isWrite)) return (segmentBase(segment) + offset) & 0xffffffff;
  raiseWithCode(segment == SEGMENT_SS ? VECTOR_SS : VECTOR_GP, 0);
  return POISON;
}

/** To be called whenever CS, SS, CR0.PE, EFER.LMA or EFLAGS.VM change: what instructions are decoded and checked by. */
export function setDecodeMode(): void {
  const code = segmentAttributes(SEGMENT_CS);
  const is64 = (load<u64>(EFER) & EFER_LMA) != 0 && (code & ATTR_L) != 0;
  store<u32>(DECODE_MODE, is64 ? MODE_64 : (code & ATTR_DB) != 0 ? MODE_32 : MODE_16);
  // SDM 3C, "Guest Register State": the CPL is always the DPL of SS.
  store<u32>(CPL, dplOf(segmentAttributes(SEGMENT_SS)));
  updateTlbBase();
}

/** Fills all four parts of a segment register. */
export function setSegment(segment: u32, selector: u32, attributes: u32, limit: u32, base: u64): void {
  const register = segmentRegister(segment);
  store<u16>(register, <u16>selector);
  store<u32>(register, attributes, 4);
  store<u32>(register, limit, 8);
  store<u64>(register, base, 16);
}

/** Fills a segment register from the descriptor fetched last. */
export function setSegmentFromDescriptor(segment: u32, selector: u32): void {
  setSegment(segment, selector, descriptorAttributes, descriptorLimit, descriptorBase);
}

/** A null selector: the register is unusable; SS keeps a DPL, which is the CPL. */
export function setNullSegment(segment: u32, selector: u32, dpl: u32): void {
  setSegment(segment, selector, ATTR_UNUSABLE | (dpl << 5), 0, 0);
}

/** Real-address and virtual-8086 mode: the base is the selector × 16; real mode keeps limit and D/B. */
export function setRealSegment(segment: u32, selector: u32): void {
  if (isV86()) return setSegment(segment, selector, V86_DATA, 0xffff, (<u64>selector) << 4);
  const kept = segmentAttributes(segment) & 0xf000;
  setSegment(segment, selector, kept | REAL_DATA, segmentLimit(segment), (<u64>selector) << 4);
}

/** All segment registers as entry to virtual-8086 mode finds them: 64 KiB, DPL 3. */
export function setV86Segment(segment: u32, selector: u32): void {
  setSegment(segment, selector, V86_DATA, 0xffff, (<u64>selector) << 4);
}

/** SDM 2, "MOV": a load of SS. */
function loadStackSegment(selector: u32): void {
  const cpl = load<u32>(CPL);
  if (isNull(selector)) {
    if (!isLong64() || cpl == 3 || (selector & 3) != cpl) raiseWithCode(VECTOR_GP, 0);
    else setNullSegment(SEGMENT_SS, selector, cpl);
    return;
  }
  const code = selector & 0xfffc;
  if (!fetchDescriptor(selector) || (selector & 3) != cpl || dplOf(descriptorAttributes) != cpl)
    return raiseWithCode(VECTOR_GP, code);
  if (!isWritableData(descriptorAttributes)) return raiseWithCode(VECTOR_GP, code);
  if ((descriptorAttributes & ATTR_P) == 0) return raiseWithCode(VECTOR_SS, code);
  if (markAccessed()) setSegmentFromDescriptor(SEGMENT_SS, selector);
}

function loadDataSegment(segment: u32, selector: u32): void {
  if (isNull(selector)) return setNullSegment(segment, selector, 0);
  const code = selector & 0xfffc;
  if (!fetchDescriptor(selector) || !isReadable(descriptorAttributes)) return raiseWithCode(VECTOR_GP, code);
  if (!isConformingCode(descriptorAttributes)) {
    const dpl = dplOf(descriptorAttributes);
    if ((selector & 3) > dpl || load<u32>(CPL) > dpl) return raiseWithCode(VECTOR_GP, code);
  }
  if ((descriptorAttributes & ATTR_P) == 0) return raiseWithCode(VECTOR_NP, code);
  if (markAccessed()) setSegmentFromDescriptor(segment, selector);
}

/** Loads ES, SS, DS, FS or GS with all checks of the mode; on a violation announces it and changes nothing. */
export function loadSegment(segment: u32, selector: u32): void {
  if (isRealOrV86()) setRealSegment(segment, selector);
  else if (segment == SEGMENT_SS) loadStackSegment(selector);
  else loadDataSegment(segment, selector);
}

/** After a return to an outer level: data segments that the new CPL may not use become null. SDM 2, "RET", "IRET". */
export function dropPrivilegedSegments(cpl: u32): void {
  for (let segment: u32 = 0; segment < 6; segment++) {
    if (segment == SEGMENT_CS || segment == SEGMENT_SS) continue;
    const attributes = segmentAttributes(segment);
    if ((attributes & ATTR_UNUSABLE) == 0 && !isConformingCode(attributes) && dplOf(attributes) < cpl)
      setNullSegment(segment, 0, 0);
  }
}

/** Whether a code descriptor is legal in the present mode: not both L and D in IA-32e mode. */
export function isCodeSizeValid(attributes: u32): bool {
  return (load<u64>(EFER) & EFER_LMA) == 0 || (attributes & (ATTR_L | ATTR_DB)) != (ATTR_L | ATTR_DB);
}

/** A flat segment register, as SYSCALL and its kin load it. */
export function setFlatSegment(segment: u32, selector: u32, attributes: u32): void {
  setSegment(segment, selector, attributes, 0xffffffff, 0);
}

/** Flat writable data of a privilege level: present, G, B. */
export function flatData(dpl: u32): u32 {
  return 0xc093 | (dpl << 5);
}
/** Flat code of a privilege level, 64-bit (L) or 32-bit (D). */
export function flatCode(dpl: u32, is64: bool): u32 {
  return (is64 ? 0xa09b : 0xc09b) | (dpl << 5);
}
