import { row, type InstructionRow, type RowAttributes } from "../row.js";

/**
 * Everything on MMX registers: MMX itself and what SSE, SSE2 and SSSE3 added to it. Handlers:
 * assembly/execute/mmx.ts. (The conversions between packed integers and floating point are rows of `sse`.)
 */
const mmx = (form: string, attributes: RowAttributes & { exec?: string } = {}): InstructionRow =>
  row("mmx", form, attributes);

/** mm ← mm op mm/m64, by opcode in map 0F. */
const BINARY: Readonly<Record<string, string>> = {
  PACKSSWB: "63", PACKUSWB: "67", PACKSSDW: "6B", PUNPCKHBW: "68", PUNPCKHWD: "69", PUNPCKHDQ: "6A",
  PCMPGTB: "64", PCMPGTW: "65", PCMPGTD: "66", PCMPEQB: "74", PCMPEQW: "75", PCMPEQD: "76",
  PSRLW: "D1", PSRLD: "D2", PSRLQ: "D3", PSRAW: "E1", PSRAD: "E2", PSLLW: "F1", PSLLD: "F2", PSLLQ: "F3",
  PMULLW: "D5", PMULHW: "E5", PMADDWD: "F5",
  PSUBUSB: "D8", PSUBUSW: "D9", PADDUSB: "DC", PADDUSW: "DD", PSUBSB: "E8", PSUBSW: "E9", PADDSB: "EC", PADDSW: "ED",
  PSUBB: "F8", PSUBW: "F9", PSUBD: "FA", PADDB: "FC", PADDW: "FD", PADDD: "FE",
  PAND: "DB", PANDN: "DF", POR: "EB", PXOR: "EF",
}; // prettier-ignore

const BINARY_SSE: Readonly<Record<string, string>> = {
  PMINUB: "DA", PMAXUB: "DE", PAVGB: "E0", PAVGW: "E3", PMULHUW: "E4", PMINSW: "EA", PMAXSW: "EE", PSADBW: "F6",
}; // prettier-ignore

const BINARY_SSE2: Readonly<Record<string, string>> = { PADDQ: "D4", PMULUDQ: "F4", PSUBQ: "FB" };

/** In map 0F38. */
const BINARY_SSSE3: Readonly<Record<string, string>> = {
  PSHUFB: "00", PHADDW: "01", PHADDD: "02", PHADDSW: "03", PMADDUBSW: "04", PHSUBW: "05", PHSUBD: "06", PHSUBSW: "07",
  PSIGNB: "08", PSIGNW: "09", PSIGND: "0A", PMULHRSW: "0B", PABSB: "1C", PABSW: "1D", PABSD: "1E",
}; // prettier-ignore

/** Handler names carry MM_, for the sse family has the same mnemonics. */
const binaryRows = (
  table: Readonly<Record<string, string>>,
  map: string,
  feature: string,
): InstructionRow[] =>
  Object.entries(table).map(([name, opcode]) =>
    mmx(`${name} NP ${map} ${opcode} /r: Pq,Qq`, { exec: `MM_${name}`, feature }),
  );

const SHIFTS: readonly (readonly [name: string, opcode: string, digit: number])[] = [
  ["PSRLW", "71", 2],
  ["PSRAW", "71", 4],
  ["PSLLW", "71", 6],
  ["PSRLD", "72", 2],
  ["PSRAD", "72", 4],
  ["PSLLD", "72", 6],
  ["PSRLQ", "73", 2],
  ["PSLLQ", "73", 6],
];

const MMX: RowAttributes = { feature: "MMX" };
const SSE: RowAttributes = { feature: "SSE" };

export const mmxInstructions: readonly InstructionRow[] = [
  ...binaryRows(BINARY, "0F", "MMX"),
  ...binaryRows(BINARY_SSE, "0F", "SSE"),
  ...binaryRows(BINARY_SSE2, "0F", "SSE2"),
  ...binaryRows(BINARY_SSSE3, "0F 38", "SSSE3"),
  ...SHIFTS.map(([name, opcode, digit]) =>
    mmx(`${name} NP 0F ${opcode} /${digit}: Nq,Ib`, { ...MMX, exec: `MM_${name}_I` }),
  ),
  mmx("PUNPCKLBW NP 0F 60 /r: Pq,Qd", { ...MMX, exec: "MM_PUNPCKLBW" }),
  mmx("PUNPCKLWD NP 0F 61 /r: Pq,Qd", { ...MMX, exec: "MM_PUNPCKLWD" }),
  mmx("PUNPCKLDQ NP 0F 62 /r: Pq,Qd", { ...MMX, exec: "MM_PUNPCKLDQ" }),
  mmx("MOVD NP 0F 6E /r: Pq,Ey", { ...MMX, exec: "MM_MOVD_P_E" }),
  mmx("MOVD NP 0F 7E /r: Ey,Pq", { ...MMX, access: "w", exec: "MM_MOVD_E_P" }),
  mmx("MOVQ NP 0F 6F /r: Pq,Qq", { ...MMX, exec: "MM_MOVQ_P_Q" }),
  mmx("MOVQ NP 0F 7F /r: Qq,Pq", { ...MMX, access: "w", exec: "MM_MOVQ_Q_P" }),
  mmx("EMMS NP 0F 77", MMX),
  mmx("PSHUFW NP 0F 70 /r: Pq,Qq,Ib", { ...SSE, exec: "MM_PSHUFW" }),
  mmx("PINSRW NP 0F C4 /r: Pq,Ew,Ib", { ...SSE, exec: "MM_PINSRW" }),
  mmx("PEXTRW NP 0F C5 /r: Gd,Nq,Ib", { ...SSE, exec: "MM_PEXTRW" }),
  mmx("PMOVMSKB NP 0F D7 /r: Gd,Nq", { ...SSE, exec: "MM_PMOVMSKB" }),
  mmx("MOVNTQ NP 0F E7 /r: Mq,Pq", { ...SSE, access: "w", exec: "MM_MOVNTQ" }),
  // Writes at DS:rDI (or another segment), only the bytes whose mask bit is set.
  mmx("MASKMOVQ NP 0F F7 /r: Pq,Nq", { ...SSE, access: "w", exec: "MM_MASKMOVQ" }),
  mmx("MOVQ2DQ F3 0F D6 /r: Vdq,Nq", { feature: "SSE2", exec: "MOVQ2DQ" }),
  mmx("MOVDQ2Q F2 0F D6 /r: Pq,Uq", { feature: "SSE2", exec: "MOVDQ2Q" }),
  mmx("PALIGNR NP 0F 3A 0F /r: Pq,Qq,Ib", { feature: "SSSE3", exec: "MM_PALIGNR" }),
];
