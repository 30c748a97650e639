/** MUL, IMUL (one operand), DIV, IDIV. SDM 2, "MUL", "IMUL", "DIV", "IDIV". */
import { RAX, RDX } from "../../generated/layout";
import { aborted, raise, VECTOR_DE } from "../../faults";
import { CF, flagsOfResult, OF, setArithmeticFlags } from "../../flags";
import { recordSize } from "../../record";
import { signExtend, writeGpr } from "../../registers";
import { readSource } from "./operands";

const RAX_OFFSET: u32 = 0;
const RDX_OFFSET: u32 = 16;

/** Upper 64 bits of the unsigned product. */
export function multiplyHigh(a: u64, b: u64): u64 {
  const aLow = a & 0xffffffff;
  const aHigh = a >> 32;
  const bLow = b & 0xffffffff;
  const bHigh = b >> 32;
  const low = aLow * bLow;
  const middle = aHigh * bLow + (low >> 32);
  const middle2 = aLow * bHigh + (middle & 0xffffffff);
  return aHigh * bHigh + (middle >> 32) + (middle2 >> 32);
}

/** Upper 64 bits of the signed product. */
export function multiplyHighSigned(a: i64, b: i64): i64 {
  let high = multiplyHigh(a, b);
  if (a < 0) high -= <u64>b;
  if (b < 0) high -= <u64>a;
  return high;
}

/** Writes a product of twice the operand size to AX or rDX:rAX. */
function writeProduct(low: u64, high: u64, size: u32): void {
  if (size == 1) {
    store<u16>(RAX, <u16>low);
    return;
  }
  writeGpr(RAX_OFFSET, size, low);
  writeGpr(RDX_OFFSET, size, high);
}

function setProductFlags(low: u64, size: u32, overflows: bool): void {
  setArithmeticFlags((flagsOfResult(signExtend(low, size)) & ~64) | (overflows ? CF | OF : 0));
}

export function multiply(r: u32): void {
  const size = recordSize(r);
  const source = readSource(r, size);
  if (aborted()) return;
  let low: u64, high: u64;
  if (size == 8) {
    const a = load<u64>(RAX);
    low = a * source;
    high = multiplyHigh(a, source);
  } else {
    const a = load<u64>(RAX) & (((<u64>1) << (size << 3)) - 1);
    low = a * source;
    high = low >> (size << 3);
  }
  writeProduct(low, high, size);
  setProductFlags(low, size, high != 0);
}

export function multiplySigned(r: u32): void {
  const size = recordSize(r);
  const source = signExtend(readSource(r, size), size);
  if (aborted()) return;
  const a = signExtend(load<u64>(RAX), size);
  const low = a * source;
  const high = size == 8 ? multiplyHighSigned(a, source) : low >> (size << 3);
  writeProduct(low, high, size);
  setProductFlags(low, size, high != signExtend(low, size) >> 63);
}

/** The remainder of the last divide128. */
let remainder: u64 = 0;

/** One 32-bit digit of the quotient. `high` < divisor, whose top bit is set. */
function quotientDigit(high: u64, nextDigit: u64, divisor: u64): u64 {
  const divisorHigh = divisor >> 32;
  const divisorLow = divisor & 0xffffffff;
  let digit = high / divisorHigh;
  let rest = high - digit * divisorHigh;
  while (digit > 0xffffffff || digit * divisorLow > ((rest << 32) | nextDigit)) {
    digit--;
    rest += divisorHigh;
    if (rest > 0xffffffff) break;
  }
  return digit;
}

/** Quotient of high:low by a divisor greater than `high`; the rest is left in `remainder`. Knuth 4.3.1, algorithm D. */
function divide128(high: u64, low: u64, divisor: u64): u64 {
  if (high == 0) {
    remainder = low % divisor;
    return low / divisor;
  }
  const shift = clz(divisor);
  const scaled = divisor << shift;
  const top = shift == 0 ? high : (high << shift) | (low >> (64 - shift));
  const bottom = low << shift;
  const first = quotientDigit(top, bottom >> 32, scaled);
  const middle = ((top << 32) | (bottom >> 32)) - first * scaled;
  const second = quotientDigit(middle, bottom & 0xffffffff, scaled);
  remainder = (((middle << 32) | (bottom & 0xffffffff)) - second * scaled) >> shift;
  return (first << 32) | second;
}

/** Quotient to AL or rAX, remainder to AH or rDX. The flags are undefined: they stay. */
function writeQuotient(quotient: u64, rest: u64, size: u32): void {
  if (size == 1) {
    store<u8>(RAX, <u8>quotient);
    store<u8>(RAX + 1, <u8>rest);
    return;
  }
  writeGpr(RAX_OFFSET, size, quotient);
  writeGpr(RDX_OFFSET, size, rest);
}

/** The dividend of an 8-, 16- or 32-bit division: AX, DX:AX, EDX:EAX. */
function shortDividend(size: u32): u64 {
  if (size == 1) return load<u16>(RAX);
  if (size == 2) return ((<u64>load<u16>(RDX)) << 16) | load<u16>(RAX);
  return ((<u64>load<u32>(RDX)) << 32) | load<u32>(RAX);
}

export function divide(r: u32): void {
  const size = recordSize(r);
  const divisor = readSource(r, size);
  if (aborted()) return;
  if (divisor == 0) return raise(VECTOR_DE);
  if (size == 8) {
    const high = load<u64>(RDX);
    if (high >= divisor) return raise(VECTOR_DE);
    const quotient = divide128(high, load<u64>(RAX), divisor);
    writeQuotient(quotient, remainder, 8);
    return;
  }
  const dividend = shortDividend(size);
  const quotient = dividend / divisor;
  if (quotient >> (size << 3)) return raise(VECTOR_DE);
  writeQuotient(quotient, dividend % divisor, size);
}

export function divideSigned(r: u32): void {
  const size = recordSize(r);
  const divisor = signExtend(readSource(r, size), size);
  if (aborted()) return;
  if (divisor == 0) return raise(VECTOR_DE);
  if (size == 8) return divideSigned128(divisor);
  const dividend = signExtend(shortDividend(size), size << 1);
  if (dividend == i64.MIN_VALUE && divisor == -1) return raise(VECTOR_DE);
  const quotient = dividend / divisor;
  if (signExtend(quotient, size) != quotient) return raise(VECTOR_DE);
  writeQuotient(quotient, dividend % divisor, size);
}

function divideSigned128(divisor: i64): void {
  let high = load<u64>(RDX);
  let low = load<u64>(RAX);
  const isNegativeDividend = <i64>high < 0;
  const isNegative = isNegativeDividend != divisor < 0;
  if (isNegativeDividend) {
    low = 0 - low;
    high = ~high + (low == 0 ? 1 : 0);
  }
  const magnitude = <u64>(divisor < 0 ? 0 - divisor : divisor);
  if (high >= magnitude) return raise(VECTOR_DE);
  const quotient = divide128(high, low, magnitude);
  const limit = isNegative ? (<u64>1) << 63 : ~((<u64>1) << 63);
  if (quotient > limit) return raise(VECTOR_DE);
  writeQuotient(isNegative ? 0 - quotient : quotient, isNegativeDividend ? 0 - remainder : remainder, 8);
}
