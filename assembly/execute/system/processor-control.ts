/** CLI, STI, CLAC, STAC, HLT, MONITOR, MWAIT, INVD, WBINVD, RDTSC, RDTSCP, RDPMC, RDPKRU, WRPKRU, XGETBV, XSETBV. SDM 2. */
import {
  ACTIVITY, CPL, CR4, EFLAGS, INTERRUPT_SHADOW, MISC_ENABLE, MONITOR_ADDRESS, MONITOR_ARMED, PKRU, RAX, RCX, RDX, TSC_AUX, XCR0,
} from "../../generated/layout"; // prettier-ignore
import { aborted, raiseGp0, raiseUd } from "../../faults";
import { AC, IF, IOPL, VIF, VIP } from "../../flags";
import { read8 } from "../../memory/access";
import { flushTlbAll, updateTlbBase } from "../../memory/tlb";
import { recordAddressSize, recordSegment } from "../../record";
import {
  CR4_OSXSAVE, CR4_PCE, CR4_PKE, CR4_PVI, CR4_TSD, CR4_VME, isProtected, isV86, readGpr,
} from "../../registers"; // prettier-ignore
import { segmentAddress } from "../../segments";
import { interceptSimple, isRdtscpEnabled, visibleTsc } from "../../vmx/intercepts";
import { requireCpl0 } from "./operands";
import { componentsInUse, XCR0_SUPPORTED } from "./xsave-components";

// Basic VM-exit reasons.
const EXIT_HLT: u32 = 12;
const EXIT_INVD: u32 = 13;
const EXIT_RDPMC: u32 = 15;
const EXIT_RDTSC: u32 = 16;
const EXIT_MWAIT: u32 = 36;
const EXIT_MONITOR: u32 = 39;
const EXIT_RDTSCP: u32 = 51;
const EXIT_WBINVD: u32 = 54;
const EXIT_XSETBV: u32 = 55;

const ACTIVITY_HLT: u32 = 1;
const SHADOW_STI: u32 = 1;
/** IA32_MISC_ENABLE[18]: MONITOR and MWAIT exist. */
const MONITOR_ENABLED: u64 = 1 << 18;

// What CLI and STI may change.
const CHANGES_NOTHING: u32 = 0;
const CHANGES_IF: u32 = 1;
const CHANGES_VIF: u32 = 2;

/** SDM 2, "CLI", table "Decision Table for CLI Results". */
function interruptFlagAccess(): u32 {
  if (!isProtected()) return CHANGES_IF;
  const iopl = (load<u32>(EFLAGS) & IOPL) >> 12;
  const cpl = load<u32>(CPL);
  const cr4 = load<u64>(CR4);
  if (isV86()) return iopl == 3 ? CHANGES_IF : (cr4 & CR4_VME) != 0 ? CHANGES_VIF : CHANGES_NOTHING;
  if (iopl >= cpl) return CHANGES_IF;
  return cpl == 3 && (cr4 & CR4_PVI) != 0 ? CHANGES_VIF : CHANGES_NOTHING;
}

export function cli(_r: u32): void {
  const access = interruptFlagAccess();
  if (access == CHANGES_NOTHING) return raiseGp0();
  store<u32>(EFLAGS, load<u32>(EFLAGS) & ~(access == CHANGES_IF ? IF : VIF));
}

export function sti(_r: u32): void {
  const access = interruptFlagAccess();
  const flags = load<u32>(EFLAGS);
  if (access == CHANGES_NOTHING || (access == CHANGES_VIF && (flags & VIP) != 0)) return raiseGp0();
  if (access == CHANGES_IF && (flags & IF) == 0) store<u32>(INTERRUPT_SHADOW, SHADOW_STI);
  store<u32>(EFLAGS, flags | (access == CHANGES_IF ? IF : VIF));
}

/** CLAC and STAC are #UD above CPL 0. */
export function setAlignmentCheck(isSet: bool): void {
  if (load<u32>(CPL) != 0) return raiseUd();
  const flags = load<u32>(EFLAGS);
  store<u32>(EFLAGS, isSet ? flags | AC : flags & ~AC);
  if (((flags & AC) != 0) != isSet) updateTlbBase();
}

export function hlt(_r: u32): void {
  if (requireCpl0() && !interceptSimple(EXIT_HLT)) store<u32>(ACTIVITY, ACTIVITY_HLT);
}

function hasMonitor(): bool {
  if (load<u32>(CPL) == 0 && (load<u64>(MISC_ENABLE) & MONITOR_ENABLED) != 0) return true;
  raiseUd();
  return false;
}

export function monitor(r: u32): void {
  if (!hasMonitor() || interceptSimple(EXIT_MONITOR)) return;
  if (load<u32>(RCX) != 0) return raiseGp0();
  const linear = segmentAddress(recordSegment(r), readGpr(0, recordAddressSize(r)), 1, false);
  read8(linear);
  if (aborted()) return;
  store<u64>(MONITOR_ADDRESS, linear);
  store<u32>(MONITOR_ARMED, 1);
}

/** Returns at once, as it may: "implementation-dependent events" end the wait. */
export function mwait(_r: u32): void {
  if (!hasMonitor() || interceptSimple(EXIT_MWAIT)) return;
  if (load<u32>(RCX) & ~1) return raiseGp0();
  store<u32>(MONITOR_ARMED, 0);
}

/** INVD and WBINVD: caches are not modelled. */
export function invalidateCaches(isInvd: bool): void {
  if (requireCpl0()) interceptSimple(isInvd ? EXIT_INVD : EXIT_WBINVD);
}

function setEdxEax(value: u64): void {
  store<u64>(RAX, value & 0xffffffff);
  store<u64>(RDX, value >> 32);
}

function mayReadTsc(): bool {
  if (load<u32>(CPL) == 0 || (load<u64>(CR4) & CR4_TSD) == 0) return true;
  raiseGp0();
  return false;
}
export function rdtsc(_r: u32): void {
  if (mayReadTsc() && !interceptSimple(EXIT_RDTSC)) setEdxEax(visibleTsc());
}
export function rdtscp(_r: u32): void {
  if (!isRdtscpEnabled()) return raiseUd();
  if (!mayReadTsc() || interceptSimple(EXIT_RDTSCP)) return;
  setEdxEax(visibleTsc());
  store<u64>(RCX, load<u32>(TSC_AUX));
}

/** There are no performance counters (CPUID.0AH: version 0): every index is illegal. */
export function rdpmc(_r: u32): void {
  if (load<u32>(CPL) != 0 && (load<u64>(CR4) & CR4_PCE) == 0) return raiseGp0();
  if (!interceptSimple(EXIT_RDPMC)) raiseGp0();
}

export function rdpkru(_r: u32): void {
  if ((load<u64>(CR4) & CR4_PKE) == 0) return raiseUd();
  if (load<u32>(RCX) != 0) return raiseGp0();
  setEdxEax(load<u32>(PKRU));
}
export function wrpkru(_r: u32): void {
  if ((load<u64>(CR4) & CR4_PKE) == 0) return raiseUd();
  if (load<u32>(RCX) != 0 || load<u32>(RDX) != 0) return raiseGp0();
  setPkru(load<u32>(RAX));
}
/** Translations in the TLB have the protection keys applied. */
export function setPkru(value: u32): void {
  if (value == load<u32>(PKRU)) return;
  store<u32>(PKRU, value);
  if (load<u64>(CR4) & CR4_PKE) flushTlbAll();
}

export function xgetbv(_r: u32): void {
  if ((load<u64>(CR4) & CR4_OSXSAVE) == 0) return raiseUd();
  const index = load<u32>(RCX);
  if (index > 1) return raiseGp0();
  setEdxEax(index == 0 ? load<u64>(XCR0) : load<u64>(XCR0) & componentsInUse());
}
export function xsetbv(_r: u32): void {
  if ((load<u64>(CR4) & CR4_OSXSAVE) == 0) return raiseUd();
  if (!requireCpl0() || interceptSimple(EXIT_XSETBV)) return;
  const value = (<u64>load<u32>(RAX)) | ((<u64>load<u32>(RDX)) << 32);
  if (load<u32>(RCX) != 0 || (value & ~XCR0_SUPPORTED) != 0 || (value & 1) == 0) return raiseGp0();
  store<u64>(XCR0, value);
}
