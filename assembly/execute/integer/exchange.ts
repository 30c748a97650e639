/** XADD, CMPXCHG, CMPXCHG8B, CMPXCHG16B. One processor runs at a time, so that all of them are atomic. */
import { RAX, RBX, RCX, RDX } from "../../generated/layout";
import { aborted, raiseGp0 } from "../../faults";
import { getArithmeticFlags, LAZY_ADD, LAZY_SUB, setArithmeticFlags, setLazy, ZF } from "../../flags";
import { checkWritable, rmw64, write64 } from "../../memory/access";
import { operandAddress } from "../../operand";
import { recordIsMemory, recordReg, recordSize } from "../../record";
import { readGpr, signExtend, writeGpr } from "../../registers";
import { readDestination, writeDestination } from "./operands";

export function exchangeAndAdd(r: u32): void {
  const size = recordSize(r);
  const destination = readDestination(r);
  if (aborted()) return;
  const source = readGpr(recordReg(r), size);
  const sum = destination + source;
  if (!writeExchanged(r, size, destination, sum)) return;
  setLazy(LAZY_ADD, signExtend(sum, size), signExtend(destination, size), signExtend(source, size));
}

/** The register first: when both operands are the same register the sum stays. False when the write faults. */
function writeExchanged(r: u32, size: u32, old: u64, sum: u64): bool {
  const before = readGpr(recordReg(r), 8);
  writeGpr(recordReg(r), size, old);
  writeDestination(r, sum);
  if (!aborted()) return true;
  writeGpr(recordReg(r), size, before);
  return false;
}

/**
 * CMPXCHG. A memory destination is written in any case, with what was there when the comparison fails; a register
 * then stays untouched, its upper half too.
 */
export function compareAndExchange(r: u32): void {
  const size = recordSize(r);
  const destination = readDestination(r);
  if (aborted()) return;
  const accumulator = readGpr(0, size);
  const isEqual = accumulator == destination;
  if (isEqual) writeDestination(r, readGpr(recordReg(r), size));
  else if (recordIsMemory(r)) writeDestination(r, destination);
  if (aborted()) return;
  if (!isEqual) writeGpr(0, size, destination);
  const difference = signExtend(accumulator - destination, size);
  setLazy(LAZY_SUB, difference, signExtend(accumulator, size), signExtend(destination, size));
}

function setZeroFlag(isEqual: bool): void {
  setArithmeticFlags((getArithmeticFlags() & ~ZF) | (isEqual ? ZF : 0));
}

export function compareAndExchange8Bytes(r: u32): void {
  const linear = operandAddress(r);
  const value = rmw64(linear);
  if (aborted()) return;
  const isEqual = value == (((<u64>load<u32>(RDX)) << 32) | load<u32>(RAX));
  write64(linear, isEqual ? ((<u64>load<u32>(RCX)) << 32) | load<u32>(RBX) : value);
  if (aborted()) return;
  if (!isEqual) {
    store<u64>(RAX, value & 0xffffffff);
    store<u64>(RDX, value >> 32);
  }
  setZeroFlag(isEqual);
}

export function compareAndExchange16Bytes(r: u32): void {
  const linear = operandAddress(r);
  if (linear & 15) return raiseGp0();
  checkWritable(linear, 16);
  const low = rmw64(linear);
  const high = rmw64(linear + 8);
  if (aborted()) return;
  const isEqual = low == load<u64>(RAX) && high == load<u64>(RDX);
  write64(linear, isEqual ? load<u64>(RBX) : low);
  write64(linear + 8, isEqual ? load<u64>(RCX) : high);
  if (aborted()) return;
  if (!isEqual) {
    store<u64>(RAX, low);
    store<u64>(RDX, high);
  }
  setZeroFlag(isEqual);
}
