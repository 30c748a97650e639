/** Cases of two instructions: one that writes flags, and one that looks at them. */
import { DATA_ADDRESS, DATA_BYTES, type CaseRecord } from "./case-record.js";
import { effectsOf } from "./effects.js";
import { encode } from "./encode.js";
import type { FormPicker } from "./form-picker.js";
import { rmOperand, type Form } from "./forms.js";
import { chooseOperands } from "./generate-case.js";
import type { Random } from "./random.js";
import { isSequential, type Placed, type SequenceBuilder } from "./sequence-builder.js";

export const CONDITIONS = 16;
export type Reader = "JCC" | "SET" | "CMOV";
export const READERS: readonly Reader[] = ["JCC", "SET", "CMOV"];

/** A writer of flags, and a reader with its condition. */
export interface Pair {
  readonly writer: Form;
  readonly reader: Reader;
  readonly condition: number;
}

/** Draws until an immediate count is most probably not zero. */
const SAMPLES = 8;

function writesFlags(form: Form, random: Random): boolean {
  for (let i = 0; i < SAMPLES; i++) {
    const choice = chooseOperands(form, random, { reserved: [] });
    if (effectsOf(encode(form, choice), form.mode).writesFlags !== 0) return true;
  }
  return false;
}

/** The forms that write flags and may stand in a sequence. */
export function flagWriters(forms: readonly Form[], random: Random): Form[] {
  return forms.filter(
    (form) => /^(core|integer)$/.test(form.row.family) && isSequential(form) && writesFlags(form, random),
  );
}

/** Every writer with every reader and condition. */
export function pairsOf(writers: readonly Form[], readers: readonly Reader[]): Pair[] {
  const conditions = Array.from({ length: CONDITIONS }, (_, condition) => condition);
  return writers.flatMap((writer) =>
    readers.flatMap((reader) => conditions.map((condition) => ({ writer, reader, condition }))),
  );
}

/** Whether a form's handler is one of `names`: exec, size in bits, R or M. */
export function handlerOf({ row, size, place }: Form): string {
  return `${row.exec}_${size * 8}${place === "memory" ? "M" : "R"}`;
}

const mask = (bytes: number): bigint => (1n << BigInt(bytes * 8)) - 1n;

/** The value that the writer's r/m operand is compared with. */
function otherOperand({ form, choice }: Placed, record: CaseRecord): bigint {
  const isImmediate = form.row.operands.some((operand) => operand.startsWith("I"));
  return isImmediate
    ? BigInt.asIntN(form.row.operands.includes("Ib") ? 8 : 32, choice.immediate)
    : record.gpr(choice.reg);
}

function putLow(record: CaseRecord, register: number, value: bigint, bytes: number): void {
  const kept = record.gpr(register) & ~mask(bytes);
  record.setGpr(register, kept | (value & mask(bytes)));
  // Without REX these numbers mean AH … BH.
  const owner = register - 4;
  if (bytes === 1 && register >= 4 && register < 8 && owner !== 4)
    record.setGpr(owner, (record.gpr(owner) & ~0xff00n) | ((value & 0xffn) << 8n));
}

/** A value near the other operand, near its complement, or on the other side of the sign. */
function relatedValue(other: bigint, bytes: number, random: Random): bigint {
  const related = [other, ~other, other ^ (1n << BigInt(bytes * 8 - 1))] as const;
  return random.pick(related) + BigInt(random.below(3) - 1);
}

/** Relates the writer's r/m operand to its other one, so that compares go both ways. */
export function relateOperands(
  placed: Placed,
  record: CaseRecord,
  random: Random,
  stable: readonly number[],
): void {
  const { form, choice, target } = placed;
  const value = relatedValue(otherOperand(placed, record), form.size, random);
  if (target !== undefined) {
    const offset = target - DATA_ADDRESS;
    if (offset < 0 || offset + 8 > DATA_BYTES) return;
    for (let i = 0; i < form.size; i++) record.data[offset + i] = Number((value >> BigInt(8 * i)) & 255n);
    return;
  }
  const register = rmOperand(form.row) === undefined ? 0 : choice.rm;
  const isStable = stable.includes(register) || (form.size === 1 && stable.includes(register - 4));
  if (!isStable) putLow(record, register, value, form.size);
}

/**
 * Appends the pair. A jump that is not taken ends at one INT3, one that is taken at the next. Undefined when the
 * reader would look at an undefined flag.
 */
export function appendPair(
  { writer, reader, condition }: Pair,
  builder: SequenceBuilder,
  picker: FormPicker,
): Placed | undefined {
  const placed = builder.append(writer);
  if (!placed) return undefined;
  if (reader !== "JCC")
    return builder.append(picker.pick(writer.mode, reader), { opcodeRegister: condition }) && placed;
  const jump = builder.appendJump(condition);
  if (!jump) return undefined;
  builder.appendBreakpoint();
  builder.land(jump);
  return placed;
}
