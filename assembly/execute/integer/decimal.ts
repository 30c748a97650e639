/** Decimal arithmetic, not in 64-bit mode. SDM 2, "DAA", "DAS", "AAA", "AAS", "AAM", "AAD". */
import { RAX } from "../../generated/layout";
import { raise, VECTOR_DE } from "../../faults";
import { AF, CF, flagsOfResult, getAF, getArithmeticFlags, getCF, setArithmeticFlags } from "../../flags";
import { recordImm } from "../../record";

// @ts-ignore: decorator
@inline function readAl(): u32 {
  return load<u8>(RAX);
}

function finishDecimal(al: u32, flags: u32): void {
  store<u8>(RAX, <u8>al);
  setArithmeticFlags(flags | flagsOfResult(<i64>(<i8>al)));
}

export function decimalAdjustAfterAddition(): void {
  const old = readAl();
  const hadCarry = getCF();
  let al = old;
  let flags: u32 = 0;
  if ((old & 15) > 9 || getAF()) {
    al += 6;
    flags |= AF;
  }
  if (old > 0x99 || hadCarry) {
    al += 0x60;
    flags |= CF;
  }
  finishDecimal(al & 255, flags);
}

export function decimalAdjustAfterSubtraction(): void {
  const old = readAl();
  const hadCarry = getCF();
  let al = old;
  let flags: u32 = 0;
  if ((old & 15) > 9 || getAF()) {
    // The borrow of AL - 6 counts, although the second step would set CF in most such cases.
    if (old < 6 || hadCarry) flags |= CF;
    al -= 6;
    flags |= AF;
  }
  if (old > 0x99 || hadCarry) {
    al -= 0x60;
    flags |= CF;
  }
  finishDecimal(al & 255, flags);
}

/** AAA adds 106H to AX, AAS subtracts 6 from AX and 1 from AH; both keep the low digit of AL. */
export function asciiAdjust(isSubtraction: bool): void {
  const adjusts = (readAl() & 15) > 9 || getAF();
  if (adjusts) {
    const ax = <u32>load<u16>(RAX);
    store<u16>(RAX, <u16>(isSubtraction ? ax - 0x106 : ax + 0x106));
  }
  store<u8>(RAX, <u8>(readAl() & 15));
  const kept = getArithmeticFlags() & ~(AF | CF);
  setArithmeticFlags(kept | (adjusts ? AF | CF : 0));
}

export function asciiAdjustAfterMultiplication(r: u32): void {
  const base = (<u32>recordImm(r)) & 255;
  if (base == 0) return raise(VECTOR_DE);
  const al = readAl();
  store<u8>(RAX + 1, <u8>(al / base));
  finishDecimal(al % base, 0);
}

export function asciiAdjustBeforeDivision(r: u32): void {
  const al = readAl() + <u32>load<u8>(RAX + 1) * ((<u32>recordImm(r)) & 255);
  store<u8>(RAX + 1, 0);
  finishDecimal(al & 255, 0);
}

/** SALC (undocumented, D6): AL = CF ? FFH : 0. */
export function setAlFromCarry(): void {
  store<u8>(RAX, getCF() ? 255 : 0);
}
