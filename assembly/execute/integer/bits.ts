/** Bit tests, bit scans and counts, byte swaps, CRC32. */
import { aborted } from "../../faults";
import { CF, getArithmeticFlags, setArithmeticFlags, ZF } from "../../flags";
import { recordAddressSize, recordImm, recordIsMemory, recordReg, recordRm, recordSize } from "../../record";
import { readGpr, signExtend, writeGpr } from "../../registers";
import { operandAddress, operandOffset, segmentedAddress } from "../../operand";
import {
  readDestination,
  readDestinationAt,
  readLinear,
  readSource,
  sizeMask,
  writeDestination,
  writeLinear,
} from "./operands";

export const BIT_TEST: u32 = 0;
export const BIT_SET: u32 = 1;
export const BIT_RESET: u32 = 2;
export const BIT_COMPLEMENT: u32 = 3;

function changedBit(value: u64, bit: u64, change: u32): u64 {
  if (change == BIT_SET) return value | bit;
  if (change == BIT_RESET) return value & ~bit;
  return value ^ bit;
}

/** Address of the operand-size piece that holds bit `index` (signed) of the bit string. SDM 2, "BT". */
function bitStringAddress(r: u32, index: i64, size: u32): u64 {
  const pieceBits: i64 = size == 8 ? 6 : size == 4 ? 5 : 4;
  const offset = operandOffset(r) + <u64>((index >> pieceBits) * <i64>size);
  return segmentedAddress(r, offset & sizeMask(recordAddressSize(r)));
}

function readBitPiece(r: u32, index: i64, size: u32, change: u32): u64 {
  if (!recordIsMemory(r)) return readGpr(recordRm(r), size);
  const linear = bitStringAddress(r, index, size);
  return change == BIT_TEST ? readLinear(linear, size) : readDestinationAt(linear, size);
}

function finishBitTest(r: u32, value: u64, bitNumber: u32, change: u32): void {
  const bit = (<u64>1) << bitNumber;
  if (change != BIT_TEST) writeDestination(r, changedBit(value, bit, change));
  if (aborted()) return;
  setArithmeticFlags((getArithmeticFlags() & ~CF) | ((value & bit) != 0 ? CF : 0));
}

/** BT, BTS, BTR, BTC with the bit's number in a register: the memory operand is a bit string in both directions. */
export function bitTestRegister(r: u32, change: u32): void {
  const size = recordSize(r);
  const index = signExtend(readGpr(recordReg(r), size), size);
  const value = readBitPiece(r, index, size, change);
  if (aborted()) return;
  finishBitTest(r, value, (<u32>index) & ((size << 3) - 1), change);
}

/** BT, BTS, BTR, BTC with an immediate, modulo the operand size. */
export function bitTestImmediate(r: u32, change: u32): void {
  const size = recordSize(r);
  const value = change == BIT_TEST ? readSource(r, size) : readDestination(r);
  if (aborted()) return;
  finishBitTest(r, value, (<u32>recordImm(r)) & ((size << 3) - 1), change);
}

/** BSF and BSR. With a source of 0 the destination stays (SDM 2, "BSF"). */
export function bitScan(r: u32, isReverse: bool): void {
  const size = recordSize(r);
  const source = readSource(r, size);
  if (aborted()) return;
  if (source) writeGpr(recordReg(r), size, isReverse ? 63 - clz(source) : ctz(source));
  setArithmeticFlags((getArithmeticFlags() & ~ZF) | (source ? 0 : ZF));
}

/** TZCNT and LZCNT: a source of 0 counts as the operand size. */
export function countZeros(r: u32, isLeading: bool): void {
  const size = recordSize(r);
  const width = <u64>(size << 3);
  const source = readSource(r, size);
  if (aborted()) return;
  let count = width;
  if (source) count = isLeading ? clz(source) - (64 - width) : ctz(source);
  writeGpr(recordReg(r), size, count);
  const kept = getArithmeticFlags() & ~(CF | ZF);
  setArithmeticFlags(kept | (source ? 0 : CF) | (count ? 0 : ZF));
}

export function populationCount(r: u32): void {
  const size = recordSize(r);
  const source = readSource(r, size);
  if (aborted()) return;
  writeGpr(recordReg(r), size, popcnt(source));
  setArithmeticFlags(source ? 0 : ZF);
}

/** The low `size` bytes in reverse order. */
function reversedBytes(value: u64, size: u32): u64 {
  return bswap(value) >> (64 - (size << 3));
}

/** BSWAP. Of 16 bits (undefined) it gives 0, as processors do. */
export function byteSwap(r: u32): void {
  const size = recordSize(r);
  const offset = recordRm(r);
  writeGpr(offset, size, size == 2 ? 0 : reversedBytes(readGpr(offset, size), size));
}

export function moveByteSwappedLoad(r: u32): void {
  const size = recordSize(r);
  const value = readSource(r, size);
  if (aborted()) return;
  writeGpr(recordReg(r), size, reversedBytes(value, size));
}

export function moveByteSwappedStore(r: u32): void {
  const size = recordSize(r);
  writeLinear(operandAddress(r), size, reversedBytes(readGpr(recordReg(r), size), size));
}

/** CRC-32C of the 256 bytes, made at the first use. Polynomial 11EDC6F41H, reflected. */
const CRC_TABLE: usize = memory.data(1024, 4);
const CRC_POLYNOMIAL: u32 = 0x82f63b78;

function makeCrcTable(): void {
  for (let index: u32 = 0; index < 256; index++) {
    let crc = index;
    for (let bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (crc & 1 ? CRC_POLYNOMIAL : 0);
    store<u32>(CRC_TABLE + (index << 2), crc);
  }
}

/** CRC32 with a source of `size` bytes; the destination's upper half becomes 0. */
export function crc32c(r: u32, size: u32): void {
  let source = readSource(r, size);
  if (aborted()) return;
  if (load<u32>(CRC_TABLE + 4) == 0) makeCrcTable();
  let crc = <u32>readGpr(recordReg(r), 4);
  for (let index: u32 = 0; index < size; index++) {
    crc = (crc >> 8) ^ load<u32>(CRC_TABLE + (((crc ^ (<u32>source)) & 255) << 2));
    source >>= 8;
  }
  writeGpr(recordReg(r), 8, crc);
}
