/** What single instructions do not show: flags kept from one instruction to the next, and pairs executed as one. */
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { FUSED_COMPARES } from "../../tools/generate/opcodes.js";
import { comparableForms } from "./comparison.js";
import type { Form } from "./forms.js";
import { NativeOracle, oracleUnavailable } from "./native-oracle.js";
import { CONDITIONS, READERS, flagWriters, handlerOf, pairsOf } from "./pairs.js";
import { Random } from "./random.js";
import { SequenceComparison, type SequenceKind, type SequenceMismatch } from "./sequence-comparison.js";

const SEED = 1;
const SHOWN = 3;
/** Cases for each fused compare, form and condition. */
const FUSED_CASES = 80;
const SEQUENCES: Readonly<Record<SequenceKind, number>> = {
  flags: 20_000,
  "general-purpose": 20_000,
  MMX: 3_000,
  SSE: 10_000,
};

const reason = oracleUnavailable();

function assertNone(mismatches: readonly SequenceMismatch[]): void {
  const shown = mismatches.slice(0, SHOWN).map(({ report }) => report);
  assert.equal(mismatches.length, 0, `${mismatches.length} mismatches\n${shown.join("\n")}`);
}

/** Whether a jump with this condition can go both ways: TEST clears OF and CF. */
const goesBothWays = (handler: string, condition: number): boolean =>
  !handler.startsWith("TEST") || condition > 3;

describe("sequences agree with the real processor", { skip: reason ?? false }, () => {
  if (reason !== undefined) return;
  const oracle = new NativeOracle();
  const forms = comparableForms(oracle, [64, 32]);
  const comparison = new SequenceComparison(oracle, SEED, forms);
  const writers = flagWriters(forms, new Random(SEED));
  const fusedNames: readonly string[] = FUSED_COMPARES;
  const isFused = (form: Form): boolean => fusedNames.includes(handlerOf(form));
  after(() => oracle.close());

  it("compares with the conditional jump behind them, as one: both ways, with every condition", () => {
    const directions = new Set<string>();
    const pairs = pairsOf(writers.filter(isFused), ["JCC"]);
    const repeated = pairs.flatMap((pair) => Array.from({ length: FUSED_CASES }, () => pair));
    const faulting = new Set<string>();
    assertNone(
      comparison.comparePairs(repeated, ({ writer, condition }, end) => {
        if (end === "fault") faulting.add(handlerOf(writer));
        else directions.add(`${handlerOf(writer)} ${condition} ${end}`);
      }),
    );
    const spared = fusedNames.filter((handler) => handler.endsWith("M") && !faulting.has(handler));
    assert.deepEqual(spared, [], "every compare with memory faulted");
    const missing = fusedNames.flatMap((handler) =>
      Array.from({ length: CONDITIONS }, (_, condition) => condition)
        .filter((condition) => goesBothWays(handler, condition))
        .flatMap((condition) => [`${handler} ${condition} taken`, `${handler} ${condition} not taken`])
        .filter((direction) => !directions.has(direction)),
    );
    assert.deepEqual(missing, [], "every jump went both ways");
  });

  for (const reader of READERS) {
    it(`every writer of flags with ${reader} of every condition behind it`, () => {
      assertNone(comparison.comparePairs(pairsOf(writers, [reader])));
    });
  }

  for (const [kind, count] of Object.entries(SEQUENCES) as [SequenceKind, number][]) {
    it(`${count} random sequences of ${kind} instructions`, () => {
      assertNone(comparison.compareSequences(count, kind));
    });
  }
});
