/**
 * Compares random cases of all forms with the processor of this computer until the count is reached or something
 * differs: `node dist/test/native/fuzz.js [--sequences] [--count 1000000] [--seed 1] [--only REGEXP] [--keep-going]`.
 * With --sequences: pairs of a writer and a reader of flags, and sequences of up to 12 instructions.
 */
import { parseArgs } from "node:util";
import { BATCH_CASES, comparableForms, Comparison } from "./comparison.js";
import { describeForm } from "./forms.js";
import { NativeOracle, oracleUnavailable } from "./native-oracle.js";
import { READERS, flagWriters, pairsOf } from "./pairs.js";
import { Random } from "./random.js";
import { SEQUENCE_KINDS, SequenceComparison } from "./sequence-comparison.js";

const { values } = parseArgs({
  options: {
    count: { type: "string", default: "1000000" },
    seed: { type: "string", default: String(Date.now() & 0x7fff_ffff) },
    sequences: { type: "boolean", default: false },
    only: { type: "string", default: "" },
    "keep-going": { type: "boolean", default: false },
  },
});

const reason = oracleUnavailable();
if (reason !== undefined) {
  console.log(`skipped: ${reason}`);
  process.exit(0);
}

const count = Number(values.count);
const seed = Number(values.seed);
const oracle = new NativeOracle();
const only = new RegExp(values.only);
const comparable = comparableForms(oracle, [64, 32]);
const forms = comparable.filter((form) =>
  only.test(`${form.row.family} ${form.row.exec} ${describeForm(form)}`),
);
const random = new Random(seed ^ 0x5bd1e995);
const found = new Map<string, number>();

/** Prints the first report of each name; ends unless --keep-going. */
function note(name: string, report: string): void {
  const seen = found.get(name) ?? 0;
  found.set(name, seen + 1);
  if (seen === 0) console.log(report);
  if (!values["keep-going"]) process.exit(1);
}

function fuzzForms(): void {
  const comparison = new Comparison(oracle, seed);
  for (let done = 0; done < count; done += BATCH_CASES) {
    const batch = Array.from({ length: Math.min(BATCH_CASES, count - done) }, () => random.pick(forms));
    for (const { form, report } of comparison.compare(batch))
      note(`${form.row.family}: ${form.row.exec}`, report);
  }
}

/** Pairs and the kinds of sequences by turns; with --only, pairs with these writers. */
function fuzzSequences(): void {
  const comparison = new SequenceComparison(oracle, seed, comparable);
  const pairs = pairsOf(flagWriters(forms, random), READERS);
  for (let done = 0; done < count; done += BATCH_CASES) {
    const size = Math.min(BATCH_CASES, count - done);
    const kind = values.only === "" ? random.pick(["pairs", ...SEQUENCE_KINDS] as const) : "pairs";
    const mismatches =
      kind === "pairs"
        ? comparison.comparePairs(Array.from({ length: size }, () => random.pick(pairs)))
        : comparison.compareSequences(size, kind);
    for (const { report } of mismatches) note(kind, report);
  }
}

console.log(`${forms.length} forms, ${count} cases, seed ${seed}`);
if (values.sequences) fuzzSequences();
else fuzzForms();
oracle.close();
for (const [name, times] of found) console.log(`${times} mismatches: ${name}`);
console.log(found.size === 0 ? `${count} cases agree` : `${found.size} handlers or kinds differ`);
process.exitCode = found.size === 0 ? 0 : 1;
