/** The second dispatch: everything that the hot switch does not have (it calls the SSE family itself), by family. */
import {
  CORE_END, INTEGER_END, MMX_END, STRING_END, SYSTEM_END, X87_END,
} from "../generated/opcodes"; // prettier-ignore
import { executeCore } from "./core";
import { executeInteger } from "./integer";
import { executeMmx } from "./mmx";
import { executeString } from "./string";
import { executeSystem } from "./system";
import { executeVmx } from "./vmx";
import { executeX87 } from "./x87";

export function executeCold(op: u32, r: u32): void {
  if (op < <u32>CORE_END) executeCore(op, r);
  else if (op < <u32>INTEGER_END) executeInteger(op, r);
  else if (op < <u32>STRING_END) executeString(op, r);
  else if (op < <u32>SYSTEM_END) executeSystem(op, r);
  else if (op < <u32>X87_END) executeX87(op, r);
  else if (op < <u32>MMX_END) executeMmx(op, r);
  else executeVmx(op, r);
}
