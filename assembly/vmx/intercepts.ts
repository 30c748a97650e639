/**
 * What instructions ask before they do something that VMX non-root operation may intercept. Each announces the
 * VM exit (raiseExit) and returns true when the instruction exits. SDM 3C, "Instructions That Cause VM Exits".
 * All of them are cheap outside VMX non-root operation, so that callers need no test of their own.
 */
import {
  CPL, CURRENT_RECORD, EXIT_GUEST_LINEAR, EXIT_INSTRUCTION_INFO, MONITOR_ARMED, PLE_FIRST, PLE_LAST, RDI, RSI,
} from "../generated/layout"; // prettier-ignore
import {
  F_IO_BITMAP_A, F_IO_BITMAP_B, F_MSR_BITMAPS, F_PLE_GAP, F_PLE_WINDOW, F_TSC_OFFSET, F_XSS_EXITING_BITMAP,
  PRIMARY_HLT_EXITING, PRIMARY_INVLPG_EXITING, PRIMARY_MONITOR_EXITING, PRIMARY_MOV_DR_EXITING, PRIMARY_MWAIT_EXITING,
  PRIMARY_PAUSE_EXITING, PRIMARY_RDPMC_EXITING, PRIMARY_RDTSC_EXITING, PRIMARY_UNCONDITIONAL_IO_EXITING,
  PRIMARY_USE_IO_BITMAPS, PRIMARY_USE_MSR_BITMAPS, PRIMARY_USE_TSC_OFFSETTING, REASON_CPUID, REASON_GDTR_OR_IDTR_ACCESS,
  REASON_GETSEC, REASON_HLT, REASON_INVD, REASON_INVLPG, REASON_INVPCID, REASON_IO_INSTRUCTION, REASON_LDTR_OR_TR_ACCESS,
  REASON_MONITOR, REASON_MOV_DR, REASON_MWAIT, REASON_PAUSE, REASON_RDMSR, REASON_RDPMC, REASON_RDRAND, REASON_RDSEED,
  REASON_RDTSC, REASON_RDTSCP, REASON_WBINVD, REASON_WRMSR, REASON_XRSTORS, REASON_XSAVES, REASON_XSETBV,
  SECONDARY_DESCRIPTOR_TABLE_EXITING, SECONDARY_ENABLE_INVPCID, SECONDARY_ENABLE_RDTSCP, SECONDARY_ENABLE_XSAVES,
  SECONDARY_PAUSE_LOOP_EXITING, SECONDARY_RDRAND_EXITING, SECONDARY_RDSEED_EXITING, SECONDARY_WBINVD_EXITING,
} from "../generated/vmx"; // prettier-ignore
import { tscNow } from "../clock";
import { readPhysical64 } from "../memory/physical";
import { recordAddressSize, recordSegment, SEGMENT_ES } from "../record";
import { isLong64, segmentBase } from "../registers";
import { exitByInstruction, exitWithInformation } from "./announce";
import {
  displacementOf, informationOfGdtrIdtr, informationOfLdtrTr, informationOfMemory, informationOfRandom, informationOfTwoOperands,
} from "./operands"; // prettier-ignore
import { field, field32, isNonRoot, primaryHas, secondaryHas } from "./vmcs";

export {
  interceptClts, interceptCrRead, interceptCrWrite, interceptLmsw, isCr0FixedRight, isCr4FixedRight, maskedCr0, maskedCr4,
  visibleCr0, visibleCr4,
} from "./control-registers"; // prettier-ignore
export {
  interceptException, interceptSoftwareException, interceptTaskSwitch, interceptTripleFault, unblockNmi,
} from "./exceptions"; // prettier-ignore
export { readCr8, writeCr8 } from "./task-priority";

/**
 * Instructions whose exit has no qualification; `reason` is the basic exit reason: CPUID 10, GETSEC 11, HLT 12, INVD 13,
 * RDPMC 15, RDTSC 16, MWAIT 36, MONITOR 39, RDTSCP 51, WBINVD/WBNOINVD 54, XSETBV 55.
 * (To be asked after #UD and CPL checks.)
 */
export function interceptSimple(reason: u32): bool {
  if (!isNonRoot() || !exitsUnder(reason)) return false;
  // SDM 3C, "Exit Qualification for … MWAIT": whether the address range is armed.
  return exitByInstruction(reason, reason == REASON_MWAIT ? load<u32>(MONITOR_ARMED) : 0);
}

function exitsUnder(reason: u32): bool {
  switch (reason) {
    case REASON_CPUID:
    case REASON_GETSEC:
    case REASON_INVD:
    case REASON_XSETBV: return true; // prettier-ignore
    case REASON_HLT:
      return primaryHas(PRIMARY_HLT_EXITING);
    case REASON_RDPMC:
      return primaryHas(PRIMARY_RDPMC_EXITING);
    case REASON_RDTSC:
    case REASON_RDTSCP: return primaryHas(PRIMARY_RDTSC_EXITING); // prettier-ignore
    case REASON_MWAIT:
      return primaryHas(PRIMARY_MWAIT_EXITING);
    case REASON_MONITOR:
      return primaryHas(PRIMARY_MONITOR_EXITING);
    case REASON_WBINVD:
      return secondaryHas(SECONDARY_WBINVD_EXITING);
    default:
      return false;
  }
}

/** Whether any of the ports has its bit set in the I/O bitmaps, or the access wraps around the 64-KByte space. */
function isPortInBitmap(port: u32, size: u32): bool {
  if (port + size > 0x10000) return true;
  for (let i = port; i < port + size; i++) {
    const bitmap = field(i < 0x8000 ? F_IO_BITMAP_A : F_IO_BITMAP_B);
    const offset = (i & 0x7fff) >> 3;
    if ((readPhysical64(bitmap + (offset & ~7)) >> (<u64>(i & 63))) & 1) return true;
  }
  return false;
}

/** IN, OUT, INS, OUTS. */
export function interceptIo(
  port: u32,
  size: u32,
  isIn: bool,
  isString: bool,
  isRep: bool,
  isImmediate: bool,
): bool {
  if (!isNonRoot()) return false;
  // SDM 3C: the bitmaps, when used, decide alone.
  if (primaryHas(PRIMARY_USE_IO_BITMAPS)) {
    if (!isPortInBitmap(port, size)) return false;
  } else if (!primaryHas(PRIMARY_UNCONDITIONAL_IO_EXITING)) return false;
  const flags = (isIn ? 8 : 0) | (isString ? 16 : 0) | (isRep ? 32 : 0) | (isImmediate ? 64 : 0);
  exitByInstruction(REASON_IO_INSTRUCTION, (size - 1) | flags | (port << 16));
  if (isString) describeStringIo(isIn);
  return true;
}

/** INS and OUTS: the linear address of the memory operand; 9:7 address size, 17:15 segment. */
function describeStringIo(isIn: bool): void {
  const r = load<u32>(CURRENT_RECORD);
  const addressSize = recordAddressSize(r);
  const segment = isIn ? SEGMENT_ES : recordSegment(r);
  const index = load<u64>(isIn ? RDI : RSI);
  const offset = addressSize == 8 ? index : addressSize == 4 ? index & 0xffffffff : index & 0xffff;
  const base: u64 = isLong64() && segment < 4 ? 0 : segmentBase(segment);
  store<u64>(EXIT_GUEST_LINEAR, isLong64() ? base + offset : (base + offset) & 0xffffffff);
  store<u32>(EXIT_INSTRUCTION_INFO, ((ctz<u32>(addressSize) - 1) << 7) | (segment << 15));
}

/** SDM 3C, "MSR-Bitmap Address": read low, read high, write low, write high, 1 KByte each. */
function isMsrInBitmap(index: u32, isWrite: bool): bool {
  const isHigh = index >= 0xc0000000;
  const bit = index & 0x1fff;
  if (index != (isHigh ? 0xc0000000 | bit : bit)) return true;
  const part: u64 = (isWrite ? 2048 : 0) + (isHigh ? 1024 : 0);
  return ((readPhysical64(field(F_MSR_BITMAPS) + part + ((bit >> 3) & ~7)) >> (<u64>(bit & 63))) & 1) != 0;
}

/** RDMSR, WRMSR (after the CPL check, before the MSR's own #GP checks). */
export function interceptMsr(index: u32, isWrite: bool): bool {
  if (!isNonRoot() || (primaryHas(PRIMARY_USE_MSR_BITMAPS) && !isMsrInBitmap(index, isWrite))) return false;
  return exitByInstruction(isWrite ? REASON_WRMSR : REASON_RDMSR, 0);
}

/** MOV to or from DRn; `register` is the general register's number. Before DR7.GD and CR4.DE checks, after #UD and CPL. */
export function interceptDr(dr: u32, isRead: bool, register: u32): bool {
  if (!isNonRoot() || !primaryHas(PRIMARY_MOV_DR_EXITING)) return false;
  return exitByInstruction(REASON_MOV_DR, dr | (isRead ? 16 : 0) | (register << 8));
}

/** INVLPG. */
export function interceptInvlpg(linear: u64): bool {
  return isNonRoot() && primaryHas(PRIMARY_INVLPG_EXITING) && exitByInstruction(REASON_INVLPG, linear);
}

/** INVPCID, record `r`. */
export function interceptInvpcid(r: u32): bool {
  if (!isNonRoot() || !primaryHas(PRIMARY_INVLPG_EXITING)) return false;
  return exitWithInformation(REASON_INVPCID, displacementOf(r), informationOfTwoOperands(r));
}

/** SGDT 0, SIDT 1, LGDT 2, LIDT 3 (`isLdtrOrTr` false); SLDT 0, STR 1, LLDT 2, LTR 3 (true); record `r`. */
export function interceptDescriptorTable(r: u32, isLdtrOrTr: bool, identity: u32): bool {
  if (!isNonRoot() || !secondaryHas(SECONDARY_DESCRIPTOR_TABLE_EXITING)) return false;
  if (isLdtrOrTr)
    return exitWithInformation(REASON_LDTR_OR_TR_ACCESS, displacementOf(r), informationOfLdtrTr(r, identity));
  return exitWithInformation(
    REASON_GDTR_OR_IDTR_ACCESS,
    displacementOf(r),
    informationOfGdtrIdtr(r, identity),
  );
}

/** RDRAND (true) or RDSEED, record `r`. */
export function interceptRandom(r: u32, isRdrand: bool): bool {
  if (!isNonRoot() || !secondaryHas(isRdrand ? SECONDARY_RDRAND_EXITING : SECONDARY_RDSEED_EXITING))
    return false;
  return exitWithInformation(isRdrand ? REASON_RDRAND : REASON_RDSEED, 0, informationOfRandom(r));
}

/** XSAVES (true) or XRSTORS, record `r`; `components` = EDX:EAX & IA32_XSS. */
export function interceptXsaves(r: u32, isSave: bool, components: u64): bool {
  if (!isNonRoot() || (components & field(F_XSS_EXITING_BITMAP)) == 0) return false;
  return exitWithInformation(
    isSave ? REASON_XSAVES : REASON_XRSTORS,
    displacementOf(r),
    informationOfMemory(r),
  );
}

/** "Enable RDTSCP", "enable INVPCID", "enable XSAVES/XRSTORS": the instruction is #UD when this returns false. */
export function isRdtscpEnabled(): bool {
  return !isNonRoot() || secondaryHas(SECONDARY_ENABLE_RDTSCP);
}
export function isInvpcidEnabled(): bool {
  return !isNonRoot() || secondaryHas(SECONDARY_ENABLE_INVPCID);
}
export function isXsavesEnabled(): bool {
  return !isNonRoot() || secondaryHas(SECONDARY_ENABLE_XSAVES);
}

/** The time-stamp counter as RDTSC, RDTSCP and RDMSR read it: TSC offsetting applied. */
export function visibleTsc(): u64 {
  const tsc = tscNow();
  return isNonRoot() && primaryHas(PRIMARY_USE_TSC_OFFSETTING) ? tsc + field(F_TSC_OFFSET) : tsc;
}

/** PAUSE: PAUSE exiting, and PAUSE-loop exiting at CPL 0. */
export function interceptPause(): bool {
  if (!isNonRoot()) return false;
  if (!primaryHas(PRIMARY_PAUSE_EXITING) && !isPauseLoopTooLong()) return false;
  return exitByInstruction(REASON_PAUSE, 0);
}

/** SDM 3C, "Instructions That Cause VM Exits Conditionally", PAUSE: a loop is a run of PAUSEs no more than PLE_Gap apart. */
function isPauseLoopTooLong(): bool {
  if (load<u32>(CPL) != 0 || !secondaryHas(SECONDARY_PAUSE_LOOP_EXITING)) return false;
  const now = tscNow();
  const startsLoop = now - load<u64>(PLE_LAST) > <u64>field32(F_PLE_GAP);
  store<u64>(PLE_LAST, now);
  if (startsLoop) store<u64>(PLE_FIRST, now);
  return !startsLoop && now - load<u64>(PLE_FIRST) > <u64>field32(F_PLE_WINDOW);
}
