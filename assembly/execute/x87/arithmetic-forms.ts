/** The arithmetic and comparison instructions: operands from stack and memory, results and pops. */
import { FSW } from "../../generated/layout";
import { aborted } from "../../faults";
import { getCF, getPF, getZF, setArithmeticFlags } from "../../flags";
import { read16, read32, read64 } from "../../memory/access";
import { operandAddress } from "../../operand";
import { recordReg, recordRm } from "../../record";
import { add, divide, multiply, subtract } from "./arithmetic";
import { CLASS_EMPTY, UNORDERED, classify, compare } from "./compare";
import { fromDouble, fromInteger, fromSingle } from "./convert";
import {
  C1, SIGN, STACK_UNDERFLOW, beginOperation, resultSe, resultSig,
} from "./number"; // prettier-ignore
import {
  isEmpty, noteInstruction, popStack, setCondition, settle, settleStackFault, stackSe, stackSig,
  writeIndefinite, writeResult, writeStack,
} from "./state"; // prettier-ignore

// Operations by ModRM.reg.
const ADD: u32 = 0;
const MUL: u32 = 1;
const COM: u32 = 2;
const COMP: u32 = 3;
const SUB: u32 = 4;
const SUBR: u32 = 5;
const DIV: u32 = 6;

/** ST(0) op operand, where "reverse" exchanges them. */
function operate(operation: u32, ase: u32, asig: u64, bse: u32, bsig: u64): void {
  switch (operation) {
    case ADD:
      add(ase, asig, bse, bsig);
      break;
    case MUL:
      multiply(ase, asig, bse, bsig);
      break;
    case SUB:
      subtract(ase, asig, bse, bsig);
      break;
    case SUBR:
      subtract(bse, bsig, ase, asig);
      break;
    case DIV:
      divide(ase, asig, bse, bsig);
      break;
    default:
      divide(bse, bsig, ase, asig);
  }
}

/** ST(0) op memory operand, which was converted to the result. */
function arithmeticWithOperand(r: u32): void {
  const operation = recordReg(r) & 7;
  const se = resultSe;
  const sig = resultSig;
  if (operation == COM || operation == COMP) return compareWith(r, se, sig, operation == COMP ? 1 : 0, false);
  if (isEmpty(0)) {
    if (settleStackFault(r, STACK_UNDERFLOW)) writeIndefinite(0);
    return;
  }
  operate(operation, stackSe(0), stackSig(0), se, sig);
  if (settle(r)) writeResult(0);
}

export function arithmeticM32(r: u32): void {
  const bits = read32(operandAddress(r));
  if (aborted()) return;
  beginOperation();
  fromSingle(bits);
  arithmeticWithOperand(r);
}

export function arithmeticM64(r: u32): void {
  const bits = read64(operandAddress(r));
  if (aborted()) return;
  beginOperation();
  fromDouble(bits);
  arithmeticWithOperand(r);
}

export function arithmeticI32(r: u32): void {
  const value = <i32>read32(operandAddress(r));
  if (aborted()) return;
  beginOperation();
  fromInteger(value);
  arithmeticWithOperand(r);
}

export function arithmeticI16(r: u32): void {
  const value = <i16>read16(operandAddress(r));
  if (aborted()) return;
  beginOperation();
  fromInteger(value);
  arithmeticWithOperand(r);
}

/** ST(0) op ST(i) → ST(`destination`), then perhaps a pop. */
export function arithmeticStack(r: u32, toOther: bool, pops: bool): void {
  const operation = recordReg(r) & 7;
  const i = recordRm(r) & 7;
  const destination = toOther ? i : 0;
  if (isEmpty(0) || isEmpty(i)) {
    if (!settleStackFault(r, STACK_UNDERFLOW)) return;
    writeIndefinite(destination);
  } else {
    beginOperation();
    operate(operation, stackSe(0), stackSig(0), stackSe(i), stackSig(i));
    if (!settle(r)) return;
    writeResult(destination);
  }
  if (pops) popStack();
}

/** D8 /2, /3 with registers. */
export function compareStack(r: u32, pops: u32, isQuiet: bool): void {
  const i = recordRm(r) & 7;
  beginOperation();
  if (isEmpty(i)) return compareEmpty(r, pops);
  compareWith(r, stackSe(i), stackSig(i), pops, isQuiet);
}

/** FCOMPP, FUCOMPP: ST(0) with ST(1). */
export function comparePopTwice(r: u32, isQuiet: bool): void {
  beginOperation();
  if (isEmpty(1)) return compareEmpty(r, 2);
  compareWith(r, stackSe(1), stackSig(1), 2, isQuiet);
}

/** FTST. */
export function testZero(r: u32): void {
  beginOperation();
  compareWith(r, 0, 0, 0, false);
}

function compareWith(r: u32, se: u32, sig: u64, pops: u32, isQuiet: bool): void {
  if (isEmpty(0)) return compareEmpty(r, pops);
  const relation = compare(stackSe(0), stackSig(0), se, sig, isQuiet);
  finishCompare(r, settle(r), relation, pops);
}

function compareEmpty(r: u32, pops: u32): void {
  finishCompare(r, settleStackFault(r, STACK_UNDERFLOW), UNORDERED, pops);
}

function finishCompare(r: u32, isAllowed: bool, relation: u32, pops: u32): void {
  setCondition(relation);
  if (!isAllowed) return;
  for (let count: u32 = 0; count < pops; count++) popStack();
}

/** FCOMI, FUCOMI: the relation goes to ZF, PF, CF; OF, SF and AF are cleared. */
export function compareToFlags(r: u32, pops: bool, isQuiet: bool): void {
  const i = recordRm(r) & 7;
  let relation = UNORDERED;
  let isAllowed = false;
  if (isEmpty(0) || isEmpty(i)) isAllowed = settleStackFault(r, STACK_UNDERFLOW);
  else {
    beginOperation();
    relation = compare(stackSe(0), stackSig(0), stackSe(i), stackSig(i), isQuiet);
    isAllowed = settle(r);
  }
  // C3, C2, C0 are bits 14, 10 and 8: ZF, PF and CF eight lower.
  setArithmeticFlags(relation >> 8);
  if (isAllowed && pops) popStack();
}

/** FXAM. */
export function examine(r: u32): void {
  noteInstruction(r);
  const se = stackSe(0);
  setCondition(isEmpty(0) ? CLASS_EMPTY : classify(se, stackSig(0)));
  store<u32>(FSW, (load<u32>(FSW) & ~C1) | (se & SIGN ? C1 : 0));
}

/** FCHS (`flip`), FABS. */
export function changeSign(r: u32, flip: bool): void {
  if (isEmpty(0)) {
    if (settleStackFault(r, STACK_UNDERFLOW)) writeIndefinite(0);
    return;
  }
  beginOperation();
  settle(r);
  const se = stackSe(0);
  writeStack(0, flip ? se ^ SIGN : se & ~SIGN, stackSig(0));
}

/** FCMOVcc: conditions B, E, BE, U by ModRM.reg, negated for the DB forms. C1 stays. */
export function conditionalMove(r: u32, isNegated: bool): void {
  const i = recordRm(r) & 7;
  if (isEmpty(0) || isEmpty(i)) {
    if (settleStackFault(r, STACK_UNDERFLOW)) writeIndefinite(0);
    return;
  }
  noteInstruction(r);
  if (moveCondition(recordReg(r) & 3) != isNegated) writeStack(0, stackSe(i), stackSig(i));
}

function moveCondition(code: u32): bool {
  switch (code) {
    case 0:
      return getCF();
    case 1:
      return getZF();
    case 2:
      return getCF() || getZF();
    default:
      return getPF();
  }
}
