/**
 * The VM-entry MSR-load, VM-exit MSR-store and VM-exit MSR-load areas. An entry: u32 index | u32 reserved | u64 value.
 * SDM 3C, "Loading MSRs" (VM entries), "Saving MSRs", "Loading MSRs" (VM exits).
 */
import { msrFault, readMsr, writeMsr } from "../msr/msr";
import { readPhysical64, writePhysical64 } from "../memory/physical";

const FS_BASE: u32 = 0xc0000100;
const GS_BASE: u32 = 0xc0000101;
const ENTRY_BYTES: u64 = 16;
/**
 * Entries that are looked at. More than IA32_VMX_MISC recommends (512) is undefined behaviour: SDM 3D, "Miscellaneous
 * Data"; here the entry behind the last one fails, so that no transition takes seconds.
 */
const ENTRIES_MOST: u32 = 4096;

function isX2Apic(index: u32): bool {
  return index >> 8 == 8;
}

function loadEntry(address: u64): bool {
  const key = readPhysical64(address);
  const index = <u32>key;
  if (key >> 32 != 0 || index == FS_BASE || index == GS_BASE || isX2Apic(index)) return false;
  return writeMsr(index, readPhysical64(address + 8));
}

function storeEntry(address: u64): bool {
  const key = readPhysical64(address);
  const index = <u32>key;
  if (key >> 32 != 0 || isX2Apic(index)) return false;
  const value = readMsr(index);
  if (msrFault) return false;
  writePhysical64(address + 8, value);
  return true;
}

/** Loads `count` MSRs; the number (1 …) of the entry that failed, or 0. */
export function loadMsrs(address: u64, count: u32): u32 {
  for (let i: u32 = 0; i < count; i++) {
    if (i == ENTRIES_MOST || !loadEntry(address + <u64>i * ENTRY_BYTES)) return i + 1;
  }
  return 0;
}

/** Stores `count` MSRs; the number of the entry that failed, or 0. */
export function storeMsrs(address: u64, count: u32): u32 {
  for (let i: u32 = 0; i < count; i++) {
    if (i == ENTRIES_MOST || !storeEntry(address + <u64>i * ENTRY_BYTES)) return i + 1;
  }
  return 0;
}
