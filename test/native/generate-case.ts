/** Makes one case of a form: bytes, registers, flags, floating-point state and memory. */
import { DATA_ADDRESS, DATA_BYTES, FX, RECORD, type CaseRecord } from "./case-record.js";
import { chooseAddressing, encode, immediateBytes, type Addressing, type Choice } from "./encode.js";
import { REPEATED, type Form, type Mode } from "./forms.js";
import { addressInWindow, preparationOf, type Preparation, type PreparationContext } from "./preparations.js";
import type { Random } from "./random.js";
import { integerValue, putFloat80, type ValuePool } from "./values.js";

const FPU_FAMILIES = new Set(["x87", "mmx", "sse"]);
/** CF PF AF ZF SF OF. */
const ARITHMETIC_FLAGS = 0x8d5;
const DF = 0x400;
const RSP = 4;
/** Room around the memory operand inside the window. */
export const MARGIN = 384;

/** Jumps land on INT3: inside the slot, behind the longest instruction. */
function branchDisplacement(random: Random): bigint {
  return BigInt(24 + random.below(24));
}

const SHIFT_BY_IMMEDIATE = /^(RO[LR]|RC[LR]|SH[LR]|SA[LR]|SH[LR]D|RORX)/;

function chooseImmediate(form: Form, random: Random): bigint {
  const { row } = form;
  if (row.operands.some((operand) => /^J/.test(operand))) return branchDisplacement(random);
  if (row.exec === "ENTER")
    return BigInt(random.below(256)) | (BigInt(random.oneIn(2) ? 0 : random.below(34)) << 16n);
  if (row.operands.some((operand) => /^O/.test(operand)))
    return BigInt(DATA_ADDRESS + MARGIN + random.below(DATA_BYTES - 2 * MARGIN));
  if (row.exec === "RET_I") return BigInt(random.below(64));
  if (SHIFT_BY_IMMEDIATE.test(row.exec) && random.oneIn(2)) return BigInt(random.below(70));
  return integerValue(random);
}

/** Every second memory operand lies where aligned forms want it. */
export function chooseTarget(random: Random): number {
  const target = addressInWindow(random, MARGIN);
  return random.oneIn(8) ? target : target & ~15;
}

const SEGMENT_PREFIXES = { 64: [0x26, 0x2e, 0x36, 0x3e, 0x65], 32: [0x26, 0x36, 0x3e] } as const;

/** Registers, addressing (its displacement not yet made to fit) and immediate of one instruction. */
export function chooseOperands(form: Form, random: Random, preparation: Preparation): Choice {
  const { mode, row, place } = form;
  const limit = mode === 64 ? 16 : 8;
  const registers = row.family === "x87" || row.family === "mmx" ? 8 : limit;
  const reg = random.below(registers);
  const reserved = new Set(preparation.reservesReg ? [...preparation.reserved, reg] : preparation.reserved);
  let addressing: Addressing | undefined;
  if (place === "memory") {
    const { displacementBits, ...shape } = chooseAddressing(random, mode, reserved);
    addressing = {
      ...shape,
      displacement:
        displacementBits === 0 ? 0 : displacementBits === 8 ? (random.next() << 24) >> 24 : random.next() | 0,
    };
  }
  return {
    reg,
    rm: random.below(registers),
    vvvv: random.below(limit),
    opcodeRegister: row.encoding.span === 16 ? random.below(16) : random.below(limit),
    addressing,
    immediate: chooseImmediate(form, random),
    hasLock: row.attributes.lock === true && place === "memory" && random.oneIn(4),
    forcesRex: random.oneIn(4),
    segmentPrefix: random.oneIn(16) ? random.pick(SEGMENT_PREFIXES[mode]) : 0,
    has67:
      place === "none" &&
      mode === 64 &&
      (REPEATED.has(row.exec) || /^(XLAT|LOOP|JCXZ)/.test(row.exec)) &&
      random.oneIn(6),
  };
}

/** Displacement and registers for which the operand's effective address is `target`. */
function placeOperand(
  choice: Choice,
  record: CaseRecord,
  form: Form,
  target: number,
  random: Random,
): Choice {
  const { addressing } = choice;
  if (!addressing) return choice;
  const { base, index, scale, addressSize, isRipRelative } = addressing;
  if (isRipRelative) {
    // The displacement counts from the end of the instruction, whose length does not depend on its value.
    const length = encode(form, choice).length;
    return { ...choice, addressing: { ...addressing, displacement: target - (record.rip + length) } };
  }
  if (base === undefined && index === undefined)
    return { ...choice, addressing: { ...addressing, displacement: target } };
  const bits = addressSize * 8;
  const upper = addressSize === 4 && form.mode === 64 ? random.next64() & 0xffff_ffff_0000_0000n : 0n;
  const put = (register: number, value: bigint): void =>
    record.setGpr(register, upper | BigInt.asUintN(bits, value));
  if (base === undefined) {
    const displacement = (addressing.displacement & ~7) | (target & 7);
    const rest = BigInt.asUintN(bits, BigInt(target - displacement));
    put(index as number, rest >> BigInt(scale));
    return { ...choice, addressing: { ...addressing, displacement } };
  }
  const indexValue = index === undefined ? 0n : record.gpr(index) << BigInt(scale);
  put(base, BigInt(target - addressing.displacement) - indexValue);
  return choice;
}

function fillFpu(record: CaseRecord, random: Random, pool: ValuePool): void {
  record.usesFpu = true;
  const { fx, view } = record;
  const at = RECORD.FX;
  pool.fill(fx.subarray(FX.XMM), random);
  for (let i = 0; i < 8; i++) putFloat80(view, at + FX.ST + i * 16, random);
  const control = random.oneIn(2)
    ? 0x37f
    : random.oneIn(4)
      ? random.next() & 0xf3f
      : (random.next() & 0xf00) | 0x3f;
  let status = (random.next() & 0x7f00) >>> 0;
  if (random.oneIn(6)) status |= random.next() & 0x7f;
  // ES and B summarize the unmasked exceptions.
  if (status & ~control & 0x3f) status |= 0x8080;
  view.setUint16(at + FX.FCW, control | 0x40, true);
  view.setUint16(at + FX.FSW, status, true);
  view.setUint8(at + FX.FTW, random.oneIn(3) ? random.next() : 0xff);
  const masks = random.oneIn(8) ? (random.next() & 0x1f80) >>> 0 : 0x1f80;
  const rest = random.oneIn(2) ? 0 : random.next() & 0xe07f;
  view.setUint32(at + FX.MXCSR, masks | rest, true);
}

/** A random state at linear address `rip`, without code; RSP in the middle of the window. */
export function fillState(
  record: CaseRecord,
  mode: Mode,
  rip: number,
  usesFpu: boolean,
  random: Random,
  pool: ValuePool,
): void {
  record.bytes.fill(0, 0, RECORD.DATA);
  record.mode = mode;
  record.rip = rip;
  record.rflags = 2 | (random.next() & ARITHMETIC_FLAGS) | (random.oneIn(4) ? DF : 0);
  pool.fill(record.data, random);
  const registers = mode === 64 ? 16 : 8;
  for (let i = 0; i < registers; i++) record.setGpr(i, BigInt.asUintN(mode, integerValue(random)));
  record.setGpr(RSP, BigInt(DATA_ADDRESS + 512));
  if (usesFpu) fillFpu(record, random, pool);
}

/** Fills `record` with a case of `form` that lies at linear address `rip`. */
export function generateCase(
  form: Form,
  rip: number,
  record: CaseRecord,
  random: Random,
  pool: ValuePool,
): void {
  fillState(record, form.mode, rip, FPU_FAMILIES.has(form.row.family), random, pool);
  const preparation = preparationOf(form);
  let choice = chooseOperands(form, random, preparation);
  const addressSize = form.mode === 64 && !choice.has67 ? 8 : 4;
  const target = choice.addressing ? chooseTarget(random) : undefined;
  const context = (): PreparationContext => ({ form, choice, record, random, target, addressSize });
  preparation.before?.(context());
  if (target !== undefined) choice = placeOperand(choice, record, form, target, random);
  preparation.after?.(context());
  if (form.mode === 32) for (let i = 0; i < 8; i++) record.setGpr(i, record.gpr(i) & 0xffff_ffffn);
  record.setCode(encode(form, choice));
}

export { immediateBytes };
