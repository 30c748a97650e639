/** Operands and checks that system instructions share. */
import { CPL, CR4 } from "../../generated/layout";
import { raiseGp0, raiseUd } from "../../faults";
import { write16 } from "../../memory/access";
import { operandAddress, operandOffset } from "../../operand";
import { recordAddressSize, recordIsMemory, recordRm, recordSegment, recordSize } from "../../record";
import { CR4_UMIP, isLong64, isRealOrV86, readGpr, writeGpr } from "../../registers";
import { segmentAddress } from "../../segments";
import { readSource } from "../integer/operands";

/** False with #GP(0) announced above CPL 0. */
export function requireCpl0(): bool {
  if (load<u32>(CPL) == 0) return true;
  raiseGp0();
  return false;
}

/** False with #UD announced in real-address and virtual-8086 mode. */
export function requireProtected(): bool {
  if (!isRealOrV86()) return true;
  raiseUd();
  return false;
}

/** User-mode instruction prevention: false with #GP(0) announced for SGDT, SIDT, SLDT, STR and SMSW above CPL 0. */
export function mayReadSystemState(): bool {
  if (load<u32>(CPL) == 0 || (load<u64>(CR4) & CR4_UMIP) == 0) return true;
  raiseGp0();
  return false;
}

/** Linear address of `size` bytes at a distance from the operand's start, checked for the access. */
export function pieceAddress(r: u32, displacement: u32, size: u32, isWrite: bool): u64 {
  const addressSize = recordAddressSize(r);
  let offset = operandOffset(r) + displacement;
  if (addressSize != 8) offset &= addressSize == 4 ? 0xffffffff : 0xffff;
  return segmentAddress(recordSegment(r), offset, size, isWrite);
}

/** A 16-bit r/m source. */
export function readWord(r: u32): u32 {
  return <u32>readSource(r, 2);
}

/** Stores a word: 16 bits in memory; in a register zero-extended to the operand size. */
export function storeWord(r: u32, value: u32): void {
  if (recordIsMemory(r)) write16(operandAddress(r), value);
  else writeGpr(recordRm(r), recordSize(r), value);
}

/** General register of MOV to and from control and debug registers: 64 bits in 64-bit mode, else 32. */
export function readWide(offset: u32): u64 {
  return readGpr(offset, isLong64() ? 8 : 4);
}
export function writeWide(offset: u32, value: u64): void {
  writeGpr(offset, isLong64() ? 8 : 4, value);
}
