/** The forms of a row that can be generated: mode × operand size × place of the r/m operand. */
import type { InstructionRow } from "../../isa/row.js";

export type Mode = 32 | 64;
export type Place = "register" | "memory" | "none";

export interface Form {
  readonly row: InstructionRow;
  readonly mode: Mode;
  /** Operand size in bytes. */
  readonly size: number;
  readonly place: Place;
  /** Repeat prefix of a string instruction. */
  readonly repeat: 0 | 0xf2 | 0xf3;
}

/** Operands encoded in ModRM.rm, ModRM.reg, and VEX.vvvv; names of fixed registers are no such operands. */
const isRm = (operand: string): boolean => /^[EMQWRNU]/.test(operand);
export const rmOperand = (row: InstructionRow): string | undefined => row.operands.find(isRm);
export const regOperand = (row: InstructionRow): string | undefined =>
  row.operands.find((operand) => /^[GPV]/.test(operand) && operand !== "GS");

export const REPEATED = new Set(["MOVS", "STOS", "LODS", "CMPS", "SCAS"]);

// prettier-ignore
function sizesByLetter(letter: string, mode: Mode): readonly number[] {
  const wide = mode === 64;
  switch (letter) {
    case "b": return [1];
    case "w": return [2];
    case "d": return [4];
    case "q": return [8];
    case "y": return wide ? [4, 8] : [4];
    default: return wide ? [2, 4, 8] : [2, 4];
  }
}

/** Operand sizes in bytes that prefixes can choose for the row. */
function operandSizes(row: InstructionRow, mode: Mode): readonly number[] {
  const { attributes, encoding } = row;
  if (attributes.f64) return mode === 64 ? [8] : [4];
  if (attributes.d64) return mode === 64 ? [8, 2] : [4, 2];
  const first = row.operands.find(
    (operand) => /^[EGMRZBAO]/.test(operand) || operand === "AL" || operand === "rAX",
  );
  let sizes: readonly number[];
  if (first === undefined) sizes = encoding.prefix === "any" ? sizesByLetter("v", mode) : [4];
  else if (first === "AL") sizes = [1];
  else sizes = sizesByLetter(first === "rAX" ? "v" : first.slice(1), mode);
  const isSized = sizes.includes(2) && sizes.length > 1;
  if (isSized && encoding.prefix === "66") return [2];
  if (isSized && encoding.prefix === "NP") sizes = sizes.filter((size) => size !== 2);
  if (encoding.w === 1) return mode === 64 ? [8] : [];
  if (encoding.w === 0) return sizes.filter((size) => size !== 8 || sizes.length === 1);
  return sizes;
}

function places(row: InstructionRow): readonly Place[] {
  if (!row.encoding.hasModRm) return ["none"];
  if (row.encoding.fixedModRm !== undefined) return ["none"];
  const rm = rmOperand(row);
  const must = row.attributes.mod;
  if (must === "mem" || rm?.startsWith("M")) return ["memory"];
  if (must === "reg" || (rm !== undefined && /^[RNU]/.test(rm))) return ["register"];
  return ["register", "memory"];
}

/** All forms of a row in one mode. */
export function formsOf(row: InstructionRow, mode: Mode): Form[] {
  const { i64, o64 } = row.attributes;
  if ((i64 && mode === 64) || (o64 && mode === 32)) return [];
  const repeats = REPEATED.has(row.exec) ? ([0, 0xf2, 0xf3] as const) : ([0] as const);
  return operandSizes(row, mode).flatMap((size) =>
    places(row).flatMap((place) => repeats.map((repeat) => ({ row, mode, size, place, repeat }))),
  );
}

/** A form for people: mnemonic, opcode, operands, size, place. */
export function describeForm({ row, mode, size, place, repeat }: Form): string {
  const prefix = repeat === 0xf3 ? "REP " : repeat === 0xf2 ? "REPNE " : "";
  return `${prefix}${row.mnemonic} ${row.opcode}: ${row.operands.join(",")} (${mode}-bit mode, ${size * 8} bits, ${place})`;
}
