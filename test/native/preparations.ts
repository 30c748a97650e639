/**
 * What a case needs beyond random registers: addresses in implied registers, counts that end, dividends that fit,
 * branch targets that exist. By handler name (row.exec).
 */
import {
  DATA_ADDRESS,
  DATA_BYTES,
  DATA_MAP_ADDRESS,
  DATA_MAP_BYTES,
  READ_ONLY_ADDRESS,
  type CaseRecord,
} from "./case-record.js";
import type { Choice } from "./encode.js";
import type { Form } from "./forms.js";
import type { Random } from "./random.js";

const [RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI] = [0, 1, 2, 3, 4, 5, 6, 7] as const;

export interface PreparationContext {
  readonly form: Form;
  readonly choice: Choice;
  readonly record: CaseRecord;
  readonly random: Random;
  /** Linear address of the memory operand. */
  readonly target: number | undefined;
  /** Address size in bytes of implied pointers. */
  readonly addressSize: number;
}

export interface Preparation {
  /** Registers that keep their prepared value: never base or index. */
  readonly reserved: readonly number[];
  /** ModRM.reg gets a prepared value: it must differ from base and index. */
  readonly reservesReg?: boolean;
  /** Before the memory operand is placed. */
  readonly before?: (context: PreparationContext) => void;
  /** After all addresses are known. */
  readonly after?: (context: PreparationContext) => void;
}

/** Where accesses begin to fail: first and last page, read-only page. */
const EDGES = [DATA_MAP_ADDRESS, READ_ONLY_ADDRESS, DATA_MAP_ADDRESS + DATA_MAP_BYTES] as const;

export const addressAtEdge = (random: Random): number => random.pick(EDGES) + random.below(48) - 24;

/** An address in the middle of the window, now and then across the page boundary; sometimes one at an edge. */
export function addressInWindow(random: Random, margin = 384): number {
  if (random.oneIn(24)) return addressAtEdge(random);
  return DATA_ADDRESS + margin + random.below(1024 - 2 * margin);
}

/** A pointer register whose low `addressSize` bytes are an address in the window. */
function setPointer(
  { record, random, addressSize }: PreparationContext,
  register: number,
  address: number,
): void {
  const upper = addressSize === 4 ? random.next64() & 0xffff_ffff_0000_0000n : 0n;
  record.setGpr(register, upper | BigInt(address));
}

/** Low part of a register, the rest random. */
function setLow({ record, random }: PreparationContext, register: number, value: number, bits: number): void {
  const mask = (1n << BigInt(bits)) - 1n;
  record.setGpr(register, (random.next64() & ~mask) | (BigInt(value) & mask));
}

const pointers = (...registers: number[]): Preparation => ({
  reserved: [...registers, RCX],
  before: (context) => {
    for (const register of registers) setPointer(context, register, addressInWindow(context.random));
    if (context.form.repeat) setLow(context, RCX, context.random.below(24), context.addressSize * 8);
    if (context.random.oneIn(2)) context.record.rflags &= ~0x400;
    if (context.form.repeat && context.random.oneIn(2)) makeRunsEqual(context);
  },
});

/** Memory of equal bytes, so that REPE and REPNE go some way. */
function makeRunsEqual({ record, random }: PreparationContext): void {
  const byte = random.next() & 255;
  record.data.fill(byte, 300, 500 + random.below(300));
  record.setGpr(RAX, BigInt(byte) * 0x0101_0101_0101_0101n);
}

const STACK: Preparation = {
  reserved: [RSP],
  before: (context) => context.record.setGpr(RSP, BigInt(addressInWindow(context.random, 320) & ~7)),
};

/** Dividends whose quotient fits, mostly. */
function setDividend(context: PreparationContext): void {
  const { record, random, form } = context;
  if (random.oneIn(5)) return;
  if (form.size === 1) {
    record.setGpr(RAX, (record.gpr(RAX) & ~0xff00n) | ((BigInt(random.below(3) - 1) & 0xffn) << 8n));
    return;
  }
  const isSigned = form.row.exec === "IDIV";
  const bits = BigInt(form.size * 8);
  const accumulator = BigInt.asIntN(Number(bits), record.gpr(RAX));
  const sign = isSigned && accumulator < 0n ? -1n : 0n;
  record.setGpr(RDX, random.oneIn(2) ? sign : BigInt(random.below(100)));
}
const DIVISION: Preparation = { reserved: [RAX, RDX], before: setDividend };

/** Bit offsets that stay in the window. */
const BIT_STRING: Preparation = {
  reserved: [],
  reservesReg: true,
  before: (context) => {
    if (context.form.place === "memory")
      setLow(context, context.choice.reg, context.random.below(1600) - 800, context.form.size * 8);
  },
};

/** The window's bytes from `address` on, when 16 of them lie inside. */
function windowAt(record: CaseRecord, address: number | undefined): DataView | undefined {
  const offset = (address ?? 0) - DATA_ADDRESS;
  if (offset < 0 || offset > DATA_BYTES - 16) return undefined;
  return new DataView(record.data.buffer, record.data.byteOffset + offset);
}

/** The value of the r/m operand, in full. */
function rmValue({ form, choice, record, target }: PreparationContext): bigint {
  if (form.place === "register") return record.gpr(choice.rm);
  const view = windowAt(record, target);
  return view ? view.getBigUint64(0, true) : 0n;
}

const COMPARE_EXCHANGE: Preparation = {
  reserved: [RAX],
  after: (context) => {
    if (context.random.oneIn(2)) context.record.setGpr(RAX, rmValue(context));
  },
};

const COMPARE_EXCHANGE_WIDE: Preparation = {
  reserved: [RAX, RDX, RBX, RCX],
  after: ({ record, random, target, form }) => {
    const view = windowAt(record, target);
    if (random.oneIn(2) || !view) return;
    const isWide = form.row.exec === "CMPXCHG16B";
    record.setGpr(RAX, isWide ? view.getBigUint64(0, true) : BigInt(view.getUint32(0, true)));
    record.setGpr(RDX, isWide ? view.getBigUint64(8, true) : BigInt(view.getUint32(4, true)));
  },
};

/** A place in the code area where INT3 stands: behind the instruction, in its own slot. */
function landing({ record, random }: PreparationContext): bigint {
  return BigInt(record.rip + 24 + random.below(32));
}

function putInWindow(record: CaseRecord, address: number, value: bigint): void {
  windowAt(record, address)?.setBigUint64(0, value, true);
}

const INDIRECT: Preparation = {
  reserved: [RSP],
  before: (context) => {
    STACK.before?.(context);
    if (context.form.place === "register") context.record.setGpr(context.choice.rm, landing(context));
  },
  after: (context) => {
    if (context.target !== undefined) putInWindow(context.record, context.target, landing(context));
  },
};

const RETURN: Preparation = {
  reserved: [RSP],
  before: (context) => {
    STACK.before?.(context);
    putInWindow(context.record, Number(context.record.gpr(RSP)), landing(context));
  },
};

/** What POPF pops must not set TF, NT or AC: CF PF AF ZF SF DF OF. */
const FLAGS_POP: Preparation = {
  reserved: [RSP],
  before: (context) => {
    STACK.before?.(context);
    putInWindow(context.record, Number(context.record.gpr(RSP)), BigInt(context.random.next() & 0xcd5));
  },
};

const FRAME: Preparation = {
  reserved: [RSP, RBP],
  before: (context) => {
    STACK.before?.(context);
    context.record.setGpr(RBP, BigInt(addressInWindow(context.random, 320) & ~7));
  },
};

const COUNTED: Preparation = {
  reserved: [RCX],
  before: (context) => {
    if (context.random.oneIn(2)) setLow(context, RCX, context.random.below(3), context.addressSize * 8);
  },
};

const TABLE: Preparation = {
  reserved: [RBX, RAX],
  before: (context) => {
    const address = addressInWindow(context.random) - Number(context.record.gpr(RAX) & 0xffn);
    setPointer(context, RBX, address);
  },
};

/** The control operand of BEXTR and BZHI: small numbers. */
const FIELD: Preparation = {
  reserved: [],
  before: (context) => {
    if (
      context.form.place === "memory" ||
      context.choice.vvvv === context.choice.rm ||
      context.random.oneIn(4)
    )
      return;
    setLow(context, context.choice.vvvv, context.random.below(72) | (context.random.below(72) << 8), 16);
  },
};

/** Lengths of PCMPESTRx. */
const LENGTHS: Preparation = {
  reserved: [RAX, RDX],
  before: (context) => {
    for (const register of [RAX, RDX])
      if (!context.random.oneIn(3))
        context.record.setGpr(register, BigInt.asUintN(64, BigInt(context.random.below(40) - 20)));
  },
};

const NONE: Preparation = { reserved: [] };

const BY_EXEC: Readonly<Record<string, Preparation>> = {
  MOVS: pointers(RSI, RDI),
  CMPS: pointers(RSI, RDI),
  STOS: pointers(RDI),
  SCAS: pointers(RDI),
  LODS: pointers(RSI),
  MM_MASKMOVQ: pointers(RDI),
  MASKMOVQ: pointers(RDI),
  MASKMOVDQU_X: pointers(RDI),
  XLAT: TABLE,
  DIV: DIVISION,
  IDIV: DIVISION,
  BT_E_G: BIT_STRING,
  BTS_E_G: BIT_STRING,
  BTR_E_G: BIT_STRING,
  BTC_E_G: BIT_STRING,
  CMPXCHG: COMPARE_EXCHANGE,
  CMPXCHG8B: COMPARE_EXCHANGE_WIDE,
  CMPXCHG16B: COMPARE_EXCHANGE_WIDE,
  JMP_E: INDIRECT,
  CALL_E: INDIRECT,
  RET: RETURN,
  RET_I: RETURN,
  POPF: FLAGS_POP,
  ENTER: FRAME,
  LEAVE: FRAME,
  LOOP: COUNTED,
  LOOPE: COUNTED,
  LOOPNE: COUNTED,
  JCXZ: COUNTED,
  BEXTR: FIELD,
  BZHI: FIELD,
  PCMPESTRI_X: LENGTHS,
  PCMPESTRM_X: LENGTHS,
};

const STACK_USERS = /^(PUSH|POP|CALL|PUSHF|PUSHA|POPA)/;

/** What the row of the form needs. */
export function preparationOf(form: Form): Preparation {
  const { exec } = form.row;
  return BY_EXEC[exec] ?? (STACK_USERS.test(exec) && exec !== "POPCNT" ? STACK : NONE);
}
