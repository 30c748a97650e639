import type { InstructionRow } from "../../row.js";
import { sse, sseRows } from "./sse-row.js";

const SSE2 = { feature: "SSE2" };
const SSSE3 = { feature: "SSSE3" };
const SSE4_1 = { feature: "SSE4_1" };
const SSE4_2 = { feature: "SSE4_2" };

/**
 * destination = f(destination, 16 bytes of source): integers, logic, unpacking and the shuffles without immediate.
 * Handlers: assembly/execute/sse/packed-integer.ts.
 */
export const packedIntegerRows: readonly InstructionRow[] = [
  ...sseRows("66 0F", "Vdq,Wdq", {
    PXOR: "EF", POR: "EB", PAND: "DB", PANDN: "DF",
    PCMPEQB: "74", PCMPEQW: "75", PCMPEQD: "76", PCMPGTB: "64", PCMPGTW: "65", PCMPGTD: "66",
    PADDB: "FC", PADDW: "FD", PADDD: "FE", PADDQ: "D4", PADDSB: "EC", PADDSW: "ED", PADDUSB: "DC", PADDUSW: "DD",
    PSUBB: "F8", PSUBW: "F9", PSUBD: "FA", PSUBQ: "FB", PSUBSB: "E8", PSUBSW: "E9", PSUBUSB: "D8", PSUBUSW: "D9",
    PMINUB: "DA", PMAXUB: "DE", PMINSW: "EA", PMAXSW: "EE", PAVGB: "E0", PAVGW: "E3",
    PMULLW: "D5", PMULHW: "E5", PMULHUW: "E4", PMULUDQ: "F4", PMADDWD: "F5", PSADBW: "F6",
    PUNPCKLBW: "60", PUNPCKLWD: "61", PUNPCKLDQ: "62", PUNPCKHBW: "68", PUNPCKHWD: "69", PUNPCKHDQ: "6A",
    PUNPCKLQDQ: "6C", PUNPCKHQDQ: "6D", PACKSSWB: "63", PACKUSWB: "67", PACKSSDW: "6B",
  }, SSE2), // prettier-ignore
  ...sseRows("NP 0F", "Vps,Wps", { XORPS: "57", ORPS: "56", ANDPS: "54", ANDNPS: "55" }).map(asInteger),
  ...sseRows("66 0F", "Vpd,Wpd", { XORPD: "57", ORPD: "56", ANDPD: "54", ANDNPD: "55" }).map(asInteger),
  sse("UNPCKLPS NP 0F 14 /r: Vps,Wps", { feature: "SSE", exec: "PUNPCKLDQ_X" }),
  sse("UNPCKHPS NP 0F 15 /r: Vps,Wps", { feature: "SSE", exec: "PUNPCKHDQ_X" }),
  sse("UNPCKLPD 66 0F 14 /r: Vpd,Wpd", { feature: "SSE2", exec: "PUNPCKLQDQ_X" }),
  sse("UNPCKHPD 66 0F 15 /r: Vpd,Wpd", { feature: "SSE2", exec: "PUNPCKHQDQ_X" }),
  sse("MOVSLDUP F3 0F 12 /r: Vps,Wps", { feature: "SSE3" }),
  sse("MOVSHDUP F3 0F 16 /r: Vps,Wps", { feature: "SSE3" }),
  ...sseRows("66 0F 38", "Vdq,Wdq", {
    PSHUFB: "00", PHADDW: "01", PHADDD: "02", PHADDSW: "03", PMADDUBSW: "04", PHSUBW: "05", PHSUBD: "06", PHSUBSW: "07",
    PSIGNB: "08", PSIGNW: "09", PSIGND: "0A", PMULHRSW: "0B", PABSB: "1C", PABSW: "1D", PABSD: "1E",
  }, SSSE3), // prettier-ignore
  ...sseRows("66 0F 38", "Vdq,Wdq", {
    PMULDQ: "28", PCMPEQQ: "29", PACKUSDW: "2B", PMINSB: "38", PMINSD: "39", PMINUW: "3A", PMINUD: "3B",
    PMAXSB: "3C", PMAXSD: "3D", PMAXUW: "3E", PMAXUD: "3F", PMULLD: "40", PHMINPOSUW: "41",
    PBLENDVB: "10", BLENDVPS: "14", BLENDVPD: "15",
  }, SSE4_1), // prettier-ignore
  sse("PCMPGTQ 66 0F 38 37 /r: Vdq,Wdq", SSE4_2),
];

/** ANDPS, ANDPD, … do what PAND, … do. */
function asInteger(row: InstructionRow): InstructionRow {
  const isDouble = row.mnemonic.endsWith("D");
  const attributes = { ...row.attributes, feature: isDouble ? "SSE2" : "SSE" };
  return { ...row, exec: `P${row.mnemonic.slice(0, -2)}_X`, attributes };
}
