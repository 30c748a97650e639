import type { InstructionRow } from "../row.js";
import { coreInstructions } from "./core.js";
import { integerInstructions } from "./integer.js";
import { mmxInstructions } from "./mmx.js";
import { sseInstructions } from "./sse.js";
import { stringInstructions } from "./string.js";
import { systemInstructions } from "./system.js";
import { vmxInstructions } from "./vmx.js";
import { x87Instructions } from "./x87.js";

/** All instruction forms the processor knows. */
export const instructions: readonly InstructionRow[] = [
  ...coreInstructions,
  ...integerInstructions,
  ...stringInstructions,
  ...systemInstructions,
  ...x87Instructions,
  ...mmxInstructions,
  ...sseInstructions,
  ...vmxInstructions,
];

/** The families in the order of their handler numbers. */
export const families = ["core", "integer", "string", "system", "x87", "mmx", "sse", "vmx"] as const;
