/** MOV to and from DRn. SDM 2, "MOV—Move to/from Debug Registers". */
import { CR4, DR } from "../../generated/layout";
import { raiseGp0, raiseUd } from "../../faults";
import { debugRegister, DR6_BD, DR7_GD, raiseDebug, updateBreakpoints } from "../../interrupts/debug";
import { recordReg, recordRm } from "../../record";
import { CR4_DE } from "../../registers";
import { interceptDr } from "../../vmx/intercepts";
import { readWide, requireCpl0, writeWide } from "./operands";

const DR6_WRITABLE: u64 = 0xe00f;
/** Bits that read as 1; RTM (16) among them, which is inverted. */
const DR6_FIXED: u64 = 0xffff0ff0;
const DR7_WRITABLE: u64 = 0xffff23ff;
const DR7_FIXED: u64 = 0x400;

/** DR6 as a write of `value` leaves it. */
export function fixedDr6(value: u64): u64 {
  return (value & DR6_WRITABLE) | DR6_FIXED;
}
export function fixedDr7(value: u64): u64 {
  return (value & DR7_WRITABLE) | DR7_FIXED;
}

/** The register that number 0 … 15 names, DR4 and DR5 being DR6 and DR7; 8: announced. */
function checkAccess(r: u32, isRead: bool): u32 {
  const number = recordReg(r);
  if (number > 7) raiseUd();
  else if (requireCpl0() && !interceptDr(number, isRead, recordRm(r) >> 3)) {
    const isAlias = number == 4 || number == 5;
    if (isAlias && (load<u64>(CR4) & CR4_DE) != 0) raiseUd();
    else if (debugRegister(7) & DR7_GD) raiseDebug(DR6_BD);
    else return isAlias ? number + 2 : number;
  }
  return 8;
}

export function movFromDebug(r: u32): void {
  const number = checkAccess(r, true);
  if (number < 8) writeWide(recordRm(r), debugRegister(number));
}

export function movToDebug(r: u32): void {
  const number = checkAccess(r, false);
  if (number == 8) return;
  const value = readWide(recordRm(r));
  if (number >= 6 && value >> 32 != 0) return raiseGp0();
  store<u64>(DR + number * 8, number == 6 ? fixedDr6(value) : number == 7 ? fixedDr7(value) : value);
  if (number != 6) updateBreakpoints();
}
