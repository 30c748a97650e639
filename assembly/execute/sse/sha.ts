/** SHA-1 and SHA-256. FIPS 180-4; SDM 2, per instruction. Word k of a v128 is its bits 32k+31:32k. */
import { raiseUd } from "../../faults";
import {
  OP_SHA1MSG1_X, OP_SHA1MSG2_X, OP_SHA1NEXTE_X, OP_SHA256MSG1_X, OP_SHA256MSG2_X, OP_SHA256RNDS2_X,
} from "../../generated/opcodes"; // prettier-ignore
import { XMM } from "../../generated/layout";
import { singles } from "./arithmetic";

export function shaStep(op: u32, a: v128, b: v128): v128 {
  switch (op) {
    case OP_SHA1NEXTE_X:
      return i32x4.replace_lane(b, 3, word(b, 3) + rotl<u32>(word(a, 3), 30));
    case OP_SHA1MSG1_X:
      return v128.xor(a, v128.shuffle<u32>(b, a, 2, 3, 4, 5));
    case OP_SHA1MSG2_X:
      return sha1Schedule(a, b);
    case OP_SHA256MSG1_X:
      return sha256ScheduleStart(a, b);
    case OP_SHA256MSG2_X:
      return sha256ScheduleEnd(a, b);
    case OP_SHA256RNDS2_X:
      return sha256Rounds(a, b, v128.load(XMM));
    default:
      raiseUd();
      return a;
  }
}

// @ts-ignore: decorator
@inline function word(a: v128, place: u8): u32 {
  return place == 0
    ? i32x4.extract_lane(a, 0)
    : place == 1
      ? i32x4.extract_lane(a, 1)
      : place == 2
        ? i32x4.extract_lane(a, 2)
        : i32x4.extract_lane(a, 3);
}

/** Function and constant of rounds 20t … 20t+19. FIPS 180-4, "SHA-1 Functions" and "SHA-1 Constants". */
function sha1Function(t: u32, x: u32, y: u32, z: u32): u32 {
  if (t == 0) return ((x & y) ^ (~x & z)) + 0x5a827999;
  if (t == 1) return (x ^ y ^ z) + 0x6ed9eba1;
  if (t == 2) return ((x & y) ^ (x & z) ^ (y & z)) + 0x8f1bbcdc;
  return (x ^ y ^ z) + 0xca62c1d6;
}

/** SHA1RNDS4: A is word 3 of the state; E is in the first message word already. */
export function sha1Rounds(state: v128, message: v128, imm: u32): v128 {
  let a = word(state, 3);
  let b = word(state, 2);
  let c = word(state, 1);
  let d = word(state, 0);
  let e: u32 = 0;
  for (let i: u32 = 0; i < 4; i++) {
    const w =
      i == 0 ? word(message, 3) : i == 1 ? word(message, 2) : i == 2 ? word(message, 1) : word(message, 0);
    const next = sha1Function(imm & 3, b, c, d) + rotl<u32>(a, 5) + w + e;
    e = d;
    d = c;
    c = rotl<u32>(b, 30);
    b = a;
    a = next;
  }
  return singles(d, c, b, a);
}

function sha1Schedule(a: v128, b: v128): v128 {
  const w16 = rotl<u32>(word(a, 3) ^ word(b, 2), 1);
  const w17 = rotl<u32>(word(a, 2) ^ word(b, 1), 1);
  const w18 = rotl<u32>(word(a, 1) ^ word(b, 0), 1);
  const w19 = rotl<u32>(word(a, 0) ^ w16, 1);
  return singles(w19, w18, w17, w16);
}

// FIPS 180-4, "SHA-224 and SHA-256 Functions".
// @ts-ignore: decorator
@inline function lowerSigma0(x: u32): u32 {
  return rotr<u32>(x, 7) ^ rotr<u32>(x, 18) ^ (x >> 3);
}
// @ts-ignore: decorator
@inline function lowerSigma1(x: u32): u32 {
  return rotr<u32>(x, 17) ^ rotr<u32>(x, 19) ^ (x >> 10);
}
// @ts-ignore: decorator
@inline function upperSigma0(x: u32): u32 {
  return rotr<u32>(x, 2) ^ rotr<u32>(x, 13) ^ rotr<u32>(x, 22);
}
// @ts-ignore: decorator
@inline function upperSigma1(x: u32): u32 {
  return rotr<u32>(x, 6) ^ rotr<u32>(x, 11) ^ rotr<u32>(x, 25);
}

function sha256ScheduleStart(a: v128, b: v128): v128 {
  const w1 = word(a, 1);
  const w2 = word(a, 2);
  const w3 = word(a, 3);
  const next = singles(lowerSigma0(w1), lowerSigma0(w2), lowerSigma0(w3), lowerSigma0(word(b, 0)));
  return i32x4.add(a, next);
}
function sha256ScheduleEnd(a: v128, b: v128): v128 {
  const w16 = word(a, 0) + lowerSigma1(word(b, 2));
  const w17 = word(a, 1) + lowerSigma1(word(b, 3));
  return singles(w16, w17, word(a, 2) + lowerSigma1(w16), word(a, 3) + lowerSigma1(w17));
}

/** SHA256RNDS2: `cdgh` and `abef` are the state, `keyed` the message words with their constants added. */
function sha256Rounds(cdgh: v128, abef: v128, keyed: v128): v128 {
  let a = word(abef, 3);
  let b = word(abef, 2);
  let e = word(abef, 1);
  let f = word(abef, 0);
  let c = word(cdgh, 3);
  let d = word(cdgh, 2);
  let g = word(cdgh, 1);
  let h = word(cdgh, 0);
  for (let i: u32 = 0; i < 2; i++) {
    const wk = i == 0 ? word(keyed, 0) : word(keyed, 1);
    const first = ((e & f) ^ (~e & g)) + upperSigma1(e) + wk + h;
    const second = ((a & b) ^ (a & c) ^ (b & c)) + upperSigma0(a);
    h = g;
    g = f;
    f = e;
    e = d + first;
    d = c;
    c = b;
    b = a;
    a = first + second;
  }
  return singles(f, e, b, a);
}
