/**
 * String instructions and their repetition. An iteration commits rSI, rDI and rCX before the next begins, so that a
 * fault leaves them at the iteration that faulted, and a long repetition may stop for events and start again
 * (ABORT_RESTART). SDM 2, "REP/REPE/REPZ/REPNE/REPNZ". MOVS and STOS go page by page: string/bulk.ts.
 */
import { ABORT, BUDGET, EFLAGS, RAX, RDX } from "../generated/layout";
import {
  OP_CMPS, OP_IN_DX, OP_IN_I, OP_INS, OP_LODS, OP_MOVS, OP_OUT_DX, OP_OUT_I, OP_OUTS, OP_SCAS, OP_STOS,
} from "../generated/opcodes"; // prettier-ignore
import { ABORT_RESTART, aborted, raiseUd } from "../faults";
import { DF, getZF, LAZY_SUB, setLazy, TF } from "../flags";
import { checkWritable } from "../memory/access";
import {
  PREFIX_REP,
  PREFIX_REPNE,
  recordAddressSize,
  recordPrefixes,
  recordSegment,
  recordSize,
  SEGMENT_ES,
} from "../record";
import { readGpr, signExtend, writeGpr } from "../registers";
import { segmentAddress } from "../segments";
import { interceptIo } from "../vmx/intercepts";
import { readLinear, sizeMask, writeLinear } from "./integer/operands";
import { checkIoPermission, input, output, portSize, readPort, writePort } from "./io";
import { moveRun, storeRun } from "./string/bulk";

const RCX_OFFSET: u32 = 8;
const RSI_OFFSET: u32 = 48;
const RDI_OFFSET: u32 = 56;

/** Moves an index register by one element, in the direction of DF. */
function advance(offset: u32, addressSize: u32, size: u32): void {
  const step: u64 = (load<u32>(EFLAGS) & DF) != 0 ? 0 - <u64>size : size;
  writeGpr(offset, addressSize, (readGpr(offset, addressSize) + step) & sizeMask(addressSize));
}

function readElement(segment: u32, offsetRegister: u32, addressSize: u32, size: u32): u64 {
  return readLinear(segmentAddress(segment, readGpr(offsetRegister, addressSize), size, false), size);
}

function destinationAddress(addressSize: u32, size: u32): u64 {
  return segmentAddress(SEGMENT_ES, readGpr(RDI_OFFSET, addressSize), size, true);
}

function move(r: u32, size: u32, addressSize: u32): void {
  const value = readElement(recordSegment(r), RSI_OFFSET, addressSize, size);
  if (aborted()) return;
  writeLinear(destinationAddress(addressSize, size), size, value);
  if (aborted()) return;
  advance(RSI_OFFSET, addressSize, size);
  advance(RDI_OFFSET, addressSize, size);
}

function storeAccumulator(size: u32, addressSize: u32): void {
  writeLinear(destinationAddress(addressSize, size), size, load<u64>(RAX));
  if (!aborted()) advance(RDI_OFFSET, addressSize, size);
}

function loadAccumulator(r: u32, size: u32, addressSize: u32): void {
  const value = readElement(recordSegment(r), RSI_OFFSET, addressSize, size);
  if (aborted()) return;
  writeGpr(0, size, value);
  advance(RSI_OFFSET, addressSize, size);
}

function setCompareFlags(first: u64, second: u64, size: u32): void {
  setLazy(LAZY_SUB, signExtend(first - second, size), signExtend(first, size), signExtend(second, size));
}

function compare(r: u32, size: u32, addressSize: u32): void {
  const first = readElement(recordSegment(r), RSI_OFFSET, addressSize, size);
  if (aborted()) return;
  const second = readElement(SEGMENT_ES, RDI_OFFSET, addressSize, size);
  if (aborted()) return;
  setCompareFlags(first, second, size);
  advance(RSI_OFFSET, addressSize, size);
  advance(RDI_OFFSET, addressSize, size);
}

function scan(size: u32, addressSize: u32): void {
  const value = readElement(SEGMENT_ES, RDI_OFFSET, addressSize, size);
  if (aborted()) return;
  setCompareFlags(load<u64>(RAX), value, size);
  advance(RDI_OFFSET, addressSize, size);
}

/** INS: the destination is probed first, so that the port is read only when the value can be stored. */
function inputString(r: u32, size: u32, addressSize: u32): void {
  const port = <u32>load<u16>(RDX);
  if (!checkIoPermission(port, size) || interceptIo(port, size, true, true, isRepeated(r), false)) return;
  const linear = destinationAddress(addressSize, size);
  if (aborted() || !checkWritable(linear, size)) return;
  writeLinear(linear, size, <u64>readPort(port, size));
  if (!aborted()) advance(RDI_OFFSET, addressSize, size);
}

function outputString(r: u32, size: u32, addressSize: u32): void {
  const port = <u32>load<u16>(RDX);
  if (!checkIoPermission(port, size) || interceptIo(port, size, false, true, isRepeated(r), false)) return;
  const value = readElement(recordSegment(r), RSI_OFFSET, addressSize, size);
  if (aborted()) return;
  writePort(port, size, <u32>value);
  advance(RSI_OFFSET, addressSize, size);
}

// prettier-ignore
function iterate(op: u32, r: u32): void {
  const size = recordSize(r);
  const addressSize = recordAddressSize(r);
  switch (op) {
    case OP_MOVS: return move(r, size, addressSize);
    case OP_STOS: return storeAccumulator(size, addressSize);
    case OP_LODS: return loadAccumulator(r, size, addressSize);
    case OP_CMPS: return compare(r, size, addressSize);
    case OP_SCAS: return scan(size, addressSize);
    case OP_INS: return inputString(r, portSize(r), addressSize);
    default: return outputString(r, portSize(r), addressSize);
  }
}

function isRepeated(r: u32): bool {
  return (recordPrefixes(r) & (PREFIX_REP | PREFIX_REPNE)) != 0;
}

/** Whether the termination condition of REPE or REPNE holds after an iteration. */
function isEnded(op: u32, prefixes: u8): bool {
  if (op != OP_CMPS && op != OP_SCAS) return false;
  return getZF() == ((prefixes & PREFIX_REPNE) != 0);
}

/** As many elements as one page allows, or one; returns how many were done (0: a fault was announced). */
function iterateMany(op: u32, r: u32, count: u64): u64 {
  if ((load<u32>(EFLAGS) & (DF | TF)) == 0) {
    let done: u64 = 0;
    if (op == OP_MOVS) done = moveRun(recordSegment(r), recordSize(r), recordAddressSize(r), count);
    else if (op == OP_STOS) done = storeRun(recordSize(r), recordAddressSize(r), count);
    if (aborted()) return 0;
    if (done) return done;
  }
  iterate(op, r);
  return aborted() ? 0 : 1;
}

/** Instructions retired are counted as one per 8 bytes moved. */
function chargeBudget(elements: u64, size: u32): void {
  const cost = <i32>((elements * size) >> 3);
  store<i32>(BUDGET, load<i32>(BUDGET) - max(cost, 1));
}

function repeat(op: u32, r: u32): void {
  const addressSize = recordAddressSize(r);
  const prefixes = recordPrefixes(r);
  const size = recordSize(r);
  let count = readGpr(RCX_OFFSET, addressSize);
  while (count != 0) {
    const done = iterateMany(op, r, count);
    if (done == 0) return;
    count -= done;
    writeGpr(RCX_OFFSET, addressSize, count);
    chargeBudget(done, size);
    if (count == 0 || isEnded(op, prefixes)) return;
    // With TF a trap follows each iteration.
    if (load<i32>(BUDGET) < 0 || (load<u32>(EFLAGS) & TF) != 0) {
      store<u32>(ABORT, ABORT_RESTART);
      return;
    }
  }
}

// prettier-ignore
export function executeString(op: u32, r: u32): void {
  switch (op) {
    case OP_IN_I: return input(r, true);
    case OP_IN_DX: return input(r, false);
    case OP_OUT_I: return output(r, true);
    case OP_OUT_DX: return output(r, false);
    case OP_MOVS: case OP_STOS: case OP_LODS: case OP_CMPS: case OP_SCAS: case OP_INS: case OP_OUTS:
      if (isRepeated(r)) repeat(op, r);
      else iterate(op, r);
      return;
    default: return raiseUd();
  }
}
