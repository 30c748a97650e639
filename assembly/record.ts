/**
 * A pre-decoded instruction: 32 bytes, written once by the decoder, read by the handlers.
 *
 *   0 u16 op        handler number                  16 i64 imm      immediate; for near jumps: target - BLOCK_RIP
 *   2 u8  length    bytes of the instruction        24 u8  flags    RECORD_MEMORY
 *   3 u8  size      operand size in bytes 1 2 4 8   25 u8  prefixes PREFIX_*
 *   4 u16 offset    its first byte - block's start  26 u8  memBytes of the memory operand
 *   6 u8  reg       ModRM.reg (see below)           27 u8  address size in bytes 2 4 8
 *   7 u8  rm        ModRM.rm when a register        28 u16 row
 *   8 u8  base      byte offset in GPR              30 u8  eaKind   0: 64-bit, no FS/GS; 1: anything else
 *   9 u8  index     byte offset in GPR              31 u8  opcode   its last opcode byte (condition codes)
 *  10 u8  scale     0 … 3
 *  11 u8  segment   SEGMENT_ES …
 *  12 i32 disp      RIP-relative: base = BLOCK_RIP_SLOT, disp counts from the block's start
 *
 * reg and rm of general registers are byte offsets in the GPR file (AH … BH are 1, 9, 17, 25); of XMM registers
 * byte offsets in the XMM file (number × 16); all others (MMX, segment, control, debug, ST(i), /digit) the number.
 * VEX.vvvv (a general register) lies in `vvvv`, which shares byte 10's neighbour: see below.
 */

export const RECORD_BYTES: u32 = 32;
export const RECORD_MEMORY: u8 = 1;
/** Memory operand is written (its segment must be writable). */
export const RECORD_WRITES: u8 = 2;
/** Ends its block; RIP is stored before its handler runs. */
export const RECORD_ENDS: u8 = 4;

export const PREFIX_REP: u8 = 1; // F3
export const PREFIX_REPNE: u8 = 2; // F2
export const PREFIX_LOCK: u8 = 4;
export const PREFIX_OPERAND: u8 = 8; // 66
export const PREFIX_REX_W: u8 = 16;
export const PREFIX_SEGMENT: u8 = 32;
export const PREFIX_REX: u8 = 64;

export const SEGMENT_ES: u32 = 0;
export const SEGMENT_CS: u32 = 1;
export const SEGMENT_SS: u32 = 2;
export const SEGMENT_DS: u32 = 3;
export const SEGMENT_FS: u32 = 4;
export const SEGMENT_GS: u32 = 5;
export const SEGMENT_LDTR: u32 = 6;
export const SEGMENT_TR: u32 = 7;

// @ts-ignore: decorator
@inline export function recordLength(r: u32): u32 {
  return load<u8>(r, 2);
}
/** Operand size in bytes: 1, 2, 4, 8. */
// @ts-ignore: decorator
@inline export function recordSize(r: u32): u32 {
  return load<u8>(r, 3);
}
// @ts-ignore: decorator
@inline export function recordOffset(r: u32): u32 {
  return load<u16>(r, 4);
}
// @ts-ignore: decorator
@inline export function recordReg(r: u32): u32 {
  return load<u8>(r, 6);
}
// @ts-ignore: decorator
@inline export function recordRm(r: u32): u32 {
  return load<u8>(r, 7);
}
// @ts-ignore: decorator
@inline export function recordSegment(r: u32): u32 {
  return load<u8>(r, 11);
}
// @ts-ignore: decorator
@inline export function recordImm(r: u32): u64 {
  return load<u64>(r, 16);
}
// @ts-ignore: decorator
@inline export function recordIsMemory(r: u32): bool {
  return (load<u8>(r, 24) & RECORD_MEMORY) != 0;
}
// @ts-ignore: decorator
@inline export function recordPrefixes(r: u32): u8 {
  return load<u8>(r, 25);
}
/** Address size in bytes: 2, 4, 8. */
// @ts-ignore: decorator
@inline export function recordAddressSize(r: u32): u32 {
  return load<u8>(r, 27);
}
// @ts-ignore: decorator
@inline export function recordOpcode(r: u32): u32 {
  return load<u8>(r, 31);
}
/** VEX.vvvv as a byte offset in GPR; lies where `imm` has its upper half (no VEX form has a 64-bit immediate). */
// @ts-ignore: decorator
@inline export function recordVvvv(r: u32): u32 {
  return load<u8>(r, 23);
}
