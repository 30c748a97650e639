/**
 * DPPS and DPPD. imm[7:4] chooses the products that are summed, imm[3:0] the lanes that get the sum (others: +0).
 * SDM 2, "DPPS": products, then (0 + 1) and (2 + 3), then their sum; an unmasked exception of one step ends it there.
 */
import { aborted } from "../../faults";
import { recordImm } from "../../record";
import { singles } from "./arithmetic";
import { mayCommit } from "./mxcsr";
import { alignedSource, destination, setDestination } from "./operands";
import { ADD, arithmetic, DOUBLE, MULTIPLY, SINGLE } from "./soft-float";

export function dotProductSingle(r: u32): void {
  const b = alignedSource(r);
  if (aborted()) return;
  const a = destination(r);
  const imm = <u32>recordImm(r);
  const p0 = imm & 16 ? product(i32x4.extract_lane(a, 0), i32x4.extract_lane(b, 0)) : 0;
  const p1 = imm & 32 ? product(i32x4.extract_lane(a, 1), i32x4.extract_lane(b, 1)) : 0;
  const p2 = imm & 64 ? product(i32x4.extract_lane(a, 2), i32x4.extract_lane(b, 2)) : 0;
  const p3 = imm & 128 ? product(i32x4.extract_lane(a, 3), i32x4.extract_lane(b, 3)) : 0;
  if (!mayCommit()) return;
  const low = arithmetic(ADD, p0, p1, SINGLE);
  const high = arithmetic(ADD, p2, p3, SINGLE);
  if (!mayCommit()) return;
  const sum = <u32>arithmetic(ADD, low, high, SINGLE);
  if (!mayCommit()) return;
  setDestination(r, singles(imm & 1 ? sum : 0, imm & 2 ? sum : 0, imm & 4 ? sum : 0, imm & 8 ? sum : 0));
}
function product(a: i32, b: i32): u64 {
  return arithmetic(MULTIPLY, <u64>(<u32>a), <u64>(<u32>b), SINGLE);
}

export function dotProductDouble(r: u32): void {
  const b = alignedSource(r);
  if (aborted()) return;
  const a = destination(r);
  const imm = <u32>recordImm(r);
  const low = imm & 16 ? arithmetic(MULTIPLY, i64x2.extract_lane(a, 0), i64x2.extract_lane(b, 0), DOUBLE) : 0;
  const high =
    imm & 32 ? arithmetic(MULTIPLY, i64x2.extract_lane(a, 1), i64x2.extract_lane(b, 1), DOUBLE) : 0;
  if (!mayCommit()) return;
  const sum = arithmetic(ADD, low, high, DOUBLE);
  if (!mayCommit()) return;
  setDestination(r, i64x2.replace_lane(i64x2.splat(imm & 1 ? sum : 0), 1, imm & 2 ? sum : 0));
}
