/** Operand values: boundaries first, then random ones of every width; floating-point specials of each format. */
import type { Random } from "./random.js";

const BOUNDARIES: readonly bigint[] = [
  0n, 1n, 2n, 0x7fn, 0x80n, 0xffn, 0x100n, 0x7fffn, 0x8000n, 0xffffn, 0x10000n, 0x7fff_ffffn, 0x8000_0000n,
  0xffff_ffffn, 0x1_0000_0000n, 0x7fff_ffff_ffff_ffffn, 0x8000_0000_0000_0000n, 0x8000_0000_0000_0001n,
  0xffff_ffff_ffff_fffen, 0xffff_ffff_ffff_ffffn, 0xffff_ffff_8000_0000n, 0x0101_0101_0101_0101n,
  0x5555_5555_5555_5555n, 0xaaaa_aaaa_aaaa_aaaan, 0x8080_8080_8080_8080n, 0x7f7f_7f7f_7f7f_7f7fn,
]; // prettier-ignore

/** A 64-bit value. */
// prettier-ignore
export function integerValue(random: Random): bigint {
  switch (random.below(4)) {
    case 0: return random.pick(BOUNDARIES);
    case 1: return random.next64() >> BigInt(random.below(64));
    case 2: return BigInt.asUintN(64, BigInt(random.below(64) - 32));
    default: return random.next64();
  }
}

const FLOAT32: readonly number[] = [
  0, 0x8000_0000, 0x3f80_0000, 0xbf80_0000, 0x7f80_0000, 0xff80_0000, 0x7fc0_0000, 0xffc0_0000, 0x7f80_0001, 0xffa0_1234,
  0x7f7f_ffff, 0xff7f_ffff, 0x0080_0000, 0x8080_0000, 0x007f_ffff, 0x0000_0001, 0x8000_0001, 0x4f00_0000, 0xcf00_0000,
  0x4eff_ffff, 0x5f00_0000, 0xdf00_0000, 0x3f00_0000, 0x3fc0_0000, 0x4020_0000, 0x3f7f_ffff, 0x4b00_0001, 0x4b80_0000,
]; // prettier-ignore

const FLOAT64: readonly bigint[] = [
  0n, 0x8000_0000_0000_0000n, 0x3ff0_0000_0000_0000n, 0xbff0_0000_0000_0000n, 0x7ff0_0000_0000_0000n,
  0xfff0_0000_0000_0000n, 0x7ff8_0000_0000_0000n, 0xfff8_0000_0000_0000n, 0x7ff0_0000_0000_0001n,
  0xfff4_0000_0000_1234n, 0x7fef_ffff_ffff_ffffn, 0xffef_ffff_ffff_ffffn, 0x0010_0000_0000_0000n,
  0x8010_0000_0000_0000n, 0x000f_ffff_ffff_ffffn, 1n, 0x8000_0000_0000_0001n, 0x41e0_0000_0000_0000n,
  0xc1e0_0000_0000_0000n, 0xc1e0_0000_0010_0000n, 0x41df_ffff_ffe0_0000n, 0x43e0_0000_0000_0000n,
  0xc3e0_0000_0000_0000n, 0x3fe0_0000_0000_0000n, 0x3ff8_0000_0000_0000n, 0x4004_0000_0000_0000n,
  0x47ef_ffff_f000_0000n, 0x3690_0000_0000_0000n, 0x3810_0000_0000_0000n, 0x380f_ffff_ffff_ffffn,
]; // prettier-ignore

/** Bits of a single-precision value. */
// prettier-ignore
export function float32Bits(random: Random): number {
  switch (random.below(3)) {
    case 0: return random.pick(FLOAT32);
    case 1: return (((random.next() & 0x807f_ffff) | ((127 + random.below(48) - 24) << 23)) >>> 0);
    default: return random.next();
  }
}

/** Bits of a double-precision value. */
// prettier-ignore
export function float64Bits(random: Random): bigint {
  const mantissa = random.next64() & 0x800f_ffff_ffff_ffffn;
  switch (random.below(4)) {
    case 0: return random.pick(FLOAT64);
    case 1: return mantissa | (BigInt(1023 + random.below(80) - 40) << 52n);
    case 2: return (mantissa & (-1n << BigInt(random.below(52)))) | (BigInt(1023 + random.below(80) - 40) << 52n);
    default: return random.next64();
  }
}

/** Sign and exponent, significand: zeros, infinities, NaNs, denormals, unnormals, and ordinary numbers. */
const FLOAT80: readonly (readonly [number, bigint])[] = [
  [0, 0n], [0x8000, 0n], [0x3fff, 1n << 63n], [0xbfff, 1n << 63n], [0x7fff, 1n << 63n], [0xffff, 1n << 63n],
  [0x7fff, 3n << 62n], [0xffff, 3n << 62n], [0x7fff, (1n << 63n) | 1n], [0xffff, (1n << 63n) | 0x1234n],
  [0x7ffe, 0xffff_ffff_ffff_ffffn], [0x0001, 1n << 63n], [0, 1n], [0x8000, 0x7fff_ffff_ffff_ffffn], [0, 1n << 63n],
  [0x3fff, 1n], [0x7fff, 0n], [0x7fff, 1n << 62n], [0x403e, 1n << 63n], [0xc03e, 1n << 63n], [0x403d, 0xffff_ffff_ffff_ffffn],
  [0x3ffe, 0xffff_ffff_ffff_ffffn], [0x3ffe, 1n << 63n], [0x4000, 0xc000_0000_0000_0000n], [0x4000, 0xc90f_daa2_2168_c235n],
  [0x3ffd, 0xffff_ffff_ffff_ffffn], [0xbffe, 0xb504_f333_f9de_6484n],
]; // prettier-ignore

/** Writes an 80-bit value (10 bytes) at `offset`. */
export function putFloat80(view: DataView, offset: number, random: Random): void {
  let exponent: number;
  let significand: bigint;
  if (random.oneIn(3)) [exponent, significand] = random.pick(FLOAT80);
  else {
    const spread = random.pick([4, 20, 70, 140, 2000, 32767]);
    exponent = ((0x3fff - (spread >> 1) + random.below(spread)) & 0x7fff) | (random.oneIn(2) ? 0x8000 : 0);
    significand = (random.next64() | (1n << 63n)) & (random.oneIn(3) ? -1n << BigInt(random.below(63)) : -1n);
  }
  view.setBigUint64(offset, BigInt.asUintN(64, significand), true);
  view.setUint16(offset + 8, exponent, true);
}

/** Writes packed BCD, 18 digits and a sign. */
function putBcd(view: DataView, offset: number, random: Random): void {
  for (let i = 0; i < 9; i++) view.setUint8(offset + i, random.below(10) * 16 + random.below(10));
  view.setUint8(offset + 9, random.oneIn(2) ? 0x80 : 0);
}

/** Fills 16 bytes with values of one kind. */
export function putBlock(view: DataView, offset: number, random: Random): void {
  switch (random.below(6)) {
    case 0:
      for (let i = 0; i < 16; i += 4) view.setUint32(offset + i, float32Bits(random), true);
      break;
    case 1:
      for (let i = 0; i < 16; i += 8) view.setBigUint64(offset + i, float64Bits(random), true);
      break;
    case 2:
      for (let i = 0; i < 16; i += 8) view.setBigUint64(offset + i, integerValue(random), true);
      break;
    case 3:
      view.setBigUint64(offset + 8, random.next64(), true);
      if (random.oneIn(4)) putBcd(view, offset, random);
      else putFloat80(view, offset, random);
      break;
    case 4:
      for (let i = 0; i < 16; i++)
        view.setUint8(offset + i, random.oneIn(3) ? random.pick([0, 1, 0x7f, 0x80, 0xff]) : random.next());
      break;
    default:
      for (let i = 0; i < 16; i += 4) view.setUint32(offset + i, random.next(), true);
  }
}

const POOL_BYTES = 1 << 18;

/** Ready-made blocks to copy from, for speed. */
export class ValuePool {
  private readonly bytes = new Uint8Array(POOL_BYTES);

  constructor(random: Random) {
    const view = new DataView(this.bytes.buffer);
    for (let offset = 0; offset < POOL_BYTES; offset += 16) putBlock(view, offset, random);
  }

  /** Fills `target` from a random place, in whole blocks. */
  fill(target: Uint8Array, random: Random): void {
    const offset = random.below((POOL_BYTES - target.length) >> 4) << 4;
    target.set(this.bytes.subarray(offset, offset + target.length));
  }
}
