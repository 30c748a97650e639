/** Dispatch of the `system` family; the instructions are in system/, interrupts/, msr/ and cpuid.ts. */
import {
  OP_ARPL, OP_CALL_FAR_A, OP_CALL_FAR_M, OP_CLAC, OP_CLI, OP_CLTS, OP_CPUID, OP_FXRSTOR, OP_FXSAVE, OP_HLT, OP_INT1, OP_INT3, OP_INT_N,
  OP_INTO, OP_INVD, OP_INVLPG, OP_INVPCID, OP_IRET, OP_JMP_FAR_A, OP_JMP_FAR_M, OP_LAR, OP_LGDT, OP_LIDT, OP_LLDT, OP_LMSW,
  OP_LOAD_FAR_POINTER, OP_LSL, OP_LTR, OP_MONITOR, OP_MOV_CR_R, OP_MOV_DR_R, OP_MOV_E_SREG, OP_MOV_R_CR, OP_MOV_R_DR, OP_MOV_SREG_E,
  OP_MWAIT, OP_POP_SREG, OP_PUSH_SREG, OP_RDFSBASE, OP_RDGSBASE, OP_RDMSR, OP_RDPKRU, OP_RDPMC, OP_RDTSC, OP_RDTSCP, OP_RET_FAR,
  OP_SGDT, OP_SIDT, OP_SLDT, OP_SMSW, OP_STAC, OP_STI, OP_STR, OP_SWAPGS, OP_SYSCALL, OP_SYSENTER, OP_SYSEXIT, OP_SYSRET, OP_VERR,
  OP_VERW, OP_WBINVD, OP_WRFSBASE, OP_WRGSBASE, OP_WRMSR, OP_WRPKRU, OP_XGETBV, OP_XRSTOR, OP_XRSTORS, OP_XSAVE, OP_XSAVEC,
  OP_XSAVEOPT, OP_XSAVES, OP_XSETBV,
} from "../generated/opcodes"; // prettier-ignore
import { cpuid } from "../cpuid";
import { raiseUd } from "../faults";
import { iret } from "../interrupts/iret";
import { int1, int3, intN, into } from "../interrupts/software";
import { rdmsr, wrmsr } from "../msr/msr";
import {
  clts, invlpg, invpcid, lmsw, movFromControl, movToControl, smsw,
} from "./system/control-registers"; // prettier-ignore
import { movFromDebug, movToDebug } from "./system/debug-registers";
import { callFar, jumpFar, returnFar } from "./system/far";
import { syscall, sysenter, sysexit, sysret } from "./system/fast-calls";
import {
  cli, hlt, invalidateCaches, monitor, mwait, rdpkru, rdpmc, rdtsc, rdtscp, setAlignmentCheck, sti, wrpkru, xgetbv, xsetbv,
} from "./system/processor-control"; // prettier-ignore
import {
  arpl, loadFarPointer, loadRights, movFromSegment, movToSegment, popSegment, pushSegment, readBase, swapGs, verify, writeBase,
} from "./system/segment-instructions"; // prettier-ignore
import { loadLdtr, loadTable, loadTr, storeSystemSelector, storeTable } from "./system/tables";
import { fxrstor, fxsave, xrstor, xsave, xsaveCompacted } from "./system/xsave";

export function executeSystem(op: u32, r: u32): void {
  switch (op) {
    case OP_MOV_E_SREG:
      movFromSegment(r);
      break;
    case OP_MOV_SREG_E:
      movToSegment(r);
      break;
    case OP_PUSH_SREG:
      pushSegment(r);
      break;
    case OP_POP_SREG:
      popSegment(r);
      break;
    case OP_LOAD_FAR_POINTER:
      loadFarPointer(r);
      break;
    case OP_SLDT:
      storeSystemSelector(r, false);
      break;
    case OP_STR:
      storeSystemSelector(r, true);
      break;
    case OP_LLDT:
      loadLdtr(r);
      break;
    case OP_LTR:
      loadTr(r);
      break;
    case OP_VERR:
      verify(r, false);
      break;
    case OP_VERW:
      verify(r, true);
      break;
    case OP_LAR:
      loadRights(r, false);
      break;
    case OP_LSL:
      loadRights(r, true);
      break;
    case OP_ARPL:
      arpl(r);
      break;
    case OP_SWAPGS:
      swapGs(r);
      break;
    case OP_RDFSBASE:
      readBase(r, false);
      break;
    case OP_RDGSBASE:
      readBase(r, true);
      break;
    case OP_WRFSBASE:
      writeBase(r, false);
      break;
    case OP_WRGSBASE:
      writeBase(r, true);
      break;
    case OP_SGDT:
      storeTable(r, false);
      break;
    case OP_SIDT:
      storeTable(r, true);
      break;
    case OP_LGDT:
      loadTable(r, false);
      break;
    case OP_LIDT:
      loadTable(r, true);
      break;
    case OP_MOV_R_CR:
      movFromControl(r);
      break;
    case OP_MOV_CR_R:
      movToControl(r);
      break;
    case OP_MOV_R_DR:
      movFromDebug(r);
      break;
    case OP_MOV_DR_R:
      movToDebug(r);
      break;
    case OP_SMSW:
      smsw(r);
      break;
    case OP_LMSW:
      lmsw(r);
      break;
    case OP_CLTS:
      clts(r);
      break;
    case OP_INVLPG:
      invlpg(r);
      break;
    case OP_INVPCID:
      invpcid(r);
      break;
    case OP_INVD:
      invalidateCaches(true);
      break;
    case OP_WBINVD:
      invalidateCaches(false);
      break;
    case OP_RDMSR:
      rdmsr(r);
      break;
    case OP_WRMSR:
      wrmsr(r);
      break;
    case OP_RDTSC:
      rdtsc(r);
      break;
    case OP_RDTSCP:
      rdtscp(r);
      break;
    case OP_RDPMC:
      rdpmc(r);
      break;
    case OP_CPUID:
      cpuid(r);
      break;
    case OP_XGETBV:
      xgetbv(r);
      break;
    case OP_XSETBV:
      xsetbv(r);
      break;
    case OP_RDPKRU:
      rdpkru(r);
      break;
    case OP_WRPKRU:
      wrpkru(r);
      break;
    case OP_CLI:
      cli(r);
      break;
    case OP_STI:
      sti(r);
      break;
    case OP_CLAC:
      setAlignmentCheck(false);
      break;
    case OP_STAC:
      setAlignmentCheck(true);
      break;
    case OP_HLT:
      hlt(r);
      break;
    case OP_MONITOR:
      monitor(r);
      break;
    case OP_MWAIT:
      mwait(r);
      break;
    case OP_INT3:
      int3(r);
      break;
    case OP_INT_N:
      intN(r);
      break;
    case OP_INTO:
      into(r);
      break;
    case OP_INT1:
      int1(r);
      break;
    case OP_IRET:
      iret(r);
      break;
    case OP_SYSCALL:
      syscall(r);
      break;
    case OP_SYSRET:
      sysret(r);
      break;
    case OP_SYSENTER:
      sysenter(r);
      break;
    case OP_SYSEXIT:
      sysexit(r);
      break;
    case OP_CALL_FAR_A:
      callFar(r, false);
      break;
    case OP_CALL_FAR_M:
      callFar(r, true);
      break;
    case OP_JMP_FAR_A:
      jumpFar(r, false);
      break;
    case OP_JMP_FAR_M:
      jumpFar(r, true);
      break;
    case OP_RET_FAR:
      returnFar(r);
      break;
    case OP_FXSAVE:
      fxsave(r);
      break;
    case OP_FXRSTOR:
      fxrstor(r);
      break;
    case OP_XSAVE:
      xsave(r, false);
      break;
    case OP_XSAVEOPT:
      xsave(r, true);
      break;
    case OP_XSAVEC:
      xsaveCompacted(r, false);
      break;
    case OP_XSAVES:
      xsaveCompacted(r, true);
      break;
    case OP_XRSTOR:
      xrstor(r, false);
      break;
    case OP_XRSTORS:
      xrstor(r, true);
      break;
    default:
      raiseUd();
  }
}
