/** Makes cases, runs them on the real processor and on ours, and collects what differs. */
import { instructions } from "../../isa/instructions/index.js";
import type { CaseRecord } from "./case-record.js";
import { CaseRunner } from "./case-runner.js";
import { compareResults, latitudeOf } from "./compare.js";
import { disassemble } from "./disassembly.js";
import { describeForm, formsOf, type Form, type Mode } from "./forms.js";
import { generateCase } from "./generate-case.js";
import { isIncomparable } from "./known-differences.js";
import type { NativeOracle } from "./native-oracle.js";

export { BATCH_CASES } from "./case-runner.js";
export const COMPARED_FAMILIES = ["core", "integer", "string", "x87", "mmx", "sse"] as const;

export interface Mismatch {
  readonly form: Form;
  /** Everything a person needs: the instruction, the state before, the differences. */
  readonly report: string;
}

/** Forms of all rows that can be compared, in the modes given. */
export function comparableForms(oracle: NativeOracle, modes: readonly Mode[]): Form[] {
  const families: readonly string[] = COMPARED_FAMILIES;
  return instructions
    .filter(
      (row) =>
        families.includes(row.family) &&
        !row.attributes.notNative &&
        oracle.hasFeature(row.attributes.feature),
    )
    .flatMap((row) => modes.flatMap((mode) => formsOf(row, mode)));
}

export function describeState(record: CaseRecord): string {
  const registers = Array.from({ length: 16 }, (_, i) => record.gpr(i).toString(16)).join(" ");
  const lines = [
    `  before: GPR ${registers}`,
    `  flags ${record.rflags.toString(16)}, code at ${record.rip.toString(16)}`,
  ];
  if (record.usesFpu) {
    lines.push(`  FX ${Buffer.from(record.fx.subarray(0, 160)).toString("hex")}`);
    lines.push(`  XMM ${Buffer.from(record.fx.subarray(160)).toString("hex")}`);
  }
  return lines.join("\n");
}

export class Comparison {
  private readonly runner: CaseRunner;

  constructor(oracle: NativeOracle, seed: number) {
    this.runner = new CaseRunner(oracle, seed);
  }

  /** Runs one case for each element of `forms` (at most BATCH_CASES); returns the mismatches. */
  compare(forms: readonly Form[]): Mismatch[] {
    const { random, pool } = this.runner;
    const mismatches: Mismatch[] = [];
    this.runner.run(
      forms.length,
      (record, rip, i) => generateCase(forms[i] as Form, rip, record, random, pool),
      ({ before, native, ours }, i) => {
        const form = forms[i] as Form;
        const differences = compareResults(latitudeOf(form, native), native, ours);
        if (differences.length === 0 || isIncomparable(form, before, native, ours)) return;
        mismatches.push({ form, report: this.report(form, before, differences) });
      },
    );
    return mismatches;
  }

  private report(form: Form, before: CaseRecord, differences: readonly string[]): string {
    const text = disassemble(before.code, form.mode, before.rip);
    return `${describeForm(form)}\n  ${text}\n${describeState(before)}\n  ${differences.join("\n  ")}`;
  }
}
