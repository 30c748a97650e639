/** MMX and its SSE, SSE2 and SSSE3 additions. Registers: mmx/registers.ts; arithmetic: mmx/operations.ts. */
import {
  OP_MM_PUNPCKLBW, OP_MM_PUNPCKLDQ, OP_MM_PUNPCKLWD,
  OP_EMMS, OP_MM_MASKMOVQ, OP_MM_MOVD_E_P, OP_MM_MOVD_P_E, OP_MM_MOVNTQ, OP_MM_MOVQ_P_Q, OP_MM_MOVQ_Q_P,
  OP_MM_PALIGNR, OP_MM_PEXTRW, OP_MM_PINSRW, OP_MM_PMOVMSKB, OP_MM_PSHUFW, OP_MM_PSLLD_I, OP_MM_PSLLQ_I,
  OP_MM_PSLLW_I, OP_MM_PSRAD_I, OP_MM_PSRAW_I, OP_MM_PSRLD_I, OP_MM_PSRLQ_I, OP_MM_PSRLW_I, OP_MOVDQ2Q,
  OP_MOVQ2DQ,
} from "../generated/opcodes"; // prettier-ignore
import { CR4, GPR, RDI, XMM } from "../generated/layout";
import { aborted, raiseUd } from "../faults";
import { checkWritable, read16, read32, read64, write32, write64, write8 } from "../memory/access";
import { operandAddress, segmentedAddress } from "../operand";
import { recordAddressSize, recordImm, recordIsMemory, recordReg, recordRm, recordSize } from "../record";
import { CR4_OSFXSR } from "../registers";
import { operate } from "./mmx/operations";
import { alignRight, shiftArithmetic, shiftLeft, shiftRight, shuffleWords, vector } from "./mmx/packed";
import { enterMmx, isMmxUnavailable, leaveMmx, readN, readP, readQ, writeN, writeP } from "./mmx/registers";

export function executeMmx(op: u32, r: u32): void {
  if (needsFxsr(op) && (load<u64>(CR4) & CR4_OSFXSR) == 0) return raiseUd();
  if (isMmxUnavailable()) return;
  if (op == OP_EMMS) return leaveMmx();
  switch (op) {
    case OP_MM_MOVD_P_E:
      return loadDoubleword(r);
    case OP_MM_MOVD_E_P:
      return storeDoubleword(r);
    case OP_MM_MOVQ_P_Q:
      return loadQuadword(r);
    case OP_MM_MOVQ_Q_P:
    case OP_MM_MOVNTQ:
      return storeQuadword(r);
    case OP_MM_PSHUFW:
    case OP_MM_PALIGNR:
      return withImmediate(op, r);
    case OP_MM_PINSRW:
      return insertWord(r);
    case OP_MM_PEXTRW:
      return extractWord(r);
    case OP_MM_PMOVMSKB:
      return moveMask(r);
    case OP_MM_MASKMOVQ:
      return storeMasked(r);
    case OP_MOVQ2DQ:
      return moveToXmm(r);
    case OP_MOVDQ2Q:
      return moveFromXmm(r);
    case OP_MM_PSRLW_I:
    case OP_MM_PSRAW_I:
    case OP_MM_PSLLW_I:
    case OP_MM_PSRLD_I:
    case OP_MM_PSRAD_I:
    case OP_MM_PSLLD_I:
    case OP_MM_PSRLQ_I:
    case OP_MM_PSLLQ_I:
      return shiftByImmediate(op, r);
    default:
      return binary(op, r);
  }
}

/** The moves between MMX and XMM registers are SSE2 instructions: #UD unless the system saves XMM state. */
function needsFxsr(op: u32): bool {
  return op == OP_MOVQ2DQ || op == OP_MOVDQ2Q;
}

function binary(op: u32, r: u32): void {
  // PUNPCKL* have a 32-bit memory operand (memBytes of their rows).
  const b = recordIsMemory(r) && readsDoubleword(op) ? read32(operandAddress(r)) : readQ(r);
  if (aborted()) return;
  enterMmx();
  writeP(r, operate(op, readP(r), b));
}

function readsDoubleword(op: u32): bool {
  return op == OP_MM_PUNPCKLBW || op == OP_MM_PUNPCKLWD || op == OP_MM_PUNPCKLDQ;
}

function shiftByImmediate(op: u32, r: u32): void {
  const count = recordImm(r) & 255;
  const a = readN(r);
  enterMmx();
  switch (op) {
    case OP_MM_PSRLW_I:
      return writeN(r, shiftRight(a, count, 16));
    case OP_MM_PSRLD_I:
      return writeN(r, shiftRight(a, count, 32));
    case OP_MM_PSRLQ_I:
      return writeN(r, shiftRight(a, count, 64));
    case OP_MM_PSRAW_I:
      return writeN(r, shiftArithmetic(a, count, 16));
    case OP_MM_PSRAD_I:
      return writeN(r, shiftArithmetic(a, count, 32));
    case OP_MM_PSLLW_I:
      return writeN(r, shiftLeft(a, count, 16));
    case OP_MM_PSLLD_I:
      return writeN(r, shiftLeft(a, count, 32));
    default:
      return writeN(r, shiftLeft(a, count, 64));
  }
}

function withImmediate(op: u32, r: u32): void {
  const b = readQ(r);
  if (aborted()) return;
  enterMmx();
  const immediate = (<u32>recordImm(r)) & 255;
  writeP(r, op == OP_MM_PSHUFW ? shuffleWords(b, immediate) : alignRight(readP(r), b, immediate));
}

/** MOVD and, with REX.W, MOVQ from a general operand. */
function loadDoubleword(r: u32): void {
  const isWide = recordSize(r) == 8;
  let value: u64;
  if (!recordIsMemory(r)) value = isWide ? load<u64>(recordRm(r) + GPR) : load<u32>(recordRm(r) + GPR);
  else value = isWide ? read64(operandAddress(r)) : read32(operandAddress(r));
  if (aborted()) return;
  enterMmx();
  writeP(r, value);
}

function storeDoubleword(r: u32): void {
  const isWide = recordSize(r) == 8;
  const value = isWide ? readP(r) : readP(r) & 0xffffffff;
  if (!recordIsMemory(r)) store<u64>(recordRm(r) + GPR, value);
  else if (isWide) write64(operandAddress(r), value);
  else write32(operandAddress(r), <u32>value);
  if (!aborted()) enterMmx();
}

function loadQuadword(r: u32): void {
  const value = readQ(r);
  if (aborted()) return;
  enterMmx();
  writeP(r, value);
}

function storeQuadword(r: u32): void {
  if (recordIsMemory(r)) write64(operandAddress(r), readP(r));
  if (aborted()) return;
  enterMmx();
  if (!recordIsMemory(r)) writeN(r, readP(r));
}

function insertWord(r: u32): void {
  const word: u64 = recordIsMemory(r) ? read16(operandAddress(r)) : load<u16>(recordRm(r) + GPR);
  if (aborted()) return;
  enterMmx();
  const shift = (recordImm(r) & 3) << 4;
  writeP(r, (readP(r) & ~((<u64>0xffff) << shift)) | (word << shift));
}

function extractWord(r: u32): void {
  enterMmx();
  store<u64>(recordReg(r) + GPR, (readN(r) >> ((recordImm(r) & 3) << 4)) & 0xffff);
}

function moveMask(r: u32): void {
  enterMmx();
  store<u64>(recordReg(r) + GPR, i8x16.bitmask(vector(readN(r))) & 255);
}

/** MASKMOVQ: bytes of the first operand go to DS:rDI where bit 7 of the second's bytes is set. */
function storeMasked(r: u32): void {
  const size = recordAddressSize(r);
  const rdi = load<u64>(RDI);
  const address = segmentedAddress(r, size == 8 ? rdi : size == 4 ? rdi & 0xffffffff : rdi & 0xffff);
  const mask = readN(r) & 0x8080808080808080;
  // All eight bytes are checked, whatever the mask (the manual leaves it to the processor).
  if (aborted() || !checkWritable(address, 8)) return;
  const value = readP(r);
  for (let byte: u64 = 0; byte < 8; byte++) {
    if (mask & ((<u64>0x80) << (byte << 3))) write8(address + byte, (<u32>(value >> (byte << 3))) & 255);
  }
  enterMmx();
}

function moveToXmm(r: u32): void {
  enterMmx();
  store<u64>(recordReg(r) + XMM, readN(r));
  store<u64>(recordReg(r) + XMM, 0, 8);
}

function moveFromXmm(r: u32): void {
  enterMmx();
  writeP(r, load<u64>(recordRm(r) + XMM));
}
