/** BMI1, BMI2 and ADX. VEX-encoded ones are #UD in real and virtual-8086 mode. */
import { RDX } from "../../generated/layout";
import { aborted, raiseUd } from "../../faults";
import { CF, flagsOfResult, getArithmeticFlags, OF, setArithmeticFlags } from "../../flags";
import {
  OP_ANDN, OP_BEXTR, OP_BLSI, OP_BLSMSK, OP_BLSR, OP_BZHI, OP_MULX, OP_PDEP, OP_PEXT, OP_RORX, OP_SARX, OP_SHLX,
} from "../../generated/opcodes"; // prettier-ignore
import { recordImm, recordReg, recordSize, recordVvvv } from "../../record";
import { isRealOrV86, readGpr, signExtend, writeGpr } from "../../registers";
import { multiplyHigh } from "./multiply";
import { readSource, sizeMask } from "./operands";

/** Logic flags of a result, with a carry. */
function setResultFlags(result: u64, size: u32, carry: bool): void {
  setArithmeticFlags(flagsOfResult(signExtend(result, size)) | (carry ? CF : 0));
}

/** Bits of `source` chosen by `mask`, packed at the low end. */
function extractBits(source: u64, mask: u64): u64 {
  let result: u64 = 0;
  let place: u64 = 0;
  for (let rest = mask; rest != 0; rest &= rest - 1) result |= ((source >> ctz(rest)) & 1) << place++;
  return result;
}

/** Low bits of `source` spread to the places of `mask`. */
function depositBits(source: u64, mask: u64): u64 {
  let result: u64 = 0;
  let bits = source;
  for (let rest = mask; rest != 0; rest &= rest - 1) {
    result |= (bits & 1) << ctz(rest);
    bits >>= 1;
  }
  return result;
}

/** BLSR, BLSMSK, BLSI: the destination is VEX.vvvv. */
function lowestSetBit(op: u32, r: u32, source: u64, size: u32): void {
  let result: u64;
  if (op == OP_BLSR) result = source & (source - 1);
  else if (op == OP_BLSMSK) result = source ^ (source - 1);
  else result = source & (0 - source);
  result &= sizeMask(size);
  writeGpr(recordVvvv(r), size, result);
  setResultFlags(result, size, op == OP_BLSI ? source != 0 : source == 0);
}

function extractField(source: u64, control: u64, width: u32): u64 {
  const start = (<u32>control) & 255;
  const length = (<u32>(control >> 8)) & 255;
  if (start >= width) return 0;
  const field = source >> start;
  return length >= width ? field : field & (((<u64>1) << length) - 1);
}

function zeroHighBits(r: u32, source: u64, size: u32): void {
  const width = size << 3;
  const index = <u32>readGpr(recordVvvv(r), 1);
  const result = index < width ? source & (((<u64>1) << index) - 1) : source;
  writeGpr(recordReg(r), size, result);
  setResultFlags(result, size, index >= width);
}

/** MULX: the upper half to ModRM.reg, which wins when both destinations are the same. */
function multiplyWithoutFlags(r: u32, source: u64, size: u32): void {
  const other = size == 8 ? load<u64>(RDX) : <u64>load<u32>(RDX);
  const low = other * source;
  writeGpr(recordVvvv(r), size, low);
  writeGpr(recordReg(r), size, size == 8 ? multiplyHigh(other, source) : low >> 32);
}

function shiftedWithoutFlags(op: u32, source: u64, count: u64, size: u32): u64 {
  const places = count & (size == 8 ? 63 : 31);
  if (op == OP_SHLX) return source << places;
  if (op == OP_SARX) return <u64>(signExtend(source, size) >> places);
  return source >> places;
}

function rotatedRight(source: u64, count: u64, size: u32): u64 {
  return size == 8 ? rotr<u64>(source, count & 63) : <u64>rotr<u32>(<u32>source, (<u32>count) & 31);
}

export function executeBitManipulation(op: u32, r: u32): void {
  if (isRealOrV86()) return raiseUd();
  const size = recordSize(r);
  const source = readSource(r, size);
  if (aborted()) return;
  const second = readGpr(recordVvvv(r), size);
  let result: u64;
  switch (op) {
    case OP_BLSR:
    case OP_BLSMSK:
    case OP_BLSI:
      return lowestSetBit(op, r, source, size);
    case OP_BZHI:
      return zeroHighBits(r, source, size);
    case OP_MULX:
      return multiplyWithoutFlags(r, source, size);
    case OP_ANDN:
      result = ~second & source;
      setResultFlags(result, size, false);
      break;
    case OP_BEXTR:
      result = extractField(source, second, size << 3);
      setResultFlags(result, size, false);
      break;
    case OP_PEXT:
      result = extractBits(second, source);
      break;
    case OP_PDEP:
      result = depositBits(second, source);
      break;
    case OP_RORX:
      result = rotatedRight(source, recordImm(r), size);
      break;
    default:
      result = shiftedWithoutFlags(op, source, second, size);
  }
  writeGpr(recordReg(r), size, result);
}

/** ADCX (carry in CF) and ADOX (carry in OF): the other flags stay. */
export function addWithOneFlag(r: u32, flag: u32): void {
  const size = recordSize(r);
  const source = readSource(r, size);
  if (aborted()) return;
  const flags = getArithmeticFlags();
  const carryIn: u64 = (flags & flag) != 0 ? 1 : 0;
  const destination = readGpr(recordReg(r), size);
  const sum = (destination + source + carryIn) & sizeMask(size);
  const carryOut = sum < destination || (carryIn != 0 && sum == destination);
  writeGpr(recordReg(r), size, sum);
  setArithmeticFlags((flags & ~flag) | (carryOut ? flag : 0));
}
