/**
 * Segment and system descriptors in memory. SDM 3A, "Segment Descriptors", "System Descriptor Types".
 * Attributes are kept as VMX keeps access rights (SDM 3C, "Guest Register State"):
 *
 *   16 unusable | 15 G | 14 D/B | 13 L | 12 AVL | 7 P | 6-5 DPL | 4 S | 3-0 type
 */
import { GDTR_BASE, GDTR_LIMIT } from "./generated/layout";
import { aborted } from "./faults";
import { readSystem64, readSystem8, wrap, writeSystem8 } from "./memory/access";
import { SEGMENT_LDTR } from "./record";
import { segmentAttributes, segmentBase, segmentLimit } from "./registers";

// Bits of a segment type: code segments have bit 3 set.
export const TYPE_ACCESSED: u32 = 1;
/** Writable (data) or readable (code). */
export const TYPE_READ_WRITE: u32 = 2;
/** Expand-down (data) or conforming (code). */
export const TYPE_CONFORMING: u32 = 4;
export const TYPE_CODE: u32 = 8;
export const ATTR_S: u32 = 0x10;
export const ATTR_P: u32 = 0x80;
export const ATTR_L: u32 = 0x2000;
export const ATTR_DB: u32 = 0x4000;
export const ATTR_G: u32 = 0x8000;
export const ATTR_UNUSABLE: u32 = 0x10000;

// System descriptor types.
export const SYSTEM_TSS_16: u32 = 1;
export const SYSTEM_LDT: u32 = 2;
export const SYSTEM_CALL_GATE_16: u32 = 4;
export const SYSTEM_TASK_GATE: u32 = 5;
export const SYSTEM_INTERRUPT_GATE_16: u32 = 6;
export const SYSTEM_TRAP_GATE_16: u32 = 7;
export const SYSTEM_TSS_32: u32 = 9;
export const SYSTEM_CALL_GATE_32: u32 = 12;
export const SYSTEM_INTERRUPT_GATE_32: u32 = 14;
export const SYSTEM_TRAP_GATE_32: u32 = 15;
/** A TSS type with this bit is busy. */
export const TSS_BUSY: u32 = 2;

// The descriptor that was fetched last.
/** Its eight bytes, for gates. */
export let descriptorRaw: u64 = 0;
/** The upper eight bytes of a system descriptor in IA-32e mode (fetchUpperHalf). */
export let descriptorUpper: u64 = 0;
/** Where it lies. */
export let descriptorAddress: u64 = 0;
export let descriptorAttributes: u32 = 0;
/** In bytes, granularity applied. */
export let descriptorLimit: u32 = 0;
export let descriptorBase: u64 = 0;

// @ts-ignore: decorator
@inline export function isNull(selector: u32): bool {
  return (selector & 0xfffc) == 0;
}
// @ts-ignore: decorator
@inline export function dplOf(attributes: u32): u32 {
  return (attributes >> 5) & 3;
}
// @ts-ignore: decorator
@inline export function isCode(attributes: u32): bool {
  return (attributes & (ATTR_S | TYPE_CODE)) == (ATTR_S | TYPE_CODE);
}
/** A data segment, or a code segment that may be read. */
export function isReadable(attributes: u32): bool {
  return (attributes & ATTR_S) != 0 && (attributes & (TYPE_CODE | TYPE_READ_WRITE)) != TYPE_CODE;
}
export function isWritableData(attributes: u32): bool {
  return (attributes & (ATTR_S | TYPE_CODE | TYPE_READ_WRITE)) == (ATTR_S | TYPE_READ_WRITE);
}
export function isConformingCode(attributes: u32): bool {
  return (attributes & (ATTR_S | TYPE_CODE | TYPE_CONFORMING)) == (ATTR_S | TYPE_CODE | TYPE_CONFORMING);
}
/** Type of a system descriptor, or 0 for code and data. */
export function systemType(attributes: u32): u32 {
  return (attributes & ATTR_S) != 0 ? 0 : attributes & 15;
}

/** Takes a descriptor's eight bytes apart. */
export function unpackDescriptor(raw: u64): void {
  const low = <u32>raw;
  const high = <u32>(raw >> 32);
  descriptorRaw = raw;
  descriptorAttributes = (high >> 8) & 0xf0ff;
  const limit = (low & 0xffff) | (high & 0xf0000);
  descriptorLimit = (descriptorAttributes & ATTR_G) != 0 ? (limit << 12) | 0xfff : limit;
  descriptorBase = (low >> 16) | ((high & 0xff) << 16) | (high & 0xff000000);
}

/**
 * Reads the descriptor of a selector from the GDT or LDT. False: the selector is beyond its table's limit (the
 * caller announces the exception it calls for), or a page fault was announced.
 */
export function fetchDescriptor(selector: u32): bool {
  const offset = selector & 0xfff8;
  let base: u64;
  if (selector & 4) {
    if ((segmentAttributes(SEGMENT_LDTR) & ATTR_UNUSABLE) != 0 || offset + 7 > segmentLimit(SEGMENT_LDTR))
      return false;
    base = segmentBase(SEGMENT_LDTR);
  } else {
    if (offset + 7 > load<u32>(GDTR_LIMIT)) return false;
    base = load<u64>(GDTR_BASE);
  }
  descriptorAddress = wrap(base + offset);
  const raw = readSystem64(descriptorAddress);
  if (aborted()) return false;
  unpackDescriptor(raw);
  return true;
}

/** Reads the second half of a 16-byte descriptor (IA-32e mode) and completes the base with it. False as above. */
export function fetchUpperHalf(selector: u32): bool {
  const limit = (selector & 4) != 0 ? segmentLimit(SEGMENT_LDTR) : load<u32>(GDTR_LIMIT);
  if ((selector & 0xfff8) + 15 > limit) return false;
  descriptorUpper = readSystem64(descriptorAddress + 8);
  if (aborted()) return false;
  descriptorBase = (descriptorBase & 0xffffffff) | (descriptorUpper << 32);
  return true;
}

/** Whether the type field of the upper half is 0, as it must be. */
export function isUpperTypeZero(): bool {
  return ((<u32>(descriptorUpper >> 40)) & 31) == 0;
}

/** Sets bits in the type of the fetched descriptor, in memory and in `descriptorAttributes`. False: aborted. */
function setTypeBits(bits: u32): bool {
  if ((descriptorAttributes & bits) == bits) return true;
  const access = readSystem8(descriptorAddress + 5);
  if (aborted()) return false;
  writeSystem8(descriptorAddress + 5, access | bits);
  if (aborted()) return false;
  descriptorAttributes |= bits;
  return true;
}

/** Sets the accessed bit of the fetched code or data descriptor. False: a page fault was announced. */
export function markAccessed(): bool {
  return setTypeBits(TYPE_ACCESSED);
}
/** Sets the busy bit of the fetched TSS descriptor. False: a page fault was announced. */
export function markBusy(): bool {
  return setTypeBits(TSS_BUSY);
}
