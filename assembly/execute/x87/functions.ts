/** Instructions that take ST(0) (and ST(1)) through a function: operands, stack faults, results. */
import {
  BIAS, C1, INDEFINITE_SE, INDEFINITE_SIG, INTEGER_BIT, IE, STACK_OVERFLOW, STACK_UNDERFLOW,
  beginOperation, raisedFlags, resultSe, resultSig, setResult,
} from "./number"; // prettier-ignore
import { arcTangentOf } from "./arctangent";
import { squareRoot } from "./arithmetic";
import { exponentialOf } from "./exponential";
import { logarithmOf, logarithmPlusOneOf } from "./logarithm";
import {
  extract,
  extractedSe,
  extractedSig,
  remainder,
  remainderCondition,
  remainderFailed,
  roundToInteger,
  scale,
} from "./scale";
import {
  C2, isEmpty, popStack, pushStack, setCondition, settle, settleStackFault, stackSe, stackSig, writeIndefinite,
  writeResult,
} from "./state"; // prettier-ignore
import { FSW } from "../../generated/layout";
import { cosineOf, isOutOfRange, sineOf, tangentOf } from "./trigonometry";

/** Begins a function of ST(0). False: it was empty, and the masked response is done. */
function beginUnary(r: u32): bool {
  if (isEmpty(0)) {
    if (settleStackFault(r, STACK_UNDERFLOW)) writeIndefinite(0);
    return false;
  }
  beginOperation();
  return true;
}

function finishUnary(r: u32): void {
  if (settle(r)) writeResult(0);
}

export function squareRootTop(r: u32): void {
  if (!beginUnary(r)) return;
  squareRoot(stackSe(0), stackSig(0));
  finishUnary(r);
}

export function roundTop(r: u32): void {
  if (!beginUnary(r)) return;
  roundToInteger(stackSe(0), stackSig(0));
  finishUnary(r);
}

export function exponential(r: u32): void {
  if (!beginUnary(r)) return;
  exponentialOf(stackSe(0), stackSig(0));
  finishUnary(r);
}

/** Begins a function of ST(0) and ST(1) whose result goes to ST(`destination`). */
function beginBinary(r: u32, pops: bool): bool {
  if (isEmpty(0) || isEmpty(1)) {
    if (settleStackFault(r, STACK_UNDERFLOW)) {
      writeIndefinite(pops ? 1 : 0);
      if (pops) popStack();
    }
    return false;
  }
  beginOperation();
  return true;
}

function finishPopping(r: u32): void {
  if (!settle(r)) return;
  writeResult(1);
  popStack();
}

export function scaleTop(r: u32): void {
  if (!beginBinary(r, false)) return;
  scale(stackSe(0), stackSig(0), stackSe(1), stackSig(1));
  finishUnary(r);
}

/** FPREM, FPREM1. */
export function partialRemainder(r: u32, toNearest: bool): void {
  clearC2();
  if (!beginBinary(r, false)) return;
  remainder(stackSe(0), stackSig(0), stackSe(1), stackSig(1), toNearest);
  if (!settle(r)) return;
  writeResult(0);
  if (remainderFailed) return;
  setCondition(remainderCondition & ~C1);
  if (remainderCondition & C1) store<u32>(FSW, load<u32>(FSW) | C1);
}

export function logarithm(r: u32): void {
  if (!beginBinary(r, true)) return;
  logarithmOf(stackSe(0), stackSig(0), stackSe(1), stackSig(1));
  finishPopping(r);
}

export function logarithmPlusOne(r: u32): void {
  if (!beginBinary(r, true)) return;
  logarithmPlusOneOf(stackSe(0), stackSig(0), stackSe(1), stackSig(1));
  finishPopping(r);
}

export function arcTangent(r: u32): void {
  if (!beginBinary(r, true)) return;
  arcTangentOf(stackSe(1), stackSig(1), stackSe(0), stackSig(0));
  finishPopping(r);
}

/** Begins a function that replaces ST(0) and pushes a second result. */
function beginPushing(r: u32): bool {
  const isMissing = isEmpty(0);
  if (isMissing || !isEmpty(7)) {
    if (settleStackFault(r, isMissing ? STACK_UNDERFLOW : STACK_OVERFLOW)) {
      writeIndefinite(0);
      pushStack(INDEFINITE_SE, INDEFINITE_SIG);
    }
    return false;
  }
  beginOperation();
  return true;
}

export function extractParts(r: u32): void {
  if (!beginPushing(r)) return;
  extract(stackSe(0), stackSig(0));
  if (!settle(r)) return;
  const se = resultSe;
  const sig = resultSig;
  setResult(extractedSe, extractedSig);
  writeResult(0);
  pushStack(se, sig);
}

function clearC2(): void {
  store<u32>(FSW, load<u32>(FSW) & ~C2);
}

/** A trigonometric operand of 2^63 or more: C2 is set and the operand stays. */
function rejectOutOfRange(r: u32): bool {
  if (!isOutOfRange(stackSe(0), stackSig(0))) return false;
  settle(r);
  store<u32>(FSW, load<u32>(FSW) | C2);
  return true;
}

export function sine(r: u32): void {
  clearC2();
  if (!beginUnary(r) || rejectOutOfRange(r)) return;
  sineOf(stackSe(0), stackSig(0));
  finishUnary(r);
}

export function cosine(r: u32): void {
  clearC2();
  if (!beginUnary(r) || rejectOutOfRange(r)) return;
  cosineOf(stackSe(0), stackSig(0));
  finishUnary(r);
}

export function sineAndCosine(r: u32): void {
  clearC2();
  if (!beginPushing(r) || rejectOutOfRange(r)) return;
  const se = stackSe(0);
  const sig = stackSig(0);
  sineOf(se, sig);
  const sineSe = resultSe;
  const sineSig = resultSig;
  cosineOf(se, sig);
  const cosineSe = resultSe;
  const cosineSig = resultSig;
  if (!settle(r)) return;
  setResult(sineSe, sineSig);
  writeResult(0);
  pushStack(cosineSe, cosineSig);
}

export function tangent(r: u32): void {
  clearC2();
  if (!beginPushing(r) || rejectOutOfRange(r)) return;
  tangentOf(stackSe(0), stackSig(0));
  const isOne = (raisedFlags() & IE) == 0 && !isNaNResult();
  if (!settle(r)) return;
  writeResult(0);
  // A NaN is pushed a second time, where an ordinary operand gives 1.
  if (isOne) pushStack(BIAS, INTEGER_BIT);
  else pushStack(resultSe, resultSig);
}

function isNaNResult(): bool {
  return (resultSe & 0x7fff) == 0x7fff && resultSig > INTEGER_BIT;
}
