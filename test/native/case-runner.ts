/** Runs batches of cases on the real processor and on ours. */
import { CODE_ADDRESS, CaseRecord, RECORD, SLOT_BYTES } from "./case-record.js";
import { EmulatedMachine } from "./emulated-machine.js";
import type { NativeOracle } from "./native-oracle.js";
import { Random } from "./random.js";
import { ValuePool } from "./values.js";

/** Cases in one run of the helper. */
export const BATCH_CASES = 4096;

/** One case as both processors saw it. */
export interface Outcome {
  readonly before: CaseRecord;
  readonly native: CaseRecord;
  /** Valid until the next case. */
  readonly ours: CaseRecord;
}

export class CaseRunner {
  readonly random: Random;
  readonly pool: ValuePool;
  private readonly machine = EmulatedMachine.load(BATCH_CASES);

  constructor(
    private readonly oracle: NativeOracle,
    readonly seed: number,
  ) {
    this.random = new Random(seed);
    this.pool = new ValuePool(this.random);
  }

  /** Makes `count` (at most BATCH_CASES) cases, runs them, and shows each to `look`. */
  run(
    count: number,
    make: (record: CaseRecord, rip: number, index: number) => void,
    look: (outcome: Outcome, index: number) => void,
  ): void {
    const batch = new Uint8Array(count * RECORD.BYTES);
    const records = Array.from({ length: count }, (_, i) => {
      const record = new CaseRecord(batch, i);
      make(record, CODE_ADDRESS + i * SLOT_BYTES, i);
      return record;
    });
    const native = this.oracle.run(batch);
    this.machine.loadCode(records);
    const ours = new CaseRecord(new Uint8Array(RECORD.BYTES), 0);
    records.forEach((before, i) => {
      ours.bytes.set(before.bytes);
      this.machine.run(ours);
      look({ before, native: new CaseRecord(native, i), ours }, i);
    });
  }
}
