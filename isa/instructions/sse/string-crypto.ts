import type { InstructionRow } from "../../row.js";
import { sse, sseRows } from "./sse-row.js";

const SSE4_2 = { feature: "SSE4_2" };
const AES = { feature: "AES" };
const SHA = { feature: "SHA" };

/** String comparison: assembly/execute/sse/string-compare.ts; the rest: aes.ts, carry-less.ts, sha.ts. */
export const stringCryptoRows: readonly InstructionRow[] = [
  ...sseRows(
    "66 0F 3A",
    "Vdq,Wdq,Ib",
    { PCMPESTRM: "60", PCMPESTRI: "61", PCMPISTRM: "62", PCMPISTRI: "63" },
    SSE4_2,
  ),
  ...sseRows("66 0F 38", "Vdq,Wdq", {
    AESIMC: "DB", AESENC: "DC", AESENCLAST: "DD", AESDEC: "DE", AESDECLAST: "DF",
  }, AES), // prettier-ignore
  sse("AESKEYGENASSIST 66 0F 3A DF /r: Vdq,Wdq,Ib", AES),
  sse("PCLMULQDQ 66 0F 3A 44 /r: Vdq,Wdq,Ib", { feature: "PCLMULQDQ" }),
  ...sseRows("NP 0F 38", "Vdq,Wdq", {
    SHA1NEXTE: "C8", SHA1MSG1: "C9", SHA1MSG2: "CA", SHA256RNDS2: "CB", SHA256MSG1: "CC", SHA256MSG2: "CD",
  }, SHA), // prettier-ignore
  sse("SHA1RNDS4 NP 0F 3A CC /r: Vdq,Wdq,Ib", SHA),
];
