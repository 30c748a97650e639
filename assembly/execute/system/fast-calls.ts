/** SYSCALL, SYSRET, SYSENTER, SYSEXIT. SDM 2; SDM 3A, "Fast System Calls in 64-Bit Mode". */
import {
  CPL, EFER, EFLAGS, LSTAR, R11, RCX, RDX, RIP, RSP, SFMASK, STAR, SYSENTER_CS, SYSENTER_EIP, SYSENTER_ESP,
} from "../../generated/layout"; // prettier-ignore
import { raiseGp0, raiseUd } from "../../faults";
import { IF, materializeFlags, RF, TF, VM } from "../../flags";
import { suppressSingleStep } from "../../interrupts/debug";
import { recordSize, SEGMENT_CS, SEGMENT_SS } from "../../record";
import { EFER_SCE, isCanonical, isLongMode, isProtected } from "../../registers";
import { flatCode, flatData, setDecodeMode, setFlatSegment } from "../../segments";

/** What SYSRET takes from R11; bit 1 is 1. */
const SYSRET_FLAGS: u32 = 0x3c7fd7;

/** CS and SS = CS + 8 of a level, flat. */
function setFlatSegments(code: u32, stack: u32, dpl: u32, is64: bool): void {
  setFlatSegment(SEGMENT_CS, code, flatCode(dpl, is64));
  setFlatSegment(SEGMENT_SS, stack, flatData(dpl));
}

/** RIP is that of the next instruction already. */
export function syscall(_r: u32): void {
  if ((load<u64>(EFER) & EFER_SCE) == 0) return raiseUd();
  const flags = materializeFlags() & ~RF;
  const selector = (<u32>(load<u64>(STAR) >> 32)) & 0xfffc;
  store<u64>(RCX, load<u64>(RIP));
  store<u64>(R11, flags);
  store<u64>(RIP, load<u64>(LSTAR));
  const next = flags & ~(<u32>load<u64>(SFMASK));
  if (flags & ~next & TF) suppressSingleStep();
  store<u32>(EFLAGS, next | 2);
  setFlatSegments(selector, selector + 8, 0, true);
  setDecodeMode();
}

export function sysret(r: u32): void {
  if ((load<u64>(EFER) & EFER_SCE) == 0) return raiseUd();
  if (load<u32>(CPL) != 0) return raiseGp0();
  const to64 = recordSize(r) == 8;
  const target = load<u64>(RCX);
  if (to64 && !isCanonical(target)) return raiseGp0();
  const base = <u32>(load<u64>(STAR) >> 48);
  materializeFlags();
  store<u32>(EFLAGS, (load<u32>(R11) & SYSRET_FLAGS) | 2);
  store<u64>(RIP, to64 ? target : target & 0xffffffff);
  setFlatSegments(((to64 ? base + 16 : base) & 0xffff) | 3, ((base + 8) & 0xffff) | 3, 3, to64);
  setDecodeMode();
}

export function sysenter(_r: u32): void {
  const selector = (<u32>load<u64>(SYSENTER_CS)) & 0xfffc;
  if (!isProtected() || selector == 0) return raiseGp0();
  const isLong = isLongMode();
  materializeFlags();
  store<u32>(EFLAGS, load<u32>(EFLAGS) & ~(VM | IF | RF));
  store<u64>(RSP, isLong ? load<u64>(SYSENTER_ESP) : load<u32>(SYSENTER_ESP));
  store<u64>(RIP, isLong ? load<u64>(SYSENTER_EIP) : load<u32>(SYSENTER_EIP));
  setFlatSegments(selector, selector + 8, 0, isLong);
  setDecodeMode();
}

export function sysexit(r: u32): void {
  const base = (<u32>load<u64>(SYSENTER_CS)) & 0xfffc;
  if (!isProtected() || base == 0 || load<u32>(CPL) != 0) return raiseGp0();
  const to64 = recordSize(r) == 8;
  const rip = load<u64>(RDX);
  const rsp = load<u64>(RCX);
  if (to64 && (!isCanonical(rip) || !isCanonical(rsp))) return raiseGp0();
  store<u64>(RIP, to64 ? rip : rip & 0xffffffff);
  store<u64>(RSP, to64 ? rsp : rsp & 0xffffffff);
  const code = (base + (to64 ? 32 : 16)) | 3;
  setFlatSegments(code, code + 8, 3, to64);
  setDecodeMode();
}
