/** destination = f(destination, source) on 16 bytes: integers, logic, unpacking. SDM 2, per instruction. */
import { aborted, raiseUd } from "../../faults";
import {
  OP_BLENDVPD_X, OP_BLENDVPS_X, OP_MOVSHDUP_X, OP_MOVSLDUP_X, OP_PABSB_X, OP_PABSD_X, OP_PABSW_X, OP_PACKSSDW_X,
  OP_PACKSSWB_X, OP_PACKUSDW_X, OP_PACKUSWB_X, OP_PADDB_X, OP_PADDD_X, OP_PADDQ_X, OP_PADDSB_X, OP_PADDSW_X,
  OP_PADDUSB_X, OP_PADDUSW_X, OP_PADDW_X, OP_PAND_X, OP_PANDN_X, OP_PAVGB_X, OP_PAVGW_X, OP_PBLENDVB_X, OP_PCMPEQB_X,
  OP_PCMPEQD_X, OP_PCMPEQQ_X, OP_PCMPEQW_X, OP_PCMPGTB_X, OP_PCMPGTD_X, OP_PCMPGTQ_X, OP_PCMPGTW_X, OP_PHADDD_X,
  OP_PHADDSW_X, OP_PHADDW_X, OP_PHMINPOSUW_X, OP_PHSUBD_X, OP_PHSUBSW_X, OP_PHSUBW_X, OP_PMADDUBSW_X, OP_PMADDWD_X,
  OP_PMAXSB_X, OP_PMAXSD_X, OP_PMAXSW_X, OP_PMAXUB_X, OP_PMAXUD_X, OP_PMAXUW_X, OP_PMINSB_X, OP_PMINSD_X, OP_PMINSW_X,
  OP_PMINUB_X, OP_PMINUD_X, OP_PMINUW_X, OP_PMULDQ_X, OP_PMULHRSW_X, OP_PMULHUW_X, OP_PMULHW_X, OP_PMULLD_X,
  OP_PMULLW_X, OP_PMULUDQ_X, OP_POR_X, OP_PSADBW_X, OP_PSHUFB_X, OP_PSIGNB_X, OP_PSIGND_X, OP_PSIGNW_X, OP_PSUBB_X,
  OP_PSUBD_X, OP_PSUBQ_X, OP_PSUBSB_X, OP_PSUBSW_X, OP_PSUBUSB_X, OP_PSUBUSW_X, OP_PSUBW_X, OP_PUNPCKHBW_X,
  OP_PUNPCKHDQ_X, OP_PUNPCKHQDQ_X, OP_PUNPCKHWD_X, OP_PUNPCKLBW_X, OP_PUNPCKLDQ_X, OP_PUNPCKLQDQ_X, OP_PUNPCKLWD_X,
  OP_PXOR_X,
} from "../../generated/opcodes"; // prettier-ignore
import { XMM } from "../../generated/layout";
import { alignedSource, destination, setDestination } from "./operands";

export function executePackedInteger(op: u32, r: u32): void {
  const b = alignedSource(r);
  if (aborted()) return;
  const a = destination(r);
  let c: v128;
  switch (op) {
    case OP_PXOR_X:
      c = v128.xor(a, b);
      break;
    case OP_POR_X:
      c = v128.or(a, b);
      break;
    case OP_PAND_X:
      c = v128.and(a, b);
      break;
    case OP_PANDN_X:
      c = v128.andnot(b, a);
      break;
    case OP_PCMPEQB_X:
      c = i8x16.eq(a, b);
      break;
    case OP_PCMPEQW_X:
      c = i16x8.eq(a, b);
      break;
    case OP_PCMPEQD_X:
      c = i32x4.eq(a, b);
      break;
    case OP_PCMPEQQ_X:
      c = i64x2.eq(a, b);
      break;
    case OP_PCMPGTB_X:
      c = i8x16.gt_s(a, b);
      break;
    case OP_PCMPGTW_X:
      c = i16x8.gt_s(a, b);
      break;
    case OP_PCMPGTD_X:
      c = i32x4.gt_s(a, b);
      break;
    case OP_PCMPGTQ_X:
      c = i64x2.gt_s(a, b);
      break;
    case OP_PADDB_X:
      c = i8x16.add(a, b);
      break;
    case OP_PADDW_X:
      c = i16x8.add(a, b);
      break;
    case OP_PADDD_X:
      c = i32x4.add(a, b);
      break;
    case OP_PADDQ_X:
      c = i64x2.add(a, b);
      break;
    case OP_PADDSB_X:
      c = i8x16.add_sat_s(a, b);
      break;
    case OP_PADDSW_X:
      c = i16x8.add_sat_s(a, b);
      break;
    case OP_PADDUSB_X:
      c = i8x16.add_sat_u(a, b);
      break;
    case OP_PADDUSW_X:
      c = i16x8.add_sat_u(a, b);
      break;
    case OP_PSUBB_X:
      c = i8x16.sub(a, b);
      break;
    case OP_PSUBW_X:
      c = i16x8.sub(a, b);
      break;
    case OP_PSUBD_X:
      c = i32x4.sub(a, b);
      break;
    case OP_PSUBQ_X:
      c = i64x2.sub(a, b);
      break;
    case OP_PSUBSB_X:
      c = i8x16.sub_sat_s(a, b);
      break;
    case OP_PSUBSW_X:
      c = i16x8.sub_sat_s(a, b);
      break;
    case OP_PSUBUSB_X:
      c = i8x16.sub_sat_u(a, b);
      break;
    case OP_PSUBUSW_X:
      c = i16x8.sub_sat_u(a, b);
      break;
    case OP_PMINUB_X:
      c = i8x16.min_u(a, b);
      break;
    case OP_PMAXUB_X:
      c = i8x16.max_u(a, b);
      break;
    case OP_PMINSW_X:
      c = i16x8.min_s(a, b);
      break;
    case OP_PMAXSW_X:
      c = i16x8.max_s(a, b);
      break;
    case OP_PMINSB_X:
      c = i8x16.min_s(a, b);
      break;
    case OP_PMAXSB_X:
      c = i8x16.max_s(a, b);
      break;
    case OP_PMINUW_X:
      c = i16x8.min_u(a, b);
      break;
    case OP_PMAXUW_X:
      c = i16x8.max_u(a, b);
      break;
    case OP_PMINSD_X:
      c = i32x4.min_s(a, b);
      break;
    case OP_PMAXSD_X:
      c = i32x4.max_s(a, b);
      break;
    case OP_PMINUD_X:
      c = i32x4.min_u(a, b);
      break;
    case OP_PMAXUD_X:
      c = i32x4.max_u(a, b);
      break;
    case OP_PAVGB_X:
      c = i8x16.avgr_u(a, b);
      break;
    case OP_PAVGW_X:
      c = i16x8.avgr_u(a, b);
      break;
    case OP_PMULLW_X:
      c = i16x8.mul(a, b);
      break;
    case OP_PMULHW_X:
      c = oddWords(i32x4.extmul_low_i16x8_s(a, b), i32x4.extmul_high_i16x8_s(a, b));
      break;
    case OP_PMULHUW_X:
      c = oddWords(i32x4.extmul_low_i16x8_u(a, b), i32x4.extmul_high_i16x8_u(a, b));
      break;
    case OP_PMULLD_X:
      c = i32x4.mul(a, b);
      break;
    case OP_PMULUDQ_X:
      c = i64x2.extmul_low_i32x4_u(evenDoublewords(a), evenDoublewords(b));
      break;
    case OP_PMULDQ_X:
      c = i64x2.extmul_low_i32x4_s(evenDoublewords(a), evenDoublewords(b));
      break;
    case OP_PMADDWD_X:
      c = i32x4.dot_i16x8_s(a, b);
      break;
    case OP_PMADDUBSW_X:
      c = multiplyAddBytes(a, b);
      break;
    case OP_PMULHRSW_X:
      c = multiplyRoundScale(a, b);
      break;
    case OP_PSADBW_X:
      c = sumOfDifferences(a, b);
      break;
    case OP_PUNPCKLBW_X:
      c = v128.shuffle<u8>(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      break;
    case OP_PUNPCKLWD_X:
      c = v128.shuffle<u16>(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
      break;
    case OP_PUNPCKLDQ_X:
      c = v128.shuffle<u32>(a, b, 0, 4, 1, 5);
      break;
    case OP_PUNPCKLQDQ_X:
      c = v128.shuffle<u64>(a, b, 0, 2);
      break;
    case OP_PUNPCKHBW_X:
      c = v128.shuffle<u8>(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
      break;
    case OP_PUNPCKHWD_X:
      c = v128.shuffle<u16>(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
      break;
    case OP_PUNPCKHDQ_X:
      c = v128.shuffle<u32>(a, b, 2, 6, 3, 7);
      break;
    case OP_PUNPCKHQDQ_X:
      c = v128.shuffle<u64>(a, b, 1, 3);
      break;
    case OP_PACKSSWB_X:
      c = i8x16.narrow_i16x8_s(a, b);
      break;
    case OP_PACKUSWB_X:
      c = i8x16.narrow_i16x8_u(a, b);
      break;
    case OP_PACKSSDW_X:
      c = i16x8.narrow_i32x4_s(a, b);
      break;
    case OP_PACKUSDW_X:
      c = i16x8.narrow_i32x4_u(a, b);
      break;
    case OP_MOVSLDUP_X:
      c = v128.shuffle<u32>(b, b, 0, 0, 2, 2);
      break;
    case OP_MOVSHDUP_X:
      c = v128.shuffle<u32>(b, b, 1, 1, 3, 3);
      break;
    // Bit 7 of an index byte clears, bits 4-6 are ignored; swizzle clears for all indexes above 15.
    case OP_PSHUFB_X:
      c = i8x16.swizzle(a, v128.and(b, i8x16.splat(<i8>0x8f)));
      break;
    case OP_PHADDW_X:
      c = i16x8.add(evenWords(a, b), oddWords(a, b));
      break;
    case OP_PHADDD_X:
      c = i32x4.add(v128.shuffle<u32>(a, b, 0, 2, 4, 6), v128.shuffle<u32>(a, b, 1, 3, 5, 7));
      break;
    case OP_PHADDSW_X:
      c = i16x8.add_sat_s(evenWords(a, b), oddWords(a, b));
      break;
    case OP_PHSUBW_X:
      c = i16x8.sub(evenWords(a, b), oddWords(a, b));
      break;
    case OP_PHSUBD_X:
      c = i32x4.sub(v128.shuffle<u32>(a, b, 0, 2, 4, 6), v128.shuffle<u32>(a, b, 1, 3, 5, 7));
      break;
    case OP_PHSUBSW_X:
      c = i16x8.sub_sat_s(evenWords(a, b), oddWords(a, b));
      break;
    case OP_PSIGNB_X:
      c = applySign(a, i8x16.neg(a), i8x16.shr_s(b, 7), i8x16.eq(b, i8x16.splat(0)));
      break;
    case OP_PSIGNW_X:
      c = applySign(a, i16x8.neg(a), i16x8.shr_s(b, 15), i16x8.eq(b, i8x16.splat(0)));
      break;
    case OP_PSIGND_X:
      c = applySign(a, i32x4.neg(a), i32x4.shr_s(b, 31), i32x4.eq(b, i8x16.splat(0)));
      break;
    case OP_PABSB_X:
      c = i8x16.abs(b);
      break;
    case OP_PABSW_X:
      c = i16x8.abs(b);
      break;
    case OP_PABSD_X:
      c = i32x4.abs(b);
      break;
    case OP_PHMINPOSUW_X:
      c = minimumWord(b);
      break;
    case OP_PBLENDVB_X:
      c = v128.bitselect(b, a, i8x16.shr_s(v128.load(XMM), 7));
      break;
    case OP_BLENDVPS_X:
      c = v128.bitselect(b, a, i32x4.shr_s(v128.load(XMM), 31));
      break;
    case OP_BLENDVPD_X:
      c = v128.bitselect(b, a, i64x2.shr_s(v128.load(XMM), 63));
      break;
    default:
      return raiseUd();
  }
  setDestination(r, c);
}

// @ts-ignore: decorator
@inline function evenWords(a: v128, b: v128): v128 {
  return v128.shuffle<u16>(a, b, 0, 2, 4, 6, 8, 10, 12, 14);
}
// @ts-ignore: decorator
@inline function oddWords(a: v128, b: v128): v128 {
  return v128.shuffle<u16>(a, b, 1, 3, 5, 7, 9, 11, 13, 15);
}
// @ts-ignore: decorator
@inline function evenDoublewords(a: v128): v128 {
  return v128.shuffle<u32>(a, a, 0, 2, 0, 2);
}

/** PMADDUBSW: unsigned bytes of `a` times signed bytes of `b`; each product fits in 16 bits, their sum saturates. */
function multiplyAddBytes(a: v128, b: v128): v128 {
  const even = i16x8.mul(v128.and(a, i16x8.splat(0xff)), i16x8.shr_s(i16x8.shl(b, 8), 8));
  const odd = i16x8.mul(i16x8.shr_u(a, 8), i16x8.shr_s(b, 8));
  return i16x8.add_sat_s(even, odd);
}

/** PMULHRSW: as the Wasm instruction, but −1 × −1 gives 8000H, where that one saturates. */
function multiplyRoundScale(a: v128, b: v128): v128 {
  const lowest = i16x8.splat(i16.MIN_VALUE);
  const overflows = v128.and(i16x8.eq(a, lowest), i16x8.eq(b, lowest));
  return v128.xor(i16x8.q15mulr_sat_s(a, b), overflows);
}

function sumOfDifferences(a: v128, b: v128): v128 {
  const difference = v128.or(i8x16.sub_sat_u(a, b), i8x16.sub_sat_u(b, a));
  const fours = i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(difference));
  return v128.and(i32x4.add(fours, i64x2.shr_u(fours, 32)), i64x2.splat(0xffffffff));
}

function applySign(a: v128, negated: v128, isNegative: v128, isZero: v128): v128 {
  return v128.andnot(v128.bitselect(negated, a, isNegative), isZero);
}

/** PHMINPOSUW: the smallest word and, in word 1, the number of its first place. */
function minimumWord(b: v128): v128 {
  const low = <u64>i64x2.extract_lane(b, 0);
  const high = <u64>i64x2.extract_lane(b, 1);
  let least: u64 = 0x10000;
  let place: u64 = 0;
  for (let i: u64 = 0; i < 8; i++) {
    const word = ((i < 4 ? low : high) >> ((i & 3) * 16)) & 0xffff;
    if (word < least) {
      least = word;
      place = i;
    }
  }
  return i64x2.replace_lane(i64x2.splat(0), 0, least | (place << 16));
}
