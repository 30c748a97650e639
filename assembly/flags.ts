/**
 * EFLAGS, computed when somebody looks. LAZY_OP tells from what: operands and result are kept sign-extended to 64
 * bits, so that no rule below needs the operand size (sign extension keeps the order of unsigned numbers).
 */
import { EFLAGS, LAZY_A, LAZY_B, LAZY_OP, LAZY_RESULT } from "./generated/layout";

export const CF: u32 = 1;
export const PF: u32 = 4;
export const AF: u32 = 16;
export const ZF: u32 = 64;
export const SF: u32 = 128;
export const TF: u32 = 0x100;
export const IF: u32 = 0x200;
export const DF: u32 = 0x400;
export const OF: u32 = 0x800;
export const IOPL: u32 = 0x3000;
export const NT: u32 = 0x4000;
export const RF: u32 = 0x10000;
export const VM: u32 = 0x20000;
export const AC: u32 = 0x40000;
export const VIF: u32 = 0x80000;
export const VIP: u32 = 0x100000;
export const ID: u32 = 0x200000;
/** CF PF AF ZF SF OF. */
export const ARITHMETIC: u32 = 0x8d5;

/** The six flags are in EFLAGS. */
export const LAZY_NONE: u32 = 0;
export const LAZY_ADD: u32 = 1;
export const LAZY_SUB: u32 = 2;
/** CF = OF = 0 (and AF = 0, where undefined). */
export const LAZY_LOGIC: u32 = 3;
/** As ADD with B = 1, CF from EFLAGS. */
export const LAZY_INC: u32 = 4;
/** As SUB with B = 1, CF from EFLAGS. */
export const LAZY_DEC: u32 = 5;

/** ZF, SF and PF from the result; CF, OF and AF from EFLAGS (shifts, rotates, multiplications). */
export const LAZY_RESULT_ONLY: u32 = 6;

/** ZF, SF and PF from the result; CF = OF = the product of A and B is not the (sign-extended) result. */
export const LAZY_IMUL: u32 = 7;

// @ts-ignore: decorator
@inline export function setLazy(op: u32, result: i64, a: i64, b: i64): void {
  store<u32>(LAZY_OP, op);
  store<i64>(LAZY_RESULT, result);
  store<i64>(LAZY_A, a);
  store<i64>(LAZY_B, b);
}
// @ts-ignore: decorator
@inline export function setLazyLogic(result: i64): void {
  store<u32>(LAZY_OP, LAZY_LOGIC);
  store<i64>(LAZY_RESULT, result);
}

/** ZF, SF and PF come from `result` (sign-extended) when asked for; CF and OF are given as EFLAGS bits, AF is 0. */
// @ts-ignore: decorator
@inline export function setResultOnly(result: i64, cfOf: u32): void {
  store<u32>(LAZY_OP, LAZY_RESULT_ONLY);
  store<i64>(LAZY_RESULT, result);
  store<u32>(EFLAGS, (load<u32>(EFLAGS) & ~(CF | OF | AF)) | cfOf);
}

/** Changes CF and OF only (rotates). */
export function setCarryOverflow(cfOf: u32): void {
  const op = load<u32>(LAZY_OP);
  let flags = load<u32>(EFLAGS) & ~(CF | OF);
  if (op != LAZY_NONE && op != LAZY_RESULT_ONLY) {
    flags = (flags & ~AF) | (getAF() ? AF : 0);
    store<u32>(LAZY_OP, LAZY_RESULT_ONLY);
  }
  store<u32>(EFLAGS, flags | cfOf);
}

/** Whether EFLAGS holds CF already. */
// @ts-ignore: decorator
@inline export function isCarryInEflags(): bool {
  const op = load<u32>(LAZY_OP);
  return op == LAZY_NONE || (op >= LAZY_INC && op <= LAZY_RESULT_ONLY);
}

/** Whether the signed product of A and B differs from the result that was kept of it. */
function productOverflows(): bool {
  const a = load<i64>(LAZY_A);
  const b = load<i64>(LAZY_B);
  const low = a * b;
  return load<i64>(LAZY_RESULT) != low || mulHighSigned(a, b) != low >> 63;
}

/** Upper 64 bits of a signed 64 × 64 product. */
export function mulHighSigned(a: i64, b: i64): i64 {
  const aLow = (<u64>a) & 0xffffffff;
  const bLow = (<u64>b) & 0xffffffff;
  const aHigh = a >> 32;
  const bHigh = b >> 32;
  const cross = <i64>((aLow * bLow) >> 32) + aHigh * <i64>bLow;
  const low = <i64>((<u64>cross) & 0xffffffff) + <i64>aLow * bHigh;
  return aHigh * bHigh + (cross >> 32) + (low >> 32);
}

export function getCF(): bool {
  const op = load<u32>(LAZY_OP);
  if (op == LAZY_SUB) return load<u64>(LAZY_A) < load<u64>(LAZY_B);
  if (op == LAZY_LOGIC) return false;
  if (op == LAZY_ADD) return load<u64>(LAZY_RESULT) < load<u64>(LAZY_A);
  if (op == LAZY_IMUL) return productOverflows();
  return (load<u32>(EFLAGS) & CF) != 0;
}
// @ts-ignore: decorator
@inline export function getZF(): bool {
  return load<u32>(LAZY_OP) ? load<i64>(LAZY_RESULT) == 0 : (load<u32>(EFLAGS) & ZF) != 0;
}
// @ts-ignore: decorator
@inline export function getSF(): bool {
  return load<u32>(LAZY_OP) ? load<i64>(LAZY_RESULT) < 0 : (load<u32>(EFLAGS) & SF) != 0;
}
export function getPF(): bool {
  return load<u32>(LAZY_OP) ? (popcnt<u32>(load<u8>(LAZY_RESULT)) & 1) == 0 : (load<u32>(EFLAGS) & PF) != 0;
}
export function getOF(): bool {
  const op = load<u32>(LAZY_OP);
  if (op == LAZY_LOGIC) return false;
  if (op == LAZY_IMUL) return productOverflows();
  const a = load<i64>(LAZY_A);
  const r = load<i64>(LAZY_RESULT);
  if (op == LAZY_SUB || op == LAZY_DEC) return ((a ^ load<i64>(LAZY_B)) & (a ^ r)) < 0;
  if (op == LAZY_ADD || op == LAZY_INC) return ((a ^ r) & (load<i64>(LAZY_B) ^ r)) < 0;
  return (load<u32>(EFLAGS) & OF) != 0;
}
export function getAF(): bool {
  const op = load<u32>(LAZY_OP);
  if (op == LAZY_LOGIC || op == LAZY_IMUL) return false;
  if (op == LAZY_NONE || op == LAZY_RESULT_ONLY) return (load<u32>(EFLAGS) & AF) != 0;
  return ((load<i64>(LAZY_A) ^ load<i64>(LAZY_B) ^ load<i64>(LAZY_RESULT)) & 16) != 0;
}

/** The six arithmetic flags as EFLAGS bits. */
export function getArithmeticFlags(): u32 {
  if (load<u32>(LAZY_OP) == LAZY_NONE) return load<u32>(EFLAGS) & ARITHMETIC;
  return (
    (getCF() ? CF : 0) | (getPF() ? PF : 0) | (getAF() ? AF : 0) |
    (getZF() ? ZF : 0) | (getSF() ? SF : 0) | (getOF() ? OF : 0)
  ); // prettier-ignore
}

/** Puts the six flags (others in `flags` are ignored) into EFLAGS. */
export function setArithmeticFlags(flags: u32): void {
  store<u32>(EFLAGS, (load<u32>(EFLAGS) & ~ARITHMETIC) | (flags & ARITHMETIC));
  store<u32>(LAZY_OP, LAZY_NONE);
}

/** Makes EFLAGS hold everything. Afterwards EFLAGS may be read and changed as a word. */
export function materializeFlags(): u32 {
  if (load<u32>(LAZY_OP) != LAZY_NONE) setArithmeticFlags(getArithmeticFlags());
  return load<u32>(EFLAGS);
}

/** ZF, SF and PF of a result (sign-extended to 64 bits), as EFLAGS bits. */
export function flagsOfResult(result: i64): u32 {
  return (
    (result == 0 ? ZF : 0) | (result < 0 ? SF : 0) | ((popcnt<u32>((<u32>result) & 255) & 1) == 0 ? PF : 0)
  );
}

/** Condition `cc` (0 … 15) as in Jcc, SETcc, CMOVcc. SDM 1, appendix B "EFLAGS Condition Codes". */
export function condition(cc: u32): bool {
  let value: bool;
  switch (cc >> 1) {
    case 0:
      value = getOF();
      break;
    case 1:
      value = getCF();
      break;
    case 2:
      value = getZF();
      break;
    case 3:
      value = load<u32>(LAZY_OP) == LAZY_SUB ? load<u64>(LAZY_A) <= load<u64>(LAZY_B) : getCF() || getZF();
      break;
    case 4:
      value = getSF();
      break;
    case 5:
      value = getPF();
      break;
    case 6:
      value = load<u32>(LAZY_OP) == LAZY_SUB ? load<i64>(LAZY_A) < load<i64>(LAZY_B) : getSF() != getOF();
      break;
    default:
      value =
        load<u32>(LAZY_OP) == LAZY_SUB
          ? load<i64>(LAZY_A) <= load<i64>(LAZY_B)
          : getZF() || getSF() != getOF();
  }
  return (cc & 1) != 0 ? !value : value;
}
