/**
 * The rarer forms of the core instructions. The hot switch (assembly/execute.ts) has the others: a function above some
 * 40 KB of Wasm loses V8's better register allocator, so what is seldom executed stays out of it.
 */
import {
  OP_ADC_E_G_16M, OP_ADC_E_G_16R, OP_ADC_E_G_32M, OP_ADC_E_G_64M, OP_ADC_E_G_8M, OP_ADC_E_G_8R, OP_ADC_E_I_16M,
  OP_ADC_E_I_16R, OP_ADC_E_I_32M, OP_ADC_E_I_64M, OP_ADC_E_I_8M, OP_ADC_E_I_8R, OP_ADC_G_E_16M, OP_ADC_G_E_16R,
  OP_ADC_G_E_32M, OP_ADC_G_E_32R, OP_ADC_G_E_64M, OP_ADC_G_E_64R, OP_ADC_G_E_8M, OP_ADC_G_E_8R, OP_ADD_E_G_16M,
  OP_ADD_E_G_16R, OP_ADD_E_G_8M, OP_ADD_E_G_8R, OP_ADD_E_I_16M, OP_ADD_E_I_16R, OP_ADD_E_I_8M, 
  OP_ADD_G_E_16M, OP_ADD_G_E_16R, OP_ADD_G_E_32R, OP_ADD_G_E_64R, OP_ADD_G_E_8M, OP_ADD_G_E_8R, OP_AND_E_G_16M,
  OP_AND_E_G_16R, OP_AND_E_G_32M, OP_AND_E_G_64M, OP_AND_E_G_8M, OP_AND_E_G_8R, OP_AND_E_I_16M, OP_AND_E_I_16R,
  OP_AND_E_I_8M, OP_AND_G_E_16M, OP_AND_G_E_16R, OP_AND_G_E_32R, OP_AND_G_E_64R, OP_AND_G_E_8M, OP_AND_G_E_8R,
  OP_CBW_16R, OP_CBW_32R, OP_CMOV_16M, OP_CMOV_16R, OP_CMOV_32M, OP_CMP_E_G_16M, OP_CMP_E_G_16R, OP_CMP_G_E_16M,
  OP_CMP_G_E_16R, OP_CMP_G_E_32R, OP_CMP_G_E_64R, OP_CMP_G_E_8R, OP_CWD_16R, OP_DEC_E_16M, OP_DEC_E_16R,
  OP_DEC_E_8M, OP_DEC_E_8R, OP_IMUL_G_E_16M, OP_IMUL_G_E_16R, OP_IMUL_G_E_32M, OP_IMUL_G_E_I_16M,
  OP_IMUL_G_E_I_16R, OP_IMUL_G_E_I_32M, OP_IMUL_G_E_I_64M, OP_INC_E_16M, OP_INC_E_16R, OP_INC_E_8M, OP_INC_E_8R,
  OP_LEA_16M, OP_MOVSXD_16M, OP_MOVSXD_16R, OP_MOVSXD_32M, OP_MOVSXD_32R, OP_MOVSX_B_16M, OP_MOVSX_B_16R,
  OP_MOVSX_B_64M, OP_MOVSX_B_64R, OP_MOVSX_W_16M, OP_MOVSX_W_16R, OP_MOVSX_W_32R, OP_MOVSX_W_64M, OP_MOVSX_W_64R,
  OP_MOVZX_B_16M, OP_MOVZX_B_16R, OP_MOVZX_B_64M, OP_MOVZX_B_64R, OP_MOVZX_W_16M, OP_MOVZX_W_16R, OP_MOVZX_W_64M,
  OP_MOVZX_W_64R, OP_MOV_A_O, OP_MOV_E_G_16R, OP_MOV_E_I_16R, OP_MOV_G_E_16M, OP_MOV_G_E_16R, OP_MOV_G_E_32R,
  OP_MOV_G_E_64R, OP_MOV_G_E_8R, OP_MOV_O_A, OP_NEG_E_16M, OP_NEG_E_16R, OP_NEG_E_32M, OP_NEG_E_64M, OP_NEG_E_8M,
  OP_NEG_E_8R, OP_NOT_E_16M, OP_NOT_E_16R, OP_NOT_E_32M, OP_NOT_E_64M, OP_NOT_E_8M, OP_NOT_E_8R, OP_OR_E_G_16M,
  OP_OR_E_G_16R, OP_OR_E_G_8M, OP_OR_E_G_8R, OP_OR_E_I_16M, OP_OR_E_I_16R, OP_OR_E_I_8M, OP_OR_G_E_16M,
  OP_OR_G_E_16R, OP_OR_G_E_32R, OP_OR_G_E_64R, OP_OR_G_E_8M, OP_OR_G_E_8R, OP_POP_E, OP_POP_Z_16R, OP_POP_Z_32R,
  OP_PUSH_Z_16R, OP_PUSH_Z_32R, OP_ROL_E_CL_16M, OP_ROL_E_CL_16R, OP_ROL_E_CL_32M, OP_ROL_E_CL_64M, OP_ROL_E_CL_8M,
  OP_ROL_E_CL_8R, OP_ROL_E_I_16M, OP_ROL_E_I_16R, OP_ROL_E_I_32M, OP_ROL_E_I_64M, OP_ROL_E_I_8M, OP_ROL_E_I_8R,
  OP_ROR_E_CL_16M, OP_ROR_E_CL_16R, OP_ROR_E_CL_32M, OP_ROR_E_CL_64M, OP_ROR_E_CL_8M, OP_ROR_E_CL_8R,
  OP_ROR_E_I_16M, OP_ROR_E_I_16R, OP_ROR_E_I_32M, OP_ROR_E_I_64M, OP_ROR_E_I_8M, OP_ROR_E_I_8R, OP_SAR_E_CL_16M,
  OP_SAR_E_CL_16R, OP_SAR_E_CL_32M, OP_SAR_E_CL_64M, OP_SAR_E_CL_8M, OP_SAR_E_CL_8R, OP_SAR_E_I_16M,
  OP_SAR_E_I_16R, OP_SAR_E_I_32M, OP_SAR_E_I_64M, OP_SAR_E_I_8M, OP_SAR_E_I_8R, OP_SBB_E_G_16M, OP_SBB_E_G_16R,
  OP_SBB_E_G_32M, OP_SBB_E_G_64M, OP_SBB_E_G_8M, OP_SBB_E_G_8R, OP_SBB_E_I_16M, OP_SBB_E_I_16R, OP_SBB_E_I_32M,
  OP_SBB_E_I_64M, OP_SBB_E_I_8M, OP_SBB_E_I_8R, OP_SBB_G_E_16M, OP_SBB_G_E_16R, OP_SBB_G_E_32M, OP_SBB_G_E_32R,
  OP_SBB_G_E_64M, OP_SBB_G_E_64R, OP_SBB_G_E_8M, OP_SBB_G_E_8R, OP_SET_8M, OP_SHL_E_CL_16M, OP_SHL_E_CL_16R,
  OP_SHL_E_CL_32M, OP_SHL_E_CL_64M, OP_SHL_E_CL_8M, OP_SHL_E_CL_8R, OP_SHL_E_I_16M, OP_SHL_E_I_16R, OP_SHL_E_I_32M,
  OP_SHL_E_I_64M, OP_SHL_E_I_8M, OP_SHL_E_I_8R, OP_SHR_E_CL_16M, OP_SHR_E_CL_16R, OP_SHR_E_CL_32M, OP_SHR_E_CL_64M,
  OP_SHR_E_CL_8M, OP_SHR_E_CL_8R, OP_SHR_E_I_16M, OP_SHR_E_I_16R, OP_SHR_E_I_32M, OP_SHR_E_I_64M, OP_SHR_E_I_8M,
  OP_SHR_E_I_8R, OP_SUB_E_G_16M, OP_SUB_E_G_16R, OP_SUB_E_G_8M, OP_SUB_E_G_8R, OP_SUB_E_I_16M, OP_SUB_E_I_16R,
  OP_SUB_E_I_8M, OP_SUB_G_E_16M, OP_SUB_G_E_16R, OP_SUB_G_E_32R, OP_SUB_G_E_64R, OP_SUB_G_E_8M,
  OP_SUB_G_E_8R, OP_TEST_E_G_16M, OP_TEST_E_G_16R, OP_TEST_E_G_32M, OP_TEST_E_G_8M, OP_TEST_E_I_16M,
  OP_TEST_E_I_16R, OP_TEST_E_I_64M, OP_TEST_E_I_64R, OP_XCHG_E_G_16M, OP_XCHG_E_G_16R, OP_XCHG_E_G_32M,
  OP_XCHG_E_G_32R, OP_XCHG_E_G_64M, OP_XCHG_E_G_64R, OP_XCHG_E_G_8M, OP_XCHG_E_G_8R, OP_XOR_E_G_16M,
  OP_XOR_E_G_16R, OP_XOR_E_G_32M, OP_XOR_E_G_64M, OP_XOR_E_G_8M, OP_XOR_E_G_8R, OP_XOR_E_I_16M, OP_XOR_E_I_16R,
  OP_XOR_E_I_32M, OP_XOR_E_I_64M, OP_XOR_E_I_8M, OP_XOR_G_E_16M, OP_XOR_G_E_16R, OP_XOR_G_E_32R,
  OP_XOR_G_E_64R, OP_XOR_G_E_8M, OP_XOR_G_E_8R,
} from "../generated/opcodes"; // prettier-ignore
import {
  ADC, ADD, aluEgM, aluEgR, aluEiM, aluEiR, aluGeM, aluGeR, AND, CMP, getReg, negM, negR, notM, notR, OR, SBB,
  setReg, stepM, stepR, SUB, testM, testR, XOR,
} from "./core/alu"; // prettier-ignore
import {
  cmovM, cmovR, extendAccumulator, extendM, extendR, imul, imulGeiM, imulGeM, loadReg, movFromOffset, movToOffset,
  popOperand, popReg, pushReg, signAccumulator, xchgM, xchgR,
} from "./core/move"; // prettier-ignore
import {
  ROL, ROR, SAR, SHL, shiftCM, shiftCR, shiftIM, shiftIR, SHR,
} from "./core/shift"; // prettier-ignore
import { raiseUd } from "../faults";
import { condition } from "../flags";
import { write } from "../memory/access";
import { operandAddress, operandOffset } from "../operand";
import { recordIsMemory } from "../record";

export function executeCore(op: u32, r: u32): void {
  switch (op) {
    case OP_ADD_E_G_8R: aluEgR<u8>(ADD, r); return;
    case OP_ADD_E_G_8M: aluEgM<u8>(ADD, r); return;
    case OP_ADD_G_E_8R: aluGeR<u8>(ADD, r); return;
    case OP_ADD_G_E_8M: aluGeM<u8>(ADD, r); return;
    case OP_ADD_E_I_8M: aluEiM<u8>(ADD, r); return;
    case OP_ADD_E_G_16R: aluEgR<u16>(ADD, r); return;
    case OP_ADD_E_G_16M: aluEgM<u16>(ADD, r); return;
    case OP_ADD_G_E_16R: aluGeR<u16>(ADD, r); return;
    case OP_ADD_G_E_16M: aluGeM<u16>(ADD, r); return;
    case OP_ADD_E_I_16R: aluEiR<u16>(ADD, r); return;
    case OP_ADD_E_I_16M: aluEiM<u16>(ADD, r); return;
    case OP_ADD_G_E_32R: aluGeR<u32>(ADD, r); return;
    case OP_ADD_G_E_64R: aluGeR<u64>(ADD, r); return;
    case OP_OR_E_G_8R: aluEgR<u8>(OR, r); return;
    case OP_OR_E_G_8M: aluEgM<u8>(OR, r); return;
    case OP_OR_G_E_8R: aluGeR<u8>(OR, r); return;
    case OP_OR_G_E_8M: aluGeM<u8>(OR, r); return;
    case OP_OR_E_I_8M: aluEiM<u8>(OR, r); return;
    case OP_OR_E_G_16R: aluEgR<u16>(OR, r); return;
    case OP_OR_E_G_16M: aluEgM<u16>(OR, r); return;
    case OP_OR_G_E_16R: aluGeR<u16>(OR, r); return;
    case OP_OR_G_E_16M: aluGeM<u16>(OR, r); return;
    case OP_OR_E_I_16R: aluEiR<u16>(OR, r); return;
    case OP_OR_E_I_16M: aluEiM<u16>(OR, r); return;
    case OP_OR_G_E_32R: aluGeR<u32>(OR, r); return;
    case OP_OR_G_E_64R: aluGeR<u64>(OR, r); return;
    case OP_ADC_E_G_8R: aluEgR<u8>(ADC, r); return;
    case OP_ADC_E_G_8M: aluEgM<u8>(ADC, r); return;
    case OP_ADC_G_E_8R: aluGeR<u8>(ADC, r); return;
    case OP_ADC_G_E_8M: aluGeM<u8>(ADC, r); return;
    case OP_ADC_E_I_8R: aluEiR<u8>(ADC, r); return;
    case OP_ADC_E_I_8M: aluEiM<u8>(ADC, r); return;
    case OP_ADC_E_G_16R: aluEgR<u16>(ADC, r); return;
    case OP_ADC_E_G_16M: aluEgM<u16>(ADC, r); return;
    case OP_ADC_G_E_16R: aluGeR<u16>(ADC, r); return;
    case OP_ADC_G_E_16M: aluGeM<u16>(ADC, r); return;
    case OP_ADC_E_I_16R: aluEiR<u16>(ADC, r); return;
    case OP_ADC_E_I_16M: aluEiM<u16>(ADC, r); return;
    case OP_ADC_E_G_32M: aluEgM<u32>(ADC, r); return;
    case OP_ADC_G_E_32R: aluGeR<u32>(ADC, r); return;
    case OP_ADC_G_E_32M: aluGeM<u32>(ADC, r); return;
    case OP_ADC_E_I_32M: aluEiM<u32>(ADC, r); return;
    case OP_ADC_E_G_64M: aluEgM<u64>(ADC, r); return;
    case OP_ADC_G_E_64R: aluGeR<u64>(ADC, r); return;
    case OP_ADC_G_E_64M: aluGeM<u64>(ADC, r); return;
    case OP_ADC_E_I_64M: aluEiM<u64>(ADC, r); return;
    case OP_SBB_E_G_8R: aluEgR<u8>(SBB, r); return;
    case OP_SBB_E_G_8M: aluEgM<u8>(SBB, r); return;
    case OP_SBB_G_E_8R: aluGeR<u8>(SBB, r); return;
    case OP_SBB_G_E_8M: aluGeM<u8>(SBB, r); return;
    case OP_SBB_E_I_8R: aluEiR<u8>(SBB, r); return;
    case OP_SBB_E_I_8M: aluEiM<u8>(SBB, r); return;
    case OP_SBB_E_G_16R: aluEgR<u16>(SBB, r); return;
    case OP_SBB_E_G_16M: aluEgM<u16>(SBB, r); return;
    case OP_SBB_G_E_16R: aluGeR<u16>(SBB, r); return;
    case OP_SBB_G_E_16M: aluGeM<u16>(SBB, r); return;
    case OP_SBB_E_I_16R: aluEiR<u16>(SBB, r); return;
    case OP_SBB_E_I_16M: aluEiM<u16>(SBB, r); return;
    case OP_SBB_E_G_32M: aluEgM<u32>(SBB, r); return;
    case OP_SBB_G_E_32R: aluGeR<u32>(SBB, r); return;
    case OP_SBB_G_E_32M: aluGeM<u32>(SBB, r); return;
    case OP_SBB_E_I_32M: aluEiM<u32>(SBB, r); return;
    case OP_SBB_E_G_64M: aluEgM<u64>(SBB, r); return;
    case OP_SBB_G_E_64R: aluGeR<u64>(SBB, r); return;
    case OP_SBB_G_E_64M: aluGeM<u64>(SBB, r); return;
    case OP_SBB_E_I_64M: aluEiM<u64>(SBB, r); return;
    case OP_AND_E_G_8R: aluEgR<u8>(AND, r); return;
    case OP_AND_E_G_8M: aluEgM<u8>(AND, r); return;
    case OP_AND_G_E_8R: aluGeR<u8>(AND, r); return;
    case OP_AND_G_E_8M: aluGeM<u8>(AND, r); return;
    case OP_AND_E_I_8M: aluEiM<u8>(AND, r); return;
    case OP_AND_E_G_16R: aluEgR<u16>(AND, r); return;
    case OP_AND_E_G_16M: aluEgM<u16>(AND, r); return;
    case OP_AND_G_E_16R: aluGeR<u16>(AND, r); return;
    case OP_AND_G_E_16M: aluGeM<u16>(AND, r); return;
    case OP_AND_E_I_16R: aluEiR<u16>(AND, r); return;
    case OP_AND_E_I_16M: aluEiM<u16>(AND, r); return;
    case OP_AND_E_G_32M: aluEgM<u32>(AND, r); return;
    case OP_AND_G_E_32R: aluGeR<u32>(AND, r); return;
    case OP_AND_E_G_64M: aluEgM<u64>(AND, r); return;
    case OP_AND_G_E_64R: aluGeR<u64>(AND, r); return;
    case OP_SUB_E_G_8R: aluEgR<u8>(SUB, r); return;
    case OP_SUB_E_G_8M: aluEgM<u8>(SUB, r); return;
    case OP_SUB_G_E_8R: aluGeR<u8>(SUB, r); return;
    case OP_SUB_G_E_8M: aluGeM<u8>(SUB, r); return;
    case OP_SUB_E_I_8M: aluEiM<u8>(SUB, r); return;
    case OP_SUB_E_G_16R: aluEgR<u16>(SUB, r); return;
    case OP_SUB_E_G_16M: aluEgM<u16>(SUB, r); return;
    case OP_SUB_G_E_16R: aluGeR<u16>(SUB, r); return;
    case OP_SUB_G_E_16M: aluGeM<u16>(SUB, r); return;
    case OP_SUB_E_I_16R: aluEiR<u16>(SUB, r); return;
    case OP_SUB_E_I_16M: aluEiM<u16>(SUB, r); return;
    case OP_SUB_G_E_32R: aluGeR<u32>(SUB, r); return;
    case OP_SUB_G_E_64R: aluGeR<u64>(SUB, r); return;
    case OP_XOR_E_G_8R: aluEgR<u8>(XOR, r); return;
    case OP_XOR_E_G_8M: aluEgM<u8>(XOR, r); return;
    case OP_XOR_G_E_8R: aluGeR<u8>(XOR, r); return;
    case OP_XOR_G_E_8M: aluGeM<u8>(XOR, r); return;
    case OP_XOR_E_I_8M: aluEiM<u8>(XOR, r); return;
    case OP_XOR_E_G_16R: aluEgR<u16>(XOR, r); return;
    case OP_XOR_E_G_16M: aluEgM<u16>(XOR, r); return;
    case OP_XOR_G_E_16R: aluGeR<u16>(XOR, r); return;
    case OP_XOR_G_E_16M: aluGeM<u16>(XOR, r); return;
    case OP_XOR_E_I_16R: aluEiR<u16>(XOR, r); return;
    case OP_XOR_E_I_16M: aluEiM<u16>(XOR, r); return;
    case OP_XOR_E_G_32M: aluEgM<u32>(XOR, r); return;
    case OP_XOR_G_E_32R: aluGeR<u32>(XOR, r); return;
    case OP_XOR_E_I_32M: aluEiM<u32>(XOR, r); return;
    case OP_XOR_E_G_64M: aluEgM<u64>(XOR, r); return;
    case OP_XOR_G_E_64R: aluGeR<u64>(XOR, r); return;
    case OP_XOR_E_I_64M: aluEiM<u64>(XOR, r); return;
    case OP_CMP_G_E_8R: aluGeR<u8>(CMP, r); return;
    case OP_CMP_E_G_16R: aluEgR<u16>(CMP, r); return;
    case OP_CMP_E_G_16M: aluEgM<u16>(CMP, r); return;
    case OP_CMP_G_E_16R: aluGeR<u16>(CMP, r); return;
    case OP_CMP_G_E_16M: aluGeM<u16>(CMP, r); return;
    case OP_CMP_G_E_32R: aluGeR<u32>(CMP, r); return;
    case OP_CMP_G_E_64R: aluGeR<u64>(CMP, r); return;
    case OP_SHL_E_I_8R: shiftIR<u8>(SHL, r); return;
    case OP_SHL_E_I_8M: shiftIM<u8>(SHL, r); return;
    case OP_SHL_E_CL_8R: shiftCR<u8>(SHL, r); return;
    case OP_SHL_E_CL_8M: shiftCM<u8>(SHL, r); return;
    case OP_SHL_E_I_16R: shiftIR<u16>(SHL, r); return;
    case OP_SHL_E_I_16M: shiftIM<u16>(SHL, r); return;
    case OP_SHL_E_CL_16R: shiftCR<u16>(SHL, r); return;
    case OP_SHL_E_CL_16M: shiftCM<u16>(SHL, r); return;
    case OP_SHL_E_I_32M: shiftIM<u32>(SHL, r); return;
    case OP_SHL_E_CL_32M: shiftCM<u32>(SHL, r); return;
    case OP_SHL_E_I_64M: shiftIM<u64>(SHL, r); return;
    case OP_SHL_E_CL_64M: shiftCM<u64>(SHL, r); return;
    case OP_SHR_E_I_8R: shiftIR<u8>(SHR, r); return;
    case OP_SHR_E_I_8M: shiftIM<u8>(SHR, r); return;
    case OP_SHR_E_CL_8R: shiftCR<u8>(SHR, r); return;
    case OP_SHR_E_CL_8M: shiftCM<u8>(SHR, r); return;
    case OP_SHR_E_I_16R: shiftIR<u16>(SHR, r); return;
    case OP_SHR_E_I_16M: shiftIM<u16>(SHR, r); return;
    case OP_SHR_E_CL_16R: shiftCR<u16>(SHR, r); return;
    case OP_SHR_E_CL_16M: shiftCM<u16>(SHR, r); return;
    case OP_SHR_E_I_32M: shiftIM<u32>(SHR, r); return;
    case OP_SHR_E_CL_32M: shiftCM<u32>(SHR, r); return;
    case OP_SHR_E_I_64M: shiftIM<u64>(SHR, r); return;
    case OP_SHR_E_CL_64M: shiftCM<u64>(SHR, r); return;
    case OP_SAR_E_I_8R: shiftIR<u8>(SAR, r); return;
    case OP_SAR_E_I_8M: shiftIM<u8>(SAR, r); return;
    case OP_SAR_E_CL_8R: shiftCR<u8>(SAR, r); return;
    case OP_SAR_E_CL_8M: shiftCM<u8>(SAR, r); return;
    case OP_SAR_E_I_16R: shiftIR<u16>(SAR, r); return;
    case OP_SAR_E_I_16M: shiftIM<u16>(SAR, r); return;
    case OP_SAR_E_CL_16R: shiftCR<u16>(SAR, r); return;
    case OP_SAR_E_CL_16M: shiftCM<u16>(SAR, r); return;
    case OP_SAR_E_I_32M: shiftIM<u32>(SAR, r); return;
    case OP_SAR_E_CL_32M: shiftCM<u32>(SAR, r); return;
    case OP_SAR_E_I_64M: shiftIM<u64>(SAR, r); return;
    case OP_SAR_E_CL_64M: shiftCM<u64>(SAR, r); return;
    case OP_ROL_E_I_8R: shiftIR<u8>(ROL, r); return;
    case OP_ROL_E_I_8M: shiftIM<u8>(ROL, r); return;
    case OP_ROL_E_CL_8R: shiftCR<u8>(ROL, r); return;
    case OP_ROL_E_CL_8M: shiftCM<u8>(ROL, r); return;
    case OP_ROL_E_I_16R: shiftIR<u16>(ROL, r); return;
    case OP_ROL_E_I_16M: shiftIM<u16>(ROL, r); return;
    case OP_ROL_E_CL_16R: shiftCR<u16>(ROL, r); return;
    case OP_ROL_E_CL_16M: shiftCM<u16>(ROL, r); return;
    case OP_ROL_E_I_32M: shiftIM<u32>(ROL, r); return;
    case OP_ROL_E_CL_32M: shiftCM<u32>(ROL, r); return;
    case OP_ROL_E_I_64M: shiftIM<u64>(ROL, r); return;
    case OP_ROL_E_CL_64M: shiftCM<u64>(ROL, r); return;
    case OP_ROR_E_I_8R: shiftIR<u8>(ROR, r); return;
    case OP_ROR_E_I_8M: shiftIM<u8>(ROR, r); return;
    case OP_ROR_E_CL_8R: shiftCR<u8>(ROR, r); return;
    case OP_ROR_E_CL_8M: shiftCM<u8>(ROR, r); return;
    case OP_ROR_E_I_16R: shiftIR<u16>(ROR, r); return;
    case OP_ROR_E_I_16M: shiftIM<u16>(ROR, r); return;
    case OP_ROR_E_CL_16R: shiftCR<u16>(ROR, r); return;
    case OP_ROR_E_CL_16M: shiftCM<u16>(ROR, r); return;
    case OP_ROR_E_I_32M: shiftIM<u32>(ROR, r); return;
    case OP_ROR_E_CL_32M: shiftCM<u32>(ROR, r); return;
    case OP_ROR_E_I_64M: shiftIM<u64>(ROR, r); return;
    case OP_ROR_E_CL_64M: shiftCM<u64>(ROR, r); return;
    case OP_MOV_G_E_8R: setReg<u8>(load<u8>(r, 6), getReg<u8>(load<u8>(r, 7))); return;
    case OP_TEST_E_G_8M: testM<u8>(r, getReg<u8>(load<u8>(r, 6))); return;
    case OP_INC_E_8R: stepR<u8>(false, r); return;
    case OP_INC_E_8M: stepM<u8>(false, r); return;
    case OP_DEC_E_8R: stepR<u8>(true, r); return;
    case OP_DEC_E_8M: stepM<u8>(true, r); return;
    case OP_NOT_E_8R: notR<u8>(r); return;
    case OP_NOT_E_8M: notM<u8>(r); return;
    case OP_NEG_E_8R: negR<u8>(r); return;
    case OP_NEG_E_8M: negM<u8>(r); return;
    case OP_XCHG_E_G_8R: xchgR<u8>(r); return;
    case OP_XCHG_E_G_8M: xchgM<u8>(r); return;
    case OP_MOV_E_G_16R: setReg<u16>(load<u8>(r, 7), getReg<u16>(load<u8>(r, 6))); return;
    case OP_MOV_G_E_16R: setReg<u16>(load<u8>(r, 6), getReg<u16>(load<u8>(r, 7))); return;
    case OP_MOV_G_E_16M: loadReg<u16>(r); return;
    case OP_MOV_E_I_16R: setReg<u16>(load<u8>(r, 7), load<u16>(r, 16)); return;
    case OP_TEST_E_G_16R: testR<u16>(getReg<u16>(load<u8>(r, 7)), getReg<u16>(load<u8>(r, 6))); return;
    case OP_TEST_E_G_16M: testM<u16>(r, getReg<u16>(load<u8>(r, 6))); return;
    case OP_TEST_E_I_16R: testR<u16>(getReg<u16>(load<u8>(r, 7)), load<u16>(r, 16)); return;
    case OP_TEST_E_I_16M: testM<u16>(r, load<u16>(r, 16)); return;
    case OP_INC_E_16R: stepR<u16>(false, r); return;
    case OP_INC_E_16M: stepM<u16>(false, r); return;
    case OP_DEC_E_16R: stepR<u16>(true, r); return;
    case OP_DEC_E_16M: stepM<u16>(true, r); return;
    case OP_NOT_E_16R: notR<u16>(r); return;
    case OP_NOT_E_16M: notM<u16>(r); return;
    case OP_NEG_E_16R: negR<u16>(r); return;
    case OP_NEG_E_16M: negM<u16>(r); return;
    case OP_XCHG_E_G_16R: xchgR<u16>(r); return;
    case OP_XCHG_E_G_16M: xchgM<u16>(r); return;
    case OP_MOVZX_B_16R: extendR<u8, u16>(r); return;
    case OP_MOVZX_B_16M: extendM<u8, u16>(r); return;
    case OP_MOVZX_W_16R: extendR<u16, u16>(r); return;
    case OP_MOVZX_W_16M: extendM<u16, u16>(r); return;
    case OP_MOVSX_B_16R: extendR<i8, u16>(r); return;
    case OP_MOVSX_B_16M: extendM<i8, u16>(r); return;
    case OP_MOVSX_W_16R: extendR<i16, u16>(r); return;
    case OP_MOVSX_W_16M: extendM<i16, u16>(r); return;
    case OP_IMUL_G_E_16R: imul<u16>(r, getReg<u16>(load<u8>(r, 6)), getReg<u16>(load<u8>(r, 7))); return;
    case OP_IMUL_G_E_16M: imulGeM<u16>(r); return;
    case OP_IMUL_G_E_I_16R: imul<u16>(r, getReg<u16>(load<u8>(r, 7)), load<u16>(r, 16)); return;
    case OP_IMUL_G_E_I_16M: imulGeiM<u16>(r); return;
    case OP_CMOV_16R: cmovR<u16>(r); return;
    case OP_CMOV_16M: cmovM<u16>(r); return;
    case OP_CBW_16R: extendAccumulator(2); return;
    case OP_CWD_16R: signAccumulator(2); return;
    case OP_MOV_G_E_32R: setReg<u32>(load<u8>(r, 6), getReg<u32>(load<u8>(r, 7))); return;
    case OP_TEST_E_G_32M: testM<u32>(r, getReg<u32>(load<u8>(r, 6))); return;
    case OP_NOT_E_32M: notM<u32>(r); return;
    case OP_NEG_E_32M: negM<u32>(r); return;
    case OP_XCHG_E_G_32R: xchgR<u32>(r); return;
    case OP_XCHG_E_G_32M: xchgM<u32>(r); return;
    case OP_MOVSX_W_32R: extendR<i16, u32>(r); return;
    case OP_IMUL_G_E_32M: imulGeM<u32>(r); return;
    case OP_IMUL_G_E_I_32M: imulGeiM<u32>(r); return;
    case OP_CMOV_32M: cmovM<u32>(r); return;
    case OP_CBW_32R: extendAccumulator(4); return;
    case OP_MOV_G_E_64R: setReg<u64>(load<u8>(r, 6), getReg<u64>(load<u8>(r, 7))); return;
    case OP_TEST_E_I_64R: testR<u64>(getReg<u64>(load<u8>(r, 7)), load<u64>(r, 16)); return;
    case OP_TEST_E_I_64M: testM<u64>(r, load<u64>(r, 16)); return;
    case OP_NOT_E_64M: notM<u64>(r); return;
    case OP_NEG_E_64M: negM<u64>(r); return;
    case OP_XCHG_E_G_64R: xchgR<u64>(r); return;
    case OP_XCHG_E_G_64M: xchgM<u64>(r); return;
    case OP_MOVZX_B_64R: extendR<u8, u64>(r); return;
    case OP_MOVZX_B_64M: extendM<u8, u64>(r); return;
    case OP_MOVZX_W_64R: extendR<u16, u64>(r); return;
    case OP_MOVZX_W_64M: extendM<u16, u64>(r); return;
    case OP_MOVSX_B_64R: extendR<i8, u64>(r); return;
    case OP_MOVSX_B_64M: extendM<i8, u64>(r); return;
    case OP_MOVSX_W_64R: extendR<i16, u64>(r); return;
    case OP_MOVSX_W_64M: extendM<i16, u64>(r); return;
    case OP_IMUL_G_E_I_64M: imulGeiM<u64>(r); return;
    case OP_MOVSXD_32R: extendR<u32, u32>(r); return;
    case OP_MOVSXD_32M: extendM<u32, u32>(r); return;
    case OP_MOVSXD_16R: extendR<u16, u16>(r); return;
    case OP_MOVSXD_16M: extendM<u16, u16>(r); return;
    case OP_LEA_16M: setReg<u16>(load<u8>(r, 6), <u16>operandOffset(r)); return;
    case OP_SET_8M: write<u8>(operandAddress(r), condition(<u32>load<u8>(r, 31) & 15) ? 1 : 0); return;
    case OP_PUSH_Z_32R: case OP_PUSH_Z_16R: pushReg(r); return;
    case OP_POP_Z_32R: case OP_POP_Z_16R: popReg(r); return;
    case OP_POP_E: popOperand(r, recordIsMemory(r)); return;
    case OP_MOV_A_O: movFromOffset(r); return;
    case OP_MOV_O_A: movToOffset(r); return;
    default: raiseUd();
  }
}
