import type { FlatMode } from "../../src/machine/boot/index.js";
import { REGIONS } from "../../isa/layout.js";
import type { Processor } from "../../src/processor/index.js";
import type { SeedMessage } from "./guest-watch.js";
import { randomGuest } from "./random-guest.js";

const MODES: readonly FlatMode[] = ["long64", "protected32", "real", "long64"];
const MAX_INSTRUCTIONS = 300_000;
const STOP_AFTER_MS = 1000;
/** A second is promised; the host may be busy. */
const STOP_TAKES_MOST_MS = 3000;

/** Runs the guest of one seed to its end and looks whether host and engine are whole. */
export async function runSeed(seed: number): Promise<Omit<SeedMessage, "seed">> {
  try {
    const mode = MODES[seed % MODES.length] ?? "real";
    const clock = seed % 5 === 4 ? "real" : "virtual";
    const machine = await randomGuest({ seed, mode, clock, maxInstructions: MAX_INSTRUCTIONS });
    const before = fixedMemory(machine.processor);
    const startMs = Date.now();
    const timer = setTimeout(() => machine.stop(), STOP_AFTER_MS);
    const { reason } = await machine.run();
    clearTimeout(timer);
    const lateMs = Date.now() - startMs - STOP_AFTER_MS;
    if (lateMs > STOP_TAKES_MOST_MS) return { reason, problem: `was stopped ${lateMs} ms too late` };
    if (!isSame(before, fixedMemory(machine.processor)))
      return { reason, problem: "the engine's memory was overwritten" };
    return { reason };
  } catch (error) {
    return { problem: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

/** What no guest may change: the page at 0 and the CPUID table. */
function fixedMemory(processor: Processor): Uint8Array[] {
  const table = processor.bytes.slice(REGIONS.CPUID_TABLE, REGIONS.CPUID_TABLE + REGIONS.CPUID_TABLE_SIZE);
  return [processor.bytes.slice(0, 1024), table];
}

function isSame(before: readonly Uint8Array[], after: readonly Uint8Array[]): boolean {
  return before.every((bytes, index) => Buffer.compare(bytes, after[index] as Uint8Array) === 0);
}
