/**
 * Power series on 128-bit fractions, from which the transcendental instructions are made. Arguments and results are
 * fractions of 2^128; their last few units are not exact, some 60 bits below what a result keeps: results are
 * correctly rounded but for cases nobody can construct.
 */
import { BIAS } from "./number";
import { PRECISION_EXTENDED, roundAndPack } from "./round";
import {
  addWide, divideBySmall, leadingZeros, multiplyFractions, setWide, shiftLeftWide, shiftRightWide, subtractFrom, wideHi,
  wideLo,
} from "./wide"; // prettier-ignore

/** 1/3, 1/5, 1/7, …, 1/55. */
const ODD_RECIPROCALS: usize = memory.data<u64>([
  0x5555555555555555, 0x5555555555555555, 0x3333333333333333, 0x3333333333333333,
  0x2492492492492492, 0x4924924924924925, 0x1c71c71c71c71c71, 0xc71c71c71c71c71c,
  0x1745d1745d1745d1, 0x745d1745d1745d17, 0x13b13b13b13b13b1, 0x3b13b13b13b13b14,
  0x1111111111111111, 0x1111111111111111, 0x0f0f0f0f0f0f0f0f, 0x0f0f0f0f0f0f0f0f,
  0x0d79435e50d79435, 0xe50d79435e50d794, 0x0c30c30c30c30c30, 0xc30c30c30c30c30c,
  0x0b21642c8590b216, 0x42c8590b21642c86, 0x0a3d70a3d70a3d70, 0xa3d70a3d70a3d70a,
  0x097b425ed097b425, 0xed097b425ed097b4, 0x08d3dcb08d3dcb08, 0xd3dcb08d3dcb08d4,
  0x0842108421084210, 0x8421084210842108, 0x07c1f07c1f07c1f0, 0x7c1f07c1f07c1f08,
  0x0750750750750750, 0x7507507507507507, 0x06eb3e45306eb3e4, 0x5306eb3e45306eb4,
  0x0690690690690690, 0x6906906906906907, 0x063e7063e7063e70, 0x63e7063e7063e706,
  0x05f417d05f417d05, 0xf417d05f417d05f4, 0x05b05b05b05b05b0, 0x5b05b05b05b05b06,
  0x0572620ae4c415c9, 0x882b9310572620ae, 0x05397829cbc14e5e, 0x0a72f05397829cbc,
  0x0505050505050505, 0x0505050505050505, 0x04d4873ecade304d, 0x4873ecade304d487,
  0x04a7904a7904a790, 0x4a7904a7904a7905,
]); // prettier-ignore

const ODD_TERMS: u32 = 27;

/**
 * wide ← x²/3 - x⁴/5 + x⁶/7 - … (`alternates`: atan x = x·(1 - wide)) or x²/3 + x⁴/5 + … (atanh x = x·(1 + wide)),
 * of the square of x, below 2^-5.
 */
export function oddSeries(squareHi: u64, squareLo: u64, alternates: bool): void {
  const last = ODD_RECIPROCALS + ((ODD_TERMS - 1) << 4);
  setWide(load<u64>(last), load<u64>(last, 8));
  for (let place = last - 16; place >= ODD_RECIPROCALS; place -= 16) {
    multiplyFractions(wideHi, wideLo, squareHi, squareLo);
    if (alternates) subtractFrom(load<u64>(place), load<u64>(place, 8));
    else addWide(load<u64>(place), load<u64>(place, 8));
  }
  multiplyFractions(wideHi, wideLo, squareHi, squareLo);
}

/**
 * wide ← 1 - x²/(f(f+1))·(1 - x²/((f+2)(f+3))·(1 - …)), of the square of x < 1: sin x ÷ x from f = 2, cos x from
 * f = 1. 1 itself comes out as the largest fraction.
 */
export function circularSeries(squareHi: u64, squareLo: u64, first: u32): void {
  setWide(u64.MAX_VALUE, u64.MAX_VALUE);
  for (let factor: i32 = first + 32; factor >= <i32>first; factor -= 2) {
    multiplyFractions(wideHi, wideLo, squareHi, squareLo);
    divideBySmall(wideHi, wideLo, <u64>(factor * (factor + 1)));
    setWide(~wideHi, ~wideLo);
  }
}

/** wide ← half of (e^z - 1) ÷ z = 1 + z/2·(1 + z/3·(1 + …)), for |z| < 0.7. */
export function exponentialSeries(zHi: u64, zLo: u64, isNegative: bool): void {
  const half: u64 = 0x8000000000000000;
  setWide(half, 0);
  for (let divisor: u64 = 36; divisor >= 2; divisor--) {
    multiplyFractions(wideHi, wideLo, zHi, zLo);
    divideBySmall(wideHi, wideLo, divisor);
    if (isNegative) subtractFrom(half, 0);
    else addWide(half, 0);
  }
}

/** atan(k/16) for k = 0 … 16. */
const ARC_TANGENTS: usize = memory.data<u64>([
  0x0000000000000000, 0x0000000000000000, 0x0ffaaddb967ef4e3, 0x6cb2792dc0e2e0d5,
  0x1fd5ba9aac2f6dc6, 0x5912f313e7d111df, 0x2f72f6979cb6044d, 0x1ec2d3e207271d22,
  0x3eb6ebf25901bac5, 0x5b71e7bd7de885f9, 0x4d89dcdc1faf2f34, 0xe2d5da4c693d7994,
  0x5bd86507937bc239, 0xc55190916e7f2242, 0x6993bb0f308ff2db, 0x213e4af4800f389b,
  0x76b19c1586ed3da2, 0xb7f222f65e1d4682, 0x832bf4a6d9867e2a, 0x4b6a09cb61a515c1,
  0x8f005d5ef7f59f9b, 0x5c835e1665c43748, 0x9a2f80e671bdda20, 0x4226f8e2204ff3bd,
  0xa4bc7d1934f70924, 0x19a87f2a457dac9f, 0xaeac4c38b4d8c080, 0x14725e2f3e52070a,
  0xb8053e2bc2319e73, 0xcb2da55210a4443d, 0xc0ce85b8ac526640, 0x89dd62c46e92fa25,
  0xc90fdaa22168c234, 0xc4c6628b80dc1cd1,
]); // prettier-ignore

/** wide ← atan(k/16). */
export function tabulatedArcTangent(k: u32): void {
  const place = ARC_TANGENTS + (k << 4);
  setWide(load<u64>(place), load<u64>(place, 8));
}

/** wide ← hi:lo × ln 2. */
export function multiplyByLn2(hi: u64, lo: u64): void {
  multiplyFractions(hi, lo, 0xb17217f7d1cf79ab, 0xc9e3b39803f2f6af);
}

/** wide ← hi:lo × log2(e) ÷ 2. */
export function multiplyByHalfLog2E(hi: u64, lo: u64): void {
  multiplyFractions(hi, lo, 0xb8aa3b295c17f0bb, 0xbe87fed0691d3e89);
}

/** wide ← π/4 × 2^-shift. */
export function quarterPi(shift: u32): void {
  shiftRightWide(0xc90fdaa22168c234, 0xc4c6628b80dc1cd1, shift);
}

/**
 * Rounds a fraction of 2^128 times 2^exponent that stands for an irrational number: always inexact.
 */
export function packInexact(sign: u32, exponent: i32, hi: u64, lo: u64): void {
  const shift = leadingZeros(hi, lo);
  shiftLeftWide(hi, lo, shift);
  roundAndPack(sign, exponent - 1 - <i32>shift + BIAS, wideHi, wideLo | 1, PRECISION_EXTENDED);
}
