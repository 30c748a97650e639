/** Every row of isa/ that a program can execute, compared with the processor of this computer. */
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { BATCH_CASES, comparableForms, Comparison, COMPARED_FAMILIES } from "./comparison.js";
import { describeForm, type Form } from "./forms.js";
import { NativeOracle, oracleUnavailable } from "./native-oracle.js";

const CASES_PER_FORM = 200;
const SEED = 1;
const SHOWN = 3;

const reason = oracleUnavailable();

/** Each form CASES_PER_FORM times, in batches. */
function* batches(forms: readonly Form[]): Generator<Form[]> {
  const all = forms.flatMap((form) => Array.from({ length: CASES_PER_FORM }, () => form));
  for (let start = 0; start < all.length; start += BATCH_CASES) yield all.slice(start, start + BATCH_CASES);
}

function groupByHandler(forms: readonly Form[]): Map<string, Form[]> {
  const groups = new Map<string, Form[]>();
  for (const form of forms) {
    const group = groups.get(form.row.exec);
    if (group) group.push(form);
    else groups.set(form.row.exec, [form]);
  }
  return groups;
}

describe("instructions agree with the real processor", { skip: reason ?? false }, () => {
  if (reason !== undefined) return;
  const oracle = new NativeOracle();
  const comparison = new Comparison(oracle, SEED);
  after(() => oracle.close());

  const forms = comparableForms(oracle, [64, 32]);
  for (const family of COMPARED_FAMILIES) {
    const byHandler = groupByHandler(forms.filter((form) => form.row.family === family));
    describe(`family ${family}`, () => {
      for (const [exec, own] of byHandler) {
        it(`${exec} does what the real processor does (${own.length} forms)`, () => {
          const mismatches = [...batches(own)].flatMap((batch) => comparison.compare(batch));
          const names = [...new Set(mismatches.map(({ form }) => describeForm(form)))];
          const shown = mismatches.slice(0, SHOWN).map(({ report }) => report);
          assert.equal(
            mismatches.length,
            0,
            `${mismatches.length} mismatches in ${names.join("; ")}\n${shown.join("\n")}`,
          );
        });
      }
    });
  }
});
