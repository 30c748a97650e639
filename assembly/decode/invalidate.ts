/** Code that is overwritten: self-modifying and cross-modifying code, DMA. SDM 3A, "Self-Modifying Code". */
import { BLOCKS_DROPPED } from "../generated/layout";
import { OP_EXIT } from "../generated/opcodes";
import { frameBlocks, frameCode } from "../memory/frames";
import { RECORD_BYTES } from "../record";
import {
  BLOCK_BYTE_COUNT, BLOCK_COUNT, BLOCK_FRAME_NEXT, BLOCK_HEADER, BLOCK_HOST, BLOCK_MODE, MODE_DEAD,
} from "./block"; // prettier-ignore

/** The 64-byte pieces that [offset, offset+size) of a page touches, as bits. */
export function pieces(offset: u32, size: u32): u64 {
  const first = offset >> 6;
  const last = min<u32>((offset + size - 1) >> 6, 63);
  return (u64.MAX_VALUE >> (63 - <u64>(last - first))) << (<u64>first);
}

/** Every record becomes "leave the block here", so that even the running block stops after the present instruction. */
function killBlock(block: u32): void {
  store<u8>(block, MODE_DEAD, BLOCK_MODE);
  const count: u32 = load<u16>(block, BLOCK_COUNT);
  for (let i: u32 = 0; i <= count; i++) store<u16>(block + BLOCK_HEADER + i * RECORD_BYTES, <u16>OP_EXIT);
  store<u32>(BLOCKS_DROPPED, load<u32>(BLOCKS_DROPPED) + 1);
}

/** Drops the blocks of a frame that overlap `size` bytes from the host address `host` (within one page). */
export function invalidateCodeAt(host: u32, size: u32): void {
  const map = frameCode(host);
  const touched = pieces(host & 0xfff, size);
  if ((load<u64>(map) & touched) == 0) return;
  let left: u64 = 0;
  let link = frameBlocks(host);
  let block = load<u32>(link);
  while (block != 0) {
    const next = load<u32>(block, BLOCK_FRAME_NEXT);
    const own = blockPieces(block, host);
    if (own & touched) {
      killBlock(block);
      store<u32>(link, next);
    } else {
      left |= own;
      link = block + BLOCK_FRAME_NEXT;
    }
    block = next;
  }
  store<u64>(map, left);
}

/** Pieces of the page of `host` that a block was decoded from. */
function blockPieces(block: u32, host: u32): u64 {
  const start = load<u32>(block, BLOCK_HOST);
  if ((start ^ host) >> 12 != 0) return 0;
  return pieces(start & 0xfff, load<u16>(block, BLOCK_BYTE_COUNT));
}

/** Drops everything decoded from the page (DMA, MMIO remapping). */
export function invalidatePage(host: u32): void {
  if (load<u64>(frameCode(host))) invalidateCodeAt(host & ~0xfff, 4096);
}
