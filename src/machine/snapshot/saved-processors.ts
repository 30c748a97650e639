/** The states of all processors and the machine-wide words, as the one layout has them (isa/layout.ts). */
import { machineFields, REGIONS, stateFields, type Field } from "../../../isa/layout.js";
import type { Processor } from "../../processor/index.js";
import { crc32 } from "./crc32.js";

/** What a machine finds out for itself: translated code, TLBs, and how many of them there were. */
const NOT_SAVED = new Set([
  "CPU_COUNT",
  "FRAME_FIRST",
  "FRAME_NEXT",
  "ARENA_NEXT",
  "GENERATION",
  "PHYSICAL_BITS",
  "BLOCKS_DECODED",
  "BLOCKS_DROPPED",
  "ARENA_RESETS",
  "TLB_FILLS",
]);

/** Places of translated code and of TLBs, which the processor finds again: zero in a snapshot. */
const DERIVED = ["CURRENT_RECORD", "CURRENT_BLOCK", "TLB_BASE", "TLB_MODE_BASE", "FETCH_TAG"];

const STATE_BYTES = Math.max(...[...stateFields.values()].map(({ offset, bytes }) => offset + bytes));

/** Tells layouts apart: a state means something only under the layout it was saved with. */
export function layoutFingerprint(): number {
  const describe = (fields: typeof stateFields): string =>
    [...fields.values()].map(({ name, offset, bytes }) => `${name}@${offset}+${bytes}`).join();
  const text = `${JSON.stringify(REGIONS)};${describe(stateFields)};${describe(machineFields)}`;
  return crc32(Uint8Array.from(text, (character) => character.charCodeAt(0)));
}

export interface SavedProcessors {
  /** By processor number. */
  readonly states: Uint8Array[];
  /** The words, in the order of the layout, without those that are not saved. */
  readonly words: Uint8Array;
  readonly cpuidTable: Uint8Array;
}

/** The type that `matchState` checks against. */
export const processorsTemplate = {
  states: [new Uint8Array(STATE_BYTES)],
  words: new Uint8Array(wordPlaces().reduce((sum, { bytes }) => sum + bytes, 0)),
  cpuidTable: new Uint8Array(REGIONS.CPUID_TABLE_SIZE),
};

function wordPlaces(): { address: number; bytes: number }[] {
  return [...machineFields.values()]
    .filter(({ name }) => !NOT_SAVED.has(name))
    .map(({ offset, bytes }) => ({ address: REGIONS.MACHINE + offset, bytes }));
}

export function saveProcessors(processor: Processor, cpuCount: number): SavedProcessors {
  const states = Array.from({ length: cpuCount }, (_, cpu) => saveState(processor, cpu));
  const words = new Uint8Array(processorsTemplate.words.length);
  let at = 0;
  for (const { address, bytes } of wordPlaces()) {
    words.set(processor.bytes.subarray(address, address + bytes), at);
    at += bytes;
  }
  const table = REGIONS.CPUID_TABLE;
  return { states, words, cpuidTable: processor.bytes.slice(table, table + REGIONS.CPUID_TABLE_SIZE) };
}

function saveState(processor: Processor, cpu: number): Uint8Array {
  const address = processor.exports.stateOf(cpu);
  const state = processor.bytes.slice(address, address + STATE_BYTES);
  for (const name of DERIVED) {
    const field = stateFields.get(name) as Field;
    state.fill(0, field.offset, field.offset + field.bytes);
  }
  return state;
}

/** Puts states and words back. What was translated before is of no use any more: `stateRestored` must follow. */
export function restoreProcessors(processor: Processor, saved: SavedProcessors): void {
  let at = 0;
  for (const { address, bytes } of wordPlaces()) {
    processor.bytes.set(saved.words.subarray(at, at + bytes), address);
    at += bytes;
  }
  processor.bytes.set(saved.cpuidTable, REGIONS.CPUID_TABLE);
  // ACTIVE_CPU has just been restored: `stateOf` knows already which state lies in the running one's place.
  saved.states.forEach((state, cpu) => processor.bytes.set(state, processor.exports.stateOf(cpu)));
}
