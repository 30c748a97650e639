/** Makes cases, runs them on the real processor and on ours, and collects what differs. */
import { instructions } from "../../isa/instructions/index.js";
import { CODE_ADDRESS, CaseRecord, RECORD, SLOT_BYTES } from "./case-record.js";
import { compareResults } from "./compare.js";
import { disassemble } from "./disassembly.js";
import { EmulatedMachine } from "./emulated-machine.js";
import { describeForm, formsOf, type Form, type Mode } from "./forms.js";
import { generateCase } from "./generate-case.js";
import { isIncomparable } from "./known-differences.js";
import type { NativeOracle } from "./native-oracle.js";
import { Random } from "./random.js";
import { ValuePool } from "./values.js";

/** Cases in one run of the helper. */
export const BATCH_CASES = 4096;
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

function describeState(record: CaseRecord): string {
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
  private readonly machine = EmulatedMachine.load(BATCH_CASES);
  private readonly random: Random;
  private readonly pool: ValuePool;

  constructor(
    private readonly oracle: NativeOracle,
    readonly seed: number,
  ) {
    this.random = new Random(seed);
    this.pool = new ValuePool(this.random);
  }

  /** Runs one case for each element of `forms` (at most BATCH_CASES); returns the mismatches. */
  compare(forms: readonly Form[]): Mismatch[] {
    const batch = new Uint8Array(forms.length * RECORD.BYTES);
    const records = forms.map((form, i) => {
      const record = new CaseRecord(batch, i);
      generateCase(form, CODE_ADDRESS + i * SLOT_BYTES, record, this.random, this.pool);
      return record;
    });
    const native = this.oracle.run(batch);
    this.machine.loadCode(records);
    const ours = new CaseRecord(new Uint8Array(RECORD.BYTES), 0);
    const mismatches: Mismatch[] = [];
    forms.forEach((form, i) => {
      const before = records[i] as CaseRecord;
      const expected = new CaseRecord(native, i);
      ours.bytes.set(before.bytes);
      this.machine.run(ours);
      const differences = compareResults(form, expected, ours);
      if (differences.length === 0 || isIncomparable(form, before, expected, ours)) return;
      mismatches.push({ form, report: this.report(form, before, differences) });
    });
    return mismatches;
  }

  private report(form: Form, before: CaseRecord, differences: readonly string[]): string {
    const text = disassemble(before.code, form.mode, before.rip);
    return `${describeForm(form)}\n  ${text}\n${describeState(before)}\n  ${differences.join("\n  ")}`;
  }
}
