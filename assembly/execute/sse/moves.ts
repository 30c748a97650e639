/** SSE moves, MXCSR and the instructions that only order or hint. */
import { aborted, raiseGp0, raiseUd } from "../../faults";
import {
  OP_FENCE_X, OP_LDMXCSR_X, OP_MASKMOVDQU_X, OP_MOVA_LOAD_X, OP_MOVA_STORE_X, OP_MOVD_LOAD_X, OP_MOVD_STORE_X,
  OP_MOVDDUP_X, OP_MOVHP_LOAD_X, OP_MOVHP_STORE_X, OP_MOVLP_LOAD_X, OP_MOVMSKPD_X, OP_MOVMSKPS_X, OP_MOVNTI_X,
  OP_MOVQ_LOAD_X, OP_MOVQ_STORE_X, OP_MOVSD_LOAD_X, OP_MOVSD_STORE_X, OP_MOVSS_LOAD_X, OP_MOVSS_STORE_X,
  OP_MOVU_LOAD_X, OP_MOVU_STORE_X, OP_PMOVMSKB_X, OP_PREFETCH_X, OP_STMXCSR_X,
} from "../../generated/opcodes"; // prettier-ignore
import { GPR, MXCSR, RDI } from "../../generated/layout";
import {
  checkWritable,
  read128,
  read32,
  read64,
  wrap,
  write128,
  write32,
  write64,
  write8,
} from "../../memory/access";
import { operandAddress } from "../../operand";
import {
  recordAddressSize,
  recordIsMemory,
  recordReg,
  recordRm,
  recordSegment,
  recordSize,
} from "../../record";
import { segmentAddress } from "../../segments";
import { MXCSR_MASK } from "../system/xsave-components";
import { generalSource, readAligned, regXmm, rmXmm, setDestination, writeAligned } from "./operands";

export function executeMove(op: u32, r: u32): void {
  switch (op) {
    case OP_MOVU_LOAD_X:
      return loadUnaligned(r);
    case OP_MOVU_STORE_X:
      return storeUnaligned(r);
    case OP_MOVA_LOAD_X:
      return loadAligned(r);
    case OP_MOVA_STORE_X:
      return storeAligned(r);
    case OP_MOVSS_LOAD_X:
      return loadSingle(r);
    case OP_MOVSS_STORE_X:
      return storeSingle(r);
    case OP_MOVSD_LOAD_X:
      return loadDouble(r);
    case OP_MOVSD_STORE_X:
      return storeDouble(r);
    case OP_MOVD_LOAD_X:
      return loadGeneral(r);
    case OP_MOVD_STORE_X:
      return storeGeneral(r);
    case OP_MOVQ_LOAD_X:
      return loadQuadword(r);
    case OP_MOVQ_STORE_X:
      return storeQuadword(r);
    case OP_MOVLP_LOAD_X:
      return loadLow(r);
    case OP_MOVHP_LOAD_X:
      return loadHigh(r);
    case OP_MOVHP_STORE_X:
      return write64(operandAddress(r), load<u64>(regXmm(r), 8));
    case OP_MOVDDUP_X:
      return duplicateLow(r);
    case OP_MOVMSKPS_X:
      return setMask(r, i32x4.bitmask(v128.load(rmXmm(r))));
    case OP_MOVMSKPD_X:
      return setMask(r, i64x2.bitmask(v128.load(rmXmm(r))));
    case OP_PMOVMSKB_X:
      return setMask(r, i8x16.bitmask(v128.load(rmXmm(r))));
    case OP_MASKMOVDQU_X:
      return storeMasked(r);
    case OP_LDMXCSR_X:
      return loadMxcsr(r);
    case OP_STMXCSR_X:
      return write32(operandAddress(r), load<u32>(MXCSR));
    case OP_MOVNTI_X:
      return storeNonTemporal(r);
    // Memory is always strongly ordered here, and there are no caches.
    case OP_PREFETCH_X:
    case OP_FENCE_X:
      return;
    default:
      return raiseUd();
  }
}

export function loadUnaligned(r: u32): void {
  if (!recordIsMemory(r)) return setDestination(r, v128.load(rmXmm(r)));
  const value = read128(operandAddress(r));
  if (!aborted()) setDestination(r, value);
}
export function storeUnaligned(r: u32): void {
  const value = v128.load(regXmm(r));
  if (recordIsMemory(r)) write128(operandAddress(r), value);
  else v128.store(rmXmm(r), value);
}
export function loadAligned(r: u32): void {
  if (!recordIsMemory(r)) return setDestination(r, v128.load(rmXmm(r)));
  const value = readAligned(operandAddress(r));
  if (!aborted()) setDestination(r, value);
}
export function storeAligned(r: u32): void {
  const value = v128.load(regXmm(r));
  if (recordIsMemory(r)) writeAligned(operandAddress(r), value);
  else v128.store(rmXmm(r), value);
}

/** From memory the rest of the register is cleared, from a register it stays. */
export function loadSingle(r: u32): void {
  if (!recordIsMemory(r)) return store<u32>(regXmm(r), load<u32>(rmXmm(r)));
  const value = read32(operandAddress(r));
  if (!aborted()) setLow(r, value);
}
export function storeSingle(r: u32): void {
  const value = load<u32>(regXmm(r));
  if (recordIsMemory(r)) write32(operandAddress(r), value);
  else store<u32>(rmXmm(r), value);
}
export function loadDouble(r: u32): void {
  if (!recordIsMemory(r)) return store<u64>(regXmm(r), load<u64>(rmXmm(r)));
  const value = read64(operandAddress(r));
  if (!aborted()) setLow(r, value);
}
export function storeDouble(r: u32): void {
  const value = load<u64>(regXmm(r));
  if (recordIsMemory(r)) write64(operandAddress(r), value);
  else store<u64>(rmXmm(r), value);
}

/** MOVD and MOVQ xmm, r/m. */
function loadGeneral(r: u32): void {
  const value = generalSource(r, recordSize(r));
  if (!aborted()) setLow(r, value);
}
function storeGeneral(r: u32): void {
  const value = load<u64>(regXmm(r));
  if (!recordIsMemory(r))
    return store<u64>(GPR + recordRm(r), recordSize(r) == 8 ? value : value & 0xffffffff);
  if (recordSize(r) == 8) write64(operandAddress(r), value);
  else write32(operandAddress(r), <u32>value);
}
export function loadQuadword(r: u32): void {
  const value = recordIsMemory(r) ? read64(operandAddress(r)) : load<u64>(rmXmm(r));
  if (!aborted()) setLow(r, value);
}
/** MOVQ clears the upper half of a destination register. */
export function storeQuadword(r: u32): void {
  const value = load<u64>(regXmm(r));
  if (recordIsMemory(r)) return write64(operandAddress(r), value);
  store<u64>(rmXmm(r), value);
  store<u64>(rmXmm(r), 0, 8);
}

/** MOVLPS, MOVLPD; MOVHLPS between registers. */
function loadLow(r: u32): void {
  const value = recordIsMemory(r) ? read64(operandAddress(r)) : load<u64>(rmXmm(r), 8);
  if (!aborted()) store<u64>(regXmm(r), value);
}
/** MOVHPS, MOVHPD; MOVLHPS between registers. */
function loadHigh(r: u32): void {
  const value = recordIsMemory(r) ? read64(operandAddress(r)) : load<u64>(rmXmm(r));
  if (!aborted()) store<u64>(regXmm(r), value, 8);
}
function duplicateLow(r: u32): void {
  const value = recordIsMemory(r) ? read64(operandAddress(r)) : load<u64>(rmXmm(r));
  if (!aborted()) setDestination(r, i64x2.splat(value));
}

// @ts-ignore: decorator
@inline function setLow(r: u32, value: u64): void {
  store<u64>(regXmm(r), value);
  store<u64>(regXmm(r), 0, 8);
}
// @ts-ignore: decorator
@inline function setMask(r: u32, mask: i32): void {
  store<u64>(GPR + recordReg(r), <u64>(<u32>mask));
}

function storeNonTemporal(r: u32): void {
  const value = load<u64>(GPR + recordReg(r));
  if (recordSize(r) == 8) write64(operandAddress(r), value);
  else write32(operandAddress(r), <u32>value);
}

/**
 * MASKMOVDQU: bytes whose mask byte has bit 7 set, to DS:rDI (the segment may be overridden). All 16 bytes must be
 * writable, as real processors want it (the SDM leaves it open).
 */
function storeMasked(r: u32): void {
  const mask = i8x16.bitmask(v128.load(rmXmm(r)));
  const addressSize = recordAddressSize(r);
  const rdi = load<u64>(RDI);
  const offset = addressSize == 8 ? rdi : addressSize == 4 ? rdi & 0xffffffff : rdi & 0xffff;
  const linear = segmentAddress(recordSegment(r), offset, 16, true);
  if (!checkWritable(linear, 16)) return;
  for (let i: u32 = 0; i < 16; i++) if ((mask >> i) & 1) write8(wrap(linear + i), load<u8>(regXmm(r) + i));
}

function loadMxcsr(r: u32): void {
  const value = read32(operandAddress(r));
  if (aborted()) return;
  if (value & ~MXCSR_MASK) return raiseGp0();
  store<u32>(MXCSR, value);
}
