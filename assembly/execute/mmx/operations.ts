/** The two-operand operations by handler number. */
import {
  OP_MM_PABSB, OP_MM_PABSD, OP_MM_PABSW, OP_MM_PACKSSDW, OP_MM_PACKSSWB, OP_MM_PACKUSWB, OP_MM_PADDB,
  OP_MM_PADDD, OP_MM_PADDQ, OP_MM_PADDSB, OP_MM_PADDSW, OP_MM_PADDUSB, OP_MM_PADDUSW, OP_MM_PADDW, OP_MM_PAND,
  OP_MM_PANDN, OP_MM_PAVGB, OP_MM_PAVGW, OP_MM_PCMPEQB, OP_MM_PCMPEQD, OP_MM_PCMPEQW, OP_MM_PCMPGTB,
  OP_MM_PCMPGTD, OP_MM_PCMPGTW, OP_MM_PHADDD, OP_MM_PHADDSW, OP_MM_PHADDW, OP_MM_PHSUBD, OP_MM_PHSUBSW,
  OP_MM_PHSUBW, OP_MM_PMADDUBSW, OP_MM_PMADDWD, OP_MM_PMAXSW, OP_MM_PMAXUB, OP_MM_PMINSW, OP_MM_PMINUB,
  OP_MM_PMULHRSW, OP_MM_PMULHUW, OP_MM_PMULHW, OP_MM_PMULLW, OP_MM_PMULUDQ, OP_MM_POR, OP_MM_PSADBW,
  OP_MM_PSHUFB, OP_MM_PSIGNB, OP_MM_PSIGND, OP_MM_PSIGNW, OP_MM_PSLLD, OP_MM_PSLLQ, OP_MM_PSLLW, OP_MM_PSRAD,
  OP_MM_PSRAW, OP_MM_PSRLD, OP_MM_PSRLQ, OP_MM_PSRLW, OP_MM_PSUBB, OP_MM_PSUBD, OP_MM_PSUBQ, OP_MM_PSUBSB,
  OP_MM_PSUBSW, OP_MM_PSUBUSB, OP_MM_PSUBUSW, OP_MM_PSUBW, OP_MM_PUNPCKHBW, OP_MM_PUNPCKHDQ, OP_MM_PUNPCKHWD,
  OP_MM_PUNPCKLBW, OP_MM_PUNPCKLDQ, OP_MM_PUNPCKLWD, OP_MM_PXOR,
} from "../../generated/opcodes"; // prettier-ignore
import {
  evenDoublewords, evenWords, interleaveBytes, interleaveDoublewords, interleaveWords, lower, multiplyAddBytes,
  multiplyHighRounded, multiplyHighSigned, multiplyHighUnsigned, oddDoublewords, oddWords, packDoublewords,
  packSignedWords, packUnsignedWords, shiftArithmetic, shiftLeft, shiftRight, shuffleBytes, signBytes,
  signDoublewords, signWords, sumOfDifferences, upper, vector,
} from "./packed"; // prettier-ignore

/** Destination `a` and source `b` → result. */
export function operate(op: u32, a: u64, b: u64): u64 {
  switch (op) {
    case OP_MM_PACKSSWB:
      return packSignedWords(a, b);
    case OP_MM_PACKUSWB:
      return packUnsignedWords(a, b);
    case OP_MM_PACKSSDW:
      return packDoublewords(a, b);
    case OP_MM_PUNPCKHBW:
      return upper(interleaveBytes(a, b));
    case OP_MM_PUNPCKHWD:
      return upper(interleaveWords(a, b));
    case OP_MM_PUNPCKHDQ:
      return upper(interleaveDoublewords(a, b));
    case OP_MM_PCMPGTB:
      return lower(i8x16.gt_s(vector(a), vector(b)));
    case OP_MM_PCMPGTW:
      return lower(i16x8.gt_s(vector(a), vector(b)));
    case OP_MM_PCMPGTD:
      return lower(i32x4.gt_s(vector(a), vector(b)));
    case OP_MM_PCMPEQB:
      return lower(i8x16.eq(vector(a), vector(b)));
    case OP_MM_PCMPEQW:
      return lower(i16x8.eq(vector(a), vector(b)));
    case OP_MM_PCMPEQD:
      return lower(i32x4.eq(vector(a), vector(b)));
    case OP_MM_PSRLW:
      return shiftRight(a, b, 16);
    case OP_MM_PSRLD:
      return shiftRight(a, b, 32);
    case OP_MM_PSRLQ:
      return shiftRight(a, b, 64);
    case OP_MM_PSRAW:
      return shiftArithmetic(a, b, 16);
    case OP_MM_PSRAD:
      return shiftArithmetic(a, b, 32);
    case OP_MM_PSLLW:
      return shiftLeft(a, b, 16);
    case OP_MM_PSLLD:
      return shiftLeft(a, b, 32);
    case OP_MM_PSLLQ:
      return shiftLeft(a, b, 64);
    case OP_MM_PMULLW:
      return lower(i16x8.mul(vector(a), vector(b)));
    case OP_MM_PMULHW:
      return multiplyHighSigned(a, b);
    case OP_MM_PMADDWD:
      return lower(i32x4.dot_i16x8_s(vector(a), vector(b)));
    case OP_MM_PSUBUSB:
      return lower(i8x16.sub_sat_u(vector(a), vector(b)));
    case OP_MM_PSUBUSW:
      return lower(i16x8.sub_sat_u(vector(a), vector(b)));
    case OP_MM_PADDUSB:
      return lower(i8x16.add_sat_u(vector(a), vector(b)));
    case OP_MM_PADDUSW:
      return lower(i16x8.add_sat_u(vector(a), vector(b)));
    case OP_MM_PSUBSB:
      return lower(i8x16.sub_sat_s(vector(a), vector(b)));
    case OP_MM_PSUBSW:
      return lower(i16x8.sub_sat_s(vector(a), vector(b)));
    case OP_MM_PADDSB:
      return lower(i8x16.add_sat_s(vector(a), vector(b)));
    case OP_MM_PADDSW:
      return lower(i16x8.add_sat_s(vector(a), vector(b)));
    case OP_MM_PSUBB:
      return lower(i8x16.sub(vector(a), vector(b)));
    case OP_MM_PSUBW:
      return lower(i16x8.sub(vector(a), vector(b)));
    case OP_MM_PSUBD:
      return lower(i32x4.sub(vector(a), vector(b)));
    case OP_MM_PADDB:
      return lower(i8x16.add(vector(a), vector(b)));
    case OP_MM_PADDW:
      return lower(i16x8.add(vector(a), vector(b)));
    case OP_MM_PADDD:
      return lower(i32x4.add(vector(a), vector(b)));
    case OP_MM_PAND:
      return a & b;
    case OP_MM_PANDN:
      return ~a & b;
    case OP_MM_POR:
      return a | b;
    case OP_MM_PXOR:
      return a ^ b;
    case OP_MM_PMINUB:
      return lower(i8x16.min_u(vector(a), vector(b)));
    case OP_MM_PMAXUB:
      return lower(i8x16.max_u(vector(a), vector(b)));
    case OP_MM_PAVGB:
      return lower(i8x16.avgr_u(vector(a), vector(b)));
    case OP_MM_PAVGW:
      return lower(i16x8.avgr_u(vector(a), vector(b)));
    case OP_MM_PMULHUW:
      return multiplyHighUnsigned(a, b);
    case OP_MM_PMINSW:
      return lower(i16x8.min_s(vector(a), vector(b)));
    case OP_MM_PMAXSW:
      return lower(i16x8.max_s(vector(a), vector(b)));
    case OP_MM_PSADBW:
      return sumOfDifferences(a, b);
    case OP_MM_PADDQ:
      return a + b;
    case OP_MM_PMULUDQ:
      return (a & 0xffffffff) * (b & 0xffffffff);
    case OP_MM_PSUBQ:
      return a - b;
    case OP_MM_PSHUFB:
      return shuffleBytes(a, b);
    case OP_MM_PHADDW:
      return lower(i16x8.add(evenWords(a, b), oddWords(a, b)));
    case OP_MM_PHADDD:
      return lower(i32x4.add(evenDoublewords(a, b), oddDoublewords(a, b)));
    case OP_MM_PHADDSW:
      return lower(i16x8.add_sat_s(evenWords(a, b), oddWords(a, b)));
    case OP_MM_PMADDUBSW:
      return multiplyAddBytes(a, b);
    case OP_MM_PHSUBW:
      return lower(i16x8.sub(evenWords(a, b), oddWords(a, b)));
    case OP_MM_PHSUBD:
      return lower(i32x4.sub(evenDoublewords(a, b), oddDoublewords(a, b)));
    case OP_MM_PHSUBSW:
      return lower(i16x8.sub_sat_s(evenWords(a, b), oddWords(a, b)));
    case OP_MM_PSIGNB:
      return signBytes(a, b);
    case OP_MM_PSIGNW:
      return signWords(a, b);
    case OP_MM_PSIGND:
      return signDoublewords(a, b);
    case OP_MM_PMULHRSW:
      return multiplyHighRounded(a, b);
    case OP_MM_PABSB:
      return lower(i8x16.abs(vector(b)));
    case OP_MM_PABSW:
      return lower(i16x8.abs(vector(b)));
    case OP_MM_PABSD:
      return lower(i32x4.abs(vector(b)));
    case OP_MM_PUNPCKLBW:
      return lower(interleaveBytes(a, b));
    case OP_MM_PUNPCKLWD:
      return lower(interleaveWords(a, b));
    case OP_MM_PUNPCKLDQ:
      return lower(interleaveDoublewords(a, b));
    default:
      return 0;
  }
}
