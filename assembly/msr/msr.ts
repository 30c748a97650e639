/** RDMSR and WRMSR: the search in the generated table, and the checks by kind. */
import { RAX, RCX, RDX, PHYSICAL_BITS } from "../generated/layout";
import {
  MSR_CANONICAL, MSR_CLEARABLE, MSR_COUNT, MSR_IGNORED, MSR_MTRR_BASE, MSR_MTRR_DEFAULT, MSR_MTRR_FIXED, MSR_MTRR_MASK,
  MSR_PAT, MSR_PLAIN, MSR_READ_ONLY, MSR_SPECIAL, MSR_TABLE, MSR_WRITE_ONLY,
} from "../generated/msrs"; // prettier-ignore
import { raiseGp0 } from "../faults";
import { requireCpl0 } from "../execute/system/operands";
import { isBaseCanonical } from "../registers";
import { hasVmxCapability, readVmxCapability } from "../vmx/capabilities";
import { interceptMsr } from "../vmx/intercepts";
import { isApicMsr, readSpecialMsr, specialFault, writeSpecialMsr } from "./special";

// A row of the table, 32 bytes.
const ROW_BYTES: usize = 32;
const ROW_KIND: usize = 4;
const ROW_ADDRESS: usize = 8;
const ROW_WRITABLE: usize = 16;
const ROW_VALUE: usize = 24;

/** Set by readMsr: there is no such register, or it cannot be read. */
export let msrFault: bool = false;

function findRow(index: u32): usize {
  let row = MSR_TABLE;
  for (let i: u32 = 0; i < MSR_COUNT; i++) {
    if (load<u32>(row) == index) return row;
    row += ROW_BYTES;
  }
  return 0;
}

function isVmxCapability(index: u32): bool {
  return index - 0x480 < 0x20 && hasVmxCapability(index);
}

/** The value of an MSR; `msrFault` is set when reading it is #GP. No privilege or VMX checks. */
export function readMsr(index: u32): u64 {
  msrFault = false;
  if (isApicMsr(index)) return readSpecial(index);
  if (isVmxCapability(index)) return readVmxCapability(index);
  const row = findRow(index);
  const kind = row == 0 ? MSR_WRITE_ONLY : load<u32>(row, ROW_KIND);
  if (kind == MSR_WRITE_ONLY) {
    msrFault = true;
    return 0;
  }
  if (kind == MSR_SPECIAL) return readSpecial(index);
  const address = load<u32>(row, ROW_ADDRESS);
  return address == 0 ? load<u64>(row, ROW_VALUE) : load<u64>(address);
}

function readSpecial(index: u32): u64 {
  const value = readSpecialMsr(index);
  msrFault = specialFault;
  return value;
}

/** Memory types: UC 0, WC 1, WT 4, WP 5, WB 6; UC- 7 only in the PAT. */
function isMemoryType(type: u64, isPat: bool): bool {
  return type == 0 || type == 1 || (type >= 4 && type <= 6) || (isPat && type == 7);
}

function areMemoryTypes(value: u64, isPat: bool): bool {
  for (let shift: u64 = 0; shift < 64; shift += 8)
    if (!isMemoryType((value >> shift) & 255, isPat)) return false;
  return true;
}

function isAbovePhysical(value: u64): bool {
  return value >> (<u64>load<u32>(PHYSICAL_BITS)) != 0;
}

/** Whether the checks of a kind let `value` in. */
function isLegal(kind: u32, value: u64, writable: u64): bool {
  switch (kind) {
    case MSR_PLAIN:
    case MSR_WRITE_ONLY:
      return (value & ~writable) == 0;
    case MSR_CANONICAL:
      return isBaseCanonical(value);
    case MSR_READ_ONLY:
      return false;
    case MSR_CLEARABLE:
      return value == 0;
    case MSR_PAT:
      return areMemoryTypes(value, true);
    case MSR_MTRR_FIXED:
      return areMemoryTypes(value, false);
    case MSR_MTRR_DEFAULT:
      return (value & ~0xcff) == 0 && isMemoryType(value & 255, false);
    case MSR_MTRR_BASE:
      return (value & 0xf00) == 0 && isMemoryType(value & 255, false) && !isAbovePhysical(value);
    case MSR_MTRR_MASK:
      return (value & 0x7ff) == 0 && !isAbovePhysical(value);
    default:
      return true;
  }
}

/** Writes an MSR; false when that is #GP. No privilege or VMX checks. */
export function writeMsr(index: u32, value: u64): bool {
  if (isApicMsr(index)) return writeSpecial(index, value);
  const row = findRow(index);
  if (row == 0) return false;
  const kind = load<u32>(row, ROW_KIND);
  if (kind == MSR_SPECIAL) return writeSpecial(index, value);
  const writable = load<u64>(row, ROW_WRITABLE);
  if (!isLegal(kind, value, writable)) return false;
  const address = load<u32>(row, ROW_ADDRESS);
  if (kind == MSR_IGNORED || kind == MSR_WRITE_ONLY || address == 0) return true;
  store<u64>(address, value);
  return true;
}

function writeSpecial(index: u32, value: u64): bool {
  writeSpecialMsr(index, value);
  return !specialFault;
}

export function rdmsr(_r: u32): void {
  const index = load<u32>(RCX);
  if (!requireCpl0() || interceptMsr(index, false)) return;
  const value = readMsr(index);
  if (msrFault) return raiseGp0();
  store<u64>(RAX, value & 0xffffffff);
  store<u64>(RDX, value >> 32);
}

export function wrmsr(_r: u32): void {
  const index = load<u32>(RCX);
  if (!requireCpl0() || interceptMsr(index, true)) return;
  if (!writeMsr(index, (<u64>load<u32>(RAX)) | ((<u64>load<u32>(RDX)) << 32))) raiseGp0();
}
