/**
 * MMX registers: the significands of the physical x87 registers. SDM 1, "The MMX State and MMX Register Aliasing".
 */
import { CR0, FPU_REGISTERS, FSW, FTW } from "../../generated/layout";
import { aborted, raise, raiseUd, VECTOR_NM } from "../../faults";
import { read64 } from "../../memory/access";
import { operandAddress } from "../../operand";
import { recordIsMemory, recordReg, recordRm } from "../../record";
import { CR0_EM, CR0_TS } from "../../registers";
import { hasPendingException } from "../x87/state";

// Register numbers of the record may carry a REX bit, which means nothing here.
// @ts-ignore: decorator
@inline function address(number: u32): u32 {
  return FPU_REGISTERS + ((number & 7) << 4);
}

/** ModRM.reg's register. */
// @ts-ignore: decorator
@inline export function readP(r: u32): u64 {
  return load<u64>(address(recordReg(r)));
}
/** ModRM.rm's register. */
// @ts-ignore: decorator
@inline export function readN(r: u32): u64 {
  return load<u64>(address(recordRm(r)));
}

/** Writing makes the aliased floating-point number a NaN: exponent and sign become ones. */
function writeRegister(number: u32, value: u64): void {
  const place = address(number);
  store<u64>(place, value);
  store<u16>(place, 0xffff, 8);
}
export function writeP(r: u32, value: u64): void {
  writeRegister(recordReg(r), value);
}
export function writeN(r: u32, value: u64): void {
  writeRegister(recordRm(r), value);
}

/** mm/m64; the caller looks at aborted(). */
export function readQ(r: u32): u64 {
  return recordIsMemory(r) ? read64(operandAddress(r)) : readN(r);
}

/** #UD, #NM or #MF before an MMX instruction. SDM 3A, "MMX Instruction Set". True: announced. */
export function isMmxUnavailable(): bool {
  const cr0 = load<u64>(CR0);
  if (cr0 & CR0_EM) raiseUd();
  else if (cr0 & CR0_TS) raise(VECTOR_NM);
  else hasPendingException();
  return aborted();
}

/** Every MMX instruction but EMMS leaves TOP 0 and no register empty. */
export function enterMmx(): void {
  store<u32>(FSW, load<u32>(FSW) & ~0x3800);
  store<u32>(FTW, 0);
}

/** EMMS: all registers empty, TOP 0. SDM 3A, table "Effect of the MMX … Instructions on x87 FPU State". */
export function leaveMmx(): void {
  store<u32>(FSW, load<u32>(FSW) & ~0x3800);
  store<u32>(FTW, 0xffff);
}
