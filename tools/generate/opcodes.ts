import { families, instructions } from "../../isa/instructions/index.js";
import type { InstructionRow } from "../../isa/row.js";

/** Handler numbers: one per `exec`, or eight (size × place) where the rows say `variants`. */
export interface HandlerNumber {
  readonly name: string;
  readonly family: string;
  readonly first: number;
  /** Suffixes of the numbers that follow `first`; empty when there is only one. */
  readonly suffixes: readonly string[];
}

/** Records that are no instruction of the table: leave the block, go on after it, #UD, longer than 15 bytes. */
const SPECIAL = ["EXIT", "NEXT", "UD", "TOO_LONG"];
/** Order of the variants: 8, 16, 32, 64 bits; register, then memory. */
const VARIANTS = ["8R", "8M", "16R", "16M", "32R", "32M", "64R", "64M"];
/** Order of the conditions: as encoded in +cc. */
const CONDITIONS = ["O", "NO", "B", "AE", "E", "NE", "BE", "A", "S", "NS", "P", "NP", "L", "GE", "LE", "G"];

function suffixesOf(row: InstructionRow): readonly string[] {
  return row.attributes.variants ? VARIANTS : row.attributes.conditions ? CONDITIONS : [];
}

/** Numbers all handlers, family by family. Throws when rows of one handler disagree. */
export function numberHandlers(rows: readonly InstructionRow[] = instructions): Map<string, HandlerNumber> {
  const handlers = new Map<string, HandlerNumber>();
  let next = SPECIAL.length + FUSED_COMPARES.length * CONDITIONS.length;
  for (const family of families) {
    for (const row of rows.filter((candidate) => candidate.family === family)) {
      const suffixes = suffixesOf(row);
      const known = handlers.get(row.exec);
      if (known) {
        if (
          known.family !== family ||
          (known.suffixes !== suffixes && known.suffixes.length + suffixes.length > 0)
        )
          throw new Error(
            `rows of handler ${row.exec} disagree about family or variants (${row.mnemonic} ${row.opcode})`,
          );
        continue;
      }
      handlers.set(row.exec, { name: row.exec, family, first: next, suffixes });
      next += Math.max(1, suffixes.length);
    }
  }
  return handlers;
}

/**
 * A compare and the conditional jump behind it, executed as one: the compare's record gets number
 * FUSED_FIRST + 16 × (place in this list) + condition. Only pairs that the hot switch knows are made
 * (assembly/decode/fuse.ts).
 */
export const FUSED_COMPARES = [
  "CMP_E_G_32R",
  "CMP_E_G_64R",
  "CMP_E_I_8R",
  "CMP_E_I_32R",
  "CMP_E_I_64R",
  "CMP_E_I_8M",
  "CMP_E_I_32M",
  "CMP_E_I_64M",
  "CMP_G_E_64M",
  "TEST_E_G_8R",
  "TEST_E_G_32R",
  "TEST_E_G_64R",
  "TEST_E_I_8R",
  "TEST_E_I_8M",
] as const;

/** Names without the characters an identifier cannot have. */
const identifier = (name: string): string => name.replace(/[^A-Za-z0-9]/g, "_");

/** `assembly/generated/opcodes.ts`: a constant per handler, and the first and last of each family. */
export function generateOpcodes(): string {
  const handlers = numberHandlers();
  const lines = ["// Generated from isa/instructions. Do not edit."];
  SPECIAL.forEach((name, index) => lines.push(`export const OP_${name}: i32 = ${index};`));
  lines.push(`export const FUSED_FIRST: i32 = ${SPECIAL.length};`);
  FUSED_COMPARES.forEach((compare, form) =>
    CONDITIONS.forEach((condition, index) => {
      const number = SPECIAL.length + form * CONDITIONS.length + index;
      lines.push(`export const OP_FUSED_${compare}_${condition}: i32 = ${number};`);
    }),
  );
  let last = SPECIAL.length + FUSED_COMPARES.length * CONDITIONS.length;
  for (const family of families) {
    const own = [...handlers.values()].filter((handler) => handler.family === family);
    lines.push(`export const ${family.toUpperCase()}_FIRST: i32 = ${last};`);
    for (const handler of own) {
      lines.push(`export const OP_${identifier(handler.name)}: i32 = ${handler.first};`);
      handler.suffixes.forEach((suffix, index) =>
        lines.push(`export const OP_${identifier(handler.name)}_${suffix}: i32 = ${handler.first + index};`),
      );
      last = handler.first + Math.max(1, handler.suffixes.length);
    }
    lines.push(`export const ${family.toUpperCase()}_END: i32 = ${last};`);
  }
  return lines.join("\n") + "\n";
}
