/** Near jumps, calls and returns. SDM 2, "JMP", "CALL", "RET"; SDM 1, "Near Calls and Returns in 64-Bit Mode". */
import { BLOCK_RIP, RSP } from "../../generated/layout";
import { aborted, raiseGp0 } from "../../faults";
import { read, write } from "../../memory/access";
import { operandAddress } from "../../operand";
import { recordIsMemory, recordSize, SEGMENT_CS } from "../../record";
import { isCanonical, isLong64, readGpr, segmentLimit } from "../../registers";
import { push, readStack, setStackPointer, stackFault, stackMask } from "../../stack";
import { pop64, push64, readSized } from "./move";

/** RIP of the following instruction. */
export function nextRip(r: u32): u64 {
  return cutToMode(load<u64>(BLOCK_RIP) + <u64>load<u16>(r, 4) + <u64>load<u8>(r, 2));
}

// @ts-ignore: decorator
@inline function cutToMode(rip: u64): u64 {
  return isLong64() ? rip : rip & 0xffffffff;
}

/** Cut to the operand size outside 64-bit mode. */
function cutToOperand(r: u32, target: u64): u64 {
  if (isLong64()) return target;
  return recordSize(r) == 2 ? target & 0xffff : target & 0xffffffff;
}

/** Target of a relative jump: the decoder made it relative to the block's start. */
export function blockRelative(r: u32): u64 {
  return cutToOperand(r, load<u64>(BLOCK_RIP) + load<u64>(r, 16));
}

/** Announces #GP(0) for a target that is not canonical or beyond the limit of CS. */
export function isBranchTargetValid(target: u64): bool {
  if (aborted()) return false;
  if (isLong64() ? isCanonical(target) : target <= <u64>segmentLimit(SEGMENT_CS)) return true;
  raiseGp0();
  return false;
}

/** Target of an indirect jump or call. */
export function indirectTarget(r: u32): u64 {
  const size = recordSize(r);
  return recordIsMemory(r) ? readSized(operandAddress(r), size) : readGpr(load<u8>(r, 7), size);
}

/** Pushes the return address; false when the call aborts. */
export function callNear(r: u32, target: u64): bool {
  if (!isBranchTargetValid(target)) return false;
  if (isLong64()) push64(nextRip(r));
  else push(recordSize(r), nextRip(r));
  return !aborted();
}

/** Pops the return address and `release` bytes more. */
export function returnNear(r: u32, release: u32): u64 {
  const before = load<u64>(RSP);
  if (isLong64()) {
    const target = pop64();
    if (aborted()) return 0;
    if (!isCanonical(target)) {
      store<u64>(RSP, before);
      raiseGp0();
      return 0;
    }
    store<u64>(RSP, load<u64>(RSP) + release);
    return target;
  }
  const size = recordSize(r);
  const target = readStack(before & stackMask(), size);
  if (!isBranchTargetValid(target)) return 0;
  setStackPointer((before & stackMask()) + size + release);
  return target;
}

/** Whether 48 bits tell that a target is canonical; else the exact check decides. */
// @ts-ignore: decorator
@inline function isPlainlyCanonical(target: u64): bool {
  return <u64>(((<i64>target) << 16) >> 16) == target;
}

/** CALL in 64-bit mode: `callNear`, inline. */
// @ts-ignore: decorator
@inline export function call64(r: u32, target: u64): bool {
  if (!isPlainlyCanonical(target) && !isBranchTargetValid(target)) return false;
  const rsp = load<u64>(RSP) - 8;
  write<u64>(rsp, load<u64>(BLOCK_RIP) + <u64>load<u16>(r, 4) + <u64>load<u8>(r, 2));
  if (aborted()) {
    stackFault();
    return false;
  }
  store<u64>(RSP, rsp);
  return true;
}

/** RET in 64-bit mode: `returnNear`, inline; the caller asks whether it aborted. */
// @ts-ignore: decorator
@inline export function return64(_r: u32): u64 {
  const rsp = load<u64>(RSP);
  const target = read<u64>(rsp);
  if (aborted()) stackFault();
  else if (isPlainlyCanonical(target) || isBranchTargetValid(target)) store<u64>(RSP, rsp + 8);
  return target;
}

/** Target of a direct jump in a block that starts at `rip`: `blockRelative`, inline. */
// @ts-ignore: decorator
@inline export function directTarget(r: u32, rip: u64): u64 {
  const target = rip + load<u64>(r, 16);
  return isLong64() ? target : cutToOperand(r, target);
}

/** RIP of the instruction after that of `r`: `nextRip`, inline. */
// @ts-ignore: decorator
@inline export function followingRip(r: u32, rip: u64): u64 {
  return cutToMode(rip + <u64>load<u16>(r, 4) + <u64>load<u8>(r, 2));
}
