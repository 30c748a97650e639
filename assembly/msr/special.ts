/** Model-specific registers with rules of their own. SDM 4; SDM 3A, "Extended Feature Enable Register". */
import {
  CR0, EFER, FEATURE_CONTROL, MISC_ENABLE, MSR_SCRATCH, TSC_ADJUST, TSC_OFFSET, XSS,
} from "../generated/layout"; // prettier-ignore
import { nowNs } from "../clock";
import { XSS_SUPPORTED } from "../execute/system/xsave-components";
import { apicReadMsr, apicWriteMsr } from "../imports";
import { flushTlbAll } from "../memory/tlb";
import { CR0_PG, EFER_LMA, EFER_LME, EFER_NXE, EFER_SCE } from "../registers";
import { visibleTsc } from "../vmx/intercepts";

const IA32_TSC: u32 = 0x10;
const IA32_FEATURE_CONTROL: u32 = 0x3a;
const IA32_TSC_ADJUST: u32 = 0x3b;
const IA32_MISC_ENABLE: u32 = 0x1a0;
const IA32_XSS: u32 = 0xda0;
const IA32_EFER: u32 = 0xc0000080;

const EFER_DEFINED: u64 = EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE;
const FEATURE_CONTROL_LOCK: u64 = 1;
/** Bits 2:0 of IA32_FEATURE_CONTROL: lock, VMX in SMX, VMX outside SMX. */
const FEATURE_CONTROL_DEFINED: u64 = 7;
/** Fast strings, enhanced SpeedStep, MONITOR/MWAIT; the other bits keep what they are. */
const MISC_ENABLE_WRITABLE: u64 = 1 | (1 << 16) | (1 << 18);
/** Branch trace storage and PEBS unavailable. */
const MISC_ENABLE_FIXED: u64 = 0x1800;

/** Reads one of the local APIC's registers; sets `specialFault`. */
function readApic(index: u32): u64 {
  if (apicReadMsr(index) == 0) specialFault = true;
  return load<u64>(MSR_SCRATCH);
}

/** Set by the functions below: the access is #GP. */
export let specialFault: bool = false;

/** IA32_APIC_BASE, IA32_TSC_DEADLINE and the x2APIC's registers. */
export function isApicMsr(index: u32): bool {
  return index - 0x800 < 0x100 || index == 0x6e0 || index == 0x1b;
}

export function readSpecialMsr(index: u32): u64 {
  specialFault = false;
  switch (index) {
    case IA32_TSC:
      return visibleTsc();
    case IA32_TSC_ADJUST:
      return load<u64>(TSC_ADJUST);
    case IA32_FEATURE_CONTROL:
      return load<u64>(FEATURE_CONTROL);
    case IA32_MISC_ENABLE:
      return load<u64>(MISC_ENABLE) | MISC_ENABLE_FIXED;
    case IA32_XSS:
      return load<u64>(XSS);
    case IA32_EFER:
      return load<u64>(EFER);
    default:
      return readApic(index);
  }
}

/** A write of the TSC moves IA32_TSC_ADJUST by as much. SDM 3B, "Time-Stamp Counter Adjustment". */
function moveTsc(delta: u64): void {
  store<u64>(TSC_OFFSET, load<u64>(TSC_OFFSET) + delta);
  store<u64>(TSC_ADJUST, load<u64>(TSC_ADJUST) + delta);
}

/** Whether IA32_EFER may become `value`, which it then is. LMA is the processor's own. */
export function writeEfer(value: u64): bool {
  const old = load<u64>(EFER);
  if (value & ~EFER_DEFINED) return false;
  if (((value ^ old) & EFER_LME) != 0 && (load<u64>(CR0) & CR0_PG) != 0) return false;
  store<u64>(EFER, (value & ~EFER_LMA) | (old & EFER_LMA));
  if ((value ^ old) & EFER_NXE) flushTlbAll();
  return true;
}

function writeFeatureControl(value: u64): void {
  const isLocked = (load<u64>(FEATURE_CONTROL) & FEATURE_CONTROL_LOCK) != 0;
  if (isLocked || (value & ~FEATURE_CONTROL_DEFINED) != 0) specialFault = true;
  else store<u64>(FEATURE_CONTROL, value);
}

export function writeSpecialMsr(index: u32, value: u64): void {
  specialFault = false;
  switch (index) {
    case IA32_TSC:
      moveTsc(value - (nowNs() + load<u64>(TSC_OFFSET)));
      break;
    case IA32_TSC_ADJUST:
      moveTsc(value - load<u64>(TSC_ADJUST));
      break;
    case IA32_FEATURE_CONTROL:
      writeFeatureControl(value);
      break;
    case IA32_MISC_ENABLE:
      store<u64>(
        MISC_ENABLE,
        (load<u64>(MISC_ENABLE) & ~MISC_ENABLE_WRITABLE) | (value & MISC_ENABLE_WRITABLE),
      );
      break;
    case IA32_XSS:
      if (value & ~XSS_SUPPORTED) specialFault = true;
      else store<u64>(XSS, value);
      break;
    case IA32_EFER:
      specialFault = !writeEfer(value);
      break;
    default:
      if (apicWriteMsr(index, <u32>value, <u32>(value >> 32)) == 0) specialFault = true;
  }
}
