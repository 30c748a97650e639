/** Which of the floating-point handlers an instruction has. */
import { raiseUd } from "../../faults";
import {
  OP_ADDPD_X, OP_ADDPS_X, OP_ADDSD_X, OP_ADDSS_X, OP_ADDSUBPD_X, OP_ADDSUBPS_X, OP_CMPPD_X, OP_CMPPS_X, OP_CMPSD_X,
  OP_CMPSS_X, OP_COMISD_X, OP_COMISS_X, OP_DIVPD_X, OP_DIVPS_X, OP_DIVSD_X, OP_DIVSS_X, OP_DPPD_X, OP_DPPS_X,
  OP_HADDPD_X, OP_HADDPS_X, OP_HSUBPD_X, OP_HSUBPS_X, OP_MAXPD_X, OP_MAXPS_X, OP_MAXSD_X, OP_MAXSS_X, OP_MINPD_X,
  OP_MINPS_X, OP_MINSD_X, OP_MINSS_X, OP_MULPD_X, OP_MULPS_X, OP_MULSD_X, OP_MULSS_X, OP_RCPPS_X, OP_RCPSS_X,
  OP_ROUNDPD_X, OP_ROUNDPS_X, OP_ROUNDSD_X, OP_ROUNDSS_X, OP_RSQRTPS_X, OP_RSQRTSS_X, OP_SQRTPD_X, OP_SQRTPS_X,
  OP_SQRTSD_X, OP_SQRTSS_X, OP_SUBPD_X, OP_SUBPS_X, OP_SUBSD_X, OP_SUBSS_X, OP_UCOMISD_X, OP_UCOMISS_X,
} from "../../generated/opcodes"; // prettier-ignore
import {
  reciprocalPacked,
  reciprocalRootPacked,
  reciprocalRootSingle,
  reciprocalSingle,
} from "./approximate";
import {
  addSubtract,
  horizontal,
  packedDouble,
  packedSingle,
  scalarDouble,
  scalarSingle,
} from "./arithmetic";
import {
  compareDouble, compareFlags, comparePackedDouble, comparePackedSingle, compareSingle, extremeDouble,
  extremePackedDouble, extremePackedSingle, extremeSingle,
} from "./compare"; // prettier-ignore
import { dotProductDouble, dotProductSingle } from "./dot-product";
import { roundDouble, roundPackedDouble, roundPackedSingle, roundSingle } from "./round";
import { SQUARE_ROOT } from "./host-arithmetic";
import { ADD, DIVIDE, DOUBLE, MULTIPLY, SINGLE, SUBTRACT } from "./soft-float";

export function executeFloatingPoint(op: u32, r: u32): void {
  switch (op) {
    case OP_ADDSD_X:
      return addScalarDouble(r);
    case OP_SUBSD_X:
      return subtractScalarDouble(r);
    case OP_MULSD_X:
      return multiplyScalarDouble(r);
    case OP_DIVSD_X:
      return scalarDouble(DIVIDE, r);
    case OP_SQRTSD_X:
      return scalarDouble(SQUARE_ROOT, r);
    case OP_ADDSS_X:
      return scalarSingle(ADD, r);
    case OP_SUBSS_X:
      return scalarSingle(SUBTRACT, r);
    case OP_MULSS_X:
      return scalarSingle(MULTIPLY, r);
    case OP_DIVSS_X:
      return scalarSingle(DIVIDE, r);
    case OP_SQRTSS_X:
      return scalarSingle(SQUARE_ROOT, r);
    case OP_ADDPD_X:
      return addPackedDouble(r);
    case OP_SUBPD_X:
      return packedDouble(SUBTRACT, r);
    case OP_MULPD_X:
      return multiplyPackedDouble(r);
    case OP_DIVPD_X:
      return packedDouble(DIVIDE, r);
    case OP_SQRTPD_X:
      return packedDouble(SQUARE_ROOT, r);
    case OP_ADDPS_X:
      return packedSingle(ADD, r);
    case OP_SUBPS_X:
      return packedSingle(SUBTRACT, r);
    case OP_MULPS_X:
      return packedSingle(MULTIPLY, r);
    case OP_DIVPS_X:
      return packedSingle(DIVIDE, r);
    case OP_SQRTPS_X:
      return packedSingle(SQUARE_ROOT, r);
    case OP_MINSD_X:
      return extremeDouble(false, r);
    case OP_MAXSD_X:
      return extremeDouble(true, r);
    case OP_MINSS_X:
      return extremeSingle(false, r);
    case OP_MAXSS_X:
      return extremeSingle(true, r);
    case OP_MINPD_X:
      return extremePackedDouble(false, r);
    case OP_MAXPD_X:
      return extremePackedDouble(true, r);
    case OP_MINPS_X:
      return extremePackedSingle(false, r);
    case OP_MAXPS_X:
      return extremePackedSingle(true, r);
    case OP_CMPSD_X:
      return compareDouble(r);
    case OP_CMPSS_X:
      return compareSingle(r);
    case OP_CMPPD_X:
      return comparePackedDouble(r);
    case OP_CMPPS_X:
      return comparePackedSingle(r);
    case OP_UCOMISD_X:
      return compareFlags(r, false, DOUBLE);
    case OP_UCOMISS_X:
      return compareFlags(r, false, SINGLE);
    case OP_COMISD_X:
      return compareFlags(r, true, DOUBLE);
    case OP_COMISS_X:
      return compareFlags(r, true, SINGLE);
    case OP_ADDSUBPD_X:
      return addSubtract(r, DOUBLE);
    case OP_ADDSUBPS_X:
      return addSubtract(r, SINGLE);
    case OP_HADDPD_X:
      return horizontal(ADD, r, DOUBLE);
    case OP_HADDPS_X:
      return horizontal(ADD, r, SINGLE);
    case OP_HSUBPD_X:
      return horizontal(SUBTRACT, r, DOUBLE);
    case OP_HSUBPS_X:
      return horizontal(SUBTRACT, r, SINGLE);
    case OP_DPPD_X:
      return dotProductDouble(r);
    case OP_DPPS_X:
      return dotProductSingle(r);
    case OP_ROUNDSD_X:
      return roundDouble(r);
    case OP_ROUNDSS_X:
      return roundSingle(r);
    case OP_ROUNDPD_X:
      return roundPackedDouble(r);
    case OP_ROUNDPS_X:
      return roundPackedSingle(r);
    case OP_RCPSS_X:
      return reciprocalSingle(r);
    case OP_RCPPS_X:
      return reciprocalPacked(r);
    case OP_RSQRTSS_X:
      return reciprocalRootSingle(r);
    case OP_RSQRTPS_X:
      return reciprocalRootPacked(r);
    default:
      return raiseUd();
  }
}

// The commonest of them have a function of their own, which the hot switch calls too.
export function addScalarDouble(r: u32): void {
  scalarDouble(ADD, r);
}
export function subtractScalarDouble(r: u32): void {
  scalarDouble(SUBTRACT, r);
}
export function multiplyScalarDouble(r: u32): void {
  scalarDouble(MULTIPLY, r);
}
export function addPackedDouble(r: u32): void {
  packedDouble(ADD, r);
}
export function multiplyPackedDouble(r: u32): void {
  packedDouble(MULTIPLY, r);
}
