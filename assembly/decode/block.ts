/**
 * A block: instructions decoded from one physical page, in the order they run, linked to those that follow.
 *
 * Header, 32 bytes, then records of 32 bytes:
 *   0 u32 host address of its first byte    12 u32 next block of the same frame
 *   4 u8  mode it was decoded in (DEAD: its code was overwritten)
 *   5 u8  BLOCK_CROSSES                     16 u32 link when its last jump is taken
 *   6 u16 number of instructions            20 u32 link when it falls through
 *   8 u32 next block of the hash chain      24 u16 bytes on its first page   26 u16 bytes on the second
 *  28 u32 always 0: the "link" of indirect jumps
 */
export const BLOCK_HEADER: u32 = 32;
export const BLOCK_HOST: u32 = 0;
export const BLOCK_MODE: u32 = 4;
export const BLOCK_FLAGS: u32 = 5;
export const BLOCK_COUNT: u32 = 6;
export const BLOCK_HASH_NEXT: u32 = 8;
export const BLOCK_FRAME_NEXT: u32 = 12;
export const BLOCK_TAKEN: u32 = 16;
export const BLOCK_FALLTHROUGH: u32 = 20;
export const BLOCK_BYTE_COUNT: u32 = 24;
export const BLOCK_NO_LINK: u32 = 28;
export const BLOCK_TAIL_COUNT: u32 = 26;

/** The block's only instruction reaches into the next page; those bytes are kept behind its records and compared. */
export const BLOCK_CROSSES: u8 = 1;

export const MODE_DEAD: u8 = 255;
/** Added to DECODE_MODE for blocks of a single instruction (single-step, interrupt shadow, breakpoints). */
export const MODE_SINGLE: u32 = 4;

export const MAX_INSTRUCTIONS: u32 = 64;
