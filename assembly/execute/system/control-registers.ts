/** MOV to and from CRn, CLTS, LMSW, SMSW, INVLPG, INVPCID. SDM 2, "MOV—Move to/from Control Registers"; SDM 3A, "Control Registers". */
import { CR0, CR2, CR3, CR4, EFER, EXPOSE_VMX, PHYSICAL_BITS } from "../../generated/layout";
import { aborted, raiseGp0, raiseUd } from "../../faults";
import { updateBreakpoints } from "../../interrupts/debug";
import { read64, wrap, write16 } from "../../memory/access";
import { ATTR_L, ATTR_S } from "../../descriptors";
import { loadPdptes } from "../../memory/paging";
import { afterCr3Write, flushPage, flushTlbAll, invalidatePcid, updateTlbBase } from "../../memory/tlb";
import { operandAddress, operandOffset } from "../../operand";
import {
  recordIsMemory,
  recordReg,
  recordRm,
  recordSegment,
  recordSize,
  SEGMENT_CS,
  SEGMENT_FS,
  SEGMENT_TR,
} from "../../record";
import {
  CR0_AM, CR0_CD, CR0_EM, CR0_ET, CR0_MP, CR0_NE, CR0_NW, CR0_PE, CR0_PG, CR0_TS, CR0_WP, CR4_DE, CR4_FSGSBASE, CR4_LA57, CR4_MCE,
  CR4_OSFXSR, CR4_OSXMMEXCPT, CR4_OSXSAVE, CR4_PAE, CR4_PCE, CR4_PCIDE, CR4_PGE, CR4_PKE, CR4_PSE, CR4_PVI, CR4_SMAP, CR4_SMEP,
  CR4_TSD, CR4_UMIP, CR4_VME, CR4_VMXE, EFER_LMA, EFER_LME, isBaseCanonical, isCanonical, isLong64, isV86, segmentAttributes, segmentBase, writeGpr,
} from "../../registers"; // prettier-ignore
import { setDecodeMode } from "../../segments";
import {
  interceptClts, interceptCrRead, interceptCrWrite, interceptInvlpg, interceptInvpcid, interceptLmsw, isCr0FixedRight, isCr4FixedRight,
  isInvpcidEnabled, maskedCr0, maskedCr4, readCr8, visibleCr0, visibleCr4, writeCr8,
} from "../../vmx/intercepts"; // prettier-ignore
import { mayReadSystemState, readWide, readWord, requireCpl0, writeWide } from "./operands";

const CR0_DEFINED: u64 =
  CR0_PE | CR0_MP | CR0_EM | CR0_TS | CR0_ET | CR0_NE | CR0_WP | CR0_AM | CR0_NW | CR0_CD | CR0_PG;
const CR4_DEFINED: u64 =
  CR4_VME | CR4_PVI | CR4_TSD | CR4_DE | CR4_PSE | CR4_PAE | CR4_MCE | CR4_PGE | CR4_PCE | CR4_OSFXSR | CR4_OSXMMEXCPT | CR4_UMIP |
  CR4_LA57 | CR4_FSGSBASE | CR4_PCIDE | CR4_OSXSAVE | CR4_SMEP | CR4_SMAP | CR4_PKE; // prettier-ignore
const CR3_NO_FLUSH: u64 = 1 << 63;
/** What LMSW can write; it cannot clear PE. */
const MACHINE_STATUS: u64 = CR0_PE | CR0_MP | CR0_EM | CR0_TS;

/** Bits of CR4 that this processor has. */
export function cr4Supported(): u64 {
  return load<u32>(EXPOSE_VMX) != 0 ? CR4_DEFINED | CR4_VMXE : CR4_DEFINED;
}

function usesPae(cr0: u64, cr4: u64): bool {
  return (cr0 & CR0_PG) != 0 && (cr4 & CR4_PAE) != 0 && (load<u64>(EFER) & EFER_LME) == 0;
}

/** SDM 2, "MOV—Move to/from Control Registers", protected mode exceptions: whether CR0 may become `value`. */
function isCr0Legal(value: u64, old: u64): bool {
  if (value >> 32 != 0) return false;
  if ((value & CR0_PG) != 0 && (value & CR0_PE) == 0) return false;
  if ((value & CR0_NW) != 0 && (value & CR0_CD) == 0) return false;
  const cr4 = load<u64>(CR4);
  if ((value & ~old & CR0_PG) != 0 && (load<u64>(EFER) & EFER_LME) != 0) {
    if ((cr4 & CR4_PAE) == 0 || (segmentAttributes(SEGMENT_CS) & ATTR_L) != 0) return false;
    // A 16-bit TSS in TR: SDM 3A, "Initializing IA-32e Mode".
    if ((segmentAttributes(SEGMENT_TR) & (ATTR_S | 8)) == 0) return false;
  }
  if ((old & ~value & CR0_PG) != 0 && (isLong64() || (cr4 & CR4_PCIDE) != 0)) return false;
  return isCr0FixedRight(value);
}

/** Writes CR0 with all consequences; #GP(0) announced when `value` is not legal. */
export function writeCr0(value: u64): void {
  const old = load<u64>(CR0);
  const next = (maskedCr0(value, old) & (CR0_DEFINED | 0xffffffff00000000)) | CR0_ET;
  if (!isCr0Legal(next, old)) return raiseGp0();
  const changed = next ^ old;
  if (
    usesPae(next, load<u64>(CR4)) &&
    (changed & (CR0_PG | CR0_CD | CR0_NW)) != 0 &&
    !loadPdptes(load<u64>(CR3))
  )
    return raiseGp0();
  if (aborted()) return;
  store<u64>(CR0, next);
  if (changed & CR0_PG) setLongModeActive((next & CR0_PG) != 0);
  if (changed & (CR0_PG | CR0_WP | CR0_PE)) flushTlbAll();
  if (changed & (CR0_PG | CR0_PE)) setDecodeMode();
  else if (changed & CR0_AM) updateTlbBase();
}

/** IA-32e mode is active when paging is on and EFER.LME set. */
function setLongModeActive(hasPaging: bool): void {
  const efer = load<u64>(EFER);
  if (efer & EFER_LME) store<u64>(EFER, hasPaging ? efer | EFER_LMA : efer & ~EFER_LMA);
}

function isCr4Legal(value: u64, old: u64): bool {
  if (value & ~cr4Supported()) return false;
  const isLong = (load<u64>(EFER) & EFER_LMA) != 0;
  if (isLong && ((value & CR4_PAE) == 0 || ((value ^ old) & CR4_LA57) != 0)) return false;
  if ((value & ~old & CR4_PCIDE) != 0 && (!isLong || (load<u64>(CR3) & 0xfff) != 0)) return false;
  return isCr4FixedRight(value);
}

/** Writes CR4 with all consequences; #GP(0) announced when `value` is not legal. */
export function writeCr4(value: u64): void {
  const old = load<u64>(CR4);
  const next = maskedCr4(value, old);
  if (!isCr4Legal(next, old)) return raiseGp0();
  const changed = next ^ old;
  const reloads = (changed & (CR4_PGE | CR4_PSE | CR4_PAE | CR4_SMEP)) != 0;
  if (reloads && usesPae(load<u64>(CR0), next) && !loadPdptes(load<u64>(CR3))) return raiseGp0();
  if (aborted()) return;
  store<u64>(CR4, next);
  if (changed & (CR4_PGE | CR4_PSE | CR4_PAE | CR4_SMEP | CR4_SMAP | CR4_PKE | CR4_LA57 | CR4_PCIDE))
    flushTlbAll();
  if (changed & CR4_PCIDE) afterCr3Write(true);
  if (changed & CR4_DE) updateBreakpoints();
}

/** Writes CR3. SDM 3A, "Invalidation of TLBs and Paging-Structure Caches". */
function writeCr3(value: u64): void {
  let next = value;
  let keeps = false;
  if (load<u64>(CR4) & CR4_PCIDE) {
    keeps = (value & CR3_NO_FLUSH) != 0;
    next &= ~CR3_NO_FLUSH;
  }
  if (isLong64() && next >> (<u64>load<u32>(PHYSICAL_BITS)) != 0) return raiseGp0();
  if (usesPae(load<u64>(CR0), load<u64>(CR4)) && !loadPdptes(next)) return raiseGp0();
  if (aborted()) return;
  store<u64>(CR3, next);
  afterCr3Write(keeps);
}

function isControlRegister(number: u32): bool {
  return number == 0 || (number >= 2 && number <= 4) || (number == 8 && isLong64());
}

export function movToControl(r: u32): void {
  const number = recordReg(r);
  if (!isControlRegister(number)) return raiseUd();
  if (!requireCpl0()) return;
  const value = readWide(recordRm(r));
  if (interceptCrWrite(number, value, recordRm(r) >> 3)) return;
  switch (number) {
    case 0:
      return writeCr0(value);
    case 2:
      store<u64>(CR2, value);
      return;
    case 3:
      return writeCr3(value);
    case 4:
      return writeCr4(value);
    default:
      if (value > 15) raiseGp0();
      else writeCr8(value);
  }
}

export function movFromControl(r: u32): void {
  const number = recordReg(r);
  if (!isControlRegister(number)) return raiseUd();
  if (!requireCpl0() || interceptCrRead(number, recordRm(r) >> 3)) return;
  let value: u64;
  switch (number) {
    case 0:
      value = visibleCr0(load<u64>(CR0));
      break;
    case 2:
      value = load<u64>(CR2);
      break;
    case 3:
      value = load<u64>(CR3);
      break;
    case 4:
      value = visibleCr4(load<u64>(CR4));
      break;
    default:
      value = readCr8();
  }
  if (!aborted()) writeWide(recordRm(r), value);
}

export function clts(_r: u32): void {
  if (!requireCpl0() || interceptClts()) return;
  const old = load<u64>(CR0);
  store<u64>(CR0, maskedCr0(old & ~CR0_TS, old));
}

export function lmsw(r: u32): void {
  if (!requireCpl0()) return;
  const isMemory = recordIsMemory(r);
  const source = readWord(r);
  if (aborted() || interceptLmsw(source, isMemory, isMemory ? operandAddress(r) : 0)) return;
  const old = load<u64>(CR0);
  writeCr0((old & ~(MACHINE_STATUS & ~CR0_PE)) | ((<u64>source) & MACHINE_STATUS));
}

export function smsw(r: u32): void {
  if (!mayReadSystemState()) return;
  const value = visibleCr0(load<u64>(CR0));
  if (recordIsMemory(r)) write16(operandAddress(r), (<u32>value) & 0xffff);
  else writeGpr(recordRm(r), recordSize(r), value);
}

export function invlpg(r: u32): void {
  if (!requireCpl0()) return;
  // Limits are not checked: SDM 2, "INVLPG", has no exception for them.
  const segment = recordSegment(r);
  const base = isLong64() && segment < SEGMENT_FS ? 0 : segmentBase(segment);
  const linear = wrap(base + operandOffset(r));
  if (interceptInvlpg(linear)) return;
  if (!isLong64() || isCanonical(linear)) flushPage(linear);
}

/** SDM 2, "INVPCID": descriptor: PCID in bits 11:0 (63:12 reserved), then the linear address. */
export function invpcid(r: u32): void {
  if (!isInvpcidEnabled()) return raiseUd();
  if (isV86() || !requireCpl0()) return raiseGp0();
  if (interceptInvpcid(r)) return;
  const type = readWide(recordReg(r));
  const address = operandAddress(r);
  const context = read64(address);
  const linear = read64(address + 8);
  if (aborted()) return;
  const isReserved = context >> 12 != 0 || (type < 2 && context != 0 && (load<u64>(CR4) & CR4_PCIDE) == 0);
  if (type > 3 || isReserved || (type == 0 && !isBaseCanonical(linear))) return raiseGp0();
  invalidatePcid(<u32>type, <u32>context, linear);
}
