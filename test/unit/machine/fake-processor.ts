import type { Processor } from "../../../src/processor/index.js";
import { runReason } from "../../../src/processor/index.js";

/** How a fake slice goes: retired instructions and why it came back. */
export interface FakeSlice {
  retired: number;
  reason: number;
}

/** The part of a processor that the scheduler uses; `plan` says how each slice goes. */
export class FakeProcessor {
  readonly slices: { cpu: number; budget: number }[] = [];
  readonly words = new Map<string, bigint>();
  readonly #retired: number[];
  #active = 0;

  constructor(
    cpuCount: number,
    readonly plan: (cpu: number, budget: number) => FakeSlice = (_cpu, budget) => ({
      retired: budget,
      reason: runReason.budget,
    }),
  ) {
    this.#retired = new Array<number>(cpuCount).fill(0);
  }

  readonly exports = {
    selectCpu: (cpu: number): void => {
      this.#active = cpu;
    },
    run: (budget: number): number => {
      this.slices.push({ cpu: this.#active, budget });
      const { retired, reason } = this.plan(this.#active, budget);
      this.#retired[this.#active]! += retired;
      return reason;
    },
  };

  /** Virtual time as the processor computes it: CLOCK_BASE + retired instructions of the active processor. */
  nowNs(): number {
    return Number(this.words.get("CLOCK_BASE") ?? 0n) + this.#retired[this.#active]!;
  }

  readState64(cpu: number): bigint {
    return BigInt(this.#retired[cpu]!);
  }
  readState32(): number {
    return 0;
  }
  readMachineWord(): number {
    return this.#active;
  }
  writeMachineWord64(name: string, value: bigint): void {
    this.words.set(name, value);
  }

  get asProcessor(): Processor {
    return this as unknown as Processor;
  }
}
