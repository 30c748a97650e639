/** PUSHA, POPA, ENTER and BOUND. SDM 2, under these names. */
import { RBP, RSP } from "../../generated/layout";
import { aborted, raise, VECTOR_BR } from "../../faults";
import { checkWritable } from "../../memory/access";
import { operandAddress, operandOffset, segmentedAddress } from "../../operand";
import { recordAddressSize, recordImm, recordReg, recordSize } from "../../record";
import { readGpr, signExtend, writeGpr } from "../../registers";
import { pop, push, readStack, setStackPointer, stackAddress, stackFault, stackMask } from "../../stack";
import { readLinear, sizeMask } from "./operands";

const RSP_OFFSET: u32 = 32;
const RBP_OFFSET: u32 = 40;
const RDI_OFFSET: u32 = 56;

/** Values of POPA until all of them are read. */
const POPPED: usize = memory.data(64, 8);

export function pushAll(r: u32): void {
  const size = recordSize(r);
  const stackPointer = load<u64>(RSP);
  for (let offset: u32 = 0; offset <= RDI_OFFSET; offset += 8) {
    push(size, offset == RSP_OFFSET ? stackPointer & sizeMask(size) : readGpr(offset, size));
    if (aborted()) {
      store<u64>(RSP, stackPointer);
      return;
    }
  }
}

export function popAll(r: u32): void {
  const size = recordSize(r);
  const stackPointer = load<u64>(RSP);
  for (let offset: i32 = RDI_OFFSET; offset >= 0; offset -= 8) {
    store<u64>(POPPED + offset, pop(size));
    if (aborted()) {
      store<u64>(RSP, stackPointer);
      return;
    }
  }
  for (let offset: u32 = 0; offset <= RDI_OFFSET; offset += 8) {
    if (offset != RSP_OFFSET) writeGpr(offset, size, load<u64>(POPPED + offset));
  }
}

/** Copies the `level` - 1 frame pointers of the outer procedures and pushes the new one. */
function pushFramePointers(size: u32, level: u32, frame: u64): void {
  let pointer = load<u64>(RBP);
  for (let i: u32 = 1; i < level; i++) {
    pointer = (pointer - size) & stackMask();
    const value = readStack(pointer, size);
    if (aborted()) return;
    push(size, value);
    if (aborted()) return;
  }
  push(size, frame);
}

/** Moves rSP over the local variables; a write there must be possible. */
function reserveLocals(size: u32, bytes: u32): void {
  const top = (load<u64>(RSP) - bytes) & stackMask();
  checkWritable(stackAddress(top, size, true), size);
  if (aborted()) stackFault();
  else setStackPointer(top);
}

/** ENTER: the immediate holds the bytes of locals in bits 15:0 and the nesting level in bits 23:16. */
export function enter(r: u32): void {
  const size = recordSize(r);
  const stackPointer = load<u64>(RSP);
  const level = ((<u32>recordImm(r)) >> 16) & 31;
  push(size, load<u64>(RBP));
  const frame = load<u64>(RSP);
  if (!aborted() && level > 0) pushFramePointers(size, level, frame);
  if (!aborted()) reserveLocals(size, (<u32>recordImm(r)) & 0xffff);
  if (aborted()) {
    store<u64>(RSP, stackPointer);
    return;
  }
  writeGpr(RBP_OFFSET, size, frame & stackMask());
}

export function checkBounds(r: u32): void {
  const size = recordSize(r);
  const upperOffset = (operandOffset(r) + size) & sizeMask(recordAddressSize(r));
  const lower = signExtend(readLinear(operandAddress(r), size), size);
  if (aborted()) return;
  const upper = signExtend(readLinear(segmentedAddress(r, upperOffset), size), size);
  if (aborted()) return;
  const index = signExtend(readGpr(recordReg(r), size), size);
  if (index < lower || index > upper) raise(VECTOR_BR);
}
