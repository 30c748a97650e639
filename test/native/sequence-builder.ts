/**
 * Puts the instructions of one case together. Two registers and RSP keep their values and are the only ones that
 * address memory; no instruction reads a flag that an instruction before it left undefined.
 */
import { CODE_LIMIT, DATA_ADDRESS, DATA_BYTES, type CaseRecord } from "./case-record.js";
import { undefinedFlagsOf } from "./compare.js";
import { effectsOf, type Effects } from "./effects.js";
import { encode, type Choice } from "./encode.js";
import type { Form, Mode } from "./forms.js";
import { MARGIN, chooseOperands } from "./generate-case.js";
import { addressAtEdge, type Preparation } from "./preparations.js";
import type { Random } from "./random.js";

const RSP = 4;
/** How often operands are drawn until an instruction fits. */
const TRIES = 12;
/** Flags that Jcc can read. SDM 1, appendix B "EFLAGS Condition Codes". */
const CONDITION_FLAGS = [0x800, 1, 0x40, 0x41, 0x80, 4, 0x880, 0x8c0] as const;

/** Counts from CL: nothing is written when the count is zero. RCL and RCR: nor when the masked count wraps. */
const CONDITIONAL_WRITER = /^(RC[LR]_|(RO[LR]|SH[LR]|SA[LR])_E_CL|SH[LR]D_CL)/;
const STACK_USER = /^(PUSH(_|$)|PUSH[AF]|POP_)/;

/** Not in sequences: implied pointers, certain faults, and what known-differences.ts has rules for. */
const EXCLUDED = /^(XLAT|LEAVE|ENTER|POPA|BOUND|LDMXCSR_X|UD_OPCODE|.*MASKMOV.*)$/;

/** Whether a form may be part of a sequence. */
export function isSequential({ row, size, place }: Form): boolean {
  if (row.attributes.ends || row.family === "string" || row.family === "x87") return false;
  if (row.mnemonic === "PREFETCHW") return false;
  if (/^SH[LR]D/.test(row.exec) && size === 2) return false;
  if (row.exec.startsWith("SHA") && place === "memory") return false;
  if (/^BT[SRC]?_E_G$/.test(row.exec)) return place === "register";
  return !EXCLUDED.test(row.exec);
}

/** An instruction in the sequence. */
export interface Placed {
  readonly form: Form;
  readonly choice: Choice;
  readonly effects: Effects;
  /** Linear address of the memory operand. */
  readonly target: number | undefined;
}

/** A jump that has not found its target yet. */
export interface PendingJump {
  /** Where its displacement lies, and how many bytes it has. */
  readonly at: number;
  readonly bytes: 1 | 4;
  readonly undefinedFlags: number;
}

export class SequenceBuilder {
  /** Undefined EFLAGS bits before the instruction at an address. */
  readonly undefinedAt = new Map<number, number>();
  /** Registers that nothing writes. */
  readonly stable: readonly number[];
  private readonly code: number[] = [];
  private undefinedFlags = 0;
  private readonly preparation: Preparation;

  /** `record` holds the state before; one memory operand in `edgeOdds` may fault. */
  constructor(
    private readonly record: CaseRecord,
    private readonly random: Random,
    private readonly edgeOdds: number,
  ) {
    const limit = record.mode === 64 ? 16 : 8;
    const others = Array.from({ length: limit }, (_, i) => i).filter((number) => number !== RSP);
    const pointer = random.pick(others);
    const index = random.pick(others.filter((number) => number !== pointer));
    this.stable = [RSP, pointer, index];
    this.preparation = { reserved: others.filter((number) => number !== pointer && number !== index) };
    record.setGpr(pointer, BigInt(DATA_ADDRESS + MARGIN + random.below(DATA_BYTES - 2 * MARGIN)));
    record.setGpr(index, BigInt.asUintN(this.mode, BigInt(random.below(128) - 64)));
  }

  get mode(): Mode {
    return this.record.mode;
  }
  get rip(): number {
    return this.record.rip + this.code.length;
  }

  /** Appends an instruction of the form; undefined when none that may stand here was found. */
  append(form: Form, fixed: Partial<Choice> = {}): Placed | undefined {
    for (let i = 0; i < TRIES; i++) {
      const placed = this.draw(form, fixed);
      if (placed && this.isAllowed(placed)) return this.place(placed);
    }
    return undefined;
  }

  /** Appends a conditional jump forward; undefined when its condition reads an undefined flag, or no room is left. */
  appendJump(condition: number): PendingJump | undefined {
    if ((CONDITION_FLAGS[condition >> 1] as number) & this.undefinedFlags) return undefined;
    const bytes = this.random.oneIn(3) ? 4 : 1;
    if (this.code.length + 2 + bytes > CODE_LIMIT) return undefined;
    this.mark();
    if (bytes === 4) this.code.push(0x0f, 0x80 + condition, 0, 0, 0, 0);
    else this.code.push(0x70 + condition, 0);
    return { at: this.code.length - bytes, bytes, undefinedFlags: this.undefinedFlags };
  }

  /** The end of one path: what follows is reached by jumps only. */
  appendBreakpoint(): void {
    this.mark();
    this.code.push(0xcc);
    this.undefinedFlags = 0;
  }

  /** The jump leads here. */
  land({ at, bytes, undefinedFlags }: PendingJump): void {
    this.code[at] = this.code.length - (at + bytes);
    this.undefinedFlags |= undefinedFlags;
  }

  /** Stores the code in the record. */
  finish(): void {
    this.mark();
    this.record.setCode(Uint8Array.from(this.code));
  }

  private mark(): void {
    this.undefinedAt.set(this.rip, this.undefinedFlags);
  }

  private draw(form: Form, fixed: Partial<Choice>): Placed | undefined {
    const choice: Choice = { ...chooseOperands(form, this.random, this.preparation), ...fixed };
    if (!choice.addressing) return { form, choice, target: undefined, effects: this.effects(form, choice) };
    const target = this.chooseTarget();
    const displacement = this.displacement(form, choice, target);
    if (displacement === undefined) return undefined;
    const reached: Choice = { ...choice, addressing: { ...choice.addressing, displacement } };
    return { form, choice: reached, target, effects: this.effects(form, reached) };
  }

  private effects(form: Form, choice: Choice): Effects {
    return effectsOf(encode(form, choice), this.mode);
  }

  /** In the window, mostly aligned, seldom at an edge. */
  private chooseTarget(): number {
    const { random } = this;
    if (random.oneIn(this.edgeOdds)) return addressAtEdge(random);
    const target = DATA_ADDRESS + MARGIN + random.below(DATA_BYTES - 2 * MARGIN);
    return random.oneIn(8) ? target : target & ~15;
  }

  /** The displacement that leads to `target`, if there is one. */
  private displacement(form: Form, choice: Choice, target: number): number | undefined {
    const { addressing } = choice;
    if (!addressing) return undefined;
    const { base, index, scale, addressSize, isRipRelative } = addressing;
    if (isRipRelative) return target - (this.rip + encode(form, choice).length);
    const part = (register: number | undefined): bigint =>
      register === undefined ? 0n : this.record.gpr(register);
    const sum = part(base) + (part(index) << BigInt(scale));
    const displacement = Number(BigInt.asIntN(addressSize * 8, BigInt(target) - sum));
    return displacement === (displacement | 0) ? displacement : undefined;
  }

  private isAllowed({ form, choice, effects }: Placed): boolean {
    if (this.code.length + encode(form, choice).length > CODE_LIMIT) return false;
    if (effects.readsFlags & this.undefinedFlags) return false;
    const kept = this.stable.reduce((mask, register) => mask | (1 << register), 0);
    if (!STACK_USER.test(form.row.exec)) return (effects.writesRegisters & kept) === 0;
    const popsIntoRsp = form.row.exec.startsWith("POP_") && this.writesRsp(choice);
    return !popsIntoRsp && (effects.writesRegisters & kept & ~(1 << RSP)) === 0;
  }

  private writesRsp(choice: Choice): boolean {
    return choice.addressing !== undefined || choice.opcodeRegister === RSP || choice.rm === RSP;
  }

  private place(placed: Placed): Placed {
    this.mark();
    const { form, choice, effects } = placed;
    this.code.push(...encode(form, choice));
    // A flag is undefined when both the row and the disassembler say so: the latter knows immediate counts.
    const isConditional = CONDITIONAL_WRITER.test(form.row.exec);
    const undefinedFlags = undefinedFlagsOf(form) & (isConditional ? -1 : effects.undefinesFlags);
    const definedFlags = isConditional ? 0 : effects.writesFlags | effects.undefinesFlags;
    this.undefinedFlags = (this.undefinedFlags & ~definedFlags) | undefinedFlags;
    return placed;
  }
}
