/** MOV and its kin, IMUL, XCHG, CMOVcc, SETcc, PUSH, POP, LEA, sign extensions. */
import { GPR, RAX, RBP, RDX, RSP } from "../../generated/layout";
import { aborted } from "../../faults";
import { condition, LAZY_IMUL, setLazy } from "../../flags";
import { read, read64, rmw, write, write64 } from "../../memory/access";
import { operandAddress, segmentedAddress } from "../../operand";
import { recordSize } from "../../record";
import { readGpr, writeGpr } from "../../registers";
import { pop, push, readStack, setStackPointer, stackFault, stackMask } from "../../stack";
import { getReg, setReg, sext } from "./alu";

// @ts-ignore: decorator
@inline function reg(r: u32): u32 {
  return load<u8>(r, 6);
}
// @ts-ignore: decorator
@inline function rm(r: u32): u32 {
  return load<u8>(r, 7);
}

// @ts-ignore: decorator
@inline export function loadReg<T>(r: u32): void {
  const value = read<T>(operandAddress(r));
  if (!aborted()) setReg<T>(reg(r), value);
}
// @ts-ignore: decorator
@inline export function storeReg<T>(r: u32): void {
  write<T>(operandAddress(r), getReg<T>(reg(r)));
}
// @ts-ignore: decorator
@inline export function storeImm<T>(r: u32): void {
  write<T>(operandAddress(r), load<T>(r, 16));
}

/** MOVZX and MOVSX from memory: S the source's type (signed or not), T the destination's. */
// @ts-ignore: decorator
@inline export function extendM<S, T>(r: u32): void {
  const value = read<S>(operandAddress(r));
  if (!aborted()) setReg<T>(reg(r), <T>value);
}
// @ts-ignore: decorator
@inline export function extendR<S, T>(r: u32): void {
  setReg<T>(reg(r), <T>load<S>(rm(r), GPR));
}

/** IMUL with two or three operands: CF = OF = the product does not fit. */
// @ts-ignore: decorator
@inline export function imul<T>(r: u32, a: T, b: T): void {
  const result = <T>(a * b);
  setReg<T>(reg(r), result);
  setLazy(LAZY_IMUL, sext<T>(result), sext<T>(a), sext<T>(b));
}
// @ts-ignore: decorator
@inline export function imulGeM<T>(r: u32): void {
  const b = read<T>(operandAddress(r));
  if (!aborted()) imul<T>(r, getReg<T>(reg(r)), b);
}
// @ts-ignore: decorator
@inline export function imulGeiM<T>(r: u32): void {
  const a = read<T>(operandAddress(r));
  if (!aborted()) imul<T>(r, a, load<T>(r, 16));
}

// @ts-ignore: decorator
@inline export function xchgR<T>(r: u32): void {
  const a = getReg<T>(rm(r));
  setReg<T>(rm(r), getReg<T>(reg(r)));
  setReg<T>(reg(r), a);
}
// @ts-ignore: decorator
@inline export function xchgM<T>(r: u32): void {
  const address = operandAddress(r);
  const a = rmw<T>(address);
  if (aborted()) return;
  write<T>(address, getReg<T>(reg(r)));
  setReg<T>(reg(r), a);
}
/** XCHG with the accumulator; 90H itself is NOP and leaves the upper half alone. SDM 2, "NOP". */
// @ts-ignore: decorator
@inline export function xchgA<T>(r: u32): void {
  if (rm(r) == 0) return;
  const a = getReg<T>(0);
  setReg<T>(0, getReg<T>(rm(r)));
  setReg<T>(rm(r), a);
}

/** The source is read whether or not the condition holds. */
// @ts-ignore: decorator
@inline export function cmovR<T>(r: u32): void {
  setReg<T>(reg(r), condition((<u32>load<u8>(r, 31)) & 15) ? getReg<T>(rm(r)) : getReg<T>(reg(r)));
}
// @ts-ignore: decorator
@inline export function cmovM<T>(r: u32): void {
  const value = read<T>(operandAddress(r));
  if (aborted()) return;
  setReg<T>(reg(r), condition((<u32>load<u8>(r, 31)) & 15) ? value : getReg<T>(reg(r)));
}

export function push64(value: u64): void {
  const rsp = load<u64>(RSP) - 8;
  write64(rsp, value);
  if (aborted()) stackFault();
  else store<u64>(RSP, rsp);
}
export function pop64(): u64 {
  const rsp = load<u64>(RSP);
  const value = read64(rsp);
  if (aborted()) stackFault();
  else store<u64>(RSP, rsp + 8);
  return value;
}
/** PUSH of a 64-bit register, in the hot switch. */
// @ts-ignore: decorator
@inline export function pushInline64(value: u64): void {
  const rsp = load<u64>(RSP) - 8;
  write<u64>(rsp, value);
  if (aborted()) stackFault();
  else store<u64>(RSP, rsp);
}
/** POP to a 64-bit register, in the hot switch; RSP grows first, so that POP RSP keeps what was popped. */
// @ts-ignore: decorator
@inline export function popInline64(r: u32): void {
  const rsp = load<u64>(RSP);
  const value = read<u64>(rsp);
  if (aborted()) stackFault();
  else {
    store<u64>(RSP, rsp + 8);
    setReg<u64>(rm(r), value);
  }
}
/** POP to a register: RSP grows first, so that POP RSP keeps what was popped. */
export function popReg(r: u32): void {
  const size = recordSize(r);
  const value = pop(size);
  if (!aborted()) writeGpr(rm(r), size, value);
}
export function pushReg(r: u32): void {
  push(recordSize(r), readGpr(rm(r), recordSize(r)));
}
export function pushOperand(r: u32, isMemory: bool): void {
  const size = recordSize(r);
  let value: u64;
  if (isMemory) {
    value = readSized(operandAddress(r), size);
    if (aborted()) return;
  } else value = readGpr(rm(r), size);
  push(size, value);
}
export function readSized(linear: u64, size: u32): u64 {
  if (size == 8) return read<u64>(linear);
  if (size == 4) return read<u32>(linear);
  if (size == 2) return read<u16>(linear);
  return read<u8>(linear);
}
export function writeSized(linear: u64, size: u32, value: u64): void {
  if (size == 8) write<u64>(linear, value);
  else if (size == 4) write<u32>(linear, <u32>value);
  else if (size == 2) write<u16>(linear, <u16>value);
  else write<u8>(linear, <u8>value);
}
/** POP to memory: the address is computed with RSP after the increment. SDM 2, "POP". */
export function popOperand(r: u32, isMemory: bool): void {
  if (!isMemory) return popReg(r);
  const size = recordSize(r);
  const before = load<u64>(RSP);
  const value = pop(size);
  if (aborted()) return;
  writeSized(operandAddress(r), size, value);
  if (aborted()) store<u64>(RSP, before);
}

export function leave(r: u32): void {
  const size = recordSize(r);
  const frame = load<u64>(RBP) & stackMask();
  const value = readStack(frame, size);
  if (aborted()) return;
  setStackPointer(frame + size);
  writeGpr(RBP - GPR, size, value);
}

/** MOV between the accumulator and an absolute offset. */
export function movFromOffset(r: u32): void {
  const size = recordSize(r);
  const value = readSized(segmentedAddress(r, load<u64>(r, 16)), size);
  if (!aborted()) writeGpr(0, size, value);
}
export function movToOffset(r: u32): void {
  const size = recordSize(r);
  writeSized(segmentedAddress(r, load<u64>(r, 16)), size, readGpr(0, size));
}

/** CBW, CWDE, CDQE. */
export function extendAccumulator(size: u32): void {
  if (size == 2) store<u16>(RAX, <u16>(<i16>load<i8>(RAX)));
  else if (size == 4) store<u64>(RAX, <u64>(<u32>(<i32>load<i16>(RAX))));
  else store<u64>(RAX, <u64>(<i64>load<i32>(RAX)));
}
/** CWD, CDQ, CQO. */
export function signAccumulator(size: u32): void {
  if (size == 2) store<u16>(RDX, <u16>(load<i16>(RAX) >> 15));
  else if (size == 4) store<u64>(RDX, <u64>(<u32>(load<i32>(RAX) >> 31)));
  else store<u64>(RDX, <u64>(load<i64>(RAX) >> 63));
}
