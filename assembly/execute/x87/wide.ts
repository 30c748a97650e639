/**
 * 128-bit integers, as pairs of u64. Results are left in `wideHi`/`wideLo` (and `wideRemainder`).
 */
export let wideHi: u64 = 0;
export let wideLo: u64 = 0;
export let wideRemainder: u64 = 0;

/** a × b. */
export function multiplyWide(a: u64, b: u64): void {
  const aLow = a & 0xffffffff;
  const aHigh = a >> 32;
  const bLow = b & 0xffffffff;
  const bHigh = b >> 32;
  const low = aLow * bLow;
  const middle = aHigh * bLow + (low >> 32);
  const cross = aLow * bHigh + (middle & 0xffffffff);
  wideHi = aHigh * bHigh + (middle >> 32) + (cross >> 32);
  wideLo = (cross << 32) | (low & 0xffffffff);
}

/** Upper half of a × b. */
export function multiplyHigh(a: u64, b: u64): u64 {
  const aLow = a & 0xffffffff;
  const aHigh = a >> 32;
  const bLow = b & 0xffffffff;
  const bHigh = b >> 32;
  const middle = aHigh * bLow + ((aLow * bLow) >> 32);
  const cross = aLow * bHigh + (middle & 0xffffffff);
  return aHigh * bHigh + (middle >> 32) + (cross >> 32);
}

/** Quotient of hi:lo by a divisor whose uppermost bit is set, hi < divisor; the remainder goes to wideRemainder. */
export function divideWide(hi: u64, lo: u64, divisor: u64): u64 {
  const divisorHigh = divisor >> 32;
  const divisorLow = divisor & 0xffffffff;
  const upper = quotientDigit(hi, lo >> 32, divisor, divisorHigh, divisorLow);
  const middle = ((hi << 32) | (lo >> 32)) - upper * divisor;
  const lower = quotientDigit(middle, lo & 0xffffffff, divisor, divisorHigh, divisorLow);
  wideRemainder = ((middle << 32) | (lo & 0xffffffff)) - lower * divisor;
  return (upper << 32) | lower;
}

/** One 32-bit digit of (hi × 2^32 + next) ÷ divisor, hi < divisor. Knuth, algorithm D. */
function quotientDigit(hi: u64, next: u64, divisor: u64, divisorHigh: u64, divisorLow: u64): u64 {
  let digit = hi / divisorHigh;
  let rest = hi - digit * divisorHigh;
  while (digit >> 32 || digit * divisorLow > ((rest << 32) | next)) {
    digit--;
    rest += divisorHigh;
    if (rest >> 32) break;
  }
  return digit;
}

/** floor(√(hi:lo)) for hi ≥ 2^62; wide is the remainder. */
export function squareRootWide(hi: u64, lo: u64): u64 {
  const upper = squareRoot64(hi);
  const upperRest = hi - upper * upper;
  // Zimmermann's "Karatsuba square root": one quotient digit by 2 × upper. It can only be too large.
  const numerator = (upperRest << 31) | (lo >> 33);
  let digit = numerator / upper;
  if (digit > 0xffffffff) digit = 0xffffffff;
  let root = (upper << 32) | digit;
  multiplyWide(root, root);
  while (wideHi > hi || (wideHi == hi && wideLo > lo)) {
    root--;
    multiplyWide(root, root);
  }
  subtractFrom(hi, lo);
  return root;
}

/** wide ← hi:lo - wide. */
export function subtractFrom(hi: u64, lo: u64): void {
  const borrow: u64 = lo < wideLo ? 1 : 0;
  wideLo = lo - wideLo;
  wideHi = hi - wideHi - borrow;
}

/** floor(√value) of a value ≥ 2^62. */
function squareRoot64(value: u64): u64 {
  let root = <u64>Math.sqrt(<f64>value);
  if (root > 0xffffffff) root = 0xffffffff;
  while (root * root > value) root--;
  while (root < 0xffffffff && (root + 1) * (root + 1) <= value) root++;
  return root;
}

/** Leading zeros of hi:lo that is not 0. */
export function leadingZeros(hi: u64, lo: u64): u32 {
  return <u32>(hi ? clz<u64>(hi) : 64 + clz<u64>(lo));
}

/** wide ← hi:lo << count, count < 128. */
export function shiftLeftWide(hi: u64, lo: u64, count: u32): void {
  const left: u64 = count;
  if (count == 0) setWide(hi, lo);
  else if (count < 64) setWide((hi << left) | (lo >> (64 - left)), lo << left);
  else setWide(lo << (left - 64), 0);
}

export function setWide(hi: u64, lo: u64): void {
  wideHi = hi;
  wideLo = lo;
}

/** wide ← hi:lo + wide, modulo 2^128. */
export function addWide(hi: u64, lo: u64): void {
  wideLo += lo;
  wideHi += hi + (wideLo < lo ? 1 : 0);
}

/** wide ← hi:lo >> count (what is lost is lost). */
export function shiftRightWide(hi: u64, lo: u64, count: u32): void {
  const right: u64 = count;
  if (count == 0) setWide(hi, lo);
  else if (count < 64) setWide(hi >> right, (hi << (64 - right)) | (lo >> right));
  else setWide(0, count < 128 ? hi >> (right - 64) : 0);
}

/** wide ← upper half of the 256-bit product, less than 3 units too low. As fractions of 2^128: a × b. */
export function multiplyFractions(aHi: u64, aLo: u64, bHi: u64, bLo: u64): void {
  const cross = multiplyHigh(aHi, bLo);
  const otherCross = multiplyHigh(aLo, bHi);
  multiplyWide(aHi, bHi);
  addWide(0, cross);
  addWide(0, otherCross);
}

/** wide ← hi:lo ÷ divisor, truncated. */
export function divideBySmall(hi: u64, lo: u64, divisor: u64): void {
  const upper = hi / divisor;
  const middle = ((hi % divisor) << 32) | (lo >> 32);
  const lower = ((middle % divisor) << 32) | (lo & 0xffffffff);
  setWide(upper, ((middle / divisor) << 32) | (lower / divisor));
}

/** wide ← a ÷ b as a fraction of 2^128 (truncated), for a < b and b's uppermost bit set. */
export function divideFractions(aHi: u64, aLo: u64, bHi: u64, bLo: u64): void {
  const upper = fractionDigit(aHi, aLo, bHi, bLo);
  const lower = fractionDigit(wideHi, wideLo, bHi, bLo);
  setWide(upper, lower);
}

/** floor(rest × 2^64 ÷ b) for rest < b; the new rest goes to wide. */
function fractionDigit(restHi: u64, restLo: u64, bHi: u64, bLo: u64): u64 {
  let digit = restHi >= bHi ? u64.MAX_VALUE : divideWide(restHi, restLo, bHi);
  const productLow = digit * bLo;
  const productMiddle = multiplyHigh(digit, bLo);
  multiplyWide(digit, bHi);
  addWide(0, productMiddle);
  // restHi:restLo:0 - wideHi:wideLo:productLow; an estimate that was too large makes it negative.
  const borrow: u64 = productLow ? 1 : 0;
  subtractFrom(restHi, restLo);
  let top = wideHi;
  let middle = wideLo - borrow;
  if (wideLo < borrow) top--;
  let low = 0 - productLow;
  while (top) {
    digit--;
    low += bLo;
    const carry: u64 = low < bLo ? 1 : 0;
    middle += carry;
    if (middle < carry) top++;
    middle += bHi;
    if (middle < bHi) top++;
  }
  setWide(middle, low);
  return digit;
}
