import { instructions } from "../../isa/instructions/index.js";
import type { InstructionRow } from "../../isa/row.js";
import { numberHandlers } from "./opcodes.js";

/*
 * A packed row, 20 bytes:
 *   0 u16 first handler number        10 u8 modReq: 0 any, 1 memory, 2 register, 3 taken for a register
 *   2 u8  flags                       11 u8 rmReq (255 any)
 *   3 u8  size rule                   12 u8 mode: 0 any, 1 only 64-bit, 2 not in 64-bit
 *   4 u8  immediate kind              13 u8 REX.W/VEX.W: 0 any, 1 W0, 2 W1
 *   5 u8  class of ModRM.reg          14 u8 rm fixed to the accumulator or to opcode bits: 0 no, 1 rAX, 2 opcode bits
 *   6 u8  class of ModRM.rm           15 u8 memory access: 1 read, 2 write
 *   7 u8  memory bytes (0: operand size; 255: no access)
 *   8 u8  prefix: 0 any, 1 NP, 2 66, 3 F3, 4 F2
 *   9 u8  regReq (255 any)            16 u8 class of VEX.vvvv   17 u8 map (+4 for VEX)   18 u16 row index
 */
export const ROW_BYTES = 20;

export const FLAG_MODRM = 1;
export const FLAG_VARIANTS = 2;
export const FLAG_LOCK = 4;
export const FLAG_ENDS = 8;
export const FLAG_CONDITIONS = 16;

const PREFIX = { any: 0, NP: 1, "66": 2, F3: 3, F2: 4 } as const;
const MAP = { "1": 0, "0F": 1, "0F38": 2, "0F3A": 3 } as const;
const IMMEDIATE: Record<string, number> = {
  Ib: 1,
  Iw: 2,
  Id: 3,
  Iz: 4,
  Iv: 5,
  Iub: 6,
  Jb: 7,
  Jz: 8,
  Ob: 9,
  Ov: 9,
  Ap: 10,
  "1": 12,
};
const ENTER_IMMEDIATE = 11;

/** Size rules; the decoder's `operandSize` turns them into bytes. */
export const SIZE = { none: 0, b: 1, w: 2, d: 3, q: 4, v: 5, y: 7, d64: 8, f64: 9 } as const;

function sizeRule(row: InstructionRow): number {
  if (row.attributes.f64) return SIZE.f64;
  if (row.attributes.d64) return SIZE.d64;
  const first = row.operands.find(
    (operand) => /^[EGMRZBAO]/.test(operand) || operand === "AL" || operand === "rAX",
  );
  if (first === undefined) return SIZE.v;
  if (first === "AL") return SIZE.b;
  if (first === "rAX" || first === "Ap") return SIZE.v;
  const letter = first.slice(1);
  if (letter === "b") return SIZE.b;
  if (letter === "w") return SIZE.w;
  if (letter === "d") return SIZE.d;
  if (letter === "q") return SIZE.q;
  if (letter === "y") return SIZE.y;
  return SIZE.v;
}

/** Register classes: 0 none, 1 general of the operand size, 2 general of 8 bits, 3 XMM, 4 raw number. */
function registerClass(operand: string | undefined): number {
  if (operand === undefined) return 0;
  if (/^[EGRBM]/.test(operand)) return operand === "Eb" || operand === "Gb" || operand === "Rb" ? 2 : 1;
  if (/^[VWU]/.test(operand)) return 3;
  return 4;
}

const MEMORY_BYTES: Record<string, number> = {
  b: 1,
  w: 2,
  d: 4,
  q: 8,
  dq: 16,
  x: 16,
  o: 16,
  ps: 16,
  pd: 16,
  ss: 4,
  sd: 8,
  t: 10,
  pi: 8,
};

function memoryBytes(row: InstructionRow, operand: string | undefined): number {
  if (row.attributes.access === "none") return 255;
  if (row.attributes.memBytes !== undefined) return row.attributes.memBytes;
  const letters = operand?.slice(1) ?? "";
  return MEMORY_BYTES[letters] ?? 0;
}

function immediateKind(row: InstructionRow): number {
  const immediates = row.operands.filter((operand) => IMMEDIATE[operand] !== undefined);
  if (immediates.length === 2) return ENTER_IMMEDIATE;
  return immediates.length === 0 ? 0 : (IMMEDIATE[immediates[0] as string] as number);
}

function accessBits(row: InstructionRow): number {
  const access = row.attributes.access ?? "r";
  return access === "r" ? 1 : access === "w" ? 2 : access === "rw" ? 3 : 0;
}

function modRequirement(row: InstructionRow, rm: string | undefined): number {
  // SDM 2, "MOV - Move to/from Control Registers": the mod bits are ignored.
  if (row.operands.some((operand) => /^[CD]d$/.test(operand))) return 3;
  const { mod } = row.attributes;
  if (mod) return mod === "mem" ? 1 : 2;
  if (row.encoding.fixedModRm !== undefined) return row.encoding.fixedModRm >= 0xc0 ? 2 : 1;
  if (rm?.startsWith("M")) return 1;
  return rm !== undefined && /^[RNU]/.test(rm) ? 2 : 0;
}

function packRow(row: InstructionRow, index: number, handler: number): number[] {
  const { encoding, attributes } = row;
  const rm = row.operands.find((operand) => /^[EQWMRNU](?![A-Z])/.test(operand) && operand !== "ES");
  const reg = row.operands.find((operand) => /^[GPVSCD](?![A-Z])/.test(operand));
  const vvvv = row.operands.find((operand) => /^B[ydq]/.test(operand));
  const opcodeRegister = row.operands.find((operand) => /^Z[bv]/.test(operand));
  const accumulator = row.operands.find((operand) => operand === "AL" || operand === "rAX");
  const fixed = encoding.fixedModRm;
  const flags =
    (encoding.hasModRm ? FLAG_MODRM : 0) |
    (attributes.variants ? FLAG_VARIANTS : 0) |
    (attributes.lock ? FLAG_LOCK : 0) |
    (attributes.ends ? FLAG_ENDS : 0) |
    (attributes.conditions ? FLAG_CONDITIONS : 0);
  const rmClass = opcodeRegister
    ? opcodeRegister === "Zb"
      ? 2
      : 1
    : rm
      ? registerClass(rm)
      : encoding.hasModRm
        ? 4
        : 0;
  return [
    handler & 255,
    handler >> 8,
    flags,
    sizeRule(row),
    immediateKind(row),
    reg ? registerClass(reg) : 4,
    rmClass,
    memoryBytes(row, rm ?? row.operands.find((operand) => operand.startsWith("O"))),
    PREFIX[encoding.prefix],
    fixed !== undefined ? (fixed >> 3) & 7 : (encoding.digit ?? 255),
    modRequirement(row, rm),
    fixed !== undefined ? fixed & 7 : 255,
    attributes.o64 ? 1 : attributes.i64 ? 2 : 0,
    encoding.w === undefined ? 0 : encoding.w + 1,
    opcodeRegister ? 2 : accumulator && !rm ? 1 : 0,
    accessBits(row),
    vvvv ? 1 : 0,
    MAP[encoding.map] + (encoding.vex ? 4 : 0),
    index & 255,
    index >> 8,
  ];
}

/** How narrowly a row is written: narrower rows are tried first. */
function specificity(row: InstructionRow): number {
  const { encoding, attributes } = row;
  const prefix = { F3: 8, F2: 8, "66": 6, NP: 4, any: 0 }[encoding.prefix];
  const modRm = encoding.fixedModRm !== undefined ? 32 : encoding.digit !== undefined ? 4 : 0;
  const mode = attributes.o64 || attributes.i64 ? 1 : 0;
  return modRm + prefix * 2 + mode + (encoding.span === 1 ? 1 : 0) + (encoding.w === undefined ? 0 : 2);
}

const bytesLiteral = (bytes: number[]): string => `memory.data<u8>([${bytes.join(",")}])`;
const words = (values: number[]): number[] => values.flatMap((value) => [value & 255, value >> 8]);

/** `assembly/generated/decode-tables.ts`: packed rows, and for each map and opcode the rows to try. */
export function generateDecodeTables(): string {
  const handlers = numberHandlers();
  const packed = instructions.flatMap((row, index) =>
    packRow(row, index, handlers.get(row.exec)?.first ?? 0),
  );
  const candidates: number[][] = Array.from({ length: 8 * 256 }, () => []);
  instructions.forEach((row, index) => {
    const table = (MAP[row.encoding.map] + (row.encoding.vex ? 4 : 0)) * 256;
    for (let offset = 0; offset < row.encoding.span; offset++)
      candidates[table + row.encoding.opcode + offset]?.push(index);
  });
  const starts: number[] = [];
  const list: number[] = [];
  for (const rows of candidates) {
    starts.push(list.length);
    rows.sort(
      (a, b) =>
        specificity(instructions[b] as InstructionRow) - specificity(instructions[a] as InstructionRow),
    );
    list.push(...rows);
  }
  starts.push(list.length);
  return [
    "// Generated from isa/instructions. Do not edit.",
    `export const ROW_BYTES: u32 = ${ROW_BYTES};`,
    `export const ROWS: usize = ${bytesLiteral(packed)};`,
    `export const CANDIDATE_STARTS: usize = ${bytesLiteral(words(starts))};`,
    `export const CANDIDATES: usize = ${bytesLiteral(words(list))};`,
    "",
  ].join("\n");
}
