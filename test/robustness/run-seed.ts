import type { FlatMode } from "../../src/machine/boot/index.js";
import { REGIONS } from "../../isa/layout.js";
import type { Processor } from "../../src/processor/index.js";
import type { SeedMessage } from "./guest-watch.js";
import { randomGuest } from "./random-guest.js";

const MODES: readonly FlatMode[] = ["long64", "protected32", "real", "long64"];
const MAX_INSTRUCTIONS = 300_000;

/** Runs the guest of one seed to its end and looks whether host and engine are whole. */
export async function runSeed(seed: number): Promise<Omit<SeedMessage, "seed">> {
  try {
    const mode = MODES[seed % MODES.length] ?? "real";
    const clock = seed % 5 === 4 ? "real" : "virtual";
    const machine = await randomGuest({ seed, mode, clock, maxInstructions: MAX_INSTRUCTIONS });
    const before = fixedMemory(machine.processor);
    const timer = setTimeout(() => machine.stop(), 1000);
    const { reason } = await machine.run();
    clearTimeout(timer);
    if (!isSame(before, fixedMemory(machine.processor))) return { reason, problem: "the engine's memory was overwritten" };
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
