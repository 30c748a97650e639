/** The x87 opcode register's value. */
import { recordOpcode, recordIsMemory, recordReg, recordRm } from "../../record";

/**
 * The 11 bits that FOP holds: the low 3 of the first opcode byte, then ModRM. SDM 1, "Last Instruction Opcode". The
 * decoder leaves the whole ModRM byte of memory forms in the record's rm.
 */
export function instructionOpcode(r: u32): u32 {
  const modRm = recordIsMemory(r) ? recordRm(r) : 0xc0 | ((recordReg(r) & 7) << 3) | (recordRm(r) & 7);
  return ((recordOpcode(r) & 7) << 8) | modRm;
}
