/**
 * Cases whose result the manuals leave open, or in which AMD's processors differ from the Intel SDM that we follow:
 * the reason stands with each rule.
 */
import { NO_EXCEPTION, type CaseRecord } from "./case-record.js";
import type { Form } from "./forms.js";

const VECTOR_GP = 13;
const VECTOR_PF = 14;

type Rule = (form: Form, before: CaseRecord, native: CaseRecord, ours: CaseRecord) => boolean;

/** Count of a double shift: CL, or the immediate, which is the instruction's last byte. */
function doubleShiftCount(form: Form, before: CaseRecord): number {
  const count = form.row.exec.endsWith("CL")
    ? Number(before.gpr(1) & 0xffn)
    : (before.instruction.at(-1) ?? 0);
  return count & 31;
}

/** Only the SDM knows a fault here. */
const isIntelFault = (native: CaseRecord, ours: CaseRecord): boolean =>
  (native.vector === NO_EXCEPTION || native.vector === VECTOR_PF) && ours.vector === VECTOR_GP;

/** POPA (registers popped before the fault), CMPS (which operand is read first). */
const PARTIAL_ON_FAULT = /^(POPA|CMPS)$/;

const RULES: readonly Rule[] = [
  // PREFETCHW with a register operand is a reserved NOP of Intel and #UD of AMD.
  ({ row, place }) => row.mnemonic === "PREFETCHW" && place === "register",
  // SDM 2, "SHLD": a count greater than the operand size leaves destination and flags undefined.
  (form, before) => form.size === 2 && /^SH[LR]D/.test(form.row.exec) && doubleShiftCount(form, before) > 16,
  // No manual tells.
  ({ row }, _before, native, ours) =>
    PARTIAL_ON_FAULT.test(row.exec) && native.vector === VECTOR_PF && ours.vector === VECTOR_PF,
  // MXCSR bit 17 (misaligned SSE) exists on AMD's processors only.
  ({ row }, _before, native, ours) => row.exec === "LDMXCSR_X" && isIntelFault(native, ours),
  // SDM 2, "MASKMOVDQU": whether a byte that is not stored faults is up to the implementation.
  ({ row }, _before, native) => /MASKMOV/.test(row.exec) && native.vector === VECTOR_PF,
  // SDM 2, "SHA1MSG1" and others: exceptions of type 4 want an aligned operand; AMD does not.
  ({ row, place }, _before, native, ours) =>
    row.exec.startsWith("SHA") && place === "memory" && isIntelFault(native, ours),
];

const FLAG_C1 = 0x200;
/** FCOMI and its kin clear C1 (SDM 2, "FCOMI"); AMD leaves it. */
const LEAVES_C1 = /^FU?COMIP?$/;
/** Functions that processors compute with an error of up to one unit in the last place. */
const TRANSCENDENTAL = new Set(["F2XM1", "FYL2X", "FYL2XP1", "FPTAN", "FPATAN", "FSIN", "FCOS", "FSINCOS"]);

/** Bits of the x87 status word that may differ. */
export function ignoredStatus({ row }: Form): number {
  return LEAVES_C1.test(row.exec) || TRANSCENDENTAL.has(row.exec) ? FLAG_C1 : 0;
}

/** By how many units in the last place an x87 result may differ: each side may err by one. */
export function toleranceUlps({ row }: Form): bigint {
  return TRANSCENDENTAL.has(row.exec) ? 2n : 0n;
}

/** Whether the case may differ between processors. */
export function isIncomparable(
  form: Form,
  before: CaseRecord,
  native: CaseRecord,
  ours: CaseRecord,
): boolean {
  return RULES.some((rule) => rule(form, before, native, ours));
}
