/** IN and OUT, and the permission check of all port instructions. SDM 1, "I/O Address Space Protection". */
import { BREAKPOINTS, CPL, EFLAGS, RAX, RDX } from "../generated/layout";
import { aborted, raiseGp0 } from "../faults";
import { IOPL } from "../flags";
import { ioRead, ioWrite } from "../imports";
import { noteIoAccess } from "../interrupts/debug";
import { readSystem16 } from "../memory/access";
import { recordImm, recordSize, SEGMENT_TR } from "../record";
import { isProtected, isV86, segmentAttributes, segmentBase, segmentLimit, writeGpr } from "../registers";
import { interceptIo } from "../vmx/intercepts";

/** Offset of the I/O map base address in a 32- or 64-bit TSS. */
const TSS_IO_MAP_BASE: u32 = 102;
/** Bits 3 and 0 of a TSS type: a 32-bit (or 64-bit) TSS is 1001B or 1011B. */
const TSS_TYPE_MASK: u32 = 0xd;
const TSS_TYPE_32: u32 = 9;

/** Whether the I/O permission bit map of the TSS has only zeros for these ports; #GP(0) otherwise. */
function isAllowedByBitmap(port: u32, size: u32): bool {
  const attributes = segmentAttributes(SEGMENT_TR);
  const limit = segmentLimit(SEGMENT_TR);
  if ((attributes & TSS_TYPE_MASK) == TSS_TYPE_32 && limit >= TSS_IO_MAP_BASE + 1) {
    const base = segmentBase(SEGMENT_TR);
    const offset = readSystem16(base + TSS_IO_MAP_BASE) + (port >> 3);
    if (aborted()) return false;
    // Two bytes are read always, so that the last byte of the map must be followed by one of all ones.
    if (offset + 1 <= limit) {
      const bits = readSystem16(base + offset) >> (port & 7);
      if (aborted()) return false;
      if ((bits & ((1 << size) - 1)) == 0) return true;
    }
  }
  raiseGp0();
  return false;
}

/** Whether the program may use ports `port` … `port` + `size` - 1; announces #GP(0) or #PF when not. */
export function checkIoPermission(port: u32, size: u32): bool {
  if (!isProtected()) return true;
  if (!isV86() && load<u32>(CPL) <= (load<u32>(EFLAGS) & IOPL) >> 12) return true;
  return isAllowedByBitmap(port, size);
}

/** A port read as instructions do it: I/O breakpoints are noted. */
export function readPort(port: u32, size: u32): u32 {
  if (load<u32>(BREAKPOINTS)) noteIoAccess(port, size);
  return ioRead(port, size);
}

/** A port write; bits of `value` above `size` bytes must be 0. */
export function writePort(port: u32, size: u32, value: u32): void {
  if (load<u32>(BREAKPOINTS)) noteIoAccess(port, size);
  ioWrite(port, size, value);
}

/** Port operands are 8, 16 or 32 bits wide, whatever REX.W says. */
// @ts-ignore: decorator
@inline export function portSize(r: u32): u32 {
  return min<u32>(recordSize(r), 4);
}

function portOf(r: u32, isImmediate: bool): u32 {
  return isImmediate ? (<u32>recordImm(r)) & 255 : load<u16>(RDX);
}

export function input(r: u32, isImmediate: bool): void {
  const port = portOf(r, isImmediate);
  const size = portSize(r);
  if (!checkIoPermission(port, size) || interceptIo(port, size, true, false, false, isImmediate)) return;
  writeGpr(0, size, <u64>readPort(port, size));
}

export function output(r: u32, isImmediate: bool): void {
  const port = portOf(r, isImmediate);
  const size = portSize(r);
  if (!checkIoPermission(port, size) || interceptIo(port, size, false, false, false, isImmediate)) return;
  writePort(port, size, size == 4 ? load<u32>(RAX) : load<u32>(RAX) & ((1 << (size << 3)) - 1));
}
