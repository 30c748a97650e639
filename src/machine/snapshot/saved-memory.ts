/**
 * Guest memory as it lies in the Wasm memory: the frames from FRAME_FIRST to FRAME_NEXT, among them the tables of
 * the physical memory map, each at its own place, and the directory that points at them. Frames of zeros only are
 * left out.
 */
import { REGIONS } from "../../../isa/layout.js";
import type { Processor } from "../../processor/index.js";
import { snapshotError } from "./snapshot-error.js";

export const FRAME_BYTES = 4096;
const FRAME_WORDS = FRAME_BYTES / 4;
/** What no frame may reach: assembly/memory/frames.ts. */
const FRAMES_END = 0xffff_f000;

/** Consecutive frames; `first` counts from FRAME_FIRST. */
export interface FrameRun {
  readonly first: number;
  readonly count: number;
}

/** The runs of frames that are not all zero. */
export function findFrameRuns(processor: Processor): FrameRun[] {
  const words = new Int32Array(processor.bytes.buffer);
  const start = processor.readMachineWord("FRAME_FIRST");
  const count = (processor.readMachineWord("FRAME_NEXT") - start) / FRAME_BYTES;
  const runs: { first: number; count: number }[] = [];
  for (let frame = 0; frame < count; frame++) {
    if (isZero(words, (start + frame * FRAME_BYTES) / 4)) continue;
    const last = runs[runs.length - 1];
    if (last && last.first + last.count === frame) last.count++;
    else runs.push({ first: frame, count: 1 });
  }
  return runs;
}

function isZero(words: Int32Array, start: number): boolean {
  for (let at = start; at < start + FRAME_WORDS; at++) if (words[at] !== 0) return false;
  return true;
}

/** The frames of `runs`, in their order, as views of the processor's memory. */
export function* framesOf(processor: Processor, runs: readonly FrameRun[]): Generator<Uint8Array> {
  const start = processor.readMachineWord("FRAME_FIRST");
  for (const { first, count } of runs) {
    const address = start + first * FRAME_BYTES;
    yield processor.bytes.subarray(address, address + count * FRAME_BYTES);
  }
}

/** The words of the frame directory up to the last that is in use. */
export function saveFrameDirectory(processor: Processor): Uint8Array {
  const { FRAME_DIRECTORY: start, FRAME_DIRECTORY_ENTRIES: entries } = REGIONS;
  let used = entries;
  while (used > 0 && processor.view.getUint32(start + (used - 1) * 4, true) === 0) used--;
  return processor.bytes.slice(start, start + used * 4);
}

/**
 * Puts frames and directory back, in place of all that the processor has now.
 * @throws VmError `snapshot-damaged` when they do not fit
 */
export function restoreFrames(
  processor: Processor,
  saved: { frameNext: number; directory: Uint8Array; runs: readonly FrameRun[]; frames: Uint8Array },
): void {
  const start = processor.readMachineWord("FRAME_FIRST");
  checkFrames(start, saved);
  processor.bytes.fill(0, start, processor.readMachineWord("FRAME_NEXT"));
  let at = 0;
  for (const { first, count } of saved.runs) {
    const size = count * FRAME_BYTES;
    processor.bytes.set(saved.frames.subarray(at, at + size), start + first * FRAME_BYTES);
    at += size;
  }
  const { FRAME_DIRECTORY: directory, FRAME_DIRECTORY_ENTRIES: entries } = REGIONS;
  processor.bytes.fill(0, directory, directory + entries * 4);
  processor.bytes.set(saved.directory, directory);
  processor.writeMachineWord("FRAME_NEXT", saved.frameNext);
}

function checkFrames(start: number, saved: Parameters<typeof restoreFrames>[1]): void {
  const { frameNext, directory, runs } = saved;
  const isNextValid = frameNext % FRAME_BYTES === 0 && frameNext >= start && frameNext <= FRAMES_END;
  const end = (frameNext - start) / FRAME_BYTES;
  const areRunsValid = runs.every(({ first, count }) => first + count <= end);
  if (isNextValid && areRunsValid && directory.length <= REGIONS.FRAME_DIRECTORY_ENTRIES * 4) return;
  throw snapshotError("snapshot-damaged", "the snapshot's memory lies outside the machine's", {
    context: { frameNext, runs: runs.length },
  });
}
