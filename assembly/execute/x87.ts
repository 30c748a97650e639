/**
 * The x87 FPU: what decides whether an instruction may begin, and the table of handlers. Numbers are kept and
 * computed in integers (x87/number.ts, x87/round.ts); x87/state.ts tells how results and exceptions are committed.
 */
import {
  OP_F2XM1, OP_FABS, OP_FARITH_I16, OP_FARITH_I32, OP_FARITH_M32, OP_FARITH_M64, OP_FARITH_ST0_STI, OP_FARITH_STI_ST0,
  OP_FARITH_STI_ST0_POP, OP_FBLD, OP_FBSTP, OP_FCHS, OP_FCMOV, OP_FCMOVN, OP_FCOMI, OP_FCOMIP, OP_FCOMP5, OP_FCOMPP,
  OP_FCOS, OP_FDECSTP, OP_FFREE, OP_FFREEP, OP_FILD_M16, OP_FILD_M32, OP_FILD_M64, OP_FINCSTP, OP_FISTP_M16,
  OP_FISTP_M32, OP_FISTP_M64, OP_FISTTP_M16, OP_FISTTP_M32, OP_FISTTP_M64, OP_FIST_M16, OP_FIST_M32, OP_FLDCW,
  OP_FLDENV, OP_FLD_CONSTANT, OP_FLD_M32, OP_FLD_M64, OP_FLD_M80, OP_FLD_STI, OP_FNCLEX, OP_FNINIT, OP_FNOP,
  OP_FNSAVE, OP_FNSETPM, OP_FNSTCW, OP_FNSTENV, OP_FNSTSW_AX, OP_FNSTSW_M, OP_FPATAN, OP_FPREM, OP_FPREM1, OP_FPTAN,
  OP_FRNDINT, OP_FRSTOR, OP_FSCALE, OP_FSIN, OP_FSINCOS, OP_FSQRT, OP_FSTPNCE, OP_FSTP_M32, OP_FSTP_M64, OP_FSTP_M80,
  OP_FSTP_STI, OP_FST_M32, OP_FST_M64, OP_FST_STI, OP_FTST, OP_FUCOM, OP_FUCOMI, OP_FUCOMIP, OP_FUCOMP, OP_FUCOMPP,
  OP_FWAIT, OP_FXAM, OP_FXCH, OP_FXTRACT, OP_FYL2X, OP_FYL2XP1,
} from "../generated/opcodes"; // prettier-ignore
import { CR0 } from "../generated/layout";
import { raise, VECTOR_NM } from "../faults";
import { recordReg } from "../record";
import { CR0_MP, CR0_TS } from "../registers";
import {
  arithmeticI16, arithmeticI32, arithmeticM32, arithmeticM64, arithmeticStack, changeSign, comparePopTwice,
  compareStack, compareToFlags, conditionalMove, examine, testZero,
} from "./x87/arithmetic-forms"; // prettier-ignore
import {
  clearExceptions, freeRegister, initialize, loadControlWord, noOperation, rotateStack, storeControlWord,
  storeStatusWord, storeStatusWordAx,
} from "./x87/control"; // prettier-ignore
import { loadEnvironment, restoreState, saveState, storeEnvironment } from "./x87/environment";
import {
  exchange, loadBcd, loadConstant, loadInteger, loadM32, loadM64, loadM80, loadStack, storeBcd, storeInteger,
  storeM32, storeM64, storeM80, storeStack, storeStackUnchecked,
} from "./x87/load-store"; // prettier-ignore
import {
  arcTangent, cosine, exponential, extractParts, logarithm, logarithmPlusOne, partialRemainder, roundTop, scaleTop,
  sine, sineAndCosine, squareRootTop, tangent,
} from "./x87/functions"; // prettier-ignore
import { hasPendingException, isFpuUnavailable } from "./x87/state";

/** Instructions that do not wait: a pending exception does not become #MF before them. True: it was one. */
function executeWithoutWait(op: u32, r: u32): bool {
  switch (op) {
    case OP_FNINIT:
      initialize();
      return true;
    case OP_FNCLEX:
      clearExceptions();
      return true;
    case OP_FNSTCW:
      storeControlWord(r);
      return true;
    case OP_FNSTSW_M:
      storeStatusWord(r);
      return true;
    case OP_FNSTSW_AX:
      storeStatusWordAx();
      return true;
    case OP_FNSTENV:
      storeEnvironment(r);
      return true;
    case OP_FNSAVE:
      saveState(r);
      return true;
    case OP_FNSETPM:
      return true;
    default:
      return false;
  }
}

/** WAIT: #NM only when both MP and TS are set. SDM 3A, "Control Registers", CR0.MP. */
function executeWait(): void {
  if ((load<u64>(CR0) & (CR0_MP | CR0_TS)) == (CR0_MP | CR0_TS)) return raise(VECTOR_NM);
  hasPendingException();
}

export function executeX87(op: u32, r: u32): void {
  if (op == OP_FWAIT) return executeWait();
  if (isFpuUnavailable() || executeWithoutWait(op, r) || hasPendingException()) return;
  switch (op) {
    case OP_FARITH_M32:
      return arithmeticM32(r);
    case OP_FARITH_M64:
      return arithmeticM64(r);
    case OP_FARITH_I32:
      return arithmeticI32(r);
    case OP_FARITH_I16:
      return arithmeticI16(r);
    case OP_FARITH_ST0_STI:
      return executeStackForm(r);
    case OP_FARITH_STI_ST0:
      return arithmeticStack(r, true, false);
    case OP_FARITH_STI_ST0_POP:
      return arithmeticStack(r, true, true);
    case OP_FLD_M32:
      return loadM32(r);
    case OP_FLD_M64:
      return loadM64(r);
    case OP_FLD_M80:
      return loadM80(r);
    case OP_FLD_STI:
      return loadStack(r);
    case OP_FLD_CONSTANT:
      return loadConstant(r);
    case OP_FILD_M16:
      return loadInteger(r, 2);
    case OP_FILD_M32:
      return loadInteger(r, 4);
    case OP_FILD_M64:
      return loadInteger(r, 8);
    case OP_FBLD:
      return loadBcd(r);
    case OP_FST_M32:
      return storeM32(r, false);
    case OP_FSTP_M32:
      return storeM32(r, true);
    case OP_FST_M64:
      return storeM64(r, false);
    case OP_FSTP_M64:
      return storeM64(r, true);
    case OP_FSTP_M80:
      return storeM80(r);
    case OP_FIST_M16:
      return storeInteger(r, 2, false, false);
    case OP_FISTP_M16:
      return storeInteger(r, 2, true, false);
    case OP_FIST_M32:
      return storeInteger(r, 4, false, false);
    case OP_FISTP_M32:
      return storeInteger(r, 4, true, false);
    case OP_FISTP_M64:
      return storeInteger(r, 8, true, false);
    case OP_FISTTP_M16:
      return storeInteger(r, 2, true, true);
    case OP_FISTTP_M32:
      return storeInteger(r, 4, true, true);
    case OP_FISTTP_M64:
      return storeInteger(r, 8, true, true);
    case OP_FBSTP:
      return storeBcd(r);
    case OP_FST_STI:
      return storeStack(r, false);
    case OP_FSTPNCE:
      return storeStackUnchecked(r);
    case OP_FSTP_STI:
      return storeStack(r, true);
    case OP_FXCH:
      return exchange(r);
    default:
      executeOther(op, r);
  }
}

/** D8 with a register: the two comparisons of the group have no result. */
function executeStackForm(r: u32): void {
  const operation = recordReg(r) & 7;
  if (operation == 2 || operation == 3) compareStack(r, operation - 2, false);
  else arithmeticStack(r, false, false);
}

function executeOther(op: u32, r: u32): void {
  switch (op) {
    case OP_FCMOV:
      return conditionalMove(r, false);
    case OP_FCMOVN:
      return conditionalMove(r, true);
    case OP_FCOMP5:
      return compareStack(r, 1, false);
    case OP_FCOMPP:
      return comparePopTwice(r, false);
    case OP_FUCOM:
      return compareStack(r, 0, true);
    case OP_FUCOMP:
      return compareStack(r, 1, true);
    case OP_FUCOMPP:
      return comparePopTwice(r, true);
    case OP_FCOMI:
      return compareToFlags(r, false, false);
    case OP_FCOMIP:
      return compareToFlags(r, true, false);
    case OP_FUCOMI:
      return compareToFlags(r, false, true);
    case OP_FUCOMIP:
      return compareToFlags(r, true, true);
    case OP_FTST:
      return testZero(r);
    case OP_FXAM:
      return examine(r);
    case OP_FCHS:
      return changeSign(r, true);
    case OP_FABS:
      return changeSign(r, false);
    case OP_FSQRT:
      return squareRootTop(r);
    case OP_FRNDINT:
      return roundTop(r);
    case OP_FSCALE:
      return scaleTop(r);
    case OP_FXTRACT:
      return extractParts(r);
    case OP_FPREM:
      return partialRemainder(r, false);
    case OP_FPREM1:
      return partialRemainder(r, true);
    case OP_F2XM1:
      return exponential(r);
    case OP_FYL2X:
      return logarithm(r);
    case OP_FYL2XP1:
      return logarithmPlusOne(r);
    case OP_FSIN:
      return sine(r);
    case OP_FCOS:
      return cosine(r);
    case OP_FSINCOS:
      return sineAndCosine(r);
    case OP_FPTAN:
      return tangent(r);
    case OP_FPATAN:
      return arcTangent(r);
    case OP_FLDENV:
      return loadEnvironment(r);
    case OP_FRSTOR:
      return restoreState(r);
    case OP_FLDCW:
      return loadControlWord(r);
    case OP_FFREE:
      return freeRegister(r, false);
    case OP_FFREEP:
      return freeRegister(r, true);
    case OP_FINCSTP:
      return rotateStack(r, 1);
    case OP_FDECSTP:
      return rotateStack(r, -1);
    case OP_FNOP:
      return noOperation(r);
  }
}
