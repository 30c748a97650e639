/** RCL, RCR, SHLD, SHRD. SDM 2, "RCL/RCR/ROL/ROR", "SHLD", "SHRD". */
import { RCX } from "../../generated/layout";
import { aborted } from "../../faults";
import { CF, flagsOfResult, getArithmeticFlags, getCF, OF, setArithmeticFlags } from "../../flags";
import { recordImm, recordReg, recordSize } from "../../record";
import { readGpr, signExtend } from "../../registers";
import { readDestination, sizeMask, writeDestination } from "./operands";

/** The count of a shift, masked as the processor does: modulo 64 for 64-bit operands, else modulo 32. */
function maskedCount(r: u32, isByCl: bool): u32 {
  const count = isByCl ? <u32>load<u8>(RCX) : <u32>recordImm(r);
  return count & (recordSize(r) == 8 ? 63 : 31);
}

function setCarryAndOverflow(carry: bool, overflow: bool): void {
  setArithmeticFlags((getArithmeticFlags() & ~(CF | OF)) | (carry ? CF : 0) | (overflow ? OF : 0));
}

export function rotateLeftThroughCarry(r: u32, isByCl: bool): void {
  const size = recordSize(r);
  const width = size << 3;
  const value = readDestination(r);
  if (aborted()) return;
  const masked = maskedCount(r, isByCl);
  const count = masked % (width + 1);
  if (count == 0) return writeDestination(r, value);
  let result = ((value << (count - 1)) << 1) | ((<u64>getCF()) << (count - 1));
  if (count > 1) result |= value >> (width + 1 - count);
  result &= sizeMask(size);
  writeDestination(r, result);
  if (aborted()) return;
  const carry = ((value >> (width - count)) & 1) != 0;
  setCarryAndOverflow(carry, signExtend(result, size) < 0 != carry);
}

export function rotateRightThroughCarry(r: u32, isByCl: bool): void {
  const size = recordSize(r);
  const width = size << 3;
  const value = readDestination(r);
  if (aborted()) return;
  const count = maskedCount(r, isByCl) % (width + 1);
  if (count == 0) return writeDestination(r, value);
  let result = ((value >> (count - 1)) >> 1) | ((<u64>getCF()) << (width - count));
  if (count > 1) result |= value << (width + 1 - count);
  result &= sizeMask(size);
  writeDestination(r, result);
  if (aborted()) return;
  const overflow = (((result >> (width - 1)) ^ (result >> (width - 2))) & 1) != 0;
  setCarryAndOverflow(((value >> (count - 1)) & 1) != 0, overflow);
}

/** Result of the double shift in progress and the bit that left last. */
let shifted: u64 = 0;
let shiftedOut: bool = false;

function doubleShiftLeft(value: u64, source: u64, count: u32, size: u32): void {
  if (size == 2) {
    // A count above 16 is undefined; processors shift DEST:SRC:DEST.
    const wide = (value << 32) | (source << 16) | value;
    shifted = (wide << count) >> 32;
    shiftedOut = ((wide >> (48 - count)) & 1) != 0;
  } else {
    const width = size << 3;
    shifted = (value << count) | (source >> (width - count));
    shiftedOut = ((value >> (width - count)) & 1) != 0;
  }
}

function doubleShiftRight(value: u64, source: u64, count: u32, size: u32): void {
  if (size == 2) {
    const wide = (value << 32) | (source << 16) | value;
    shifted = wide >> count;
    shiftedOut = ((wide >> (count - 1)) & 1) != 0;
  } else {
    const width = size << 3;
    shifted = (value >> count) | (source << (width - count));
    shiftedOut = ((value >> (count - 1)) & 1) != 0;
  }
}

export function doubleShift(r: u32, isLeft: bool, isByCl: bool): void {
  const size = recordSize(r);
  const value = readDestination(r);
  if (aborted()) return;
  const count = maskedCount(r, isByCl);
  if (count == 0) return writeDestination(r, value);
  const source = readGpr(recordReg(r), size);
  if (isLeft) doubleShiftLeft(value, source, count, size);
  else doubleShiftRight(value, source, count, size);
  const result = shifted & sizeMask(size);
  writeDestination(r, result);
  if (aborted()) return;
  const overflow = signExtend(value ^ result, size) < 0;
  setArithmeticFlags(flagsOfResult(signExtend(result, size)) | (shiftedOut ? CF : 0) | (overflow ? OF : 0));
}
