/** Conversions between integers and floating-point numbers and between precisions. */
import { aborted, raiseUd } from "../../faults";
import {
  OP_CVTDQ2PD_X, OP_CVTDQ2PS_X, OP_CVTPD2DQ_X, OP_CVTPD2PI_X, OP_CVTPD2PS_X, OP_CVTPI2PD_X, OP_CVTPI2PS_X,
  OP_CVTPS2DQ_X, OP_CVTPS2PD_X, OP_CVTPS2PI_X, OP_CVTSD2SI_X, OP_CVTSD2SS_X, OP_CVTSI2SD_X, OP_CVTSI2SS_X,
  OP_CVTSS2SD_X, OP_CVTSS2SI_X, OP_CVTTPD2DQ_X, OP_CVTTPD2PI_X, OP_CVTTPS2DQ_X, OP_CVTTPS2PI_X, OP_CVTTSD2SI_X,
  OP_CVTTSS2SI_X,
} from "../../generated/opcodes"; // prettier-ignore
import { GPR } from "../../generated/layout";
import { recordIsMemory, recordReg, recordSize } from "../../record";
import { enterMmx, isMmxUnavailable, readQ, writeP } from "../mmx/registers";
import { singles } from "./arithmetic";
import {
  arePlain32,
  isHostArithmetic,
  isPlain32,
  isPlain64,
  isPrecisionWatched,
  isSafe32,
  noteInexact,
} from "./host-arithmetic";
import { IE, mayCommit, PE, ROUND_ZERO, roundingControl, signal } from "./mxcsr";
import {
  alignedSource, generalSource, regXmm, setDestination, source32, source64,
} from "./operands"; // prettier-ignore
import { roundIntegral } from "./round";
import { convertFormat, DOUBLE, flushed, fromInteger, SINGLE } from "./soft-float";

export function executeConversion(op: u32, r: u32): void {
  switch (op) {
    case OP_CVTSI2SD_X:
      return fromGeneral(r, DOUBLE);
    case OP_CVTSI2SS_X:
      return fromGeneral(r, SINGLE);
    case OP_CVTTSD2SI_X:
      return doubleToGeneral(r, ROUND_ZERO);
    case OP_CVTSD2SI_X:
      return doubleToGeneral(r, roundingControl());
    case OP_CVTTSS2SI_X:
      return singleToGeneral(r, ROUND_ZERO);
    case OP_CVTSS2SI_X:
      return singleToGeneral(r, roundingControl());
    case OP_CVTSS2SD_X:
      return singleToDouble(r);
    case OP_CVTSD2SS_X:
      return doubleToSingle(r);
    case OP_CVTPS2PD_X:
      return packedSingleToDouble(r);
    case OP_CVTPD2PS_X:
      return packedDoubleToSingle(r);
    case OP_CVTDQ2PS_X:
      return packedIntegerToSingle(r);
    case OP_CVTDQ2PD_X:
      return packedIntegerToDouble(r);
    case OP_CVTPS2DQ_X:
      return packedSingleToInteger(r, roundingControl());
    case OP_CVTTPS2DQ_X:
      return packedSingleToInteger(r, ROUND_ZERO);
    case OP_CVTPD2DQ_X:
      return packedDoubleToInteger(r, roundingControl());
    case OP_CVTTPD2DQ_X:
      return packedDoubleToInteger(r, ROUND_ZERO);
    case OP_CVTPI2PS_X:
      return mmxToSingle(r);
    case OP_CVTPI2PD_X:
      return mmxToDouble(r);
    case OP_CVTPS2PI_X:
      return singleToMmx(r, roundingControl());
    case OP_CVTTPS2PI_X:
      return singleToMmx(r, ROUND_ZERO);
    case OP_CVTPD2PI_X:
      return doubleToMmx(r, roundingControl());
    case OP_CVTTPD2PI_X:
      return doubleToMmx(r, ROUND_ZERO);
    default:
      return raiseUd();
  }
}

/** CVTSI2SS, CVTSI2SD. */
function fromGeneral(r: u32, format: u32): void {
  const size = recordSize(r);
  const source = generalSource(r, size);
  if (aborted()) return;
  const value = size == 8 ? <i64>source : <i64>(<i32>source);
  const result = convertInteger(value, format);
  if (!mayCommit()) return;
  if (format == DOUBLE) store<u64>(regXmm(r), result);
  else store<u32>(regXmm(r), <u32>result);
}

// @ts-ignore: decorator
@inline function convertInteger(value: i64, format: u32): u64 {
  // The host converts exactly what fits in the significand.
  if (format == DOUBLE && value == <i64>(<i32>value)) return reinterpret<u64>(<f64>value);
  if (format == SINGLE && <u64>(value + 0x1000000) <= 0x2000000) return reinterpret<u32>(<f32>value);
  return fromInteger(value, format);
}

/** The "integer indefinite": what is invalid gives the most negative integer. */
const INDEFINITE_32: u64 = 0x80000000;
const INDEFINITE_64: u64 = 0x8000000000000000;

/** NaN, infinities and what does not fit after rounding are invalid; else PE tells whether anything was lost. */
function toInteger32(value: f64, mode: u32): u32 {
  const rounded = roundIntegral(value, mode);
  if (!(rounded >= -2147483648.0 && rounded <= 2147483647.0)) {
    signal(IE);
    return <u32>INDEFINITE_32;
  }
  if (rounded != value) signal(PE);
  return <u32>(<i32>rounded);
}
function toInteger64(value: f64, mode: u32): u64 {
  const rounded = roundIntegral(value, mode);
  if (!(rounded >= -9223372036854775808.0 && rounded < 9223372036854775808.0)) {
    signal(IE);
    return INDEFINITE_64;
  }
  if (rounded != value) signal(PE);
  return <u64>(<i64>rounded);
}

/** The number as converted to an integer: no DE, but DAZ counts. A single widens exactly (a NaN stays some NaN). */
// @ts-ignore: decorator
@inline function doubleValue(bits: u64): f64 {
  return reinterpret<f64>(flushed(bits, DOUBLE));
}
// @ts-ignore: decorator
@inline function singleValue(bits: u32): f64 {
  return <f64>reinterpret<f32>(<u32>flushed(bits, SINGLE));
}

function doubleToGeneral(r: u32, mode: u32): void {
  const source = source64(r);
  if (!aborted()) toGeneral(r, doubleValue(source), mode);
}
function singleToGeneral(r: u32, mode: u32): void {
  const source = source32(r);
  if (!aborted()) toGeneral(r, singleValue(source), mode);
}
// @ts-ignore: decorator
@inline function toGeneral(r: u32, value: f64, mode: u32): void {
  const result = recordSize(r) == 8 ? toInteger64(value, mode) : <u64>toInteger32(value, mode);
  if (mayCommit()) store<u64>(GPR + recordReg(r), result);
}

function singleToDouble(r: u32): void {
  const source = source32(r);
  if (aborted()) return;
  if (isPlain32(source)) return store<f64>(regXmm(r), <f64>reinterpret<f32>(source));
  const result = convertFormat(source, SINGLE, DOUBLE);
  if (mayCommit()) store<u64>(regXmm(r), result);
}
function doubleToSingle(r: u32): void {
  const source = source64(r);
  if (aborted()) return;
  if (isHostArithmetic() && isPlain64(source)) {
    const value = reinterpret<f64>(source);
    const single = <f32>value;
    if (isSafe32(reinterpret<u32>(single)) || value == 0) {
      if (isPrecisionWatched() && <f64>single != value) noteInexact();
      return store<f32>(regXmm(r), single);
    }
  }
  const result = convertFormat(source, DOUBLE, SINGLE);
  if (mayCommit()) store<u32>(regXmm(r), <u32>result);
}
function packedSingleToDouble(r: u32): void {
  const source = source64(r);
  if (aborted()) return;
  const singlePair = i64x2.splat(source);
  if (arePlain32(singlePair)) return setDestination(r, f64x2.promote_low_f32x4(singlePair));
  const low = convertFormat(source & 0xffffffff, SINGLE, DOUBLE);
  const high = convertFormat(source >> 32, SINGLE, DOUBLE);
  if (mayCommit()) setDestination(r, quadwords(low, high));
}
function packedDoubleToSingle(r: u32): void {
  const source = alignedSource(r);
  if (aborted()) return;
  const low = convertFormat(i64x2.extract_lane(source, 0), DOUBLE, SINGLE);
  const high = convertFormat(i64x2.extract_lane(source, 1), DOUBLE, SINGLE);
  if (mayCommit()) setDestination(r, quadwords(low | (high << 32), 0));
}

function packedIntegerToSingle(r: u32): void {
  const source = alignedSource(r);
  if (aborted()) return;
  if (isHostArithmetic() && !isPrecisionWatched()) return setDestination(r, f32x4.convert_i32x4_s(source));
  const c0 = <u32>fromInteger(i32x4.extract_lane(source, 0), SINGLE);
  const c1 = <u32>fromInteger(i32x4.extract_lane(source, 1), SINGLE);
  const c2 = <u32>fromInteger(i32x4.extract_lane(source, 2), SINGLE);
  const c3 = <u32>fromInteger(i32x4.extract_lane(source, 3), SINGLE);
  if (mayCommit()) setDestination(r, singles(c0, c1, c2, c3));
}
function packedIntegerToDouble(r: u32): void {
  const source = source64(r);
  if (!aborted()) setDestination(r, f64x2.convert_low_i32x4_s(i64x2.splat(source)));
}

function packedSingleToInteger(r: u32, mode: u32): void {
  const source = alignedSource(r);
  if (aborted()) return;
  const c0 = toInteger32(singleValue(i32x4.extract_lane(source, 0)), mode);
  const c1 = toInteger32(singleValue(i32x4.extract_lane(source, 1)), mode);
  const c2 = toInteger32(singleValue(i32x4.extract_lane(source, 2)), mode);
  const c3 = toInteger32(singleValue(i32x4.extract_lane(source, 3)), mode);
  if (mayCommit()) setDestination(r, singles(c0, c1, c2, c3));
}
function packedDoubleToInteger(r: u32, mode: u32): void {
  const source = alignedSource(r);
  if (aborted()) return;
  const result = doublesToIntegers(source, mode);
  if (mayCommit()) setDestination(r, quadwords(result, 0));
}
function doublesToIntegers(source: v128, mode: u32): u64 {
  const low = toInteger32(doubleValue(i64x2.extract_lane(source, 0)), mode);
  return low | ((<u64>toInteger32(doubleValue(i64x2.extract_lane(source, 1)), mode)) << 32);
}
// @ts-ignore: decorator
@inline function quadwords(low: u64, high: u64): v128 {
  return i64x2.replace_lane(i64x2.splat(low), 1, high);
}

// Processors enter MMX operation even when the conversion then faults with #XM.

function mmxToSingle(r: u32): void {
  if (isMmxUnavailable()) return;
  const source = readQ(r);
  if (aborted()) return;
  const low = fromInteger(<i32>source, SINGLE);
  const high = fromInteger((<i64>source) >> 32, SINGLE);
  enterMmx();
  if (mayCommit()) store<u64>(regXmm(r), low | (high << 32));
}
/** With a memory operand no MMX register takes part, and x87 state is left alone. SDM 2, "CVTPI2PD". */
function mmxToDouble(r: u32): void {
  if (!recordIsMemory(r) && isMmxUnavailable()) return;
  const source = readQ(r);
  if (aborted()) return;
  if (!recordIsMemory(r)) enterMmx();
  setDestination(r, f64x2.convert_low_i32x4_s(i64x2.splat(source)));
}
function singleToMmx(r: u32, mode: u32): void {
  if (isMmxUnavailable()) return;
  const source = source64(r);
  if (aborted()) return;
  enterMmx();
  const low = toInteger32(singleValue(<u32>source), mode);
  const result = low | ((<u64>toInteger32(singleValue(<u32>(source >> 32)), mode)) << 32);
  if (mayCommit()) writeP(r, result);
}
function doubleToMmx(r: u32, mode: u32): void {
  if (isMmxUnavailable()) return;
  const source = alignedSource(r);
  if (aborted()) return;
  enterMmx();
  const result = doublesToIntegers(source, mode);
  if (mayCommit()) writeP(r, result);
}
