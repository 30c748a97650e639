/**
 * General-purpose instructions outside the hot switch of core.ts. The work is done in integer/*.ts; rows in
 * isa/instructions/integer.ts.
 */
import { CPU_COUNT, RAX, RBX, RIP, TSC_AUX } from "../generated/layout";
import {
  OP_AAA, OP_AAD, OP_AAM, OP_AAS, OP_ADCX, OP_ADOX, OP_ANDN, OP_BEXTR, OP_BLSI, OP_BLSMSK, OP_BLSR, OP_BOUND, OP_BSF,
  OP_BSR, OP_BSWAP, OP_BTC_E_G, OP_BTC_E_I, OP_BTR_E_G, OP_BTR_E_I, OP_BTS_E_G, OP_BTS_E_I, OP_BT_E_G, OP_BT_E_I,
  OP_BZHI, OP_CLC, OP_CLD, OP_CLFLUSH, OP_CMC, OP_CMPXCHG, OP_CMPXCHG16B, OP_CMPXCHG8B, OP_CRC32_B, OP_CRC32_V, OP_DAA,
  OP_DAS, OP_DIV, OP_ENTER, OP_HINT, OP_IDIV, OP_IMUL_A_E, OP_JCXZ, OP_LAHF, OP_LOOP, OP_LOOPE, OP_LOOPNE, OP_LZCNT,
  OP_MOVBE_G_M, OP_MOVBE_M_G, OP_MUL, OP_MULX, OP_PAUSE, OP_PDEP, OP_PEXT, OP_POPA, OP_POPCNT, OP_POPF, OP_PUSHA,
  OP_PUSHF, OP_RCL_CL, OP_RCL_I, OP_RCR_CL, OP_RCR_I, OP_RDPID, OP_RDRAND, OP_RDSEED, OP_RORX, OP_SAHF, OP_SALC,
  OP_SARX, OP_SHLD_CL, OP_SHLD_I, OP_SHLX, OP_SHRD_CL, OP_SHRD_I, OP_SHRX, OP_STC, OP_STD, OP_TZCNT, OP_UD_OPCODE,
  OP_XADD, OP_XLAT,
} from "../generated/opcodes"; // prettier-ignore
import { endSlice, random64 } from "../clock";
import { aborted, raiseUd } from "../faults";
import { CF, getZF, OF, setArithmeticFlags } from "../flags";
import { read8 } from "../memory/access";
import { operandAddress } from "../operand";
import { recordAddressSize, recordRm, recordSegment, recordSize } from "../record";
import { readGpr, writeGpr } from "../registers";
import { segmentAddress } from "../segments";
import { interceptPause, interceptRandom, isRdtscpEnabled } from "../vmx/intercepts";
import { blockRelative, isBranchTargetValid } from "./core/branch";
import { addWithOneFlag, executeBitManipulation } from "./integer/bit-manipulation";
import {
  BIT_COMPLEMENT, BIT_RESET, BIT_SET, BIT_TEST, bitScan, bitTestImmediate, bitTestRegister, byteSwap, countZeros, crc32c,
  moveByteSwappedLoad, moveByteSwappedStore, populationCount,
} from "./integer/bits"; // prettier-ignore
import {
  asciiAdjust, asciiAdjustAfterMultiplication, asciiAdjustBeforeDivision, decimalAdjustAfterAddition,
  decimalAdjustAfterSubtraction, setAlFromCarry,
} from "./integer/decimal"; // prettier-ignore
import {
  compareAndExchange, compareAndExchange16Bytes, compareAndExchange8Bytes, exchangeAndAdd,
} from "./integer/exchange"; // prettier-ignore
import {
  complementCarry, loadAhFromFlags, popFlags, pushFlags, setCarry, setDirection, storeAhIntoFlags,
} from "./integer/flag-instructions"; // prettier-ignore
import { divide, divideSigned, multiply, multiplySigned } from "./integer/multiply";
import { sizeMask } from "./integer/operands";
import { doubleShift, rotateLeftThroughCarry, rotateRightThroughCarry } from "./integer/rotate";
import { checkBounds, enter, popAll, pushAll } from "./integer/stack-frames";

const RCX_OFFSET: u32 = 8;

/** Takes the short branch, or announces #GP(0). */
function branchTo(r: u32): void {
  const target = blockRelative(r);
  if (isBranchTargetValid(target)) store<u64>(RIP, target);
}

/** LOOP, LOOPE, LOOPNE: rCX of the address size counts down; no flag changes. */
function loopWhile(r: u32, isConditionMet: bool): void {
  const size = recordAddressSize(r);
  const count = (readGpr(RCX_OFFSET, size) - 1) & sizeMask(size);
  if (count != 0 && isConditionMet) {
    branchTo(r);
    if (aborted()) return;
  }
  writeGpr(RCX_OFFSET, size, count);
}

function translateTable(r: u32): void {
  const size = recordAddressSize(r);
  const offset = (load<u64>(RBX) + load<u8>(RAX)) & sizeMask(size);
  const value = read8(segmentAddress(recordSegment(r), offset, 1, false));
  if (!aborted()) store<u8>(RAX, <u8>value);
}

/** RDRAND and RDSEED: there is always a number (CF = 1). */
function readRandom(r: u32, isRdrand: bool): void {
  if (interceptRandom(r, isRdrand)) return;
  writeGpr(recordRm(r), recordSize(r), random64());
  setArithmeticFlags(CF);
}

/** RDPID shares its VMX control with RDTSCP. SDM 3C, "Enable RDTSCP". */
function readProcessorId(r: u32): void {
  if (!isRdtscpEnabled()) return raiseUd();
  writeGpr(recordRm(r), 8, load<u64>(TSC_AUX) & 0xffffffff);
}

/**
 * F3 90 with REX.B is XCHG R8, rAX. A spin-wait hands over to the other processors at once: what it waits for is theirs
 * to do, and a lock that its owner frees only for the length of a PAUSE would otherwise never be seen free.
 */
function pause(r: u32): void {
  const offset = recordRm(r);
  if (offset == 0) {
    if (!interceptPause() && load<u32>(CPU_COUNT) > 1) endSlice();
    return;
  }
  const size = recordSize(r);
  const value = readGpr(offset, size);
  writeGpr(offset, size, readGpr(0, size));
  writeGpr(0, size, value);
}

/** CLFLUSH, CLFLUSHOPT, CLWB: no cache is modelled; the address is checked as by a load. */
function flushCacheLine(r: u32): void {
  read8(operandAddress(r));
}

// prettier-ignore
export function executeInteger(op: u32, r: u32): void {
  switch (op) {
    case OP_MUL: return multiply(r);
    case OP_IMUL_A_E: return multiplySigned(r);
    case OP_DIV: return divide(r);
    case OP_IDIV: return divideSigned(r);
    case OP_RCL_I: return rotateLeftThroughCarry(r, false);
    case OP_RCL_CL: return rotateLeftThroughCarry(r, true);
    case OP_RCR_I: return rotateRightThroughCarry(r, false);
    case OP_RCR_CL: return rotateRightThroughCarry(r, true);
    case OP_SHLD_I: return doubleShift(r, true, false);
    case OP_SHLD_CL: return doubleShift(r, true, true);
    case OP_SHRD_I: return doubleShift(r, false, false);
    case OP_SHRD_CL: return doubleShift(r, false, true);
    case OP_BT_E_G: return bitTestRegister(r, BIT_TEST);
    case OP_BT_E_I: return bitTestImmediate(r, BIT_TEST);
    case OP_BTS_E_G: return bitTestRegister(r, BIT_SET);
    case OP_BTS_E_I: return bitTestImmediate(r, BIT_SET);
    case OP_BTR_E_G: return bitTestRegister(r, BIT_RESET);
    case OP_BTR_E_I: return bitTestImmediate(r, BIT_RESET);
    case OP_BTC_E_G: return bitTestRegister(r, BIT_COMPLEMENT);
    case OP_BTC_E_I: return bitTestImmediate(r, BIT_COMPLEMENT);
    case OP_BSF: return bitScan(r, false);
    case OP_BSR: return bitScan(r, true);
    case OP_TZCNT: return countZeros(r, false);
    case OP_LZCNT: return countZeros(r, true);
    case OP_POPCNT: return populationCount(r);
    case OP_BSWAP: return byteSwap(r);
    case OP_MOVBE_G_M: return moveByteSwappedLoad(r);
    case OP_MOVBE_M_G: return moveByteSwappedStore(r);
    case OP_CRC32_B: return crc32c(r, 1);
    case OP_CRC32_V: return crc32c(r, recordSize(r));
    case OP_XADD: return exchangeAndAdd(r);
    case OP_CMPXCHG: return compareAndExchange(r);
    case OP_CMPXCHG8B: return compareAndExchange8Bytes(r);
    case OP_CMPXCHG16B: return compareAndExchange16Bytes(r);
    case OP_DAA: return decimalAdjustAfterAddition();
    case OP_DAS: return decimalAdjustAfterSubtraction();
    case OP_AAA: return asciiAdjust(false);
    case OP_AAS: return asciiAdjust(true);
    case OP_AAM: return asciiAdjustAfterMultiplication(r);
    case OP_AAD: return asciiAdjustBeforeDivision(r);
    case OP_SALC: return setAlFromCarry();
    case OP_SAHF: return storeAhIntoFlags();
    case OP_LAHF: return loadAhFromFlags();
    case OP_CMC: return complementCarry();
    case OP_CLC: return setCarry(false);
    case OP_STC: return setCarry(true);
    case OP_CLD: return setDirection(false);
    case OP_STD: return setDirection(true);
    case OP_XLAT: return translateTable(r);
    case OP_BOUND: return checkBounds(r);
    case OP_PUSHA: return pushAll(r);
    case OP_POPA: return popAll(r);
    case OP_PUSHF: return pushFlags(r);
    case OP_POPF: return popFlags(r);
    case OP_ENTER: return enter(r);
    case OP_LOOPNE: return loopWhile(r, !getZF());
    case OP_LOOPE: return loopWhile(r, getZF());
    case OP_LOOP: return loopWhile(r, true);
    case OP_JCXZ: {
      if (readGpr(RCX_OFFSET, recordAddressSize(r)) == 0) branchTo(r);
      return;
    }
    case OP_ANDN: case OP_BLSR: case OP_BLSMSK: case OP_BLSI: case OP_BEXTR: case OP_BZHI: case OP_PEXT: case OP_PDEP:
    case OP_MULX: case OP_SHLX: case OP_SARX: case OP_SHRX: case OP_RORX:
      return executeBitManipulation(op, r);
    case OP_ADCX: return addWithOneFlag(r, CF);
    case OP_ADOX: return addWithOneFlag(r, OF);
    case OP_RDRAND: return readRandom(r, true);
    case OP_RDSEED: return readRandom(r, false);
    case OP_RDPID: return readProcessorId(r);
    case OP_PAUSE: return pause(r);
    case OP_CLFLUSH: return flushCacheLine(r);
    case OP_HINT: return;
    case OP_UD_OPCODE: return raiseUd();
    default: return raiseUd();
  }
}
