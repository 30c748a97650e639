/** From RIP to a block: jump cache, then translation and hash, then the decoder. */
import {
  ABORT, ARENA, ARENA_END, ARENA_NEXT, ARENA_RESETS, BLOCK_HASH, BLOCK_HASH_ENTRIES, BLOCK_RIP, BLOCKS_DECODED, CPU_COUNT,
  CPU_INDEX, CPU_STATES, DECODE_MODE, FETCH_TAG, FRAME_BLOCKS, FRAME_CODE, JUMP_CACHE, JUMP_CACHE_ENTRIES, RIP, STATE,
  STATE_SIZE,
} from "../generated/layout"; // prettier-ignore
import { OP_EXIT, OP_NEXT } from "../generated/opcodes";
import { raiseGp0, raiseUd } from "../faults";
import { fetchPointer, wrap } from "../memory/access";
import { frameBlocks, frameCode } from "../memory/frames";
import { writeProtectFrame, writeProtectFrameOfCpu } from "../memory/tlb";
import { RECORD_BYTES, SEGMENT_CS } from "../record";
import { isLong64, MODE_64, segmentBase, segmentLimit } from "../registers";
import {
  BLOCK_BYTE_COUNT, BLOCK_COUNT, BLOCK_CROSSES, BLOCK_FLAGS, BLOCK_FRAME_NEXT, BLOCK_HASH_NEXT, BLOCK_HEADER, BLOCK_HOST,
  BLOCK_MODE, BLOCK_NO_LINK, BLOCK_TAIL_COUNT, MAX_INSTRUCTIONS, MODE_DEAD, MODE_SINGLE,
} from "./block"; // prettier-ignore
import { decodedEnds, decodeInstruction, NEEDS_MORE } from "./decoder";
import { fuse } from "./fuse";
import { pieces } from "./invalidate";

/** Room of the largest block: header, records, the record that leaves it, the bytes of a second page. */
const BLOCK_MAX: u32 = BLOCK_HEADER + (MAX_INSTRUCTIONS + 2) * RECORD_BYTES;
/** Bytes of an instruction that lies on two pages. */
const CROSSING_BUFFER: usize = memory.data(32);

// @ts-ignore: decorator
@inline function jumpCacheSlot(linear: u64): u32 {
  const low = <u32>linear;
  return JUMP_CACHE + ((low ^ (low >> 13)) & (JUMP_CACHE_ENTRIES - 1)) * 16;
}
// @ts-ignore: decorator
@inline function hashSlot(host: u32, mode: u32): u32 {
  return BLOCK_HASH + ((host ^ (host >> 14) ^ (mode << 13)) & (BLOCK_HASH_ENTRIES - 1)) * 4;
}

/** Linear address of an instruction at `rip`. */
// @ts-ignore: decorator
@inline function linearOf(rip: u64): u64 {
  return isLong64() ? rip : wrap((segmentBase(SEGMENT_CS) + rip) & 0xffffffff);
}

/** The block at RIP for `mode` (DECODE_MODE, perhaps + MODE_SINGLE); 0: a fault was announced. */
export function findBlock(mode: u32): u32 {
  const rip = load<u64>(RIP);
  const linear = linearOf(rip);
  const cached = jumpCacheSlot(linear);
  if (mode < MODE_SINGLE && load<u64>(cached) == linear && load<u32>(cached, 8) == load<u32>(FETCH_TAG)) {
    const block = load<u32>(cached, 12);
    if (load<u8>(block, BLOCK_MODE) == <u8>mode && isWithinLimit(block, rip)) return block;
  }
  const host = fetchPointer(linear);
  if (host == 0) {
    if (load<u32>(ABORT) == 0) raiseUd(); // no memory there: bytes of all ones are no instruction
    return 0;
  }
  let block = findInChain(linear, host, mode);
  if (load<u32>(ABORT)) return 0;
  if (block == 0) {
    block = decodeBlock(linear, host, mode);
    if (block == 0) return 0;
  }
  if (!isWithinLimit(block, rip)) {
    if (mode < MODE_SINGLE) return findBlock(mode + MODE_SINGLE);
    raiseGp0(); // SDM 3A, "Limit Checking"
    return 0;
  }
  if (mode < MODE_SINGLE && (load<u8>(block, BLOCK_FLAGS) & BLOCK_CROSSES) == 0) {
    store<u64>(cached, linear);
    store<u32>(cached, load<u32>(FETCH_TAG), 8);
    store<u32>(cached, block, 12);
  }
  return block;
}

/**
 * The block in the hash's chain, or 0 (there is none, or a fault was announced). What is dead, or crosses into bytes
 * that are others now, leaves the chain: code that modifies itself for ever would make it ever longer.
 */
function findInChain(linear: u64, host: u32, mode: u32): u32 {
  let link = hashSlot(host, mode);
  let block = load<u32>(link);
  while (block != 0) {
    const next = load<u32>(block, BLOCK_HASH_NEXT);
    let isStale = load<u8>(block, BLOCK_MODE) == MODE_DEAD;
    if (load<u32>(block) == host && load<u8>(block, BLOCK_MODE) == <u8>mode) {
      if (tailMatches(block, linear)) return block;
      if (load<u32>(ABORT)) return 0;
      isStale = true;
    }
    if (isStale) store<u32>(link, next);
    else link = block + BLOCK_HASH_NEXT;
    block = next;
  }
  return 0;
}

function isWithinLimit(block: u32, rip: u64): bool {
  if (isLong64()) return true;
  const bytes = <u64>load<u16>(block, BLOCK_BYTE_COUNT) + <u64>load<u16>(block, BLOCK_TAIL_COUNT);
  return rip + bytes - 1 <= <u64>segmentLimit(SEGMENT_CS);
}

/** 64-bit mode's short cut of `nextBlock`: the block that the jump cache has for `target`, or 0. */
// @ts-ignore: decorator
@inline export function cachedBlock(block: u32, target: u64): u32 {
  const cached = jumpCacheSlot(target);
  if (load<u64>(cached) != target || load<u32>(cached, 8) != load<u32>(FETCH_TAG)) return 0;
  const next = load<u32>(cached, 12);
  return load<u8>(block, BLOCK_MODE) == MODE_64 && load<u8>(next, BLOCK_MODE) == MODE_64 ? next : 0;
}

/**
 * Where execution goes on after a jump of `block` to `target`: links the two where that is safe for ever (both on
 * the page that is being executed). 0: RIP is set and the dispatcher must look.
 */
export function nextBlock(block: u32, slot: u32, target: u64): u32 {
  const from = load<u64>(BLOCK_RIP);
  store<u64>(RIP, target);
  const mode: u32 = load<u8>(block, BLOCK_MODE);
  if (mode >= MODE_SINGLE) return 0;
  const resets = load<u32>(ARENA_RESETS);
  const next = findBlock(load<u32>(DECODE_MODE));
  // After a reset of the arena `block` is no more.
  if (next == 0 || resets != load<u32>(ARENA_RESETS) || load<u8>(next, BLOCK_MODE) >= <u8>MODE_SINGLE)
    return 0;
  if (slot != BLOCK_NO_LINK && isLinkable(from, target) && (load<u8>(next, BLOCK_FLAGS) & BLOCK_CROSSES) == 0)
    store<u32>(block + slot, next);
  return next;
}

function isLinkable(from: u64, target: u64): bool {
  if ((from ^ target) >> 12 != 0) return false;
  return isLong64() || (segmentLimit(SEGMENT_CS) == 0xffffffff && (segmentBase(SEGMENT_CS) & 0xfff) == 0);
}

/** A crossing block holds only while the second page's bytes are what they were. */
function tailMatches(block: u32, linear: u64): bool {
  if ((load<u8>(block, BLOCK_FLAGS) & BLOCK_CROSSES) == 0) return true;
  const second = fetchPointer(wrap((linear | 0xfff) + 1));
  if (second == 0) return false;
  const count: u32 = load<u16>(block, BLOCK_TAIL_COUNT);
  return memory.compare(second, block + BLOCK_HEADER + 2 * RECORD_BYTES, count) == 0;
}

/** Forgets every block. Only between blocks. */
export function resetArena(): void {
  memory.fill(BLOCK_HASH, 0, BLOCK_HASH_ENTRIES * 4);
  memory.fill(JUMP_CACHE, 0, JUMP_CACHE_ENTRIES * 16);
  // Only frames that hold blocks have anything to forget.
  let block = ARENA;
  while (block < load<u32>(ARENA_NEXT)) {
    const host = load<u32>(block, BLOCK_HOST);
    store<u32>(frameBlocks(host), 0);
    store<u64>(frameCode(host), 0);
    block += sizeOfBlock(block);
  }
  store<u32>(ARENA_NEXT, ARENA);
  store<u32>(ARENA_RESETS, load<u32>(ARENA_RESETS) + 1);
}

function sizeOfBlock(block: u32): u32 {
  const extra: u32 = (load<u8>(block, BLOCK_FLAGS) & BLOCK_CROSSES) != 0 ? 2 : 1;
  return BLOCK_HEADER + (<u32>load<u16>(block, BLOCK_COUNT) + extra) * RECORD_BYTES;
}

function decodeBlock(linear: u64, host: u32, mode: u32): u32 {
  if (load<u32>(ARENA_NEXT) + BLOCK_MAX > ARENA_END) resetArena();
  const block = load<u32>(ARENA_NEXT);
  const codeMode = mode & ~MODE_SINGLE;
  const onPage: u32 = 4096 - (host & 0xfff);
  const most: u32 = mode >= MODE_SINGLE ? 1 : MAX_INSTRUCTIONS;
  memory.fill(block, 0, BLOCK_HEADER);
  let r = block + BLOCK_HEADER;
  let count: u32 = 0;
  let offset: u32 = 0;
  let ends = false;
  while (count < most && offset < onPage && !ends) {
    const length = decodeInstruction(host + offset, onPage - offset, codeMode, r, offset);
    if (length == NEEDS_MORE) break;
    ends = decodedEnds;
    offset += <u32>length;
    count++;
    r += RECORD_BYTES;
  }
  if (count > 1) fuse(r - 2 * RECORD_BYTES, r - RECORD_BYTES);
  let tail: u32 = 0;
  if (count == 0) {
    tail = decodeCrossing(linear, host, onPage, codeMode, block + BLOCK_HEADER);
    if (tail == 0) return 0;
    store<u8>(block, BLOCK_CROSSES, BLOCK_FLAGS);
    memory.copy(block + BLOCK_HEADER + 2 * RECORD_BYTES, CROSSING_BUFFER + onPage, tail);
    count = 1;
    offset = onPage;
    r += RECORD_BYTES;
  }
  memory.fill(r, 0, RECORD_BYTES);
  store<u16>(r, <u16>OP_NEXT);
  store<u16>(r, <u16>(offset + tail), 4);
  store<u32>(block, host, BLOCK_HOST);
  store<u8>(block, <u8>mode, BLOCK_MODE);
  store<u16>(block, <u16>count, BLOCK_COUNT);
  store<u16>(block, <u16>offset, BLOCK_BYTE_COUNT);
  store<u16>(block, <u16>tail, BLOCK_TAIL_COUNT);
  enter(block, host, mode, offset);
  return block;
}

/** Decodes an instruction that reaches into the next page; the number of its bytes there, 0: fault announced. */
function decodeCrossing(linear: u64, host: u32, onPage: u32, codeMode: u32, r: u32): u32 {
  const second = fetchPointer(wrap((linear | 0xfff) + 1));
  if (second == 0) {
    if (load<u32>(ABORT) == 0) raiseUd();
    return 0;
  }
  memory.copy(CROSSING_BUFFER, host, onPage);
  memory.copy(CROSSING_BUFFER + onPage, second, 15 - min<u32>(onPage, 14));
  const length = decodeInstruction(<u32>CROSSING_BUFFER, 15, codeMode, r, 0);
  // What is undefined for its ModRM byte ends before it, yet depends on that byte of the second page.
  return max<u32>(<u32>length, onPage + 1) - onPage;
}

/** Hangs a block into hash and frame list; the frame is write-protected when it had none. */
function enter(block: u32, host: u32, mode: u32, bytes: u32): void {
  const slot = hashSlot(host, mode);
  store<u32>(block, load<u32>(slot), BLOCK_HASH_NEXT);
  store<u32>(slot, block);
  const list = frameBlocks(host);
  if (load<u32>(list) == 0) protectFrame(host & ~0xfff);
  store<u32>(block, load<u32>(list), BLOCK_FRAME_NEXT);
  store<u32>(list, block);
  const map = frameCode(host);
  store<u64>(map, load<u64>(map) | pieces(host & 0xfff, bytes));
  store<u32>(ARENA_NEXT, block + sizeOfBlock(block));
  store<u32>(BLOCKS_DECODED, load<u32>(BLOCKS_DECODED) + 1);
}

function protectFrame(frame: u32): void {
  writeProtectFrame(frame);
  const cpus = load<u32>(CPU_COUNT);
  const active = load<u32>(CPU_INDEX);
  for (let cpu: u32 = 0; cpu < cpus; cpu++) {
    if (cpu != active) writeProtectFrameOfCpu(cpu, CPU_STATES + cpu * STATE_SIZE - STATE, frame);
  }
}
