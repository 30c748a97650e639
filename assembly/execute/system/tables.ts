/** LGDT, LIDT, SGDT, SIDT, LLDT, LTR, SLDT, STR. SDM 2. */
import { GDTR_BASE, GDTR_LIMIT, IDTR_BASE, IDTR_LIMIT } from "../../generated/layout";
import { aborted, raiseGp0, raiseWithCode, VECTOR_GP, VECTOR_NP } from "../../faults";
import {
  ATTR_P, descriptorAttributes, descriptorBase, fetchDescriptor, fetchUpperHalf, isNull, isUpperTypeZero, markBusy, SYSTEM_LDT, SYSTEM_TSS_16,
  SYSTEM_TSS_32, systemType,
} from "../../descriptors"; // prettier-ignore
import { checkWritable, read16, read32, read64, write16, write32, write64 } from "../../memory/access";
import { recordSize, SEGMENT_LDTR, SEGMENT_TR } from "../../record";
import { isBaseCanonical, isLong64, isLongMode, segmentSelector } from "../../registers";
import { setNullSegment, setSegmentFromDescriptor } from "../../segments";
import { interceptDescriptorTable } from "../../vmx/intercepts";
import {
  mayReadSystemState,
  pieceAddress,
  readWord,
  requireCpl0,
  requireProtected,
  storeWord,
} from "./operands";

// Identities as VMX numbers them.
const IDENTITY_SGDT: u32 = 0;
const IDENTITY_SIDT: u32 = 1;
const IDENTITY_LGDT: u32 = 2;
const IDENTITY_LIDT: u32 = 3;
const IDENTITY_SLDT: u32 = 0;
const IDENTITY_STR: u32 = 1;
const IDENTITY_LLDT: u32 = 2;
const IDENTITY_LTR: u32 = 3;

export function loadTable(r: u32, isIdt: bool): void {
  if (!requireCpl0() || interceptDescriptorTable(r, false, isIdt ? IDENTITY_LIDT : IDENTITY_LGDT)) return;
  const size: u32 = isLong64() ? 8 : 4;
  const limit = read16(pieceAddress(r, 0, 2, false));
  const address = pieceAddress(r, 2, size, false);
  let base: u64 = size == 8 ? read64(address) : read32(address);
  if (aborted()) return;
  if (size == 4 && recordSize(r) == 2) base &= 0xffffff;
  if (size == 8 && !isBaseCanonical(base)) return raiseGp0();
  store<u64>(isIdt ? IDTR_BASE : GDTR_BASE, base);
  store<u32>(isIdt ? IDTR_LIMIT : GDTR_LIMIT, limit);
}

export function storeTable(r: u32, isIdt: bool): void {
  if (!mayReadSystemState() || interceptDescriptorTable(r, false, isIdt ? IDENTITY_SIDT : IDENTITY_SGDT))
    return;
  const size: u32 = isLong64() ? 8 : 4;
  const limitAddress = pieceAddress(r, 0, 2, true);
  const baseAddress = pieceAddress(r, 2, size, true);
  if (aborted() || !checkWritable(baseAddress, size)) return;
  write16(limitAddress, load<u32>(isIdt ? IDTR_LIMIT : GDTR_LIMIT));
  const base = load<u64>(isIdt ? IDTR_BASE : GDTR_BASE);
  if (size == 8) write64(baseAddress, base);
  else write32(baseAddress, <u32>base);
}

/** Fetches an LDT or TSS descriptor for LLDT or LTR; false: announced. */
function fetchSystem(selector: u32, isTss: bool): bool {
  const code = selector & 0xfffc;
  if ((selector & 4) != 0 || !fetchDescriptor(selector)) {
    raiseWithCode(VECTOR_GP, code);
    return false;
  }
  const type = systemType(descriptorAttributes);
  const isRight = isTss
    ? type == SYSTEM_TSS_32 || (type == SYSTEM_TSS_16 && !isLongMode())
    : type == SYSTEM_LDT;
  if (!isRight) raiseWithCode(VECTOR_GP, code);
  else if ((descriptorAttributes & ATTR_P) == 0) raiseWithCode(VECTOR_NP, code);
  else if (isLongMode()) {
    if (!fetchUpperHalf(selector) || !isUpperTypeZero()) raiseWithCode(VECTOR_GP, code);
    else if (!isBaseCanonical(descriptorBase)) raiseWithCode(VECTOR_GP, code);
  }
  return !aborted();
}

export function loadLdtr(r: u32): void {
  if (!requireProtected() || !requireCpl0() || interceptDescriptorTable(r, true, IDENTITY_LLDT)) return;
  const selector = readWord(r);
  if (aborted()) return;
  if (isNull(selector)) setNullSegment(SEGMENT_LDTR, selector, 0);
  else if (fetchSystem(selector, false)) setSegmentFromDescriptor(SEGMENT_LDTR, selector);
}

export function loadTr(r: u32): void {
  if (!requireProtected() || !requireCpl0() || interceptDescriptorTable(r, true, IDENTITY_LTR)) return;
  const selector = readWord(r);
  if (aborted()) return;
  if (isNull(selector)) return raiseGp0();
  if (fetchSystem(selector, true) && markBusy()) setSegmentFromDescriptor(SEGMENT_TR, selector);
}

/** SLDT and STR. */
export function storeSystemSelector(r: u32, isTr: bool): void {
  if (!requireProtected() || !mayReadSystemState()) return;
  if (interceptDescriptorTable(r, true, isTr ? IDENTITY_STR : IDENTITY_SLDT)) return;
  storeWord(r, segmentSelector(isTr ? SEGMENT_TR : SEGMENT_LDTR));
}
