/** Packed shifts, shuffles that an immediate chooses, single elements in and out of XMM registers. */
import { aborted, raiseUd } from "../../faults";
import { CF, setArithmeticFlags, ZF } from "../../flags";
import {
  OP_BLENDPD_X, OP_BLENDPS_X, OP_EXTRACTPS_X, OP_INSERTPS_X, OP_MPSADBW_X, OP_PALIGNR_X, OP_PBLENDW_X, OP_PEXTRB_X,
  OP_PEXTRD_X, OP_PEXTRW_E_X, OP_PEXTRW_G_X, OP_PINSRB_X, OP_PINSRD_X, OP_PINSRW_X, OP_PMOVSXBD_X, OP_PMOVSXBQ_X,
  OP_PMOVSXBW_X, OP_PMOVSXDQ_X, OP_PMOVSXWD_X, OP_PMOVSXWQ_X, OP_PMOVZXBD_X, OP_PMOVZXBQ_X, OP_PMOVZXBW_X,
  OP_PMOVZXDQ_X, OP_PMOVZXWD_X, OP_PMOVZXWQ_X, OP_PSHUFD_X, OP_PSHUFHW_X, OP_PSHUFLW_X, OP_PSLLDQ_I_X, OP_PSLLD_I_X,
  OP_PSLLD_X, OP_PSLLQ_I_X, OP_PSLLQ_X, OP_PSLLW_I_X, OP_PSLLW_X, OP_PSRAD_I_X, OP_PSRAD_X, OP_PSRAW_I_X, OP_PSRAW_X,
  OP_PSRLDQ_I_X, OP_PSRLD_I_X, OP_PSRLD_X, OP_PSRLQ_I_X, OP_PSRLQ_X, OP_PSRLW_I_X, OP_PSRLW_X, OP_PTEST_X,
  OP_SHUFPD_X, OP_SHUFPS_X,
} from "../../generated/opcodes"; // prettier-ignore
import { GPR } from "../../generated/layout";
import { write16, write32, write64, write8 } from "../../memory/access";
import { operandAddress } from "../../operand";
import { recordImm, recordIsMemory, recordReg, recordRm, recordSize } from "../../record";
import {
  alignedSource, destination, generalSource, regXmm, rmXmm, setDestination, source16, source32, source64,
} from "./operands"; // prettier-ignore

export function executeShiftShuffle(op: u32, r: u32): void {
  switch (op) {
    case OP_PSRLW_X:
    case OP_PSRLD_X:
    case OP_PSRLQ_X:
    case OP_PSRAW_X:
    case OP_PSRAD_X:
    case OP_PSLLW_X:
    case OP_PSLLD_X:
    case OP_PSLLQ_X:
      return shiftBySource(op, r);
    case OP_PSRLW_I_X:
      return v128.store(rmXmm(r), shift(OP_PSRLW_X, v128.load(rmXmm(r)), immediate(r)));
    case OP_PSRLD_I_X:
      return v128.store(rmXmm(r), shift(OP_PSRLD_X, v128.load(rmXmm(r)), immediate(r)));
    case OP_PSRLQ_I_X:
      return v128.store(rmXmm(r), shift(OP_PSRLQ_X, v128.load(rmXmm(r)), immediate(r)));
    case OP_PSRAW_I_X:
      return v128.store(rmXmm(r), shift(OP_PSRAW_X, v128.load(rmXmm(r)), immediate(r)));
    case OP_PSRAD_I_X:
      return v128.store(rmXmm(r), shift(OP_PSRAD_X, v128.load(rmXmm(r)), immediate(r)));
    case OP_PSLLW_I_X:
      return v128.store(rmXmm(r), shift(OP_PSLLW_X, v128.load(rmXmm(r)), immediate(r)));
    case OP_PSLLD_I_X:
      return v128.store(rmXmm(r), shift(OP_PSLLD_X, v128.load(rmXmm(r)), immediate(r)));
    case OP_PSLLQ_I_X:
      return v128.store(rmXmm(r), shift(OP_PSLLQ_X, v128.load(rmXmm(r)), immediate(r)));
    case OP_PSRLDQ_I_X:
      return v128.store(rmXmm(r), shiftRightBytes(v128.load(rmXmm(r)), immediate(r)));
    case OP_PSLLDQ_I_X:
      return v128.store(rmXmm(r), shiftLeftBytes(v128.load(rmXmm(r)), immediate(r)));
    case OP_PTEST_X:
      return testBits(r);
    case OP_PEXTRW_G_X:
      return store<u64>(GPR + recordReg(r), <u64>load<u16>(rmXmm(r) + ((immediate(r) & 7) << 1)));
    case OP_PEXTRB_X:
    case OP_PEXTRW_E_X:
    case OP_PEXTRD_X:
    case OP_EXTRACTPS_X:
      return extract(op, r);
    case OP_PINSRB_X:
    case OP_PINSRW_X:
    case OP_PINSRD_X:
      return insert(op, r);
    case OP_INSERTPS_X:
      return insertSingle(r);
    case OP_PMOVSXBW_X:
    case OP_PMOVSXBD_X:
    case OP_PMOVSXBQ_X:
    case OP_PMOVSXWD_X:
    case OP_PMOVSXWQ_X:
    case OP_PMOVSXDQ_X:
    case OP_PMOVZXBW_X:
    case OP_PMOVZXBD_X:
    case OP_PMOVZXBQ_X:
    case OP_PMOVZXWD_X:
    case OP_PMOVZXWQ_X:
    case OP_PMOVZXDQ_X:
      return extend(op, r);
    default:
      return shuffle(op, r);
  }
}

// @ts-ignore: decorator
@inline function immediate(r: u32): u32 {
  return (<u32>recordImm(r)) & 0xff;
}

function shiftBySource(op: u32, r: u32): void {
  const source = alignedSource(r);
  if (aborted()) return;
  const count = <u64>i64x2.extract_lane(source, 0);
  // Any count above 63 does the same.
  setDestination(r, shift(op, destination(r), count > 64 ? 64 : <u32>count));
}

/** Counts of the element's width and above clear logical shifts and fill arithmetic ones with the sign. */
function shift(op: u32, a: v128, count: u32): v128 {
  switch (op) {
    case OP_PSRLW_X:
      return count > 15 ? i64x2.splat(0) : i16x8.shr_u(a, count);
    case OP_PSRLD_X:
      return count > 31 ? i64x2.splat(0) : i32x4.shr_u(a, count);
    case OP_PSRLQ_X:
      return count > 63 ? i64x2.splat(0) : i64x2.shr_u(a, count);
    case OP_PSRAW_X:
      return i16x8.shr_s(a, count > 15 ? 15 : count);
    case OP_PSRAD_X:
      return i32x4.shr_s(a, count > 31 ? 31 : count);
    case OP_PSLLW_X:
      return count > 15 ? i64x2.splat(0) : i16x8.shl(a, count);
    case OP_PSLLD_X:
      return count > 31 ? i64x2.splat(0) : i32x4.shl(a, count);
    default:
      return count > 63 ? i64x2.splat(0) : i64x2.shl(a, count);
  }
}

/** 0, 1, 2 … 15. A swizzle index above 15 gives 0, which makes the shifts below clear what they shift in. */
// @ts-ignore: decorator
@inline function byteNumbers(): v128 {
  return i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}

function shiftRightBytes(a: v128, count: u32): v128 {
  return i8x16.swizzle(a, i8x16.add(byteNumbers(), i8x16.splat(<i8>min(count, 32))));
}
function shiftLeftBytes(a: v128, count: u32): v128 {
  return i8x16.swizzle(a, i8x16.sub(byteNumbers(), i8x16.splat(<i8>min(count, 32))));
}

/** PTEST: ZF when no bit of the source is set in the destination, CF when all are. */
function testBits(r: u32): void {
  const b = alignedSource(r);
  if (aborted()) return;
  const a = destination(r);
  setArithmeticFlags((v128.any_true(v128.and(a, b)) ? 0 : ZF) | (v128.any_true(v128.andnot(b, a)) ? 0 : CF));
}

function shuffle(op: u32, r: u32): void {
  const b = alignedSource(r);
  if (aborted()) return;
  const a = destination(r);
  const imm = immediate(r);
  let c: v128;
  switch (op) {
    case OP_PSHUFD_X:
      c = i8x16.swizzle(b, selectDoublewords(imm));
      break;
    case OP_PSHUFLW_X:
      c = i8x16.swizzle(b, i64x2.replace_lane(byteNumbers(), 0, selectWords(imm)));
      break;
    case OP_PSHUFHW_X:
      c = i8x16.swizzle(b, i64x2.replace_lane(byteNumbers(), 1, selectWords(imm) + 0x0808080808080808));
      break;
    case OP_SHUFPS_X: {
      const selectors = selectDoublewords(imm);
      c = v128.shuffle<u64>(i8x16.swizzle(a, selectors), i8x16.swizzle(b, selectors), 0, 3);
      break;
    }
    case OP_SHUFPD_X: {
      const low = imm & 1 ? i64x2.extract_lane(a, 1) : i64x2.extract_lane(a, 0);
      const high = imm & 2 ? i64x2.extract_lane(b, 1) : i64x2.extract_lane(b, 0);
      c = i64x2.replace_lane(i64x2.splat(low), 1, high);
      break;
    }
    case OP_PALIGNR_X:
      c =
        imm < 16
          ? v128.or(shiftRightBytes(b, imm), shiftLeftBytes(a, 16 - imm))
          : shiftRightBytes(a, imm - 16);
      break;
    case OP_BLENDPS_X:
      c = v128.bitselect(b, a, laneMask32(imm));
      break;
    case OP_BLENDPD_X:
      c = v128.bitselect(b, a, i64x2.ne(v128.and(i64x2.splat(imm), i64x2(1, 2)), i64x2.splat(0)));
      break;
    case OP_PBLENDW_X:
      c = v128.bitselect(b, a, laneMask16(imm));
      break;
    case OP_MPSADBW_X:
      c = multipleSums(a, b, imm);
      break;
    default:
      return raiseUd();
  }
  setDestination(r, c);
}

/** Swizzle indexes that move doubleword imm[2k+1:2k] to place k. */
function selectDoublewords(imm: u32): v128 {
  const first = i32x4.splat(0x03020100 + (imm & 3) * 0x04040404);
  const second = i32x4.replace_lane(first, 1, 0x03020100 + ((imm >> 2) & 3) * 0x04040404);
  const third = i32x4.replace_lane(second, 2, 0x03020100 + ((imm >> 4) & 3) * 0x04040404);
  return i32x4.replace_lane(third, 3, 0x03020100 + ((imm >> 6) & 3) * 0x04040404);
}

/** Swizzle indexes for four words: word imm[2k+1:2k] to place k. */
function selectWords(imm: u32): u64 {
  const low = (imm & 3) | ((imm & 12) << 14);
  const high = ((imm >> 4) & 3) | ((imm & 0xc0) << 10);
  return ((<u64>low) | ((<u64>high) << 32)) * 0x0202 + 0x0100010001000100;
}

/** All ones in the lanes whose bit of `imm` is set. */
// @ts-ignore: decorator
@inline export function laneMask32(imm: u32): v128 {
  return i32x4.ne(v128.and(i32x4.splat(imm), i32x4(1, 2, 4, 8)), i32x4.splat(0));
}
// @ts-ignore: decorator
@inline function laneMask16(imm: u32): v128 {
  return i16x8.ne(v128.and(i16x8.splat(<i16>imm), i16x8(1, 2, 4, 8, 16, 32, 64, 128)), i16x8.splat(0));
}

/** MPSADBW: block imm[1:0] of the source against eight overlapping blocks of the destination from byte imm[2] × 4. */
function multipleSums(a: v128, b: v128, imm: u32): v128 {
  const window = shiftRightBytes(a, imm & 4);
  const block = i8x16.swizzle(b, i32x4.splat(0x03020100 + (imm & 3) * 0x04040404));
  // Differences of all eight window bytes 0 … 7, then 1 … 8, … against one byte of the block, summed in words.
  let sum = differencesFrom(
    window,
    v128.shuffle<u8>(block, block, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
  );
  sum = i16x8.add(
    sum,
    differencesFrom(
      shiftRightBytes(window, 1),
      v128.shuffle<u8>(block, block, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1),
    ),
  );
  sum = i16x8.add(
    sum,
    differencesFrom(
      shiftRightBytes(window, 2),
      v128.shuffle<u8>(block, block, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2),
    ),
  );
  return i16x8.add(
    sum,
    differencesFrom(
      shiftRightBytes(window, 3),
      v128.shuffle<u8>(block, block, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3),
    ),
  );
}
function differencesFrom(window: v128, byte: v128): v128 {
  return i16x8.extend_low_i8x16_u(v128.or(i8x16.sub_sat_u(window, byte), i8x16.sub_sat_u(byte, window)));
}

/** PEXTRB, PEXTRW, PEXTRD, PEXTRQ, EXTRACTPS: an element to a general register (zero-extended) or memory. */
function extract(op: u32, r: u32): void {
  const imm = immediate(r);
  const from = regXmm(r);
  const size: u32 = op == OP_PEXTRB_X ? 1 : op == OP_PEXTRW_E_X ? 2 : op == OP_PEXTRD_X ? recordSize(r) : 4;
  const place = from + (imm & (16 / size - 1)) * size;
  const value =
    size == 8
      ? load<u64>(place)
      : size == 4
        ? load<u32>(place)
        : size == 2
          ? load<u16>(place)
          : load<u8>(place);
  if (!recordIsMemory(r)) return store<u64>(GPR + recordRm(r), value);
  const linear = operandAddress(r);
  if (size == 8) write64(linear, value);
  else if (size == 4) write32(linear, <u32>value);
  else if (size == 2) write16(linear, <u32>value);
  else write8(linear, <u32>value);
}

/** PINSRB, PINSRW, PINSRD, PINSRQ. */
function insert(op: u32, r: u32): void {
  const size: u32 = op == OP_PINSRB_X ? 1 : op == OP_PINSRW_X ? 2 : recordSize(r);
  const value = generalSource(r, size);
  if (aborted()) return;
  const place = regXmm(r) + (immediate(r) & (16 / size - 1)) * size;
  if (size == 8) store<u64>(place, value);
  else if (size == 4) store<u32>(place, <u32>value);
  else if (size == 2) store<u16>(place, <u16>value);
  else store<u8>(place, <u8>value);
}

/** INSERTPS: imm[7:6] the source's element (memory has one only), imm[5:4] its place, imm[3:0] what is cleared. */
function insertSingle(r: u32): void {
  const imm = immediate(r);
  const value = recordIsMemory(r) ? source32(r) : load<u32>(rmXmm(r) + ((imm >> 6) << 2));
  if (aborted()) return;
  store<u32>(regXmm(r) + (((imm >> 4) & 3) << 2), value);
  setDestination(r, v128.andnot(destination(r), laneMask32(imm)));
}

/** PMOVSX and PMOVZX. */
function extend(op: u32, r: u32): void {
  let low: u64;
  switch (op) {
    case OP_PMOVSXBQ_X:
    case OP_PMOVZXBQ_X:
      low = source16(r);
      break;
    case OP_PMOVSXBD_X:
    case OP_PMOVZXBD_X:
    case OP_PMOVSXWQ_X:
    case OP_PMOVZXWQ_X:
      low = source32(r);
      break;
    default:
      low = source64(r);
  }
  if (aborted()) return;
  const a = i64x2.splat(low);
  let c: v128;
  switch (op) {
    case OP_PMOVSXBW_X:
      c = i16x8.extend_low_i8x16_s(a);
      break;
    case OP_PMOVSXBD_X:
      c = i32x4.extend_low_i16x8_s(i16x8.extend_low_i8x16_s(a));
      break;
    case OP_PMOVSXBQ_X:
      c = i64x2.extend_low_i32x4_s(i32x4.extend_low_i16x8_s(i16x8.extend_low_i8x16_s(a)));
      break;
    case OP_PMOVSXWD_X:
      c = i32x4.extend_low_i16x8_s(a);
      break;
    case OP_PMOVSXWQ_X:
      c = i64x2.extend_low_i32x4_s(i32x4.extend_low_i16x8_s(a));
      break;
    case OP_PMOVSXDQ_X:
      c = i64x2.extend_low_i32x4_s(a);
      break;
    case OP_PMOVZXBW_X:
      c = i16x8.extend_low_i8x16_u(a);
      break;
    case OP_PMOVZXBD_X:
      c = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(a));
      break;
    case OP_PMOVZXBQ_X:
      c = i64x2.extend_low_i32x4_u(i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(a)));
      break;
    case OP_PMOVZXWD_X:
      c = i32x4.extend_low_i16x8_u(a);
      break;
    case OP_PMOVZXWQ_X:
      c = i64x2.extend_low_i32x4_u(i32x4.extend_low_i16x8_u(a));
      break;
    default:
      c = i64x2.extend_low_i32x4_u(a);
  }
  setDestination(r, c);
}
