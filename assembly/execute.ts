/**
 * The interpreter: one hot switch over the records of linked blocks. A case that cannot abort goes on to the next
 * record at once; one that can falls out of the switch to the checks below it; a jump sets `slot` and `target`.
 *
 * The compiler makes a jump table of the switch only while its numbers lie within some 1,000: none of the families
 * behind core may have a case here.
 */
import { BLOCK_RIP, BUDGET, ABORT, CURRENT_RECORD, RIP } from "./generated/layout";
import {
  OP_ADC_E_G_32R, OP_ADC_E_G_64R, OP_ADC_E_I_32R, OP_ADC_E_I_64R, OP_ADD_E_G_32M, OP_ADD_E_G_32R, OP_ADD_E_G_64M,
  OP_ADD_E_G_64R, OP_ADD_E_I_32M, OP_ADD_E_I_32R, OP_ADD_E_I_64M, OP_ADD_E_I_64R, OP_ADD_E_I_8R, OP_ADD_G_E_32M,
  OP_ADD_G_E_64M, OP_AND_E_G_32R, OP_AND_E_G_64R, OP_AND_E_I_32M, OP_AND_E_I_32R, OP_AND_E_I_64M, OP_AND_E_I_64R,
  OP_AND_E_I_8R, OP_AND_G_E_32M, OP_AND_G_E_64M, OP_CALL_E, OP_CALL_J, OP_CBW_64R, OP_CMOV_32R, OP_CMOV_64M,
  OP_CMOV_64R, OP_CMP_E_G_32M, OP_CMP_E_G_32R, OP_CMP_E_G_64M, OP_CMP_E_G_64R, OP_CMP_E_G_8M, OP_CMP_E_G_8R,
  OP_CMP_E_I_16M, OP_CMP_E_I_16R, OP_CMP_E_I_32M, OP_CMP_E_I_32R, OP_CMP_E_I_64M, OP_CMP_E_I_64R, OP_CMP_E_I_8M,
  OP_CMP_E_I_8R, OP_CMP_G_E_32M, OP_CMP_G_E_64M, OP_CMP_G_E_8M, OP_CWD_32R, OP_CWD_64R, OP_DEC_E_32M, OP_DEC_E_32R,
  OP_DEC_E_64M, OP_DEC_E_64R, OP_EXIT, OP_FUSED_CMP_E_G_32R_A, OP_FUSED_CMP_E_G_32R_AE, OP_FUSED_CMP_E_G_32R_B,
  OP_FUSED_CMP_E_G_32R_BE, OP_FUSED_CMP_E_G_32R_E, OP_FUSED_CMP_E_G_32R_G, OP_FUSED_CMP_E_G_32R_GE,
  OP_FUSED_CMP_E_G_32R_L, OP_FUSED_CMP_E_G_32R_LE, OP_FUSED_CMP_E_G_32R_NE, OP_FUSED_CMP_E_G_64R_A,
  OP_FUSED_CMP_E_G_64R_AE, OP_FUSED_CMP_E_G_64R_B, OP_FUSED_CMP_E_G_64R_BE, OP_FUSED_CMP_E_G_64R_E,
  OP_FUSED_CMP_E_G_64R_G, OP_FUSED_CMP_E_G_64R_GE, OP_FUSED_CMP_E_G_64R_L, OP_FUSED_CMP_E_G_64R_LE,
  OP_FUSED_CMP_E_G_64R_NE, OP_FUSED_CMP_E_I_32M_A, OP_FUSED_CMP_E_I_32M_BE, OP_FUSED_CMP_E_I_32M_E,
  OP_FUSED_CMP_E_I_32M_NE, OP_FUSED_CMP_E_I_32R_A, OP_FUSED_CMP_E_I_32R_AE, OP_FUSED_CMP_E_I_32R_B,
  OP_FUSED_CMP_E_I_32R_BE, OP_FUSED_CMP_E_I_32R_E, OP_FUSED_CMP_E_I_32R_G, OP_FUSED_CMP_E_I_32R_GE,
  OP_FUSED_CMP_E_I_32R_L, OP_FUSED_CMP_E_I_32R_LE, OP_FUSED_CMP_E_I_32R_NE, OP_FUSED_CMP_E_I_64M_E,
  OP_FUSED_CMP_E_I_64M_NE, OP_FUSED_CMP_E_I_64R_A, OP_FUSED_CMP_E_I_64R_B, OP_FUSED_CMP_E_I_64R_BE,
  OP_FUSED_CMP_E_I_64R_E, OP_FUSED_CMP_E_I_64R_NE, OP_FUSED_CMP_E_I_8M_E, OP_FUSED_CMP_E_I_8M_NE,
  OP_FUSED_CMP_E_I_8R_A, OP_FUSED_CMP_E_I_8R_AE, OP_FUSED_CMP_E_I_8R_B, OP_FUSED_CMP_E_I_8R_BE,
  OP_FUSED_CMP_E_I_8R_E, OP_FUSED_CMP_E_I_8R_NE, OP_FUSED_CMP_G_E_64M_AE, OP_FUSED_CMP_G_E_64M_B,
  OP_FUSED_CMP_G_E_64M_E, OP_FUSED_CMP_G_E_64M_NE, OP_FUSED_TEST_E_G_32R_E, OP_FUSED_TEST_E_G_32R_G,
  OP_FUSED_TEST_E_G_32R_LE, OP_FUSED_TEST_E_G_32R_NE, OP_FUSED_TEST_E_G_32R_NS, OP_FUSED_TEST_E_G_32R_S,
  OP_FUSED_TEST_E_G_64R_E, OP_FUSED_TEST_E_G_64R_LE, OP_FUSED_TEST_E_G_64R_NE, OP_FUSED_TEST_E_G_64R_NS,
  OP_FUSED_TEST_E_G_64R_S, OP_FUSED_TEST_E_G_8R_E, OP_FUSED_TEST_E_G_8R_NE, OP_FUSED_TEST_E_I_8M_E,
  OP_FUSED_TEST_E_I_8M_NE, OP_FUSED_TEST_E_I_8R_E, OP_FUSED_TEST_E_I_8R_NE, OP_IMUL_G_E_32R, OP_IMUL_G_E_64M,
  OP_IMUL_G_E_64R, OP_IMUL_G_E_I_32R, OP_IMUL_G_E_I_64R, OP_INC_E_32M, OP_INC_E_32R, OP_INC_E_64M, OP_INC_E_64R,
  OP_JCC_A, OP_JCC_AE, OP_JCC_B, OP_JCC_BE, OP_JCC_E, OP_JCC_G, OP_JCC_GE, OP_JCC_L, OP_JCC_LE, OP_JCC_NE,
  OP_JCC_NO, OP_JCC_NP, OP_JCC_NS, OP_JCC_O, OP_JCC_P, OP_JCC_S, OP_JMP_E, OP_JMP_J, OP_LEAVE, OP_LEA_32M,
  OP_LEA_64M, OP_MOVSXD_64M, OP_MOVSXD_64R, OP_MOVSX_B_32M, OP_MOVSX_B_32R, OP_MOVSX_W_32M, OP_MOVZX_B_32M,
  OP_MOVZX_B_32R, OP_MOVZX_W_32M, OP_MOVZX_W_32R, OP_MOV_E_G_16M, OP_MOV_E_G_32M, OP_MOV_E_G_32R, OP_MOV_E_G_64M,
  OP_MOV_E_G_64R, OP_MOV_E_G_8M, OP_MOV_E_G_8R, OP_MOV_E_I_16M, OP_MOV_E_I_32M, OP_MOV_E_I_32R, OP_MOV_E_I_64M,
  OP_MOV_E_I_64R, OP_MOV_E_I_8M, OP_MOV_E_I_8R, OP_MOV_G_E_32M, OP_MOV_G_E_64M, OP_MOV_G_E_8M, OP_NEG_E_32R,
  OP_NEG_E_64R, OP_NEXT, OP_NOP, OP_NOT_E_32R, OP_NOT_E_64R, OP_OR_E_G_32M, OP_OR_E_G_32R, OP_OR_E_G_64M,
  OP_OR_E_G_64R, OP_OR_E_I_32M, OP_OR_E_I_32R, OP_OR_E_I_64M, OP_OR_E_I_64R, OP_OR_E_I_8R, OP_OR_G_E_32M,
  OP_OR_G_E_64M, OP_POP_Z_64R, OP_PUSH_E, OP_PUSH_I, OP_PUSH_Z_64R, OP_RET, OP_RET_I, OP_ROL_E_CL_32R,
  OP_ROL_E_CL_64R, OP_ROL_E_I_32R, OP_ROL_E_I_64R, OP_ROR_E_CL_32R, OP_ROR_E_CL_64R, OP_ROR_E_I_32R,
  OP_ROR_E_I_64R, OP_SAR_E_CL_32R, OP_SAR_E_CL_64R, OP_SAR_E_I_32R, OP_SAR_E_I_64R, OP_SBB_E_G_32R, OP_SBB_E_G_64R,
  OP_SBB_E_I_32R, OP_SBB_E_I_64R, OP_SET_8R, OP_SHL_E_CL_32R, OP_SHL_E_CL_64R, OP_SHL_E_I_32R, OP_SHL_E_I_64R,
  OP_SHR_E_CL_32R, OP_SHR_E_CL_64R, OP_SHR_E_I_32R, OP_SHR_E_I_64R, OP_SUB_E_G_32M, OP_SUB_E_G_32R, OP_SUB_E_G_64M,
  OP_SUB_E_G_64R, OP_SUB_E_I_32M, OP_SUB_E_I_32R, OP_SUB_E_I_64M, OP_SUB_E_I_64R, OP_SUB_E_I_8R, OP_SUB_G_E_32M,
  OP_SUB_G_E_64M, OP_TEST_E_G_32R, OP_TEST_E_G_64M, OP_TEST_E_G_64R, OP_TEST_E_G_8R, OP_TEST_E_I_32M,
  OP_TEST_E_I_32R, OP_TEST_E_I_8M, OP_TEST_E_I_8R, OP_TOO_LONG, OP_UD, OP_XCHG_A_16R, OP_XCHG_A_32R, OP_XCHG_A_64R,
  OP_XOR_E_G_32R, OP_XOR_E_G_64R, OP_XOR_E_I_32R, OP_XOR_E_I_64R, OP_XOR_E_I_8R, OP_XOR_G_E_32M, OP_XOR_G_E_64M,
  SSE_END, SSE_FIRST,
} from "./generated/opcodes"; // prettier-ignore
import { BLOCK_COUNT, BLOCK_FALLTHROUGH, BLOCK_HEADER, BLOCK_NO_LINK, BLOCK_TAKEN } from "./decode/block";
import { cachedBlock, nextBlock } from "./decode/lookup";
import { executeCold } from "./execute/cold";
import {
  ADC, ADD, AND, CMP, OR, SBB, SUB, XOR, aluEgM, aluEgR, aluEiM, aluEiR, aluGeM, getReg, negR, notR, setReg, sext,
  stepM, stepR, testM, testR,
} from "./execute/core/alu"; // prettier-ignore
import {
  cmovM, cmovR, extendAccumulator, extendM, extendR, imul, imulGeM, leave, loadReg, popInline64, pushInline64,
  pushOperand, signAccumulator, storeImm, storeReg, xchgA,
} from "./execute/core/move"; // prettier-ignore
import {
  blockRelative, call64, callNear, directTarget, followingRip, indirectTarget, isBranchTargetValid, nextRip,
  return64, returnNear,
} from "./execute/core/branch"; // prettier-ignore
import { ROL, ROR, SAR, SHL, shiftCR, shiftIR, SHR } from "./execute/core/shift";
import { aborted, raiseGp0, raiseUd } from "./faults";
import {
  LAZY_SUB, condition, getCF, getOF, getPF, getSF, getZF, setLazy, setLazyLogic,
} from "./flags"; // prettier-ignore
import { operandAddress, operandOffset } from "./operand";
import { RECORD_BYTES, RECORD_ENDS, recordIsMemory, recordSize } from "./record";
import { push } from "./stack";

import { read } from "./memory/access";
import { executeSse } from "./execute/sse";

/** Leaves the block at record `r`, which is not retired: RIP points at it, the rest of the block is given back. */
function leaveAt(block: u32, r: u32): void {
  const done = (r - block - BLOCK_HEADER) / RECORD_BYTES;
  store<i32>(BUDGET, load<i32>(BUDGET) + <i32>(<u32>load<u16>(block, BLOCK_COUNT) - done));
  store<u64>(RIP, load<u64>(BLOCK_RIP) + <u64>load<u16>(r, 4));
  store<u32>(CURRENT_RECORD, r);
}

/**
 * Runs from `first` (which starts at RIP) until something must be looked at outside, or the next block is longer than
 * the budget: RIP is right then.
 */
export function execute(first: u32): void {
  let block = first;
  let r = first + BLOCK_HEADER;
  let slot: u32 = 0;
  let target: u64 = load<u64>(RIP);
  /** RIP of the block's start; memory operands and handlers find it in BLOCK_RIP. */
  let rip = target;
  store<u64>(BLOCK_RIP, target);
  let budget = load<i32>(BUDGET) - <i32>load<u16>(block, BLOCK_COUNT);
  if (budget < 0) return;
  store<i32>(BUDGET, budget);
  for (;;) {
    const op = <i32>load<u16>(r);
    switch (op) {
      case OP_ADD_E_G_32R: aluEgR<u32>(ADD, r); r += RECORD_BYTES; continue;
      case OP_ADD_E_G_32M: aluEgM<u32>(ADD, r); break;
      case OP_ADD_G_E_32M: aluGeM<u32>(ADD, r); break;
      case OP_ADD_E_I_32R: aluEiR<u32>(ADD, r); r += RECORD_BYTES; continue;
      case OP_ADD_E_I_32M: aluEiM<u32>(ADD, r); break;
      case OP_ADD_E_G_64R: aluEgR<u64>(ADD, r); r += RECORD_BYTES; continue;
      case OP_ADD_E_G_64M: aluEgM<u64>(ADD, r); break;
      case OP_ADD_G_E_64M: aluGeM<u64>(ADD, r); break;
      case OP_ADD_E_I_64R: aluEiR<u64>(ADD, r); r += RECORD_BYTES; continue;
      case OP_ADD_E_I_64M: aluEiM<u64>(ADD, r); break;
      case OP_OR_E_I_8R: aluEiR<u8>(OR, r); r += RECORD_BYTES; continue;
      case OP_OR_E_G_32R: aluEgR<u32>(OR, r); r += RECORD_BYTES; continue;
      case OP_OR_E_G_32M: aluEgM<u32>(OR, r); break;
      case OP_OR_G_E_32M: aluGeM<u32>(OR, r); break;
      case OP_OR_E_I_32R: aluEiR<u32>(OR, r); r += RECORD_BYTES; continue;
      case OP_OR_E_I_32M: aluEiM<u32>(OR, r); break;
      case OP_OR_E_G_64R: aluEgR<u64>(OR, r); r += RECORD_BYTES; continue;
      case OP_OR_E_G_64M: aluEgM<u64>(OR, r); break;
      case OP_OR_G_E_64M: aluGeM<u64>(OR, r); break;
      case OP_OR_E_I_64R: aluEiR<u64>(OR, r); r += RECORD_BYTES; continue;
      case OP_OR_E_I_64M: aluEiM<u64>(OR, r); break;
      case OP_ADC_E_G_32R: aluEgR<u32>(ADC, r); r += RECORD_BYTES; continue;
      case OP_ADC_E_I_32R: aluEiR<u32>(ADC, r); r += RECORD_BYTES; continue;
      case OP_ADC_E_G_64R: aluEgR<u64>(ADC, r); r += RECORD_BYTES; continue;
      case OP_ADC_E_I_64R: aluEiR<u64>(ADC, r); r += RECORD_BYTES; continue;
      case OP_SBB_E_G_32R: aluEgR<u32>(SBB, r); r += RECORD_BYTES; continue;
      case OP_SBB_E_I_32R: aluEiR<u32>(SBB, r); r += RECORD_BYTES; continue;
      case OP_SBB_E_G_64R: aluEgR<u64>(SBB, r); r += RECORD_BYTES; continue;
      case OP_SBB_E_I_64R: aluEiR<u64>(SBB, r); r += RECORD_BYTES; continue;
      case OP_AND_E_I_8R: aluEiR<u8>(AND, r); r += RECORD_BYTES; continue;
      case OP_AND_E_G_32R: aluEgR<u32>(AND, r); r += RECORD_BYTES; continue;
      case OP_AND_G_E_32M: aluGeM<u32>(AND, r); break;
      case OP_AND_E_I_32R: aluEiR<u32>(AND, r); r += RECORD_BYTES; continue;
      case OP_AND_E_I_32M: aluEiM<u32>(AND, r); break;
      case OP_AND_E_G_64R: aluEgR<u64>(AND, r); r += RECORD_BYTES; continue;
      case OP_AND_G_E_64M: aluGeM<u64>(AND, r); break;
      case OP_AND_E_I_64R: aluEiR<u64>(AND, r); r += RECORD_BYTES; continue;
      case OP_AND_E_I_64M: aluEiM<u64>(AND, r); break;
      case OP_SUB_E_G_32R: aluEgR<u32>(SUB, r); r += RECORD_BYTES; continue;
      case OP_SUB_E_G_32M: aluEgM<u32>(SUB, r); break;
      case OP_SUB_G_E_32M: aluGeM<u32>(SUB, r); break;
      case OP_SUB_E_I_32R: aluEiR<u32>(SUB, r); r += RECORD_BYTES; continue;
      case OP_SUB_E_I_32M: aluEiM<u32>(SUB, r); break;
      case OP_SUB_E_G_64R: aluEgR<u64>(SUB, r); r += RECORD_BYTES; continue;
      case OP_SUB_E_G_64M: aluEgM<u64>(SUB, r); break;
      case OP_SUB_G_E_64M: aluGeM<u64>(SUB, r); break;
      case OP_SUB_E_I_64R: aluEiR<u64>(SUB, r); r += RECORD_BYTES; continue;
      case OP_SUB_E_I_64M: aluEiM<u64>(SUB, r); break;
      case OP_XOR_E_G_32R: aluEgR<u32>(XOR, r); r += RECORD_BYTES; continue;
      case OP_XOR_G_E_32M: aluGeM<u32>(XOR, r); break;
      case OP_XOR_E_I_32R: aluEiR<u32>(XOR, r); r += RECORD_BYTES; continue;
      case OP_XOR_E_G_64R: aluEgR<u64>(XOR, r); r += RECORD_BYTES; continue;
      case OP_XOR_G_E_64M: aluGeM<u64>(XOR, r); break;
      case OP_XOR_E_I_64R: aluEiR<u64>(XOR, r); r += RECORD_BYTES; continue;
      case OP_CMP_E_G_8R: aluEgR<u8>(CMP, r); r += RECORD_BYTES; continue;
      case OP_CMP_E_G_8M: aluEgM<u8>(CMP, r); break;
      case OP_CMP_G_E_8M: aluGeM<u8>(CMP, r); break;
      case OP_CMP_E_I_8R: aluEiR<u8>(CMP, r); r += RECORD_BYTES; continue;
      case OP_CMP_E_I_8M: aluEiM<u8>(CMP, r); break;
      case OP_CMP_E_I_16R: aluEiR<u16>(CMP, r); r += RECORD_BYTES; continue;
      case OP_CMP_E_I_16M: aluEiM<u16>(CMP, r); break;
      case OP_CMP_E_G_32R: aluEgR<u32>(CMP, r); r += RECORD_BYTES; continue;
      case OP_CMP_E_G_32M: aluEgM<u32>(CMP, r); break;
      case OP_CMP_G_E_32M: aluGeM<u32>(CMP, r); break;
      case OP_CMP_E_I_32R: aluEiR<u32>(CMP, r); r += RECORD_BYTES; continue;
      case OP_CMP_E_I_32M: aluEiM<u32>(CMP, r); break;
      case OP_CMP_E_G_64R: aluEgR<u64>(CMP, r); r += RECORD_BYTES; continue;
      case OP_CMP_E_G_64M: aluEgM<u64>(CMP, r); break;
      case OP_CMP_G_E_64M: aluGeM<u64>(CMP, r); break;
      case OP_CMP_E_I_64R: aluEiR<u64>(CMP, r); r += RECORD_BYTES; continue;
      case OP_CMP_E_I_64M: aluEiM<u64>(CMP, r); break;
      case OP_SHL_E_I_32R: shiftIR<u32>(SHL, r); r += RECORD_BYTES; continue;
      case OP_SHL_E_CL_32R: shiftCR<u32>(SHL, r); r += RECORD_BYTES; continue;
      case OP_SHL_E_I_64R: shiftIR<u64>(SHL, r); r += RECORD_BYTES; continue;
      case OP_SHL_E_CL_64R: shiftCR<u64>(SHL, r); r += RECORD_BYTES; continue;
      case OP_SHR_E_I_32R: shiftIR<u32>(SHR, r); r += RECORD_BYTES; continue;
      case OP_SHR_E_CL_32R: shiftCR<u32>(SHR, r); r += RECORD_BYTES; continue;
      case OP_SHR_E_I_64R: shiftIR<u64>(SHR, r); r += RECORD_BYTES; continue;
      case OP_SHR_E_CL_64R: shiftCR<u64>(SHR, r); r += RECORD_BYTES; continue;
      case OP_SAR_E_I_32R: shiftIR<u32>(SAR, r); r += RECORD_BYTES; continue;
      case OP_SAR_E_CL_32R: shiftCR<u32>(SAR, r); r += RECORD_BYTES; continue;
      case OP_SAR_E_I_64R: shiftIR<u64>(SAR, r); r += RECORD_BYTES; continue;
      case OP_SAR_E_CL_64R: shiftCR<u64>(SAR, r); r += RECORD_BYTES; continue;
      case OP_ROL_E_I_32R: shiftIR<u32>(ROL, r); r += RECORD_BYTES; continue;
      case OP_ROL_E_CL_32R: shiftCR<u32>(ROL, r); r += RECORD_BYTES; continue;
      case OP_ROL_E_I_64R: shiftIR<u64>(ROL, r); r += RECORD_BYTES; continue;
      case OP_ROL_E_CL_64R: shiftCR<u64>(ROL, r); r += RECORD_BYTES; continue;
      case OP_ROR_E_I_32R: shiftIR<u32>(ROR, r); r += RECORD_BYTES; continue;
      case OP_ROR_E_CL_32R: shiftCR<u32>(ROR, r); r += RECORD_BYTES; continue;
      case OP_ROR_E_I_64R: shiftIR<u64>(ROR, r); r += RECORD_BYTES; continue;
      case OP_ROR_E_CL_64R: shiftCR<u64>(ROR, r); r += RECORD_BYTES; continue;
      case OP_MOV_E_G_8R: setReg<u8>(load<u8>(r, 7), getReg<u8>(load<u8>(r, 6))); r += RECORD_BYTES; continue;
      case OP_MOV_E_G_8M: storeReg<u8>(r); break;
      case OP_MOV_G_E_8M: loadReg<u8>(r); break;
      case OP_MOV_E_I_8R: setReg<u8>(load<u8>(r, 7), load<u8>(r, 16)); r += RECORD_BYTES; continue;
      case OP_MOV_E_I_8M: storeImm<u8>(r); break;
      case OP_TEST_E_G_8R: testR<u8>(getReg<u8>(load<u8>(r, 7)), getReg<u8>(load<u8>(r, 6))); r += RECORD_BYTES; continue;
      case OP_TEST_E_I_8R: testR<u8>(getReg<u8>(load<u8>(r, 7)), load<u8>(r, 16)); r += RECORD_BYTES; continue;
      case OP_TEST_E_I_8M: testM<u8>(r, load<u8>(r, 16)); break;
      case OP_MOV_E_G_16M: storeReg<u16>(r); break;
      case OP_MOV_E_I_16M: storeImm<u16>(r); break;
      case OP_XCHG_A_16R: xchgA<u16>(r); r += RECORD_BYTES; continue;
      case OP_MOV_E_G_32R: setReg<u32>(load<u8>(r, 7), getReg<u32>(load<u8>(r, 6))); r += RECORD_BYTES; continue;
      case OP_MOV_E_G_32M: storeReg<u32>(r); break;
      case OP_MOV_G_E_32M: loadReg<u32>(r); break;
      case OP_MOV_E_I_32R: setReg<u32>(load<u8>(r, 7), load<u32>(r, 16)); r += RECORD_BYTES; continue;
      case OP_MOV_E_I_32M: storeImm<u32>(r); break;
      case OP_TEST_E_G_32R: testR<u32>(getReg<u32>(load<u8>(r, 7)), getReg<u32>(load<u8>(r, 6))); r += RECORD_BYTES; continue;
      case OP_TEST_E_I_32R: testR<u32>(getReg<u32>(load<u8>(r, 7)), load<u32>(r, 16)); r += RECORD_BYTES; continue;
      case OP_TEST_E_I_32M: testM<u32>(r, load<u32>(r, 16)); break;
      case OP_INC_E_32R: stepR<u32>(false, r); r += RECORD_BYTES; continue;
      case OP_INC_E_32M: stepM<u32>(false, r); break;
      case OP_DEC_E_32R: stepR<u32>(true, r); r += RECORD_BYTES; continue;
      case OP_DEC_E_32M: stepM<u32>(true, r); break;
      case OP_NOT_E_32R: notR<u32>(r); r += RECORD_BYTES; continue;
      case OP_NEG_E_32R: negR<u32>(r); r += RECORD_BYTES; continue;
      case OP_XCHG_A_32R: xchgA<u32>(r); r += RECORD_BYTES; continue;
      case OP_MOVZX_B_32R: extendR<u8, u32>(r); r += RECORD_BYTES; continue;
      case OP_MOVZX_B_32M: extendM<u8, u32>(r); break;
      case OP_MOVZX_W_32R: extendR<u16, u32>(r); r += RECORD_BYTES; continue;
      case OP_MOVZX_W_32M: extendM<u16, u32>(r); break;
      case OP_MOVSX_B_32R: extendR<i8, u32>(r); r += RECORD_BYTES; continue;
      case OP_MOVSX_B_32M: extendM<i8, u32>(r); break;
      case OP_MOVSX_W_32M: extendM<i16, u32>(r); break;
      case OP_IMUL_G_E_32R: imul<u32>(r, getReg<u32>(load<u8>(r, 6)), getReg<u32>(load<u8>(r, 7))); r += RECORD_BYTES; continue;
      case OP_IMUL_G_E_I_32R: imul<u32>(r, getReg<u32>(load<u8>(r, 7)), load<u32>(r, 16)); r += RECORD_BYTES; continue;
      case OP_CMOV_32R: cmovR<u32>(r); r += RECORD_BYTES; continue;
      case OP_CWD_32R: signAccumulator(4); r += RECORD_BYTES; continue;
      case OP_MOV_E_G_64R: setReg<u64>(load<u8>(r, 7), getReg<u64>(load<u8>(r, 6))); r += RECORD_BYTES; continue;
      case OP_MOV_E_G_64M: storeReg<u64>(r); break;
      case OP_MOV_G_E_64M: loadReg<u64>(r); break;
      case OP_MOV_E_I_64R: setReg<u64>(load<u8>(r, 7), load<u64>(r, 16)); r += RECORD_BYTES; continue;
      case OP_MOV_E_I_64M: storeImm<u64>(r); break;
      case OP_TEST_E_G_64R: testR<u64>(getReg<u64>(load<u8>(r, 7)), getReg<u64>(load<u8>(r, 6))); r += RECORD_BYTES; continue;
      case OP_TEST_E_G_64M: testM<u64>(r, getReg<u64>(load<u8>(r, 6))); break;
      case OP_INC_E_64R: stepR<u64>(false, r); r += RECORD_BYTES; continue;
      case OP_INC_E_64M: stepM<u64>(false, r); break;
      case OP_DEC_E_64R: stepR<u64>(true, r); r += RECORD_BYTES; continue;
      case OP_DEC_E_64M: stepM<u64>(true, r); break;
      case OP_NOT_E_64R: notR<u64>(r); r += RECORD_BYTES; continue;
      case OP_NEG_E_64R: negR<u64>(r); r += RECORD_BYTES; continue;
      case OP_XCHG_A_64R: xchgA<u64>(r); r += RECORD_BYTES; continue;
      case OP_IMUL_G_E_64R: imul<u64>(r, getReg<u64>(load<u8>(r, 6)), getReg<u64>(load<u8>(r, 7))); r += RECORD_BYTES; continue;
      case OP_IMUL_G_E_64M: imulGeM<u64>(r); break;
      case OP_IMUL_G_E_I_64R: imul<u64>(r, getReg<u64>(load<u8>(r, 7)), load<u64>(r, 16)); r += RECORD_BYTES; continue;
      case OP_CMOV_64R: cmovR<u64>(r); r += RECORD_BYTES; continue;
      case OP_CMOV_64M: cmovM<u64>(r); break;
      case OP_CBW_64R: extendAccumulator(8); r += RECORD_BYTES; continue;
      case OP_CWD_64R: signAccumulator(8); r += RECORD_BYTES; continue;
      case OP_MOVSXD_64R: extendR<i32, u64>(r); r += RECORD_BYTES; continue;
      case OP_MOVSXD_64M: extendM<i32, u64>(r); break;
      case OP_LEA_64M: setReg<u64>(load<u8>(r, 6), load<u8>(r, 30) != 0 ? operandOffset(r) : operandAddress(r)); r += RECORD_BYTES; continue;
      case OP_LEA_32M: setReg<u32>(load<u8>(r, 6), <u32>(load<u8>(r, 30) != 0 ? operandOffset(r) : operandAddress(r))); r += RECORD_BYTES; continue;
      case OP_SET_8R: setReg<u8>(load<u8>(r, 7), condition(<u32>load<u8>(r, 31) & 15) ? 1 : 0); r += RECORD_BYTES; continue;
      case OP_PUSH_Z_64R: pushInline64(getReg<u64>(load<u8>(r, 7))); break;
      case OP_POP_Z_64R: popInline64(r); break;
      case OP_PUSH_I: push(recordSize(r), load<u64>(r, 16)); break;
      case OP_PUSH_E: pushOperand(r, recordIsMemory(r)); break;
      case OP_LEAVE: leave(r); break;
      case OP_NOP:  r += RECORD_BYTES; continue;
      case OP_FUSED_CMP_E_G_32R_B: { const a = getReg<u32>(load<u8>(r, 7)); const b = getReg<u32>(load<u8>(r, 6)); setLazy(LAZY_SUB, sext<u32>(<u32>(a - b)), sext<u32>(a), sext<u32>(b)); r += RECORD_BYTES; slot = a < b ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break; }
      case OP_FUSED_CMP_E_G_32R_AE: { const a = getReg<u32>(load<u8>(r, 7)); const b = getReg<u32>(load<u8>(r, 6)); setLazy(LAZY_SUB, sext<u32>(<u32>(a - b)), sext<u32>(a), sext<u32>(b)); r += RECORD_BYTES; slot = a >= b ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break; }
      case OP_FUSED_CMP_E_G_32R_E: { const a = getReg<u32>(load<u8>(r, 7)); const b = getReg<u32>(load<u8>(r, 6)); setLazy(LAZY_SUB, sext<u32>(<u32>(a - b)), sext<u32>(a), sext<u32>(b)); r += RECORD_BYTES; slot = a == b ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break; }
      case OP_FUSED_CMP_E_G_32R_NE: { const a = getReg<u32>(load<u8>(r, 7)); const b = getReg<u32>(load<u8>(r, 6)); setLazy(LAZY_SUB, sext<u32>(<u32>(a - b)), sext<u32>(a), sext<u32>(b)); r += RECORD_BYTES; slot = a != b ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break; }
      case OP_FUSED_CMP_E_G_32R_BE: { const a = getReg<u32>(load<u8>(r, 7)); const b = getReg<u32>(load<u8>(r, 6)); setLazy(LAZY_SUB, sext<u32>(<u32>(a - b)), sext<u32>(a), sext<u32>(b)); r += RECORD_BYTES; slot = a <= b ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break; }
      case OP_FUSED_CMP_E_G_32R_A: { const a = getReg<u32>(load<u8>(r, 7)); const b = getReg<u32>(load<u8>(r, 6)); setLazy(LAZY_SUB, sext<u32>(<u32>(a - b)), sext<u32>(a), sext<u32>(b)); r += RECORD_BYTES; slot = a > b ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break; }
      case OP_FUSED_CMP_E_G_32R_L: { const a = getReg<u32>(load<u8>(r, 7)); const b = getReg<u32>(load<u8>(r, 6)); setLazy(LAZY_SUB, sext<u32>(<u32>(a - b)), sext<u32>(a), sext<u32>(b)); r += RECORD_BYTES; slot = sext<u32>(a) < sext<u32>(b) ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break; }
      case OP_FUSED_CMP_E_G_32R_GE: { const a = getReg<u32>(load<u8>(r, 7)); const b = getReg<u32>(load<u8>(r, 6)); setLazy(LAZY_SUB, sext<u32>(<u32>(a - b)), sext<u32>(a), sext<u32>(b)); r += RECORD_BYTES; slot = sext<u32>(a) >= sext<u32>(b) ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break; }
      case OP_FUSED_CMP_E_G_32R_LE: { const a = getReg<u32>(load<u8>(r, 7)); const b = getReg<u32>(load<u8>(r, 6)); setLazy(LAZY_SUB, sext<u32>(<u32>(a - b)), sext<u32>(a), sext<u32>(b)); r += RECORD_BYTES; slot = sext<u32>(a) <= sext<u32>(b) ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break; }
      case OP_FUSED_CMP_E_G_32R_G: { const a = getReg<u32>(load<u8>(r, 7)); const b = getReg<u32>(load<u8>(r, 6)); setLazy(LAZY_SUB, sext<u32>(<u32>(a - b)), sext<u32>(a), sext<u32>(b)); r += RECORD_BYTES; slot = sext<u32>(a) > sext<u32>(b) ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break; }
      case OP_FUSED_CMP_E_G_64R_B: { const a = getReg<u64>(load<u8>(r, 7)); const b = getReg<u64>(load<u8>(r, 6)); setLazy(LAZY_SUB, sext<u64>(<u64>(a - b)), sext<u64>(a), sext<u64>(b)); r += RECORD_BYTES; slot = a < b ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break; }
      case OP_FUSED_CMP_E_G_64R_AE: { const a = getReg<u64>(load<u8>(r, 7)); const b = getReg<u64>(load<u8>(r, 6)); setLazy(LAZY_SUB, sext<u64>(<u64>(a - b)), sext<u64>(a), sext<u64>(b)); r += RECORD_BYTES; slot = a >= b ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break; }
      case OP_FUSED_CMP_E_G_64R_E: { const a = getReg<u64>(load<u8>(r, 7)); const b = getReg<u64>(load<u8>(r, 6)); setLazy(LAZY_SUB, sext<u64>(<u64>(a - b)), sext<u64>(a), sext<u64>(b)); r += RECORD_BYTES; slot = a == b ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break; }
      case OP_FUSED_CMP_E_G_64R_NE: { const a = getReg<u64>(load<u8>(r, 7)); const b = getReg<u64>(load<u8>(r, 6)); setLazy(LAZY_SUB, sext<u64>(<u64>(a - b)), sext<u64>(a), sext<u64>(b)); r += RECORD_BYTES; slot = a != b ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break; }
      case OP_FUSED_CMP_E_G_64R_BE: { const a = getReg<u64>(load<u8>(r, 7)); const b = getReg<u64>(load<u8>(r, 6)); setLazy(LAZY_SUB, sext<u64>(<u64>(a - b)), sext<u64>(a), sext<u64>(b)); r += RECORD_BYTES; slot = a <= b ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break; }
      case OP_FUSED_CMP_E_G_64R_A: { const a = getReg<u64>(load<u8>(r, 7)); const b = getReg<u64>(load<u8>(r, 6)); setLazy(LAZY_SUB, sext<u64>(<u64>(a - b)), sext<u64>(a), sext<u64>(b)); r += RECORD_BYTES; slot = a > b ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break; }
      case OP_FUSED_CMP_E_G_64R_L: { const a = getReg<u64>(load<u8>(r, 7)); const b = getReg<u64>(load<u8>(r, 6)); setLazy(LAZY_SUB, sext<u64>(<u64>(a - b)), sext<u64>(a), sext<u64>(b)); r += RECORD_BYTES; slot = sext<u64>(a) < sext<u64>(b) ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break; }
      case OP_FUSED_CMP_E_G_64R_GE: { const a = getReg<u64>(load<u8>(r, 7)); const b = getReg<u64>(load<u8>(r, 6)); setLazy(LAZY_SUB, sext<u64>(<u64>(a - b)), sext<u64>(a), sext<u64>(b)); r += RECORD_BYTES; slot = sext<u64>(a) >= sext<u64>(b) ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break; }
      case OP_FUSED_CMP_E_G_64R_LE: { const a = getReg<u64>(load<u8>(r, 7)); const b = getReg<u64>(load<u8>(r, 6)); setLazy(LAZY_SUB, sext<u64>(<u64>(a - b)), sext<u64>(a), sext<u64>(b)); r += RECORD_BYTES; slot = sext<u64>(a) <= sext<u64>(b) ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break; }
      case OP_FUSED_CMP_E_G_64R_G: { const a = getReg<u64>(load<u8>(r, 7)); const b = getReg<u64>(load<u8>(r, 6)); setLazy(LAZY_SUB, sext<u64>(<u64>(a - b)), sext<u64>(a), sext<u64>(b)); r += RECORD_BYTES; slot = sext<u64>(a) > sext<u64>(b) ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break; }
      case OP_FUSED_CMP_E_I_8R_E: { const a = getReg<u8>(load<u8>(r, 7)); const b = load<u8>(r, 16); setLazy(LAZY_SUB, sext<u8>(<u8>(a - b)), sext<u8>(a), sext<u8>(b)); r += RECORD_BYTES; slot = a == b ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break; }
      case OP_FUSED_CMP_E_I_8R_NE: { const a = getReg<u8>(load<u8>(r, 7)); const b = load<u8>(r, 16); setLazy(LAZY_SUB, sext<u8>(<u8>(a - b)), sext<u8>(a), sext<u8>(b)); r += RECORD_BYTES; slot = a != b ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break; }
      case OP_FUSED_CMP_E_I_8R_BE: { const a = getReg<u8>(load<u8>(r, 7)); const b = load<u8>(r, 16); setLazy(LAZY_SUB, sext<u8>(<u8>(a - b)), sext<u8>(a), sext<u8>(b)); r += RECORD_BYTES; slot = a <= b ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break; }
      case OP_FUSED_CMP_E_I_8R_A: { const a = getReg<u8>(load<u8>(r, 7)); const b = load<u8>(r, 16); setLazy(LAZY_SUB, sext<u8>(<u8>(a - b)), sext<u8>(a), sext<u8>(b)); r += RECORD_BYTES; slot = a > b ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break; }
      case OP_FUSED_CMP_E_I_32R_B: { const a = getReg<u32>(load<u8>(r, 7)); const b = load<u32>(r, 16); setLazy(LAZY_SUB, sext<u32>(<u32>(a - b)), sext<u32>(a), sext<u32>(b)); r += RECORD_BYTES; slot = a < b ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break; }
      case OP_FUSED_CMP_E_I_32R_AE: { const a = getReg<u32>(load<u8>(r, 7)); const b = load<u32>(r, 16); setLazy(LAZY_SUB, sext<u32>(<u32>(a - b)), sext<u32>(a), sext<u32>(b)); r += RECORD_BYTES; slot = a >= b ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break; }
      case OP_FUSED_CMP_E_I_32R_E: { const a = getReg<u32>(load<u8>(r, 7)); const b = load<u32>(r, 16); setLazy(LAZY_SUB, sext<u32>(<u32>(a - b)), sext<u32>(a), sext<u32>(b)); r += RECORD_BYTES; slot = a == b ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break; }
      case OP_FUSED_CMP_E_I_32R_NE: { const a = getReg<u32>(load<u8>(r, 7)); const b = load<u32>(r, 16); setLazy(LAZY_SUB, sext<u32>(<u32>(a - b)), sext<u32>(a), sext<u32>(b)); r += RECORD_BYTES; slot = a != b ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break; }
      case OP_FUSED_CMP_E_I_32R_BE: { const a = getReg<u32>(load<u8>(r, 7)); const b = load<u32>(r, 16); setLazy(LAZY_SUB, sext<u32>(<u32>(a - b)), sext<u32>(a), sext<u32>(b)); r += RECORD_BYTES; slot = a <= b ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break; }
      case OP_FUSED_CMP_E_I_32R_A: { const a = getReg<u32>(load<u8>(r, 7)); const b = load<u32>(r, 16); setLazy(LAZY_SUB, sext<u32>(<u32>(a - b)), sext<u32>(a), sext<u32>(b)); r += RECORD_BYTES; slot = a > b ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break; }
      case OP_FUSED_CMP_E_I_32R_L: { const a = getReg<u32>(load<u8>(r, 7)); const b = load<u32>(r, 16); setLazy(LAZY_SUB, sext<u32>(<u32>(a - b)), sext<u32>(a), sext<u32>(b)); r += RECORD_BYTES; slot = sext<u32>(a) < sext<u32>(b) ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break; }
      case OP_FUSED_CMP_E_I_32R_GE: { const a = getReg<u32>(load<u8>(r, 7)); const b = load<u32>(r, 16); setLazy(LAZY_SUB, sext<u32>(<u32>(a - b)), sext<u32>(a), sext<u32>(b)); r += RECORD_BYTES; slot = sext<u32>(a) >= sext<u32>(b) ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break; }
      case OP_FUSED_CMP_E_I_32R_LE: { const a = getReg<u32>(load<u8>(r, 7)); const b = load<u32>(r, 16); setLazy(LAZY_SUB, sext<u32>(<u32>(a - b)), sext<u32>(a), sext<u32>(b)); r += RECORD_BYTES; slot = sext<u32>(a) <= sext<u32>(b) ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break; }
      case OP_FUSED_CMP_E_I_32R_G: { const a = getReg<u32>(load<u8>(r, 7)); const b = load<u32>(r, 16); setLazy(LAZY_SUB, sext<u32>(<u32>(a - b)), sext<u32>(a), sext<u32>(b)); r += RECORD_BYTES; slot = sext<u32>(a) > sext<u32>(b) ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break; }
      case OP_FUSED_CMP_E_I_64R_B: { const a = getReg<u64>(load<u8>(r, 7)); const b = load<u64>(r, 16); setLazy(LAZY_SUB, sext<u64>(<u64>(a - b)), sext<u64>(a), sext<u64>(b)); r += RECORD_BYTES; slot = a < b ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break; }
      case OP_FUSED_CMP_E_I_64R_E: { const a = getReg<u64>(load<u8>(r, 7)); const b = load<u64>(r, 16); setLazy(LAZY_SUB, sext<u64>(<u64>(a - b)), sext<u64>(a), sext<u64>(b)); r += RECORD_BYTES; slot = a == b ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break; }
      case OP_FUSED_CMP_E_I_64R_NE: { const a = getReg<u64>(load<u8>(r, 7)); const b = load<u64>(r, 16); setLazy(LAZY_SUB, sext<u64>(<u64>(a - b)), sext<u64>(a), sext<u64>(b)); r += RECORD_BYTES; slot = a != b ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break; }
      case OP_FUSED_CMP_E_I_64R_BE: { const a = getReg<u64>(load<u8>(r, 7)); const b = load<u64>(r, 16); setLazy(LAZY_SUB, sext<u64>(<u64>(a - b)), sext<u64>(a), sext<u64>(b)); r += RECORD_BYTES; slot = a <= b ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break; }
      case OP_FUSED_CMP_E_I_64R_A: { const a = getReg<u64>(load<u8>(r, 7)); const b = load<u64>(r, 16); setLazy(LAZY_SUB, sext<u64>(<u64>(a - b)), sext<u64>(a), sext<u64>(b)); r += RECORD_BYTES; slot = a > b ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break; }
      case OP_FUSED_CMP_E_I_8M_E: { const a = read<u8>(operandAddress(r)); const b = load<u8>(r, 16); if (aborted()) break; setLazy(LAZY_SUB, sext<u8>(<u8>(a - b)), sext<u8>(a), sext<u8>(b)); r += RECORD_BYTES; slot = a == b ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break; }
      case OP_FUSED_CMP_E_I_8M_NE: { const a = read<u8>(operandAddress(r)); const b = load<u8>(r, 16); if (aborted()) break; setLazy(LAZY_SUB, sext<u8>(<u8>(a - b)), sext<u8>(a), sext<u8>(b)); r += RECORD_BYTES; slot = a != b ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break; }
      case OP_FUSED_CMP_E_I_32M_E: { const a = read<u32>(operandAddress(r)); const b = load<u32>(r, 16); if (aborted()) break; setLazy(LAZY_SUB, sext<u32>(<u32>(a - b)), sext<u32>(a), sext<u32>(b)); r += RECORD_BYTES; slot = a == b ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break; }
      case OP_FUSED_CMP_E_I_32M_NE: { const a = read<u32>(operandAddress(r)); const b = load<u32>(r, 16); if (aborted()) break; setLazy(LAZY_SUB, sext<u32>(<u32>(a - b)), sext<u32>(a), sext<u32>(b)); r += RECORD_BYTES; slot = a != b ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break; }
      case OP_FUSED_CMP_E_I_32M_BE: { const a = read<u32>(operandAddress(r)); const b = load<u32>(r, 16); if (aborted()) break; setLazy(LAZY_SUB, sext<u32>(<u32>(a - b)), sext<u32>(a), sext<u32>(b)); r += RECORD_BYTES; slot = a <= b ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break; }
      case OP_FUSED_CMP_E_I_32M_A: { const a = read<u32>(operandAddress(r)); const b = load<u32>(r, 16); if (aborted()) break; setLazy(LAZY_SUB, sext<u32>(<u32>(a - b)), sext<u32>(a), sext<u32>(b)); r += RECORD_BYTES; slot = a > b ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break; }
      case OP_FUSED_CMP_E_I_64M_E: { const a = read<u64>(operandAddress(r)); const b = load<u64>(r, 16); if (aborted()) break; setLazy(LAZY_SUB, sext<u64>(<u64>(a - b)), sext<u64>(a), sext<u64>(b)); r += RECORD_BYTES; slot = a == b ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break; }
      case OP_FUSED_CMP_E_I_64M_NE: { const a = read<u64>(operandAddress(r)); const b = load<u64>(r, 16); if (aborted()) break; setLazy(LAZY_SUB, sext<u64>(<u64>(a - b)), sext<u64>(a), sext<u64>(b)); r += RECORD_BYTES; slot = a != b ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break; }
      case OP_FUSED_CMP_G_E_64M_E: { const a = getReg<u64>(load<u8>(r, 6)); const b = read<u64>(operandAddress(r)); if (aborted()) break; setLazy(LAZY_SUB, sext<u64>(<u64>(a - b)), sext<u64>(a), sext<u64>(b)); r += RECORD_BYTES; slot = a == b ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break; }
      case OP_FUSED_CMP_G_E_64M_NE: { const a = getReg<u64>(load<u8>(r, 6)); const b = read<u64>(operandAddress(r)); if (aborted()) break; setLazy(LAZY_SUB, sext<u64>(<u64>(a - b)), sext<u64>(a), sext<u64>(b)); r += RECORD_BYTES; slot = a != b ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break; }
      case OP_FUSED_CMP_G_E_64M_B: { const a = getReg<u64>(load<u8>(r, 6)); const b = read<u64>(operandAddress(r)); if (aborted()) break; setLazy(LAZY_SUB, sext<u64>(<u64>(a - b)), sext<u64>(a), sext<u64>(b)); r += RECORD_BYTES; slot = a < b ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break; }
      case OP_FUSED_CMP_G_E_64M_AE: { const a = getReg<u64>(load<u8>(r, 6)); const b = read<u64>(operandAddress(r)); if (aborted()) break; setLazy(LAZY_SUB, sext<u64>(<u64>(a - b)), sext<u64>(a), sext<u64>(b)); r += RECORD_BYTES; slot = a >= b ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break; }
      case OP_FUSED_TEST_E_G_8R_E: { const t = <u8>(getReg<u8>(load<u8>(r, 7)) & getReg<u8>(load<u8>(r, 6))); setLazyLogic(sext<u8>(t)); r += RECORD_BYTES; slot = t == 0 ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break; }
      case OP_FUSED_TEST_E_G_8R_NE: { const t = <u8>(getReg<u8>(load<u8>(r, 7)) & getReg<u8>(load<u8>(r, 6))); setLazyLogic(sext<u8>(t)); r += RECORD_BYTES; slot = t != 0 ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break; }
      case OP_FUSED_TEST_E_G_32R_E: { const t = <u32>(getReg<u32>(load<u8>(r, 7)) & getReg<u32>(load<u8>(r, 6))); setLazyLogic(sext<u32>(t)); r += RECORD_BYTES; slot = t == 0 ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break; }
      case OP_FUSED_TEST_E_G_32R_NE: { const t = <u32>(getReg<u32>(load<u8>(r, 7)) & getReg<u32>(load<u8>(r, 6))); setLazyLogic(sext<u32>(t)); r += RECORD_BYTES; slot = t != 0 ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break; }
      case OP_FUSED_TEST_E_G_32R_S: { const t = <u32>(getReg<u32>(load<u8>(r, 7)) & getReg<u32>(load<u8>(r, 6))); setLazyLogic(sext<u32>(t)); r += RECORD_BYTES; slot = sext<u32>(t) < 0 ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break; }
      case OP_FUSED_TEST_E_G_32R_NS: { const t = <u32>(getReg<u32>(load<u8>(r, 7)) & getReg<u32>(load<u8>(r, 6))); setLazyLogic(sext<u32>(t)); r += RECORD_BYTES; slot = sext<u32>(t) >= 0 ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break; }
      case OP_FUSED_TEST_E_G_32R_LE: { const t = <u32>(getReg<u32>(load<u8>(r, 7)) & getReg<u32>(load<u8>(r, 6))); setLazyLogic(sext<u32>(t)); r += RECORD_BYTES; slot = sext<u32>(t) <= 0 ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break; }
      case OP_FUSED_TEST_E_G_32R_G: { const t = <u32>(getReg<u32>(load<u8>(r, 7)) & getReg<u32>(load<u8>(r, 6))); setLazyLogic(sext<u32>(t)); r += RECORD_BYTES; slot = sext<u32>(t) > 0 ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break; }
      case OP_FUSED_TEST_E_G_64R_E: { const t = <u64>(getReg<u64>(load<u8>(r, 7)) & getReg<u64>(load<u8>(r, 6))); setLazyLogic(sext<u64>(t)); r += RECORD_BYTES; slot = t == 0 ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break; }
      case OP_FUSED_TEST_E_G_64R_NE: { const t = <u64>(getReg<u64>(load<u8>(r, 7)) & getReg<u64>(load<u8>(r, 6))); setLazyLogic(sext<u64>(t)); r += RECORD_BYTES; slot = t != 0 ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break; }
      case OP_FUSED_TEST_E_G_64R_S: { const t = <u64>(getReg<u64>(load<u8>(r, 7)) & getReg<u64>(load<u8>(r, 6))); setLazyLogic(sext<u64>(t)); r += RECORD_BYTES; slot = sext<u64>(t) < 0 ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break; }
      case OP_FUSED_TEST_E_G_64R_NS: { const t = <u64>(getReg<u64>(load<u8>(r, 7)) & getReg<u64>(load<u8>(r, 6))); setLazyLogic(sext<u64>(t)); r += RECORD_BYTES; slot = sext<u64>(t) >= 0 ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break; }
      case OP_FUSED_TEST_E_G_64R_LE: { const t = <u64>(getReg<u64>(load<u8>(r, 7)) & getReg<u64>(load<u8>(r, 6))); setLazyLogic(sext<u64>(t)); r += RECORD_BYTES; slot = sext<u64>(t) <= 0 ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break; }
      case OP_FUSED_TEST_E_I_8R_E: { const t = <u8>(getReg<u8>(load<u8>(r, 7)) & load<u8>(r, 16)); setLazyLogic(sext<u8>(t)); r += RECORD_BYTES; slot = t == 0 ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break; }
      case OP_FUSED_TEST_E_I_8R_NE: { const t = <u8>(getReg<u8>(load<u8>(r, 7)) & load<u8>(r, 16)); setLazyLogic(sext<u8>(t)); r += RECORD_BYTES; slot = t != 0 ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break; }
      case OP_FUSED_TEST_E_I_8M_E: { const t = <u8>(read<u8>(operandAddress(r)) & load<u8>(r, 16)); if (aborted()) break; setLazyLogic(sext<u8>(t)); r += RECORD_BYTES; slot = t == 0 ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break; }
      case OP_FUSED_TEST_E_I_8M_NE: { const t = <u8>(read<u8>(operandAddress(r)) & load<u8>(r, 16)); if (aborted()) break; setLazyLogic(sext<u8>(t)); r += RECORD_BYTES; slot = t != 0 ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break; }
      case OP_ADD_E_I_8R: aluEiR<u8>(ADD, r); r += RECORD_BYTES; continue;
      case OP_SUB_E_I_8R: aluEiR<u8>(SUB, r); r += RECORD_BYTES; continue;
      case OP_XOR_E_I_8R: aluEiR<u8>(XOR, r); r += RECORD_BYTES; continue;
      case OP_FUSED_CMP_E_I_8R_B: { const a = getReg<u8>(load<u8>(r, 7)); const b = load<u8>(r, 16); setLazy(LAZY_SUB, sext<u8>(<u8>(a - b)), sext<u8>(a), sext<u8>(b)); r += RECORD_BYTES; slot = a < b ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break; }
      case OP_FUSED_CMP_E_I_8R_AE: { const a = getReg<u8>(load<u8>(r, 7)); const b = load<u8>(r, 16); setLazy(LAZY_SUB, sext<u8>(<u8>(a - b)), sext<u8>(a), sext<u8>(b)); r += RECORD_BYTES; slot = a >= b ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break; }
      case OP_JCC_O: slot = getOF() ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break;
      case OP_JCC_NO: slot = !getOF() ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break;
      case OP_JCC_B: slot = getCF() ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break;
      case OP_JCC_AE: slot = !getCF() ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break;
      case OP_JCC_E: slot = getZF() ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break;
      case OP_JCC_NE: slot = !getZF() ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break;
      case OP_JCC_BE: slot = condition(6) ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break;
      case OP_JCC_A: slot = condition(7) ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break;
      case OP_JCC_S: slot = getSF() ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break;
      case OP_JCC_NS: slot = !getSF() ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break;
      case OP_JCC_P: slot = getPF() ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break;
      case OP_JCC_NP: slot = !getPF() ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break;
      case OP_JCC_L: slot = condition(12) ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break;
      case OP_JCC_GE: slot = condition(13) ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break;
      case OP_JCC_LE: slot = condition(14) ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break;
      case OP_JCC_G: slot = condition(15) ? BLOCK_TAKEN : BLOCK_FALLTHROUGH; break;
      case OP_JMP_J: slot = BLOCK_TAKEN; break;
      case OP_CALL_J: target = blockRelative(r); slot = (recordSize(r) == 8 ? call64(r, target) : callNear(r, target)) ? BLOCK_TAKEN : 0; break;
      case OP_JMP_E: target = indirectTarget(r); slot = isBranchTargetValid(target) ? BLOCK_NO_LINK : 0; break;
      case OP_CALL_E: target = indirectTarget(r); slot = callNear(r, target) ? BLOCK_NO_LINK : 0; break;
      case OP_RET: target = recordSize(r) == 8 ? return64(r) : returnNear(r, 0); slot = aborted() ? 0 : BLOCK_NO_LINK; break;
      case OP_RET_I: target = returnNear(r, load<u16>(r, 16)); slot = aborted() ? 0 : BLOCK_NO_LINK; break;
      case OP_NEXT: slot = BLOCK_FALLTHROUGH; break;
      case OP_EXIT: leaveAt(block, r); return;
      case OP_UD: raiseUd(); break;
      case OP_TOO_LONG: raiseGp0(); break;
      default:
        if (op >= SSE_FIRST && op < SSE_END) {
          executeSse(op, r);
          break;
        }
        store<u32>(CURRENT_RECORD, r);
        if ((load<u8>(r, 24) & RECORD_ENDS) != 0) {
          store<u64>(RIP, nextRip(r));
          executeCold(op, r);
          if (aborted()) leaveAt(block, r);
          return;
        }
        executeCold(op, r);
        break;
    }
    if (slot != 0) {
      if (slot == BLOCK_TAKEN) target = directTarget(r, rip);
      else if (slot == BLOCK_FALLTHROUGH) target = followingRip(r, rip);
      let next = load<u32>(block + slot);
      if (next == 0) {
        if (slot == BLOCK_TAKEN && !isBranchTargetValid(target)) return leaveAt(block, r);
        if (slot == BLOCK_NO_LINK) next = cachedBlock(block, target);
        if (next == 0) {
          next = nextBlock(block, slot, target);
          if (next == 0) return;
        }
      }
      block = next;
      slot = 0;
      rip = target;
      store<u64>(BLOCK_RIP, target);
      budget = load<i32>(BUDGET) - <i32>load<u16>(block, BLOCK_COUNT);
      if (budget < 0) {
        store<u64>(RIP, target);
        return;
      }
      store<i32>(BUDGET, budget);
      r = block + BLOCK_HEADER;
      continue;
    }
    if (load<u32>(ABORT)) return leaveAt(block, r);
    r += RECORD_BYTES;
  }
}
