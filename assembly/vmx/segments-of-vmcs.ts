/** Segment registers between the processor and the VMCS. Fields and segments stand in the same order: ES CS SS DS FS GS LDTR TR. */
import { GDTR_BASE, GDTR_LIMIT, IDTR_BASE, IDTR_LIMIT } from "../generated/layout";
import {
  F_GUEST_ES_ACCESS_RIGHTS, F_GUEST_ES_BASE, F_GUEST_ES_LIMIT, F_GUEST_ES_SELECTOR, F_GUEST_GDTR_BASE, F_GUEST_GDTR_LIMIT,
  F_GUEST_IDTR_BASE, F_GUEST_IDTR_LIMIT,
} from "../generated/vmx"; // prettier-ignore
import { segmentAttributes, segmentBase, segmentLimit, segmentSelector } from "../registers";
import { setSegment } from "../segments";
import { field, field32, setField } from "./vmcs";

const SEGMENTS_AND_SYSTEM: u32 = 8;

export function saveSegments(): void {
  for (let segment: u32 = 0; segment < SEGMENTS_AND_SYSTEM; segment++) {
    const slot = segment * 8;
    setField(F_GUEST_ES_SELECTOR + slot, segmentSelector(segment));
    setField(F_GUEST_ES_ACCESS_RIGHTS + slot, segmentAttributes(segment));
    setField(F_GUEST_ES_LIMIT + slot, segmentLimit(segment));
    setField(F_GUEST_ES_BASE + slot, segmentBase(segment));
  }
  setField(F_GUEST_GDTR_BASE, load<u64>(GDTR_BASE));
  setField(F_GUEST_GDTR_LIMIT, load<u32>(GDTR_LIMIT));
  setField(F_GUEST_IDTR_BASE, load<u64>(IDTR_BASE));
  setField(F_GUEST_IDTR_LIMIT, load<u32>(IDTR_LIMIT));
}

export function loadSegments(): void {
  for (let segment: u32 = 0; segment < SEGMENTS_AND_SYSTEM; segment++) {
    const slot = segment * 8;
    setSegment(
      segment,
      field32(F_GUEST_ES_SELECTOR + slot),
      field32(F_GUEST_ES_ACCESS_RIGHTS + slot),
      field32(F_GUEST_ES_LIMIT + slot),
      field(F_GUEST_ES_BASE + slot),
    );
  }
  store<u64>(GDTR_BASE, field(F_GUEST_GDTR_BASE));
  store<u32>(GDTR_LIMIT, field32(F_GUEST_GDTR_LIMIT));
  store<u64>(IDTR_BASE, field(F_GUEST_IDTR_BASE));
  store<u32>(IDTR_LIMIT, field32(F_GUEST_IDTR_LIMIT));
}
