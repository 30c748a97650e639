/** What the processor reads from the task-state segment of TR without a task switch. SDM 3A, "Task Management". */
import { aborted, raiseWithCode, VECTOR_TS } from "../faults";
import { readSystem16, readSystem32, readSystem64 } from "../memory/access";
import { SEGMENT_TR } from "../record";
import { segmentAttributes, segmentBase, segmentLimit, segmentSelector } from "../registers";

/** SS and ESP of the last readInnerStack. */
export let innerSelector: u32 = 0;
export let innerPointer: u64 = 0;

/** A TSS field beyond the limit: #TS(TR). `ext`: EXT bit of the error code. */
function isInTss(offset: u32, size: u32, ext: u32): bool {
  if (offset + size - 1 <= segmentLimit(SEGMENT_TR)) return true;
  raiseWithCode(VECTOR_TS, (segmentSelector(SEGMENT_TR) & 0xfffc) | ext);
  return false;
}

/** Whether TR holds a 32-bit TSS. */
export function isTss32(): bool {
  return (segmentAttributes(SEGMENT_TR) & 8) != 0;
}

/** Reads the stack of privilege level `dpl` from a 16- or 32-bit TSS; false: a fault was announced. */
export function readInnerStack(dpl: u32, ext: u32): bool {
  const base = segmentBase(SEGMENT_TR);
  if (isTss32()) {
    const offset = 4 + dpl * 8;
    if (!isInTss(offset, 6, ext)) return false;
    innerPointer = readSystem32(base + offset);
    innerSelector = readSystem16(base + offset + 4);
  } else {
    const offset = 2 + dpl * 4;
    if (!isInTss(offset, 4, ext)) return false;
    innerPointer = readSystem16(base + offset);
    innerSelector = readSystem16(base + offset + 2);
  }
  return !aborted();
}

/** Reads RSP0 … RSP2 (slot 0 … 2) or IST1 … IST7 (slot 4 … 10) of a 64-bit TSS into `innerPointer`. */
export function readInnerStack64(slot: u32, ext: u32): bool {
  const offset = 4 + slot * 8;
  if (!isInTss(offset, 8, ext)) return false;
  innerPointer = readSystem64(segmentBase(SEGMENT_TR) + offset);
  return !aborted();
}
