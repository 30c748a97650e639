/** Packed arithmetic on 64 bits: pure functions of destination `a` and source `b`. */

// @ts-ignore: decorator
@inline export function vector(a: u64): v128 {
  return i64x2.splat(a);
}
// @ts-ignore: decorator
@inline export function lower(value: v128): u64 {
  return i64x2.extract_lane(value, 0);
}
/** Lower half `a`, upper half `b`. */
// @ts-ignore: decorator
@inline export function pair(a: u64, b: u64): v128 {
  return i64x2.replace_lane(i64x2.splat(a), 1, b);
}

export function packSignedWords(a: u64, b: u64): u64 {
  const words = pair(a, b);
  return lower(i8x16.narrow_i16x8_s(words, words));
}
export function packUnsignedWords(a: u64, b: u64): u64 {
  const words = pair(a, b);
  return lower(i8x16.narrow_i16x8_u(words, words));
}
export function packDoublewords(a: u64, b: u64): u64 {
  const doublewords = pair(a, b);
  return lower(i16x8.narrow_i32x4_s(doublewords, doublewords));
}

export function interleaveBytes(a: u64, b: u64): v128 {
  return i8x16.shuffle(vector(a), vector(b), 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}
export function interleaveWords(a: u64, b: u64): v128 {
  return i16x8.shuffle(vector(a), vector(b), 0, 8, 1, 9, 2, 10, 3, 11);
}
export function interleaveDoublewords(a: u64, b: u64): v128 {
  return i32x4.shuffle(vector(a), vector(b), 0, 4, 1, 5);
}
// @ts-ignore: decorator
@inline export function upper(value: v128): u64 {
  return i64x2.extract_lane(value, 1);
}

/** Upper 16 bits of the signed products. */
export function multiplyHighSigned(a: u64, b: u64): u64 {
  const products = i32x4.extmul_low_i16x8_s(vector(a), vector(b));
  return lower(i16x8.shuffle(products, products, 1, 3, 5, 7, 1, 3, 5, 7));
}
export function multiplyHighUnsigned(a: u64, b: u64): u64 {
  const products = i32x4.extmul_low_i16x8_u(vector(a), vector(b));
  return lower(i16x8.shuffle(products, products, 1, 3, 5, 7, 1, 3, 5, 7));
}
/** PMULHRSW: (a × b + 4000H) >> 15. 8000H × 8000H gives 8000H. */
export function multiplyHighRounded(a: u64, b: u64): u64 {
  const products = i32x4.extmul_low_i16x8_s(vector(a), vector(b));
  const rounded = i32x4.shr_s(i32x4.add(products, i32x4.splat(0x4000)), 15);
  return lower(i16x8.shuffle(rounded, rounded, 0, 2, 4, 6, 0, 2, 4, 6));
}
/** PMADDUBSW: unsigned bytes of a × signed bytes of b, neighbours added with saturation. */
export function multiplyAddBytes(a: u64, b: u64): u64 {
  const wideA = i16x8.extend_low_i8x16_u(vector(a));
  const wideB = i16x8.extend_low_i8x16_s(vector(b));
  // A sum of two products fits 32 bits; the narrowing saturates it to 16.
  const sums = i32x4.dot_i16x8_s(wideA, wideB);
  return lower(i16x8.narrow_i32x4_s(sums, sums));
}
/** PSADBW: sum of the absolute differences of the bytes. */
export function sumOfDifferences(a: u64, b: u64): u64 {
  let sum: u64 = 0;
  for (let shift: u64 = 0; shift < 64; shift += 8) {
    const difference = <i32>((a >> shift) & 255) - <i32>((b >> shift) & 255);
    sum += <u64>(difference < 0 ? -difference : difference);
  }
  return sum;
}

/** PHADDW and PHSUBW, PHADDSW and PHSUBSW: even and odd words of a, then of b. */
export function evenWords(a: u64, b: u64): v128 {
  return i16x8.shuffle(pair(a, b), pair(a, b), 0, 2, 4, 6, 0, 2, 4, 6);
}
export function oddWords(a: u64, b: u64): v128 {
  return i16x8.shuffle(pair(a, b), pair(a, b), 1, 3, 5, 7, 1, 3, 5, 7);
}
export function evenDoublewords(a: u64, b: u64): v128 {
  return i32x4.shuffle(pair(a, b), pair(a, b), 0, 2, 0, 2);
}
export function oddDoublewords(a: u64, b: u64): v128 {
  return i32x4.shuffle(pair(a, b), pair(a, b), 1, 3, 1, 3);
}

/** PSHUFB: index bit 7 gives 0, bits 2:0 choose. */
export function shuffleBytes(a: u64, b: u64): u64 {
  return lower(i8x16.swizzle(vector(a), v128.and(vector(b), i8x16.splat(<i8>0x87))));
}

/** PSIGNB/W/D: b's sign applied to a. */
export function signBytes(a: u64, b: u64): u64 {
  return applySign(
    vector(a),
    i8x16.neg(vector(a)),
    i8x16.lt_s(vector(b), i8x16.splat(0)),
    i8x16.eq(vector(b), i8x16.splat(0)),
  );
}
export function signWords(a: u64, b: u64): u64 {
  return applySign(
    vector(a),
    i16x8.neg(vector(a)),
    i16x8.lt_s(vector(b), i16x8.splat(0)),
    i16x8.eq(vector(b), i16x8.splat(0)),
  );
}
export function signDoublewords(a: u64, b: u64): u64 {
  return applySign(
    vector(a),
    i32x4.neg(vector(a)),
    i32x4.lt_s(vector(b), i32x4.splat(0)),
    i32x4.eq(vector(b), i32x4.splat(0)),
  );
}
function applySign(value: v128, negated: v128, isNegative: v128, isZero: v128): u64 {
  return lower(v128.andnot(v128.bitselect(negated, value, isNegative), isZero));
}

/** Shifts of words, doublewords and the quadword: counts from `width` on clear all (arithmetic: fill with the sign). */
export function shiftLeft(a: u64, count: u64, width: u32): u64 {
  if (count >= width) return 0;
  const by = <i32>count;
  if (width == 16) return lower(i16x8.shl(vector(a), by));
  return width == 32 ? lower(i32x4.shl(vector(a), by)) : a << count;
}
export function shiftRight(a: u64, count: u64, width: u32): u64 {
  if (count >= width) return 0;
  const by = <i32>count;
  if (width == 16) return lower(i16x8.shr_u(vector(a), by));
  return width == 32 ? lower(i32x4.shr_u(vector(a), by)) : a >> count;
}
export function shiftArithmetic(a: u64, count: u64, width: u32): u64 {
  const by = count >= width ? width - 1 : <u32>count;
  return width == 16 ? lower(i16x8.shr_s(vector(a), by)) : lower(i32x4.shr_s(vector(a), by));
}

/** PALIGNR: bytes of a:b (a above) from `count` on. */
export function alignRight(a: u64, b: u64, count: u32): u64 {
  if (count >= 16) return 0;
  const bits = (<u64>(count & 7)) << 3;
  if (count >= 8) return a >> bits;
  return bits == 0 ? b : (b >> bits) | (a << (64 - bits));
}

/** PSHUFW. */
export function shuffleWords(b: u64, order: u32): u64 {
  let result: u64 = 0;
  for (let word: u64 = 0; word < 4; word++) {
    const from: u64 = (order >> (<u32>(word * 2))) & 3;
    result |= ((b >> (from << 4)) & 0xffff) << (word << 4);
  }
  return result;
}
