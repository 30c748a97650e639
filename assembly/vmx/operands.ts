/** Operands of exiting instructions. SDM 3C, "Information for VM Exits Due to Instruction Execution". */
import { BLOCK_RIP, BLOCK_RIP_SLOT, ZERO_SLOT } from "../generated/layout";
import {
  recordAddressSize, recordIsMemory, recordReg, recordRm, recordSegment, recordSize,
} from "../record"; // prettier-ignore

/** Exit qualification of an instruction with a memory operand: its displacement. */
export function displacementOf(r: u32): u64 {
  if (!recordIsMemory(r)) return 0;
  const displacement = <u64>(<i64>load<i32>(r, 12));
  // RIP-relative: the sum with the address of the next instruction, which the record counts from the block's start.
  if (load<u8>(r, 8) == <u8>BLOCK_RIP_SLOT) return load<u64>(BLOCK_RIP) + displacement;
  const size = recordAddressSize(r);
  return size == 8 ? displacement : size == 4 ? displacement & 0xffffffff : displacement & 0xffff;
}

/**
 * The part that all formats share:
 *   1:0 scaling | 9:7 address size | 10 register | 17:15 segment | 21:18 index | 22 no index | 26:23 base | 27 no base
 */
function memoryInformation(r: u32): u32 {
  const addressSize: u32 = ctz<u32>(recordAddressSize(r)) - 1;
  if (!recordIsMemory(r)) return (addressSize << 7) | 0x400;
  const base: u32 = load<u8>(r, 8);
  const index: u32 = load<u8>(r, 9);
  const baseBits = base >= ZERO_SLOT ? 1 << 27 : (base >> 3) << 23;
  const indexBits = index >= ZERO_SLOT ? 1 << 22 : ((index >> 3) << 18) | load<u8>(r, 10);
  return (addressSize << 7) | (recordSegment(r) << 15) | baseBits | indexBits;
}

/** VMCLEAR, VMPTRLD, VMPTRST, VMXON, XSAVES, XRSTORS: memory operand only. */
export function informationOfMemory(r: u32): u32 {
  return memoryInformation(r);
}

/** VMREAD, VMWRITE, INVEPT, INVVPID, INVPCID: 6:3 the register when ModRM.rm is one, 31:28 ModRM.reg. */
export function informationOfTwoOperands(r: u32): u32 {
  const rm: u32 = recordIsMemory(r) ? 0 : (recordRm(r) >> 3) << 3;
  return memoryInformation(r) | rm | ((recordReg(r) >> 3) << 28);
}

/** LGDT, LIDT, SGDT, SIDT: 11 operand size, 29:28 identity. */
export function informationOfGdtrIdtr(r: u32, identity: u32): u32 {
  return memoryInformation(r) | (recordSize(r) >= 4 ? 0x800 : 0) | (identity << 28);
}

/** LLDT, LTR, SLDT, STR: 6:3 the register, 29:28 identity. */
export function informationOfLdtrTr(r: u32, identity: u32): u32 {
  const rm: u32 = recordIsMemory(r) ? 0 : (recordRm(r) >> 3) << 3;
  return memoryInformation(r) | rm | (identity << 28);
}

/** RDRAND, RDSEED: 6:3 destination, 12:11 operand size. */
export function informationOfRandom(r: u32): u32 {
  return ((recordRm(r) >> 3) << 3) | ((ctz<u32>(recordSize(r)) - 1) << 11);
}
