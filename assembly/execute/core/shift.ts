/** SHL, SHR, SAR, ROL, ROR. SDM 2, "SAL/SAR/SHL/SHR" and "RCL/RCR/ROL/ROR". */
import { RCX } from "../../generated/layout";
import { aborted } from "../../faults";
import { CF, OF, setCarryOverflow, setResultOnly } from "../../flags";
import { rmw, write } from "../../memory/access";
import { operandAddress } from "../../operand";
import { getReg, setReg, sext } from "./alu";

export const SHL: i32 = 0;
export const SHR: i32 = 1;
export const SAR: i32 = 2;
export const ROL: i32 = 3;
export const ROR: i32 = 4;

// @ts-ignore: decorator
@inline function topBit<T>(value: T): u32 {
  return sext<T>(value) < 0 ? 1 : 0;
}

/** `count` is masked to 5 or 6 bits and not 0. */
// @ts-ignore: decorator
@inline function shift<T>(operation: i32, a: T, count: u32): T {
  const bits: u32 = sizeof<T>() * 8;
  if (operation == SHL) {
    const wide = count > bits ? 0 : (<u64>a) << (<u64>(count - 1));
    const carry = (<u32>(wide >> (bits - 1))) & 1;
    const result = <T>(wide << 1);
    setResultOnly(sext<T>(result), carry | ((carry ^ topBit<T>(result)) != 0 ? OF : 0));
    return result;
  }
  if (operation == SHR) {
    const wide = count > bits ? 0 : (<u64>a) >> (<u64>(count - 1));
    const result = <T>(wide >> 1);
    setResultOnly(sext<T>(result), ((<u32>wide) & CF) | (topBit<T>(a) != 0 ? OF : 0));
    return result;
  }
  if (operation == SAR) {
    const wide = sext<T>(a) >> (<i64>(count - 1));
    const result = <T>(wide >> 1);
    setResultOnly(sext<T>(result), (<u32>wide) & CF);
    return result;
  }
  const turn = count & (bits - 1);
  const result: T = operation == ROL ? rotl<T>(a, <T>turn) : rotr<T>(a, <T>turn);
  if (operation == ROL) {
    const carry = (<u32>result) & 1;
    setCarryOverflow(carry | ((carry ^ topBit<T>(result)) != 0 ? OF : 0));
  } else {
    const carry = topBit<T>(result);
    const second = topBit<T>(<T>(result << 1));
    setCarryOverflow(carry | ((carry ^ second) != 0 ? OF : 0));
  }
  return result;
}

// @ts-ignore: decorator
@inline function maskedCount<T>(count: u32): u32 {
  return count & (sizeof<T>() == 8 ? 63 : 31);
}

// @ts-ignore: decorator
@inline function shiftR<T>(operation: i32, r: u32, count: u32): void {
  const place: u32 = load<u8>(r, 7);
  const masked = maskedCount<T>(count);
  if (masked == 0) {
    if (sizeof<T>() == 4) setReg<T>(place, getReg<T>(place));
    return;
  }
  setReg<T>(place, shift<T>(operation, getReg<T>(place), masked));
}
// @ts-ignore: decorator
@inline function shiftM<T>(operation: i32, r: u32, count: u32): void {
  const address = operandAddress(r);
  const a = rmw<T>(address);
  const masked = maskedCount<T>(count);
  if (aborted() || masked == 0) return;
  write<T>(address, shift<T>(operation, a, masked));
}
// @ts-ignore: decorator
@inline export function shiftIR<T>(operation: i32, r: u32): void {
  shiftR<T>(operation, r, load<u8>(r, 16));
}
// @ts-ignore: decorator
@inline export function shiftIM<T>(operation: i32, r: u32): void {
  shiftM<T>(operation, r, load<u8>(r, 16));
}
// @ts-ignore: decorator
@inline export function shiftCR<T>(operation: i32, r: u32): void {
  shiftR<T>(operation, r, load<u8>(RCX));
}
// @ts-ignore: decorator
@inline export function shiftCM<T>(operation: i32, r: u32): void {
  shiftM<T>(operation, r, load<u8>(RCX));
}
