/**
 * The shape of an instruction row, and the reader of the manual's marks.
 *
 * A row is written in the notation of the SDM, volume 2: the opcode column ("REX.W + 81 /0 id" becomes
 * "81 /0" because operands say their own immediates) and the operands of appendix A ("Ev", "Gv", "Ib").
 * A row validates itself on construction: a mark that is not understood throws.
 */

/** What the execution unit is told about one instruction form. */
export interface InstructionRow {
  readonly mnemonic: string;
  /** The manual's opcode marks as written. */
  readonly opcode: string;
  /** Operands in the notation of SDM 2, appendix A.2. */
  readonly operands: readonly string[];
  /** The handler: all rows of one name are executed by the same code. */
  readonly exec: string;
  /** The file of handlers: `assembly/execute/<family>.ts`. */
  readonly family: string;
  readonly encoding: Encoding;
  readonly attributes: RowAttributes;
}

export type OpcodeMap = "1" | "0F" | "0F38" | "0F3A";
export type MandatoryPrefix = "any" | "NP" | "66" | "F3" | "F2";

export interface Encoding {
  readonly map: OpcodeMap;
  readonly opcode: number;
  /** How many consecutive opcodes the row covers: 8 for +r, 16 for +cc, else 1. */
  readonly span: 1 | 8 | 16;
  readonly prefix: MandatoryPrefix;
  readonly vex: boolean;
  readonly w: 0 | 1 | undefined;
  readonly hasModRm: boolean;
  /** ModRM.reg must be this (/0 … /7). */
  readonly digit: number | undefined;
  /** The whole ModRM byte is fixed (0F 01 D0). */
  readonly fixedModRm: number | undefined;
}

export interface RowAttributes {
  /** LOCK is allowed with a memory destination. */
  readonly lock?: boolean;
  /** Ends a block: changes RIP, or something that later instructions are decoded or checked by. */
  readonly ends?: boolean;
  /** Operand size is 64 by default in 64-bit mode (66H makes it 16). */
  readonly d64?: boolean;
  /** Operand size is 64 in 64-bit mode, whatever the prefixes say. */
  readonly f64?: boolean;
  /** #UD in 64-bit mode. */
  readonly i64?: boolean;
  /** #UD outside 64-bit mode. */
  readonly o64?: boolean;
  /** The memory operand's access: r (default when there is one), w, rw, or none (address only). */
  readonly access?: "r" | "w" | "rw" | "none";
  /** Bytes of the memory operand where the operand marks do not tell. */
  readonly memBytes?: number;
  /** Operand size and place (register, memory) are part of the handler's number. */
  readonly variants?: boolean;
  /** The condition (+cc) is part of the handler's number. */
  readonly conditions?: boolean;
  /** EFLAGS bits the manual calls undefined after it (masked in comparisons). */
  readonly undefinedFlags?: string;
  /** CPUID feature that it needs, by the manual's name. */
  readonly feature?: string;
  /** Not in the generated comparison with the real processor: the reason. */
  readonly notNative?: string;
  /** The place (mod) must be: a memory operand or a register. Given by M*, R*, N*, U* operands already. */
  readonly mod?: "mem" | "reg";
}

const MAPS: readonly (readonly [string, OpcodeMap])[] = [
  ["0F 38 ", "0F38"],
  ["0F 3A ", "0F3A"],
  ["0F ", "0F"],
];

/** Reads the opcode marks. Throws an Error that quotes the row when a mark is not understood. */
export function parseOpcode(marks: string, operands: readonly string[]): Encoding {
  let rest = marks.trim();
  let prefix: MandatoryPrefix = "any";
  let vex = false;
  let w: 0 | 1 | undefined;
  let map: OpcodeMap = "1";
  const vexMatch = /^VEX\.(?:L0|LZ|LIG|128)\.(?:(NP|66|F3|F2)\.)?(0F38|0F3A|0F)\.(W0|W1|WIG)\s+/.exec(rest);
  if (vexMatch) {
    vex = true;
    prefix = (vexMatch[1] as MandatoryPrefix | undefined) ?? "NP";
    map = vexMatch[2] as OpcodeMap;
    w = vexMatch[3] === "W0" ? 0 : vexMatch[3] === "W1" ? 1 : undefined;
    rest = rest.slice(vexMatch[0].length);
  } else {
    const prefixMatch = /^(NP|66|F3|F2)\s+(?=(REX|0F|90))/.exec(rest);
    if (prefixMatch) {
      prefix = prefixMatch[1] as MandatoryPrefix;
      rest = rest.slice(prefixMatch[0].length);
    }
    const rexMatch = /^(REX\.W|W0)\s+\+?\s*/.exec(rest);
    if (rexMatch) {
      w = rexMatch[1] === "REX.W" ? 1 : 0;
      rest = rest.slice(rexMatch[0].length);
    }
    for (const [text, name] of MAPS) {
      if (rest.startsWith(text)) {
        map = name;
        rest = rest.slice(text.length);
        break;
      }
    }
  }
  const match = /^([0-9A-F]{2})(\+r|\+cc)?(?:\s+\/([0-7r]))?(?:\s+([0-9A-F]{2}))?$/.exec(rest.trim());
  if (!match) throw new Error(`opcode marks not understood: "${marks}" (at "${rest}")`);
  const [, opcode, plus, slash, fixed] = match;
  const usesModRmOperand = operands.some(
    (operand) => /^[EGMRQPNWVUSCDB]/.test(operand) && !FIXED.has(operand),
  );
  return {
    map,
    opcode: parseInt(opcode as string, 16),
    span: plus === "+r" ? 8 : plus === "+cc" ? 16 : 1,
    prefix,
    vex,
    w,
    hasModRm: slash !== undefined || fixed !== undefined || usesModRmOperand,
    digit: slash === undefined || slash === "r" ? undefined : Number(slash),
    fixedModRm: fixed === undefined ? undefined : parseInt(fixed, 16),
  };
}

/** Operands that are registers by name and take nothing from the encoding (but AL and rAX, which stand for rm). */
export const FIXED = new Set([
  "AL",
  "rAX",
  "DX",
  "CL",
  "1",
  "AX",
  "ES",
  "CS",
  "SS",
  "DS",
  "FS",
  "GS",
  "ST0",
  "XMM0",
]);

const OPERAND =
  /^(?:[EGMRB](?:b|w|d|q|y|v|z|p|s|a|dq|x|o|t|)|[QPN](?:q|d|pi|)|[WVU](?:dq|ps|pd|ss|sd|q|d|w|x|b)|[SCD][dwq]?|I(?:b|w|z|v|ub|d)|J[bz]|O[bv]|Ap|Z[bv]|STi)$/;

/** Builds a row. `form` is e.g. `"ADD 01 /r: Ev,Gv"`. Throws on anything not understood. */
export function row(
  family: string,
  form: string,
  attributes: RowAttributes & { exec?: string } = {},
): InstructionRow {
  const match = /^(\S+)\s+([^:]+?)\s*(?::\s*(.*))?$/.exec(form);
  if (!match) throw new Error(`row not understood: "${form}" (expected "MNEMONIC opcode: operands")`);
  const [, mnemonic, opcode, operandText] = match;
  const operands = operandText ? operandText.split(",").map((text) => text.trim()) : [];
  for (const operand of operands) {
    if (!FIXED.has(operand) && !OPERAND.test(operand))
      throw new Error(`operand "${operand}" not understood in "${form}"`);
  }
  const { exec, ...rest } = attributes;
  return {
    mnemonic: mnemonic as string,
    opcode: opcode as string,
    operands,
    exec: exec ?? (mnemonic as string),
    family,
    encoding: parseOpcode(opcode as string, operands),
    attributes: rest,
  };
}
