/**
 * SSE to SSE4.2 on XMM registers, AES, PCLMULQDQ, SHA. Handlers are numbered in the order of isa/instructions/sse.ts,
 * so that comparisons with the first of each group find its file.
 */
import { raise, raiseUd, VECTOR_NM } from "../faults";
import { CR0, CR4 } from "../generated/layout";
import {
  OP_ADDPS_X, OP_CVTSI2SS_X, OP_MOVNTI_X, OP_MOVU_LOAD_X, OP_PCMPESTRM_X, OP_PSRLW_X,
} from "../generated/opcodes"; // prettier-ignore
import { CR0_EM, CR0_TS, CR4_OSFXSR } from "../registers";
import { executeConversion } from "./sse/convert";
import { executeFloatingPoint } from "./sse/floating-point";
import { executeMove } from "./sse/moves";
import { executePackedInteger } from "./sse/packed-integer";
import { executeShiftShuffle } from "./sse/shift-shuffle";
import { executeStringCrypto } from "./sse/string-crypto";

export function executeSse(op: u32, r: u32): void {
  if (!isSseAvailable() && op < <u32>OP_MOVNTI_X) return refuse();
  if (op >= <u32>OP_MOVU_LOAD_X) return executeMove(op, r);
  if (op < <u32>OP_PSRLW_X) return executePackedInteger(op, r);
  if (op < <u32>OP_ADDPS_X) return executeShiftShuffle(op, r);
  if (op < <u32>OP_CVTSI2SS_X) return executeFloatingPoint(op, r);
  if (op < <u32>OP_PCMPESTRM_X) return executeConversion(op, r);
  executeStringCrypto(op, r);
}

/** Whether SSE instructions may run at all: neither #UD nor #NM. */
// @ts-ignore: decorator
@inline export function isSseAvailable(): bool {
  return (load<u64>(CR0) & (CR0_EM | CR0_TS)) == 0 && (load<u64>(CR4) & CR4_OSFXSR) != 0;
}

/** SDM 3A, "Providing Operating System Support for the SSE Extensions": #UD comes before #NM. */
function refuse(): void {
  if ((load<u64>(CR0) & CR0_EM) != 0 || (load<u64>(CR4) & CR4_OSFXSR) == 0) raiseUd();
  else raise(VECTOR_NM);
}
