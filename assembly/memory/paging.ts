/**
 * Linear to guest-physical addresses: all paging modes of SDM 3A, chapter "Paging". A walk sets the `walk…`
 * variables, or announces #PF (or, under EPT, a VM exit) and returns false.
 */
import { CR0, CR3, CR4, EFER, EPT_POINTER, PDPTE, PHYSICAL_BITS, PKRU } from "../generated/layout";
import { aborted, raisePageFault } from "../faults";
import {
  CR0_PG, CR0_WP, CR4_LA57, CR4_PAE, CR4_PGE, CR4_PKE, CR4_PSE, CR4_SMAP, CR4_SMEP, EFER_LMA, EFER_NXE,
} from "../registers"; // prettier-ignore
import { EPT_FAULT, eptTranslate } from "../vmx/ept";
import { readPhysical32, readPhysical64, writePhysical32, writePhysical64 } from "./physical";
import { MODE_SUPERVISOR, MODE_SUPERVISOR_AC, MODE_USER, TLB_GLOBAL, TLB_LARGE } from "./tlb";

export const ACCESS_READ: u32 = 0;
export const ACCESS_WRITE: u32 = 1;
export const ACCESS_FETCH: u32 = 2;

const P: u64 = 1;
const RW: u64 = 2;
const US: u64 = 4;
const A: u64 = 32;
const D: u64 = 64;
const PS: u64 = 128;
const G: u64 = 256;
const XD: u64 = 1 << 63;
/** The PK flag of page-fault error codes. */
const PAGE_FAULT_KEY: u32 = 0x20;

/** Guest-physical address of the last walk. */
export let walkPhysical: u64 = 0;
/** TLB_GLOBAL, TLB_LARGE. */
export let walkFlags: u32 = 0;
/** A later write of the same mode needs no walk: page writable and dirty. */
export let walkWritable: bool = false;

let walkLinear: u64 = 0;
let walkAccess: u32 = 0;
let walkMode: u32 = 0;
/** AND of R/W and U/S, OR of XD over the levels. */
let rights: u64 = 0;
let noExecute: bool = false;

/** SDM 3A, "Page-Fault Exceptions": the error code. */
function pageFault(bits: u32): bool {
  let code = bits | (walkAccess == ACCESS_WRITE ? 2 : 0) | (walkMode == MODE_USER ? 4 : 0);
  if (walkAccess == ACCESS_FETCH) {
    const cr4 = load<u64>(CR4);
    const hasNx = (cr4 & CR4_PAE) != 0 && (load<u64>(EFER) & EFER_NXE) != 0;
    if (hasNx || (cr4 & CR4_SMEP) != 0) code |= 16;
  }
  raisePageFault(walkLinear, code);
  return false;
}

/** Reserved bits of a 64-bit entry: above MAXPHYADDR, XD without EFER.NXE. */
function reservedMask(): u64 {
  const width = load<u32>(PHYSICAL_BITS);
  const high = ((<u64>0x000fffffffffffff) >> width) << width;
  return (load<u64>(EFER) & EFER_NXE) != 0 ? high : high | XD;
}

/** Physical address of a paging-structure entry (EPT applied), or EPT_FAULT. */
function structureAddress(guestPhysical: u64): u64 {
  if (load<u64>(EPT_POINTER) == 0) return guestPhysical;
  return eptTranslate(guestPhysical, 1, walkLinear, false, walkMode == MODE_USER);
}

/** Sets bits in an entry; under EPT that is a write to guest-physical memory. */
function setEntryBits(guestPhysical: u64, physical: u64, entry: u64, bits: u64, is32: bool): bool {
  if ((entry & bits) == bits) return true;
  let target = physical;
  if (load<u64>(EPT_POINTER) != 0) {
    target = eptTranslate(guestPhysical, 3, walkLinear, false, walkMode == MODE_USER);
    if (target == EPT_FAULT) return false;
  }
  if (is32) writePhysical32(target, <u32>(entry | bits));
  else writePhysical64(target, entry | bits);
  return true;
}

/** Whether protection keys forbid writes to the page of the last walk. */
let walkKeyWriteDisabled: bool = false;

/** SDM 3A, "Protection Keys": PAGE_FAULT_KEY when the key of a user-mode address forbids the data access, else 0. */
function checkProtectionKey(entry: u64): u32 {
  if ((load<u64>(CR4) & CR4_PKE) == 0 || (rights & US) == 0 || (load<u64>(EFER) & EFER_LMA) == 0) return 0;
  const bits = load<u32>(PKRU) >> (((<u32>(entry >> 59)) & 15) * 2);
  const writeMatters = walkMode == MODE_USER || (load<u64>(CR0) & CR0_WP) != 0;
  walkKeyWriteDisabled = (bits & 2) != 0 && writeMatters;
  return (bits & 1) != 0 || (walkAccess == ACCESS_WRITE && walkKeyWriteDisabled) ? PAGE_FAULT_KEY : 0;
}

/** SDM 3A, "Determination of Access Rights". The error code names a key that forbids besides other causes. */
function mayAccess(entry: u64): bool {
  const cr4 = load<u64>(CR4);
  const isUserPage = (rights & US) != 0;
  const isWritable = (rights & RW) != 0;
  const key = walkAccess == ACCESS_FETCH ? 0 : checkProtectionKey(entry);
  if (walkMode == MODE_USER) {
    if (!isUserPage) return pageFault(1);
    if (walkAccess == ACCESS_WRITE && !isWritable) return pageFault(1 | key);
  } else {
    if (isUserPage) {
      if (walkAccess == ACCESS_FETCH) {
        if (cr4 & CR4_SMEP) return pageFault(1);
      } else if (walkMode == MODE_SUPERVISOR && (cr4 & CR4_SMAP) != 0) return pageFault(1 | key);
    }
    if (walkAccess == ACCESS_WRITE && !isWritable && (load<u64>(CR0) & CR0_WP) != 0)
      return pageFault(1 | key);
  }
  if (walkAccess == ACCESS_FETCH) return noExecute ? pageFault(1) : true;
  return key != 0 ? pageFault(1 | key) : true;
}

function finish(guestPhysical: u64, physical: u64, entry: u64, page: u64, flags: u32, is32: bool): bool {
  walkKeyWriteDisabled = false;
  if (!mayAccess(entry)) return false;
  const isWrite = walkAccess == ACCESS_WRITE;
  if (!setEntryBits(guestPhysical, physical, entry, isWrite ? A | D : A, is32)) return false;
  walkPhysical = page;
  walkFlags = flags | ((entry & G) != 0 && (load<u64>(CR4) & CR4_PGE) != 0 ? TLB_GLOBAL : 0);
  const mayWrite = (rights & RW) != 0 || (walkMode != MODE_USER && (load<u64>(CR0) & CR0_WP) == 0);
  walkWritable = mayWrite && (isWrite || (entry & D) != 0) && !walkKeyWriteDisabled;
  return true;
}

/** 4-level and 5-level paging, and PAE from its page directory on. `level`: 5, 4, or 2 for PAE. */
function walk64(table: u64, firstLevel: i32): bool {
  const reserved = reservedMask() | (firstLevel == 2 ? 0x7ff0000000000000 : 0);
  let base = table;
  for (let level = firstLevel; level > 0; level--) {
    const shift: u64 = 12 + 9 * <u64>(level - 1);
    const guestPhysical = base + (((walkLinear >> shift) & 511) << 3);
    const physical = structureAddress(guestPhysical);
    if (physical == EPT_FAULT) return false;
    const entry = readPhysical64(physical);
    if ((entry & P) == 0) return pageFault(0);
    if (entry & reserved) return pageFault(9);
    rights &= entry;
    if (entry & XD) noExecute = true;
    const address = entry & 0x000ffffffffff000;
    if (level == 1) return finish(guestPhysical, physical, entry, address | (walkLinear & 0xfff), 0, false);
    if (entry & PS) {
      if (level > 3) return pageFault(9);
      const mask = ((<u64>1) << shift) - 1;
      if (address & mask & ~0x1000) return pageFault(9); // bit 12 is PAT
      return finish(
        guestPhysical,
        physical,
        entry,
        (address & ~mask) | (walkLinear & mask),
        TLB_LARGE,
        false,
      );
    }
    if (!setEntryBits(guestPhysical, physical, entry, A, false)) return false;
    base = address;
  }
  return false;
}

/** 32-bit paging with PSE and PSE-36. */
function walk32(): bool {
  const directory = (load<u64>(CR3) & 0xfffff000) + (((walkLinear >> 22) & 1023) << 2);
  let physical = structureAddress(directory);
  if (physical == EPT_FAULT) return false;
  let entry: u64 = readPhysical32(physical);
  if ((entry & P) == 0) return pageFault(0);
  rights &= entry;
  if ((entry & PS) != 0 && (load<u64>(CR4) & CR4_PSE) != 0) {
    // SDM 3A, "32-Bit Paging": bits 20:13 give physical-address bits 39:32; bit 21 is reserved, and those above MAXPHYADDR.
    const high = (entry >> 13) & 0xff;
    const width = load<u32>(PHYSICAL_BITS);
    if ((entry & 0x200000) != 0 || (width < 40 && high >> (<u64>width - 32) != 0)) return pageFault(9);
    const page = (high << 32) | (entry & 0xffc00000) | (walkLinear & 0x3fffff);
    return finish(directory, physical, entry, page, TLB_LARGE, true);
  }
  if (!setEntryBits(directory, physical, entry, A, true)) return false;
  const table = (entry & 0xfffff000) + (((walkLinear >> 12) & 1023) << 2);
  physical = structureAddress(table);
  if (physical == EPT_FAULT) return false;
  entry = readPhysical32(physical);
  if ((entry & P) == 0) return pageFault(0);
  rights &= entry;
  return finish(table, physical, entry, (entry & 0xfffff000) | (walkLinear & 0xfff), 0, true);
}

/** Translates `linear` for an access of a TLB mode; false when a fault or VM exit was announced. */
export function walk(linear: u64, access: u32, mode: u32): bool {
  walkFlags = 0;
  walkLinear = linear;
  walkAccess = access;
  walkMode = mode;
  rights = RW | US;
  noExecute = false;
  if ((load<u64>(CR0) & CR0_PG) == 0) {
    walkPhysical = linear & 0xffffffff;
    walkWritable = true;
    return true;
  }
  if ((load<u64>(EFER) & EFER_LMA) != 0) {
    return walk64(load<u64>(CR3) & 0x000ffffffffff000, (load<u64>(CR4) & CR4_LA57) != 0 ? 5 : 4);
  }
  if ((load<u64>(CR4) & CR4_PAE) == 0) return walk32();
  const pdpte = load<u64>(PDPTE + (((<u32>linear) >> 30) << 3));
  if ((pdpte & P) == 0) return pageFault(0);
  return walk64(pdpte & 0x000ffffffffff000, 2);
}

/**
 * Loads the four PDPTEs that CR3 points to. SDM 3A, "PDPTE Registers": false (the caller raises #GP(0)) when a
 * present one has reserved bits set; nothing is loaded then.
 */
export function loadPdptes(cr3: u64): bool {
  const width = load<u32>(PHYSICAL_BITS);
  const reserved: u64 = 0x1e6 | (u64.MAX_VALUE << (<u64>width));
  walkLinear = 0;
  walkMode = MODE_SUPERVISOR;
  const base = structureAddress(cr3 & 0xffffffe0);
  if (base == EPT_FAULT || aborted()) return false;
  for (let i: u32 = 0; i < 4; i++) {
    const entry = readPhysical64(base + i * 8);
    if ((entry & P) != 0 && (entry & reserved) != 0) return false;
  }
  for (let i: u32 = 0; i < 4; i++) store<u64>(PDPTE + i * 8, readPhysical64(base + i * 8));
  return true;
}
