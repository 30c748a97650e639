import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DecodingComparison } from "./run-decoding.js";

const COUNT = 60_000;
const SEED = 7;
const SHOWN = 10;

describe("the decoder agrees with iced-x86", () => {
  const comparison = new DecodingComparison();
  for (const bitness of [16, 32, 64] as const) {
    it(`finds length, instruction and memory operand of ${COUNT} random byte strings in ${bitness}-bit mode`, () => {
      const mismatches = comparison.run(bitness, COUNT, SEED);
      const reports = [...new Map(mismatches.map(({ kind, report }) => [kind, report])).values()];
      assert.equal(
        mismatches.length,
        0,
        `${mismatches.length} mismatches\n${reports.slice(0, SHOWN).join("\n")}`,
      );
    });
  }
});
