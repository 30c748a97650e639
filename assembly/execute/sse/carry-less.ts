/** PCLMULQDQ: multiplication of polynomials over GF(2). */

/** imm[0] chooses the quadword of `a`, imm[4] that of `b`. */
export function carryLessProduct(a: v128, b: v128, imm: u32): v128 {
  const x = <u64>(imm & 1 ? i64x2.extract_lane(a, 1) : i64x2.extract_lane(a, 0));
  const y = <u64>(imm & 16 ? i64x2.extract_lane(b, 1) : i64x2.extract_lane(b, 0));
  const lowX = x & 0xffffffff;
  const lowY = y & 0xffffffff;
  // Karatsuba: three products of 32 bits instead of four.
  const low = product32(lowX, lowY);
  const high = product32(x >> 32, y >> 32);
  const middle = product32(lowX ^ (x >> 32), lowY ^ (y >> 32)) ^ low ^ high;
  return i64x2.replace_lane(i64x2.splat(low ^ (middle << 32)), 1, high ^ (middle >> 32));
}

const EVERY_FOURTH: u64 = 0x1111111111111111;

/**
 * 32 × 32 → 64 bits by integer multiplication: with every fourth bit only, at most 8 terms meet in a column, so carries
 * stay within the three bits between, which are masked away.
 */
function product32(x: u64, y: u64): u64 {
  const x0 = x & EVERY_FOURTH;
  const x1 = x & (EVERY_FOURTH << 1);
  const x2 = x & (EVERY_FOURTH << 2);
  const x3 = x & (EVERY_FOURTH << 3);
  const y0 = y & EVERY_FOURTH;
  const y1 = y & (EVERY_FOURTH << 1);
  const y2 = y & (EVERY_FOURTH << 2);
  const y3 = y & (EVERY_FOURTH << 3);
  const z0 = (x0 * y0) ^ (x1 * y3) ^ (x2 * y2) ^ (x3 * y1);
  const z1 = (x0 * y1) ^ (x1 * y0) ^ (x2 * y3) ^ (x3 * y2);
  const z2 = (x0 * y2) ^ (x1 * y1) ^ (x2 * y0) ^ (x3 * y3);
  const z3 = (x0 * y3) ^ (x1 * y2) ^ (x2 * y1) ^ (x3 * y0);
  return (
    (z0 & EVERY_FOURTH) | (z1 & (EVERY_FOURTH << 1)) | (z2 & (EVERY_FOURTH << 2)) | (z3 & (EVERY_FOURTH << 3))
  );
}
