import type { ConsoleLine } from "../engines/console-log.js";

/** What the guest program (guest/loops.asm) printed about one loop. */
export interface LoopResult {
  readonly name: string;
  readonly instructions: number;
  /** Hexadecimal; has to be the same on every engine that did the same work. */
  readonly check: string;
  readonly elapsedMs: number;
}

/** From here on the host's clock is the one to trust: the error of when lines arrive is below 2 %. */
const hostClockFromMs = 500;

const resultPattern = /^loop (\S+) instructions=(\d+) ns=(\d+) check=([0-9a-f]{16})$/;

/** Millions of instructions per second. */
export function mipsOf(result: LoopResult): number {
  return result.instructions / (result.elapsedMs * 1000);
}

/**
 * The loops among the console's lines. A loop's time is what the host's clock says between its start and its
 * end, when that is long; short ones are timed by the guest's clock (which in an emulator that counts
 * instructions for time, as Bochs does, would be worth nothing).
 */
export function parseLoopResults(lines: readonly ConsoleLine[]): LoopResult[] {
  const arrivals = new Map<string, number>();
  const results: LoopResult[] = [];
  for (const { text, atMs } of lines) {
    const match = resultPattern.exec(text);
    if (match === null) {
      if (text.startsWith("loop ")) arrivals.set(text, atMs);
      continue;
    }
    const [, name = "", instructions, ns, check = ""] = match;
    const hostMs = (arrivals.get(`loop ${name} end`) ?? NaN) - (arrivals.get(`loop ${name} start`) ?? NaN);
    const elapsedMs = hostMs >= hostClockFromMs ? hostMs : Number(ns) / 1e6;
    results.push({ name, instructions: Number(instructions), check, elapsedMs });
  }
  return results;
}
