/**
 * Guest-physical to physical when EPT is in force (EPT_POINTER != 0). SDM 3C, "The Extended Page Table Mechanism (EPT)".
 *
 *   EPTP:      51:12 PML4 table | 6 accessed and dirty flags | 5:3 levels - 1 | 2:0 memory type
 *   Entry:     51:12 address | 9 dirty | 8 accessed | 7 maps a page | 6 ignore PAT | 5:3 memory type | 2 X 1 W 0 R
 */
import {
  EPT_POINTER,
  EXIT_GUEST_LINEAR,
  EXIT_GUEST_PHYSICAL,
  EXIT_HAS_LENGTH,
  PHYSICAL_BITS,
} from "../generated/layout";
import { REASON_EPT_MISCONFIGURATION, REASON_EPT_VIOLATION } from "../generated/vmx";
import { readPhysical64, writePhysical64 } from "../memory/physical";
import { exitByInstruction } from "./announce";

/** Set by eptTranslate: whether the translation may be used for writes from now on (dirty bit set or not kept). */
export let eptAllowsWrite: bool = true;

export const EPT_FAULT: u64 = u64.MAX_VALUE;

export const EPT_READ: u32 = 1;
export const EPT_WRITE: u32 = 2;
export const EPT_FETCH: u32 = 4;

export const EPTP_ACCESSED_DIRTY: u64 = 0x40;
const ADDRESS: u64 = 0x000ffffffffff000;
const RIGHTS: u64 = 7;
const READABLE: u64 = 1;
const WRITABLE: u64 = 2;
const PAGE: u64 = 0x80;
const ACCESSED: u64 = 0x100;
const DIRTY: u64 = 0x200;

// Bits of the exit qualification.
const LINEAR_IS_VALID: u64 = 0x80;
const IS_FINAL: u64 = 0x100;

/** Levels: 4 … 1. */
function shiftOf(level: u32): u64 {
  return 12 + 9 * (level - 1);
}

/** SDM 3C, "EPT Misconfigurations". */
function isMisconfigured(entry: u64, level: u32): bool {
  if ((entry & (READABLE | WRITABLE)) == WRITABLE) return true;
  const width = load<u32>(PHYSICAL_BITS);
  if ((entry & ADDRESS) >> width != 0) return true;
  const isLeaf = level == 1 || (level <= 3 && (entry & PAGE) != 0);
  if (!isLeaf) return (entry & (level == 4 ? 0xf8 : 0x78)) != 0;
  const type = (entry >> 3) & 7;
  if (type == 2 || type == 3 || type == 7) return true;
  return level > 1 && (entry & ADDRESS & (((<u64>1) << shiftOf(level)) - 1)) != 0;
}

function violation(guestPhysical: u64, linear: u64, access: u32, rights: u64, isFinal: bool): u64 {
  const where = isFinal ? LINEAR_IS_VALID | IS_FINAL : LINEAR_IS_VALID;
  exitByInstruction(REASON_EPT_VIOLATION, access | (rights << 3) | where);
  describe(guestPhysical, linear, access);
  return EPT_FAULT;
}

function misconfiguration(guestPhysical: u64, linear: u64, access: u32): u64 {
  exitByInstruction(REASON_EPT_MISCONFIGURATION, 0);
  describe(guestPhysical, linear, access);
  return EPT_FAULT;
}

function describe(guestPhysical: u64, linear: u64, access: u32): void {
  store<u64>(EXIT_GUEST_PHYSICAL, guestPhysical);
  store<u64>(EXIT_GUEST_LINEAR, linear);
  // A failed fetch has not found out how long the instruction is.
  if (access == EPT_FETCH) store<u32>(EXIT_HAS_LENGTH, 0);
}

/**
 * What an access counts as. With accessed and dirty flags every access to a paging structure is a write (SDM 3C,
 * "Accessed and Dirty Flags for EPT"); it reads, too. A write to the final address is reported as a write only.
 */
function effectiveAccess(access: u32, isFinal: bool, keepsFlags: bool): u32 {
  if (!isFinal) return keepsFlags ? EPT_READ | EPT_WRITE : access;
  return (access & EPT_WRITE) != 0 ? EPT_WRITE : access;
}

/**
 * Translates; on a violation or misconfiguration announces the VM exit and returns EPT_FAULT.
 * `access`: 1 read, 2 write, 4 fetch. `isFinal`: the translated linear address itself, not a paging structure.
 */
export function eptTranslate(
  guestPhysical: u64,
  access: u32,
  linear: u64,
  isFinal: bool,
  _isUser: bool,
): u64 {
  const pointer = load<u64>(EPT_POINTER);
  const keepsFlags = (pointer & EPTP_ACCESSED_DIRTY) != 0;
  const wanted = effectiveAccess(access, isFinal, keepsFlags);
  let rights: u64 = RIGHTS;
  let table = pointer & ADDRESS;
  if (guestPhysical >> 48 != 0) return violation(guestPhysical, linear, wanted, 0, isFinal);
  for (let level: u32 = 4; ; level--) {
    const shift = shiftOf(level);
    const address = table | (((guestPhysical >> shift) & 511) << 3);
    const entry = readPhysical64(address);
    if ((entry & RIGHTS) == 0) return violation(guestPhysical, linear, wanted, 0, isFinal);
    if (isMisconfigured(entry, level)) return misconfiguration(guestPhysical, linear, wanted);
    rights &= entry;
    const isLeaf = level == 1 || (level <= 3 && (entry & PAGE) != 0);
    if (!isLeaf) {
      if (keepsFlags && (entry & ACCESSED) == 0) writePhysical64(address, entry | ACCESSED);
      table = entry & ADDRESS;
      continue;
    }
    if ((wanted & ~(<u32>rights)) != 0) return violation(guestPhysical, linear, wanted, rights, isFinal);
    return finish(address, entry, shift, guestPhysical, wanted, rights, keepsFlags);
  }
}

function finish(
  address: u64,
  entry: u64,
  shift: u64,
  guestPhysical: u64,
  wanted: u32,
  rights: u64,
  keepsFlags: bool,
): u64 {
  const isWrite = (wanted & EPT_WRITE) != 0;
  eptAllowsWrite = (rights & WRITABLE) != 0;
  if (keepsFlags) {
    const flags = isWrite ? ACCESSED | DIRTY : ACCESSED;
    if ((entry & flags) != flags) writePhysical64(address, entry | flags);
    eptAllowsWrite = eptAllowsWrite && (isWrite || (entry & DIRTY) != 0);
  }
  const mask = ((<u64>1) << shift) - 1;
  return (entry & ADDRESS & ~mask) | (guestPhysical & mask);
}
