/**
 * Physical memory: which physical pages are RAM, and where in the Wasm memory their frames lie.
 * A frame is given on first touch, so pages that a guest never touches cost nothing.
 *
 * A word of the second-level table:  31 … 12 frame address (0: none yet) | 2 overlaid by MMIO | 1 ROM | 0 RAM or ROM
 */
import {
  A20_MASK, FRAME_BLOCKS, FRAME_CODE, FRAME_DIRECTORY, FRAME_DIRECTORY_ENTRIES, FRAME_NEXT, OUT_OF_FRAMES,
} from "../generated/layout"; // prettier-ignore

export const FRAME_RAM: u32 = 1;
export const FRAME_ROM: u32 = 2;
export const FRAME_MMIO: u32 = 4;
const TABLE_BYTES: u32 = 2048;

/** Set by the last `frameFor`: the page takes no writes. */
export let frameIsRom: bool = false;

function takeFrame(): u32 {
  const frame = load<u32>(FRAME_NEXT);
  if (frame >= 0xfffff000) {
    store<u32>(OUT_OF_FRAMES, 1);
    return 0;
  }
  store<u32>(FRAME_NEXT, frame + 4096);
  return frame;
}

/** Address of the word of a physical page, or 0 when its 2 MiB have no table. */
function pageWord(physical: u64): u32 {
  const chunk = physical >> 21;
  if (chunk >= <u64>FRAME_DIRECTORY_ENTRIES) return 0;
  const table = load<u32>(FRAME_DIRECTORY + <u32>chunk * 4);
  if (table == 0) return 0;
  return table + (((<u32>(physical >> 12)) & 511) << 2);
}

function pageWordForSetup(physical: u64): u32 {
  const chunk = <u32>(physical >> 21);
  const slot = FRAME_DIRECTORY + chunk * 4;
  if (load<u32>(slot) == 0) {
    // A 4 KiB frame holds two tables: the neighbour's slot takes the other half.
    const frame = takeFrame();
    const even = FRAME_DIRECTORY + (chunk & ~1) * 4;
    store<u32>(even, frame);
    store<u32>(even + 4, frame + TABLE_BYTES);
  }
  return pageWord(physical);
}

/** Says what `count` physical pages from `firstPage` on are: FRAME_RAM, FRAME_RAM | FRAME_ROM, or 0. Keeps their frames. */
export function setPages(firstPage: u32, count: u32, kind: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    const word = pageWordForSetup((<u64>firstPage + <u64>i) << 12);
    store<u32>(word, (load<u32>(word) & ~7) | kind);
  }
}

/** Lays MMIO over `count` pages, or takes it away. */
export function setMmioPages(firstPage: u32, count: u32, isMmio: bool): void {
  for (let i: u32 = 0; i < count; i++) {
    const word = pageWordForSetup((<u64>firstPage + <u64>i) << 12);
    const old = load<u32>(word);
    store<u32>(word, isMmio ? old | FRAME_MMIO : old & ~FRAME_MMIO);
  }
}

/** Frame address of a physical page, allocating on first touch; 0 when it is not memory. */
export function frameFor(physical: u64): u32 {
  const word = pageWord(physical & (<u64>(<i64>(<i32>load<u32>(A20_MASK)))));
  if (word == 0) return 0;
  const entry = load<u32>(word);
  if ((entry & (FRAME_RAM | FRAME_MMIO)) != FRAME_RAM) return 0;
  frameIsRom = (entry & FRAME_ROM) != 0;
  const frame = entry & 0xfffff000;
  if (frame) return frame;
  const fresh = takeFrame();
  if (fresh) store<u32>(word, fresh | entry);
  return fresh;
}

/** Whether a physical page has a frame already (its contents are not all zero by construction). */
export function hasFrame(physical: u64): bool {
  const word = pageWord(physical);
  return word != 0 && (load<u32>(word) & 0xfffff000) != 0;
}

/** Head of the list of blocks decoded from a frame. */
// @ts-ignore: decorator
@inline export function frameBlocks(host: u32): u32 {
  return FRAME_BLOCKS + (host >> 12) * 4;
}
/** The 64-bit map of a frame's 64-byte pieces that hold decoded instructions. */
// @ts-ignore: decorator
@inline export function frameCode(host: u32): u32 {
  return FRAME_CODE + (host >> 12) * 8;
}
