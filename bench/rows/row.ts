import type { Engine } from "../engines/engine.js";

/** A number that a run gave. */
export interface Measurement {
  /** What was measured: one line of the report. */
  readonly title: string;
  readonly value: number;
  readonly unit: "s" | "MIPS" | "MiB" | "ratio";
}

/** A thing to measure on each engine: it gives one measurement or more, always the same ones. */
export interface Row {
  /** As --only names it. */
  readonly id: string;
  readonly description: string;
  /** Runs it once. Throws, with the reason, when the engine does not do the work. */
  measure(engine: Engine): Promise<readonly Measurement[]>;
}

/** Whether more of a unit is better; undefined where more is neither. */
export function isMoreBetter(unit: Measurement["unit"]): boolean {
  return unit === "MIPS" || unit === "ratio";
}
