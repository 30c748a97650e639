import type { InstructionRow } from "../row.js";
import { conversionRows, floatingPointRows } from "./sse/floating-point.js";
import { moveRows } from "./sse/moves.js";
import { packedIntegerRows } from "./sse/packed-integer.js";
import { shiftShuffleRows } from "./sse/shift-shuffle.js";
import { stringCryptoRows } from "./sse/string-crypto.js";

/**
 * SSE to SSE4.2 on XMM registers, AES, PCLMULQDQ and SHA. The order of the groups is the order in which
 * assembly/execute/sse.ts finds the file of handlers.
 */
export const sseInstructions: readonly InstructionRow[] = [
  ...packedIntegerRows,
  ...shiftShuffleRows,
  ...floatingPointRows,
  ...conversionRows,
  ...stringCryptoRows,
  ...moveRows,
];
