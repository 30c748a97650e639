/** Encodes one instance of a form: chosen registers, addressing and immediate to bytes. */
import { regOperand, rmOperand, type Form } from "./forms.js";
import type { Random } from "./random.js";

/** Addressing of a memory operand. Registers by number; the displacement is signed. */
export interface Addressing {
  readonly base: number | undefined;
  readonly index: number | undefined;
  /** 0 … 3. */
  readonly scale: number;
  readonly displacement: number;
  readonly isRipRelative: boolean;
  /** 4 or 8 bytes. */
  readonly addressSize: 4 | 8;
}

export interface Choice {
  readonly reg: number;
  readonly rm: number;
  readonly vvvv: number;
  readonly opcodeRegister: number;
  readonly addressing: Addressing | undefined;
  readonly immediate: bigint;
  readonly hasLock: boolean;
  /** A REX prefix although none is needed (it chooses SPL … DIL). */
  readonly forcesRex: boolean;
  readonly segmentPrefix: number;
  /** 67H on an instruction without ModRM memory operand. */
  readonly has67: boolean;
}

const MAP_BYTES = { "1": [], "0F": [0x0f], "0F38": [0x0f, 0x38], "0F3A": [0x0f, 0x3a] } as const;
const VEX_MAP = { "1": 0, "0F": 1, "0F38": 2, "0F3A": 3 } as const;
const VEX_PREFIX = { any: 0, NP: 0, "66": 1, F3: 2, F2: 3 } as const;

function littleEndian(value: bigint, bytes: number): number[] {
  return Array.from({ length: bytes }, (_, i) => Number((value >> BigInt(8 * i)) & 255n));
}

/** Bytes of the row's immediates, and how many of them. */
export function immediateBytes(form: Form, has67: boolean): number {
  const { row, size, mode } = form;
  let total = 0;
  for (const operand of row.operands) {
    if (/^(Ib|Iub|Jb)$/.test(operand)) total += 1;
    else if (operand === "Iw") total += 2;
    else if (operand === "Id") total += 4;
    else if (operand === "Iz" || operand === "Jz") total += size === 2 ? 2 : 4;
    else if (operand === "Iv") total += size;
    else if (/^O/.test(operand)) total += has67 ? (mode === 64 ? 4 : 2) : mode === 64 ? 8 : 4;
  }
  return total;
}

/** ModRM (with `reg`), SIB and displacement. `rip` parts count from the end of the instruction. */
function memoryBytes(addressing: Addressing, reg: number, mode: 32 | 64): number[] {
  const { base, index, scale, displacement, isRipRelative } = addressing;
  const regBits = (reg & 7) << 3;
  const wide = littleEndian(BigInt.asUintN(32, BigInt(displacement)), 4);
  if (isRipRelative) return [regBits | 5, ...wide];
  if (base === undefined && index === undefined && mode === 32) return [regBits | 5, ...wide];
  const needsSib = base === undefined || index !== undefined || (base & 7) === 4;
  const sibBase = base === undefined ? 5 : base & 7;
  const sib = needsSib ? [(scale << 6) | ((index === undefined ? 4 : index & 7) << 3) | sibBase] : [];
  const rm = needsSib ? 4 : sibBase;
  if (base === undefined) return [regBits | rm, ...sib, ...wide];
  if (displacement === 0 && (base & 7) !== 5) return [regBits | rm, ...sib];
  if (displacement >= -128 && displacement < 128) return [0x40 | regBits | rm, ...sib, displacement & 255];
  return [0x80 | regBits | rm, ...sib, ...wide];
}

function modRmBytes(form: Form, choice: Choice, reg: number): number[] {
  const { encoding } = form.row;
  if (!encoding.hasModRm) return [];
  if (encoding.fixedModRm !== undefined) return [encoding.fixedModRm];
  if (choice.addressing) return memoryBytes(choice.addressing, reg, form.mode);
  return [0xc0 | ((reg & 7) << 3) | (choice.rm & 7)];
}

/** The upper bits of the register numbers as REX.RXB. */
function rexBits(form: Form, choice: Choice, reg: number): number {
  const { addressing } = choice;
  const b = addressing
    ? (addressing.base ?? 0)
    : form.row.encoding.span === 8
      ? choice.opcodeRegister
      : choice.rm;
  const x = addressing?.index ?? 0;
  return ((reg >> 3) << 2) | ((x >> 3) << 1) | (b >> 3);
}

/** Whether the operand size asks for REX.W or VEX.W. */
function needsW(form: Form): boolean {
  const { attributes, encoding } = form.row;
  if (encoding.w !== undefined) return encoding.w === 1;
  if (attributes.d64 || attributes.f64) return false;
  const first = form.row.operands.find(
    (operand) => /^[EGMRZBAO]/.test(operand) || operand === "rAX" || operand === "AL",
  );
  return form.size === 8 && (first === undefined || first === "rAX" || /^.[vy]$/.test(first));
}

function needs66(form: Form): boolean {
  const { attributes, encoding, operands } = form.row;
  if (encoding.vex || encoding.prefix === "NP") return false;
  if (encoding.prefix === "66") return true;
  const first = operands.find(
    (operand) => /^[EGMRZBAO]/.test(operand) || operand === "AL" || operand === "rAX",
  );
  const isSized = first === undefined || first === "rAX" || /^.v$/.test(first) || attributes.d64 === true;
  return form.size === 2 && isSized;
}

function vexBytes(form: Form, choice: Choice, reg: number): number[] {
  const { encoding } = form.row;
  const rex = rexBits(form, choice, reg);
  const hasV = form.row.operands.some((operand) => /^B/.test(operand));
  const vvvv = hasV ? choice.vvvv : 0;
  const last = ((~vvvv & 15) << 3) | VEX_PREFIX[encoding.prefix];
  const isW = needsW(form);
  if (encoding.map === "0F" && !isW && (rex & 3) === 0) return [0xc5, ((~rex & 4) << 5) | last];
  return [0xc4, ((~rex & 7) << 5) | VEX_MAP[encoding.map], (isW ? 0x80 : 0) | last];
}

/** All bytes of the instruction. */
export function encode(form: Form, choice: Choice): Uint8Array {
  const { row, mode } = form;
  const { encoding } = row;
  const reg = encoding.digit ?? choice.reg;
  const bytes: number[] = [];
  if (choice.segmentPrefix) bytes.push(choice.segmentPrefix);
  if (choice.hasLock) bytes.push(0xf0);
  const uses67 = choice.addressing ? choice.addressing.addressSize === 4 && mode === 64 : choice.has67;
  if (uses67) bytes.push(0x67);
  if (needs66(form)) bytes.push(0x66);
  if (form.repeat) bytes.push(form.repeat);
  if (encoding.vex) bytes.push(...vexBytes(form, choice, reg), encoding.opcode);
  else {
    if (encoding.prefix === "F3" || encoding.prefix === "F2")
      bytes.push(encoding.prefix === "F3" ? 0xf3 : 0xf2);
    const rex = rexBits(form, choice, reg) | (needsW(form) ? 8 : 0);
    if (mode === 64 && (rex !== 0 || choice.forcesRex)) bytes.push(0x40 | rex);
    const low =
      encoding.span === 8 ? choice.opcodeRegister & 7 : encoding.span === 16 ? choice.opcodeRegister & 15 : 0;
    bytes.push(...MAP_BYTES[encoding.map], encoding.opcode + low);
  }
  bytes.push(...modRmBytes(form, choice, reg));
  bytes.push(...littleEndian(choice.immediate, immediateBytes(form, uses67)));
  return Uint8Array.from(bytes);
}

/** Registers with a meaning of their own must stay out of addressing: `reserved`. */
export function chooseAddressing(
  random: Random,
  mode: 32 | 64,
  reserved: ReadonlySet<number>,
): Omit<Addressing, "displacement"> & { displacementBits: 0 | 8 | 32 } {
  const limit = mode === 64 ? 16 : 8;
  const draw = (without: number | undefined): number => {
    for (;;) {
      const number = random.below(limit);
      if (!reserved.has(number) && number !== without) return number;
    }
  };
  const addressSize = mode === 64 && !random.oneIn(10) ? 8 : 4;
  const kind = random.below(8);
  if (kind === 0)
    return {
      base: undefined,
      index: undefined,
      scale: 0,
      isRipRelative: mode === 64 && random.oneIn(2),
      addressSize,
      displacementBits: 32,
    };
  const base = kind === 1 ? undefined : draw(undefined);
  let index: number | undefined;
  if (kind === 1 || kind >= 5) {
    do index = draw(base);
    while (index === 4);
  }
  return {
    base,
    index,
    scale: random.below(4),
    isRipRelative: false,
    addressSize,
    displacementBits: base === undefined ? 32 : random.pick([0, 8, 8, 32]),
  };
}

export const hasRegisterOperand = (form: Form): boolean => regOperand(form.row) !== undefined;
export const hasRmOperand = (form: Form): boolean => rmOperand(form.row) !== undefined;
