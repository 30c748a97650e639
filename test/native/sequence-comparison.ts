/** Makes pairs and sequences, runs them on the real processor and on ours, and collects what differs. */
import { NO_EXCEPTION, type CaseRecord } from "./case-record.js";
import { BATCH_CASES, CaseRunner, type Outcome } from "./case-runner.js";
import { compareResults } from "./compare.js";
import { describeState } from "./comparison.js";
import { disassembleAll } from "./disassembly.js";
import { FormPicker } from "./form-picker.js";
import type { Form, Mode } from "./forms.js";
import { fillState } from "./generate-case.js";
import type { NativeOracle } from "./native-oracle.js";
import { CONDITIONS, appendPair, relateOperands, type Pair } from "./pairs.js";
import { SequenceBuilder, type PendingJump } from "./sequence-builder.js";
import type { Random } from "./random.js";

export const SEQUENCE_KINDS = ["flags", "general-purpose", "MMX", "SSE"] as const;
export type SequenceKind = (typeof SEQUENCE_KINDS)[number];
const FLOATING_GROUP = {
  flags: undefined,
  "general-purpose": undefined,
  MMX: "mmx",
  SSE: "sse",
} as const;
const MOST_INSTRUCTIONS = 12;
/** One memory operand in so many lies where accesses begin to fail. */
const PAIR_EDGE_ODDS = 8;
const SEQUENCE_EDGE_ODDS = 40;

export interface SequenceMismatch {
  readonly report: string;
}

/** What a pair with a jump did natively. */
export type JumpSeen = (pair: Pair, end: "taken" | "not taken" | "fault") => void;

export class SequenceComparison {
  private readonly runner: CaseRunner;
  private readonly picker: FormPicker;

  /** `forms`: what sequences are made of; those that cannot be part of one are left out. */
  constructor(oracle: NativeOracle, seed: number, forms: readonly Form[]) {
    this.runner = new CaseRunner(oracle, seed);
    this.picker = new FormPicker(forms, this.runner.random);
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
        if (native.vector !== NO_EXCEPTION) seen(pair, "fault");
        else if (pair.reader === "JCC")
          seen(pair, this.lastBreakpoint(before) === native.rip ? "taken" : "not taken");
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
    const builder = new SequenceBuilder(record, random, PAIR_EDGE_ODDS);
    // An instruction before, so that the flags are not always in EFLAGS when the writer runs.
    if (random.oneIn(2)) builder.append(this.picker.pick(mode, "flags"));
    const placed = appendPair(pair, builder, this.picker);
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
    fillState(record, mode, rip, FLOATING_GROUP[kind] !== undefined, random, pool);
    const builder = new SequenceBuilder(record, random, SEQUENCE_EDGE_ODDS);
    let jump: PendingJump | undefined;
    const count = 2 + random.below(MOST_INSTRUCTIONS - 1);
    for (let i = 0; i < count; i++) {
      if (jump && random.oneIn(3)) {
        builder.land(jump);
        jump = undefined;
      }
      if (!jump && random.oneIn(6)) jump = builder.appendJump(random.below(CONDITIONS));
      else builder.append(this.pickOfKind(mode, kind));
    }
    if (jump) builder.land(jump);
    builder.finish();
    return builder;
  }

  private pickOfKind(mode: Mode, kind: SequenceKind): Form {
    const { random, picker } = this;
    if (kind === "flags" && !random.oneIn(8)) return picker.pick(mode, "flags");
    const floating = FLOATING_GROUP[kind];
    if (floating !== undefined && !random.oneIn(3)) return picker.pick(mode, floating);
    return picker.pick(mode, random.oneIn(3) ? "integer" : "core");
  }
}
