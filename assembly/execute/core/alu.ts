/** ADD … CMP, TEST, INC, DEC, NOT, NEG in all places and sizes. The type parameter is the operand size. */
import { EFLAGS, GPR } from "../../generated/layout";
import { aborted } from "../../faults";
import {
  CF, getCF, isCarryInEflags, LAZY_ADD, LAZY_DEC, LAZY_INC, LAZY_SUB, setArithmeticFlags, setLazy, setLazyLogic, AF, OF, flagsOfResult,
} from "../../flags"; // prettier-ignore
import { read, rmw, write } from "../../memory/access";
import { operandAddress } from "../../operand";

export const ADD: i32 = 0;
export const OR: i32 = 1;
export const ADC: i32 = 2;
export const SBB: i32 = 3;
export const AND: i32 = 4;
export const SUB: i32 = 5;
export const XOR: i32 = 6;
export const CMP: i32 = 7;

/** Sign-extends to 64 bits. */
// @ts-ignore: decorator
@inline export function sext<T>(value: T): i64 {
  if (sizeof<T>() == 1) return <i64>(<i8>value);
  if (sizeof<T>() == 2) return <i64>(<i16>value);
  if (sizeof<T>() == 4) return <i64>(<i32>value);
  return <i64>value;
}

/** General register at a byte offset. */
// @ts-ignore: decorator
@inline export function getReg<T>(offset: u32): T {
  return load<T>(offset, GPR);
}
/** Writes a general register; 32 bits clear the upper half. */
// @ts-ignore: decorator
@inline export function setReg<T>(offset: u32, value: T): void {
  if (sizeof<T>() == 4) store<u64>(offset, <u64>value, GPR);
  else store<T>(offset, value, GPR);
}
// @ts-ignore: decorator
@inline function reg(r: u32): u32 {
  return load<u8>(r, 6);
}
// @ts-ignore: decorator
@inline function rm(r: u32): u32 {
  return load<u8>(r, 7);
}

/** Carry and overflow come from the wide sum: both operands are sign-extended, so bit sizeof*8 is not at hand; computed by hand. */
export function adcFlags(a: i64, b: i64, result: i64, isSub: bool, carryIn: bool): void {
  const x = isSub ? <u64>a < <u64>b || (carryIn && a == b) : <u64>result < <u64>a || (carryIn && result == a);
  const o = isSub ? (a ^ b) & (a ^ result) : (a ^ result) & (b ^ result);
  setArithmeticFlags(
    flagsOfResult(result) | (x ? CF : 0) | (o < 0 ? OF : 0) | ((<u32>(a ^ b ^ result)) & AF),
  );
}

/** One of the eight operations, flags included; for CMP the result is only looked at. */
// @ts-ignore: decorator
@inline export function alu<T>(operation: i32, a: T, b: T): T {
  if (operation == ADD) {
    const result = <T>(a + b);
    setLazy(LAZY_ADD, sext<T>(result), sext<T>(a), sext<T>(b));
    return result;
  }
  if (operation == SUB || operation == CMP) {
    const result = <T>(a - b);
    setLazy(LAZY_SUB, sext<T>(result), sext<T>(a), sext<T>(b));
    return result;
  }
  if (operation == ADC || operation == SBB) {
    const carry = getCF();
    const result = operation == ADC ? <T>(a + b + <T>carry) : <T>(a - b - <T>carry);
    adcFlags(sext<T>(a), sext<T>(b), sext<T>(result), operation == SBB, carry);
    return result;
  }
  const result = operation == OR ? <T>(a | b) : operation == AND ? <T>(a & b) : <T>(a ^ b);
  setLazyLogic(sext<T>(result));
  return result;
}

/** op r/m, r with a register. */
// @ts-ignore: decorator
@inline export function aluEgR<T>(operation: i32, r: u32): void {
  const result = alu<T>(operation, getReg<T>(rm(r)), getReg<T>(reg(r)));
  if (operation != CMP) setReg<T>(rm(r), result);
}
// @ts-ignore: decorator
@inline function aluMemory<T>(operation: i32, r: u32, b: T): void {
  const address = operandAddress(r);
  if (operation == CMP) {
    const a = read<T>(address);
    if (!aborted()) alu<T>(CMP, a, b);
    return;
  }
  const a = rmw<T>(address);
  if (aborted()) return;
  write<T>(address, alu<T>(operation, a, b));
}
/** op r/m, r with memory. */
// @ts-ignore: decorator
@inline export function aluEgM<T>(operation: i32, r: u32): void {
  aluMemory<T>(operation, r, getReg<T>(reg(r)));
}
/** op r, r/m with memory. */
// @ts-ignore: decorator
@inline export function aluGeM<T>(operation: i32, r: u32): void {
  const b = read<T>(operandAddress(r));
  if (aborted()) return;
  const result = alu<T>(operation, getReg<T>(reg(r)), b);
  if (operation != CMP) setReg<T>(reg(r), result);
}
/** op r, r/m with a register. */
// @ts-ignore: decorator
@inline export function aluGeR<T>(operation: i32, r: u32): void {
  const result = alu<T>(operation, getReg<T>(reg(r)), getReg<T>(rm(r)));
  if (operation != CMP) setReg<T>(reg(r), result);
}
/** op r/m, imm. */
// @ts-ignore: decorator
@inline export function aluEiR<T>(operation: i32, r: u32): void {
  const result = alu<T>(operation, getReg<T>(rm(r)), load<T>(r, 16));
  if (operation != CMP) setReg<T>(rm(r), result);
}
// @ts-ignore: decorator
@inline export function aluEiM<T>(operation: i32, r: u32): void {
  aluMemory<T>(operation, r, load<T>(r, 16));
}

// @ts-ignore: decorator
@inline export function testR<T>(a: T, b: T): void {
  setLazyLogic(sext<T>(<T>(a & b)));
}
// @ts-ignore: decorator
@inline export function testM<T>(r: u32, b: T): void {
  const a = read<T>(operandAddress(r));
  if (!aborted()) testR<T>(a, b);
}

/** Puts CF into EFLAGS, where LAZY_INC and LAZY_DEC look for it. */
function keepCarry(): void {
  store<u32>(EFLAGS, (load<u32>(EFLAGS) & ~CF) | (getCF() ? CF : 0));
}

/** INC and DEC keep CF. */
// @ts-ignore: decorator
@inline export function step<T>(isDec: bool, a: T): T {
  if (!isCarryInEflags()) keepCarry();
  const result = isDec ? <T>(a - 1) : <T>(a + 1);
  setLazy(isDec ? LAZY_DEC : LAZY_INC, sext<T>(result), sext<T>(a), 1);
  return result;
}
// @ts-ignore: decorator
@inline export function stepR<T>(isDec: bool, r: u32): void {
  setReg<T>(rm(r), step<T>(isDec, getReg<T>(rm(r))));
}
// @ts-ignore: decorator
@inline export function stepM<T>(isDec: bool, r: u32): void {
  const address = operandAddress(r);
  const a = rmw<T>(address);
  if (!aborted()) write<T>(address, step<T>(isDec, a));
}
// @ts-ignore: decorator
@inline export function notR<T>(r: u32): void {
  setReg<T>(rm(r), <T>~getReg<T>(rm(r)));
}
// @ts-ignore: decorator
@inline export function notM<T>(r: u32): void {
  const address = operandAddress(r);
  const a = rmw<T>(address);
  if (!aborted()) write<T>(address, <T>~a);
}
// @ts-ignore: decorator
@inline export function negR<T>(r: u32): void {
  setReg<T>(rm(r), alu<T>(SUB, <T>0, getReg<T>(rm(r))));
}
// @ts-ignore: decorator
@inline export function negM<T>(r: u32): void {
  const address = operandAddress(r);
  const a = rmw<T>(address);
  if (!aborted()) write<T>(address, alu<T>(SUB, <T>0, a));
}
