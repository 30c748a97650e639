import {
  BLOCK_RIP, CR0, CR4, DECODE_MODE, EFER, EFLAGS, GPR, SEGMENTS, SEGMENT_BYTES,
} from "./generated/layout"; // prettier-ignore
import { VM } from "./flags";
import { recordOffset } from "./record";

export const CR0_PE: u64 = 1;
export const CR0_MP: u64 = 2;
export const CR0_EM: u64 = 4;
export const CR0_TS: u64 = 8;
export const CR0_ET: u64 = 16;
export const CR0_NE: u64 = 32;
export const CR0_WP: u64 = 0x10000;
export const CR0_AM: u64 = 0x40000;
export const CR0_NW: u64 = 0x20000000;
export const CR0_CD: u64 = 0x40000000;
export const CR0_PG: u64 = 0x80000000;

export const CR4_VME: u64 = 1;
export const CR4_PVI: u64 = 2;
export const CR4_TSD: u64 = 4;
export const CR4_DE: u64 = 8;
export const CR4_PSE: u64 = 0x10;
export const CR4_PAE: u64 = 0x20;
export const CR4_MCE: u64 = 0x40;
export const CR4_PGE: u64 = 0x80;
export const CR4_PCE: u64 = 0x100;
export const CR4_OSFXSR: u64 = 0x200;
export const CR4_OSXMMEXCPT: u64 = 0x400;
export const CR4_UMIP: u64 = 0x800;
export const CR4_LA57: u64 = 0x1000;
export const CR4_VMXE: u64 = 0x2000;
export const CR4_FSGSBASE: u64 = 0x10000;
export const CR4_PCIDE: u64 = 0x20000;
export const CR4_OSXSAVE: u64 = 0x40000;
export const CR4_SMEP: u64 = 0x100000;
export const CR4_SMAP: u64 = 0x200000;
export const CR4_PKE: u64 = 0x400000;

export const EFER_SCE: u64 = 1;
export const EFER_LME: u64 = 0x100;
export const EFER_LMA: u64 = 0x400;
export const EFER_NXE: u64 = 0x800;

/** Codes of DECODE_MODE. */
export const MODE_16: u32 = 0;
export const MODE_32: u32 = 1;
export const MODE_64: u32 = 2;

// @ts-ignore: decorator
@inline export function isLong64(): bool {
  return load<u32>(DECODE_MODE) == MODE_64;
}
/** IA-32e mode: 64-bit or compatibility mode. */
// @ts-ignore: decorator
@inline export function isLongMode(): bool {
  return (load<u64>(EFER) & EFER_LMA) != 0;
}
// @ts-ignore: decorator
@inline export function isProtected(): bool {
  return (load<u64>(CR0) & CR0_PE) != 0;
}
// @ts-ignore: decorator
@inline export function isV86(): bool {
  return (load<u32>(EFLAGS) & VM) != 0;
}
// @ts-ignore: decorator
@inline export function isRealOrV86(): bool {
  return !isProtected() || isV86();
}
/** RIP of the instruction of record `r`. */
// @ts-ignore: decorator
@inline export function currentRip(r: u32): u64 {
  return load<u64>(BLOCK_RIP) + <u64>recordOffset(r);
}

/** Whether a linear address is canonical for the paging mode in force (48 or 57 bits). */
// @ts-ignore: decorator
@inline export function isCanonical(linear: u64): bool {
  const shift: i64 = (load<u64>(CR4) & CR4_LA57) != 0 ? 7 : 16;
  return <u64>(((<i64>linear) << shift) >> shift) == linear;
}

/**
 * Whether a linear address is canonical for the widest paging mode that this processor has (57 bits). Processors check
 * segment bases, descriptor tables, MSRs and operands of invalidations so, whatever CR4.LA57 is (Linux, commit "KVM:
 * x86: model canonical checks more precisely"); only accesses and targets of branches depend on the mode in force.
 */
export function isBaseCanonical(linear: u64): bool {
  return <u64>(((<i64>linear) << 7) >> 7) == linear;
}

/** Address of a segment register's 24 bytes. */
// @ts-ignore: decorator
@inline export function segmentRegister(segment: u32): u32 {
  return SEGMENTS + segment * SEGMENT_BYTES;
}
// @ts-ignore: decorator
@inline export function segmentSelector(segment: u32): u32 {
  return load<u16>(segmentRegister(segment));
}
// @ts-ignore: decorator
@inline export function segmentAttributes(segment: u32): u32 {
  return load<u32>(segmentRegister(segment), 4);
}
// @ts-ignore: decorator
@inline export function segmentLimit(segment: u32): u32 {
  return load<u32>(segmentRegister(segment), 8);
}
// @ts-ignore: decorator
@inline export function segmentBase(segment: u32): u64 {
  return load<u64>(segmentRegister(segment), 16);
}

/** General register at a byte offset, as written by an instruction of operand size 1, 2, 4 or 8 bytes (4 clears the upper half). */
export function writeGpr(offset: u32, size: u32, value: u64): void {
  if (size == 8) store<u64>(offset + GPR, value);
  else if (size == 4) store<u64>(offset + GPR, value & 0xffffffff);
  else if (size == 2) store<u16>(offset + GPR, <u16>value);
  else store<u8>(offset + GPR, <u8>value);
}

/** General register at a byte offset, zero-extended from `size` bytes. */
export function readGpr(offset: u32, size: u32): u64 {
  if (size == 8) return load<u64>(offset + GPR);
  if (size == 4) return load<u32>(offset + GPR);
  if (size == 2) return load<u16>(offset + GPR);
  return load<u8>(offset + GPR);
}

/** Sign-extends the low `size` bytes to 64 bits. */
export function signExtend(value: u64, size: u32): i64 {
  if (size == 8) return <i64>value;
  if (size == 4) return <i64>(<i32>value);
  if (size == 2) return <i64>(<i16>value);
  return <i64>(<i8>value);
}
