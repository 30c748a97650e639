/** Loads, stores and moves. */
import { FCW } from "../../generated/layout";
import { aborted } from "../../faults";
import { checkWritable, read16, read32, read64, write16, write32, write64 } from "../../memory/access";
import { operandAddress } from "../../operand";
import { recordRm } from "../../record";
import {
  bcdHigh,
  bcdLow,
  fromBcd,
  fromDouble,
  fromInteger,
  fromSingle,
  toBcd,
  toDouble,
  toInteger,
  toSingle,
} from "./convert";
import {
  DE, IE, INDEFINITE_SE, INDEFINITE_SIG, QUIET_BIT, STACK_OVERFLOW, STACK_UNDERFLOW,
  beginOperation, hadDenormalOperand, isSignaling, raiseFlags, raisedFlags, resultSe, resultSig,
  setResult,
} from "./number"; // prettier-ignore
import { ROUND_NEAREST, ROUND_UP, roundingControl } from "./round";
import {
  isEmpty, maySpill, popStack, pushStack, settle, settleStackFault, settleStore, stackSe, stackSig,
  writeIndefinite, writeStack,
} from "./state"; // prettier-ignore

/** Pushes the result, or answers a stack overflow. */
function pushResult(r: u32): void {
  if (!isEmpty(7)) {
    if (settleStackFault(r, STACK_OVERFLOW)) pushStack(INDEFINITE_SE, INDEFINITE_SIG);
    return;
  }
  if (settle(r)) pushStack(resultSe, resultSig);
}

/** A converted single or double: SNaNs and denormals are noticed on loading. */
function pushConverted(r: u32): void {
  if (hadDenormalOperand()) raiseFlags(DE);
  if (isSignaling(resultSe, resultSig)) {
    raiseFlags(IE);
    setResult(resultSe, resultSig | QUIET_BIT);
  }
  if (!isEmpty(7)) return pushResult(r);
  // An unmasked #D is reported, and yet the number is loaded (processors agree; the manual does not say).
  settle(r);
  if (!isInvalidUnmasked()) pushStack(resultSe, resultSig);
}

function isInvalidUnmasked(): bool {
  return (raisedFlags() & ~load<u32>(FCW) & IE) != 0;
}

export function loadM32(r: u32): void {
  const bits = read32(operandAddress(r));
  if (aborted()) return;
  beginOperation();
  fromSingle(bits);
  pushConverted(r);
}

export function loadM64(r: u32): void {
  const bits = read64(operandAddress(r));
  if (aborted()) return;
  beginOperation();
  fromDouble(bits);
  pushConverted(r);
}

export function loadM80(r: u32): void {
  const address = operandAddress(r);
  const sig = read64(address);
  const se = read16(address + 8);
  if (aborted()) return;
  beginOperation();
  setResult(se, sig);
  pushResult(r);
}

export function loadBcd(r: u32): void {
  const address = operandAddress(r);
  const low = read64(address);
  const high = read16(address + 8);
  if (aborted()) return;
  beginOperation();
  fromBcd(low, high);
  pushResult(r);
}

/** FILD of 2, 4 or 8 bytes. */
export function loadInteger(r: u32, bytes: u32): void {
  const address = operandAddress(r);
  let value: i64;
  if (bytes == 2) value = <i16>read16(address);
  else if (bytes == 4) value = <i32>read32(address);
  else value = read64(address);
  if (aborted()) return;
  beginOperation();
  fromInteger(value);
  pushResult(r);
}

/** FLD ST(i). */
export function loadStack(r: u32): void {
  const i = recordRm(r) & 7;
  const isMissing = isEmpty(i);
  if (!isEmpty(7) || isMissing) {
    if (settleStackFault(r, isMissing ? STACK_UNDERFLOW : STACK_OVERFLOW))
      pushStack(INDEFINITE_SE, INDEFINITE_SIG);
    return;
  }
  beginOperation();
  setResult(stackSe(i), stackSig(i));
  pushResult(r);
}

/*
 * Constants by ModRM.rm: 1, log2 10, log2 e, π, log10 2, ln 2, 0: significand rounded down, exponent, and what the
 * internal 66-bit value adds: 1 when rounding to nearest goes up. SDM 2, FLD1/FLDL2T/…
 */
const CONSTANTS: usize = memory.data<u64>([
  0x8000000000000000, 0xd49a784bcd1b8afe, 0xb8aa3b295c17f0bb, 0xc90fdaa22168c234, 0x9a209a84fbcff798,
  0xb17217f7d1cf79ab, 0,
]); // prettier-ignore
const CONSTANT_EXPONENTS: usize = memory.data<u16>([0x3fff, 0x4000, 0x3fff, 0x4000, 0x3ffd, 0x3ffe, 0]);
const CONSTANT_ROUNDS_UP: usize = memory.data<u8>([0, 0, 1, 1, 1, 1, 0]);

export function loadConstant(r: u32): void {
  const index = recordRm(r) & 7;
  let sig = load<u64>(CONSTANTS + (index << 3));
  const isExact = index == 0 || index == 6;
  const mode = roundingControl();
  const goesUp = mode == ROUND_UP || (mode == ROUND_NEAREST && load<u8>(CONSTANT_ROUNDS_UP + index) != 0);
  if (!isExact && goesUp) sig++;
  beginOperation();
  setResult(load<u16>(CONSTANT_EXPONENTS + (index << 1)), sig);
  pushResult(r);
}

/**
 * Ends a store to memory: `value` was converted, exceptions are raised but not committed. The write comes first: when
 * it faults nothing has changed. An unmasked exception forbids it, but the destination is checked all the same.
 */
function finishStore(r: u32, bytes: u32, value: u64, pops: bool): void {
  const isAllowed = maySpill();
  const address = operandAddress(r);
  if (!isAllowed) checkWritable(address, bytes);
  else if (bytes == 2) write16(address, <u32>value);
  else if (bytes == 4) write32(address, <u32>value);
  else write64(address, value);
  if (aborted()) return;
  settleStore(r);
  if (isAllowed && pops) popStack();
}

const SINGLE_INDEFINITE: u64 = 0xffc00000;
const DOUBLE_INDEFINITE: u64 = 0xfff8000000000000;

export function storeM32(r: u32, pops: bool): void {
  beginOperation();
  let value = SINGLE_INDEFINITE;
  if (isEmpty(0)) raiseFlags(STACK_UNDERFLOW);
  else value = toSingle(stackSe(0), stackSig(0));
  finishStore(r, 4, value, pops);
}

export function storeM64(r: u32, pops: bool): void {
  beginOperation();
  let value = DOUBLE_INDEFINITE;
  if (isEmpty(0)) raiseFlags(STACK_UNDERFLOW);
  else value = toDouble(stackSe(0), stackSig(0));
  finishStore(r, 8, value, pops);
}

/** FIST, FISTP, FISTTP (`chop`). */
export function storeInteger(r: u32, bytes: u32, pops: bool, chop: bool): void {
  beginOperation();
  const bits = bytes << 3;
  const unusedBits: i64 = 64 - bits;
  // The integer indefinite: the most negative number.
  let value = i64.MIN_VALUE >> unusedBits;
  if (isEmpty(0)) raiseFlags(STACK_UNDERFLOW);
  else value = toInteger(stackSe(0), stackSig(0), bits, chop);
  finishStore(r, bytes, value, pops);
}

export function storeM80(r: u32): void {
  beginOperation();
  const isMissing = isEmpty(0);
  if (isMissing) raiseFlags(STACK_UNDERFLOW);
  finishStore80(r, isMissing ? INDEFINITE_SE : stackSe(0), isMissing ? INDEFINITE_SIG : stackSig(0));
}

export function storeBcd(r: u32): void {
  beginOperation();
  if (isEmpty(0)) {
    raiseFlags(STACK_UNDERFLOW);
    return finishStore80(r, INDEFINITE_SE, INDEFINITE_SIG);
  }
  toBcd(stackSe(0), stackSig(0));
  finishStore80(r, bcdHigh, bcdLow);
}

/** Both pieces are checked before the first is written. */
function finishStore80(r: u32, se: u32, sig: u64): void {
  const isAllowed = maySpill();
  const address = operandAddress(r);
  if (!checkWritable(address, 10)) return;
  if (isAllowed) {
    write64(address, sig);
    write16(address + 8, se);
  }
  settleStore(r);
  if (isAllowed) popStack();
}

/** FST ST(i), FSTP ST(i). */
export function storeStack(r: u32, pops: bool): void {
  const i = recordRm(r) & 7;
  if (isEmpty(0)) {
    if (!settleStackFault(r, STACK_UNDERFLOW)) return;
    writeIndefinite(i);
  } else {
    beginOperation();
    settle(r);
    writeStack(i, stackSe(0), stackSig(0));
  }
  if (pops) popStack();
}

export function exchange(r: u32): void {
  const i = recordRm(r) & 7;
  if (isEmpty(0) || isEmpty(i)) {
    if (!settleStackFault(r, STACK_UNDERFLOW)) return;
    if (isEmpty(0)) writeIndefinite(0);
    if (isEmpty(i)) writeIndefinite(i);
  } else {
    beginOperation();
    settle(r);
  }
  const se = stackSe(0);
  const sig = stackSig(0);
  writeStack(0, stackSe(i), stackSig(i));
  writeStack(i, se, sig);
}

/** FSTPNCE, the form of FSTP that reports no stack fault: an empty ST(0) is only popped. */
export function storeStackUnchecked(r: u32): void {
  if (!isEmpty(0)) return storeStack(r, true);
  beginOperation();
  settle(r);
  popStack();
}
