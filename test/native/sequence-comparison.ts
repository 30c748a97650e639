/** Makes pairs and sequences, runs them on the real processor and on ours, and collects what differs. */
import { NO_EXCEPTION, type CaseRecord } from "./case-record.js";
import { BATCH_CASES, CaseRunner, type Outcome } from "./case-runner.js";
import { compareResults } from "./compare.js";
import { describeState } from "./comparison.js";
import { disassembleAll } from "./disassembly.js";
import { describeForm, type Form, type Mode } from "./forms.js";
import { fillState } from "./generate-case.js";
import type { NativeOracle } from "./native-oracle.js";
import { CONDITIONS, READERS, appendPair, relateOperands, type Pair, type Reader } from "./pairs.js";
import { SequenceBuilder, isSequential, type PendingJump } from "./sequence-builder.js";
import type { Random } from "./random.js";

export type SequenceKind = "general-purpose" | "MMX" | "SSE";
const FLOATING_FAMILY = { "general-purpose": undefined, MMX: "mmx", SSE: "sse" } as const;
const MOST_INSTRUCTIONS = 12;
/** Instructions that nearly always fault on random operands would end most sequences. */
const FAULTING = /^(I?DIV|AAM)$/;

export interface SequenceMismatch {
  readonly report: string;
}

/** What a pair's jump did natively. */
export type JumpSeen = (pair: Pair, isTaken: boolean) => void;

export class SequenceComparison {
  private readonly runner: CaseRunner;
  private readonly byMode: ReadonlyMap<Mode, readonly Form[]>;

  /** `forms`: what sequences are made of; those that cannot be part of one are left out. */
  constructor(oracle: NativeOracle, seed: number, forms: readonly Form[]) {
    this.runner = new CaseRunner(oracle, seed);
    const own = forms.filter((form) => isSequential(form));
    this.byMode = new Map(([64, 32] as const).map((mode) => [mode, own.filter((form) => form.mode === mode)]));
  }

  private get random(): Random {
    return this.runner.random;
  }

  /** Runs the pairs that have no reader of an undefined flag. */
  comparePairs(pairs: readonly Pair[], seen: JumpSeen = () => undefined): SequenceMismatch[] {
    return this.compare(
      pairs.length,
      (record, rip, i) => this.makePair(record, rip, pairs[i] as Pair),
      ({ before, native }, i) => {
        const pair = pairs[i] as Pair;
        if (pair.reader !== "JCC" || native.vector !== NO_EXCEPTION || before.code[0] === 0xcc) return;
        seen(pair, this.lastBreakpoint(before) === native.rip);
      },
    );
  }

  /** Runs `count` random sequences. */
  compareSequences(count: number, kind: SequenceKind): SequenceMismatch[] {
    return this.compare(count, (record, rip) => this.makeSequence(record, rip, kind));
  }

  private compare(
    count: number,
    make: (record: CaseRecord, rip: number, index: number) => SequenceBuilder | undefined,
    look: (outcome: Outcome, index: number) => void = () => undefined,
  ): SequenceMismatch[] {
    const mismatches: SequenceMismatch[] = [];
    for (let start = 0; start < count; start += BATCH_CASES) {
      const builders: (SequenceBuilder | undefined)[] = [];
      this.runner.run(
        Math.min(BATCH_CASES, count - start),
        (record, rip, i) => void (builders[i] = make(record, rip, start + i)),
        (outcome, i) => {
          const builder = builders[i];
          if (!builder) return;
          look(outcome, start + i);
          mismatches.push(...this.judge(outcome, builder));
        },
      );
    }
    return mismatches;
  }

  private judge({ before, native, ours }: Outcome, builder: SequenceBuilder): SequenceMismatch[] {
    const flags = builder.undefinedAt.get(native.rip) ?? 0;
    const differences = compareResults({ mode: before.mode, flags, status: 0, ulps: 0n }, native, ours);
    if (differences.length === 0) return [];
    const lines = disassembleAll(before.code.subarray(0, builder.rip - before.rip), before.mode, before.rip);
    const where = `${before.mode}-bit mode; processor stopped at ${native.rip.toString(16)}`;
    const report = [where, ...lines, describeState(before).trim(), ...differences].join("\n  ");
    return [{ report }];
  }

  private lastBreakpoint(before: CaseRecord): number {
    let end = before.code.length;
    while (before.code[end - 1] === 0xcc) end--;
    return before.rip + end + 1;
  }

  /** An empty case when the pair cannot be: the reader would look at an undefined flag. */
  private makePair(record: CaseRecord, rip: number, pair: Pair): SequenceBuilder | undefined {
    const { random, pool } = this.runner;
    const { mode } = pair.writer;
    fillState(record, mode, rip, false, random, pool);
    const builder = new SequenceBuilder(record, random);
    // An instruction before, so that the flags are not always in EFLAGS when the writer runs.
    if (random.oneIn(3)) builder.append(this.pick(mode, /^core$/));
    const placed = appendPair(pair, builder, this.readers(mode), random);
    if (!placed) {
      record.setCode(new Uint8Array(0));
      return undefined;
    }
    if (random.oneIn(2)) relateOperands(placed, record, random, builder.stable);
    builder.finish();
    return builder;
  }

  private makeSequence(record: CaseRecord, rip: number, kind: SequenceKind): SequenceBuilder {
    const { random, pool } = this.runner;
    const mode = random.oneIn(4) ? 32 : 64;
    const family = FLOATING_FAMILY[kind];
    fillState(record, mode, rip, family !== undefined, random, pool);
    const builder = new SequenceBuilder(record, random);
    let jump: PendingJump | undefined;
    const count = 2 + random.below(MOST_INSTRUCTIONS - 1);
    for (let i = 0; i < count; i++) {
      if (jump && random.oneIn(3)) {
        builder.land(jump);
        jump = undefined;
      }
      if (!jump && random.oneIn(6)) jump = builder.appendJump(random.below(CONDITIONS));
      else builder.append(this.pickOfKind(mode, family));
    }
    if (jump) builder.land(jump);
    builder.finish();
    return builder;
  }

  private pickOfKind(mode: Mode, family: string | undefined): Form {
    if (family !== undefined && !this.random.oneIn(3)) return this.pick(mode, new RegExp(`^${family}$`));
    return this.pick(mode, this.random.oneIn(4) ? /^integer$/ : /^core$/);
  }

  private pick(mode: Mode, family: RegExp): Form {
    const key = `${mode} ${family.source}`;
    let forms = this.picked.get(key);
    if (!forms) {
      forms = (this.byMode.get(mode) ?? []).filter((form) => family.test(form.row.family));
      this.picked.set(key, forms);
    }
    for (;;) {
      const form = this.random.pick(forms);
      if (!FAULTING.test(form.row.exec) || this.random.oneIn(10)) return form;
    }
  }
  private readonly picked = new Map<string, readonly Form[]>();

  private readers(mode: Mode): ReadonlyMap<Reader, readonly Form[]> {
    let readers = this.readersByMode.get(mode);
    if (!readers) {
      const forms = this.byMode.get(mode) ?? [];
      readers = new Map(READERS.map((name) => [name, forms.filter(({ row }) => row.exec === name)]));
      this.readersByMode.set(mode, readers);
    }
    return readers;
  }
  private readonly readersByMode = new Map<Mode, ReadonlyMap<Reader, readonly Form[]>>();
}

/** A pair for people. */
export const describePair = ({ writer, reader, condition }: Pair): string =>
  `${describeForm(writer)}, ${reader} with condition ${condition}`;
