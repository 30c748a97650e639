/**
 * Compares random cases of all forms with the processor of this computer until the count is reached or something
 * differs: `node dist/test/native/fuzz.js [--count 1000000] [--seed 1] [--only REGEXP] [--keep-going]`.
 */
import { parseArgs } from "node:util";
import { BATCH_CASES, comparableForms, Comparison } from "./comparison.js";
import { describeForm } from "./forms.js";
import { NativeOracle, oracleUnavailable } from "./native-oracle.js";
import { Random } from "./random.js";

const { values } = parseArgs({
  options: {
    count: { type: "string", default: "1000000" },
    seed: { type: "string", default: String(Date.now() & 0x7fff_ffff) },
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
const forms = comparableForms(oracle, [64, 32]).filter((form) =>
  only.test(`${form.row.family} ${form.row.exec} ${describeForm(form)}`),
);
const random = new Random(seed ^ 0x5bd1e995);
const comparison = new Comparison(oracle, seed);
console.log(`${forms.length} forms, ${count} cases, seed ${seed}`);

const found = new Map<string, number>();
for (let done = 0; done < count; done += BATCH_CASES) {
  const batch = Array.from({ length: Math.min(BATCH_CASES, count - done) }, () => random.pick(forms));
  for (const { form, report } of comparison.compare(batch)) {
    const name = `${form.row.family}: ${form.row.exec}`;
    const seen = found.get(name) ?? 0;
    found.set(name, seen + 1);
    if (seen === 0) console.log(report);
    if (!values["keep-going"]) process.exit(1);
  }
}
oracle.close();
for (const [name, times] of found) console.log(`${times} mismatches: ${name}`);
console.log(found.size === 0 ? `${count} cases agree` : `${found.size} handlers differ`);
process.exitCode = found.size === 0 ? 0 : 1;
