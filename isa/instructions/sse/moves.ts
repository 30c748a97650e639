import type { InstructionRow } from "../../row.js";
import { sse, type SseAttributes } from "./sse-row.js";

const SSE: SseAttributes = { feature: "SSE" };
const SSE2: SseAttributes = { feature: "SSE2" };
const SSE3: SseAttributes = { feature: "SSE3" };
const SSE4_1: SseAttributes = { feature: "SSE4_1" };
const WRITES: SseAttributes = { access: "w" };

/** Moves, and what is not arithmetic at all. Handlers: assembly/execute/sse/moves.ts. */
export const moveRows: readonly InstructionRow[] = [
  sse("MOVUPS NP 0F 10 /r: Vps,Wps", { ...SSE, exec: "MOVU_LOAD_X" }),
  sse("MOVUPD 66 0F 10 /r: Vpd,Wpd", { ...SSE2, exec: "MOVU_LOAD_X" }),
  sse("MOVDQU F3 0F 6F /r: Vdq,Wdq", { ...SSE2, exec: "MOVU_LOAD_X" }),
  sse("LDDQU F2 0F F0 /r: Vdq,Mdq", { ...SSE3, exec: "MOVU_LOAD_X" }),
  sse("MOVUPS NP 0F 11 /r: Wps,Vps", { ...SSE, ...WRITES, exec: "MOVU_STORE_X" }),
  sse("MOVUPD 66 0F 11 /r: Wpd,Vpd", { ...SSE2, ...WRITES, exec: "MOVU_STORE_X" }),
  sse("MOVDQU F3 0F 7F /r: Wdq,Vdq", { ...SSE2, ...WRITES, exec: "MOVU_STORE_X" }),
  sse("MOVAPS NP 0F 28 /r: Vps,Wps", { ...SSE, exec: "MOVA_LOAD_X" }),
  sse("MOVAPD 66 0F 28 /r: Vpd,Wpd", { ...SSE2, exec: "MOVA_LOAD_X" }),
  sse("MOVDQA 66 0F 6F /r: Vdq,Wdq", { ...SSE2, exec: "MOVA_LOAD_X" }),
  sse("MOVNTDQA 66 0F 38 2A /r: Vdq,Mdq", { ...SSE4_1, exec: "MOVA_LOAD_X" }),
  sse("MOVAPS NP 0F 29 /r: Wps,Vps", { ...SSE, ...WRITES, exec: "MOVA_STORE_X" }),
  sse("MOVAPD 66 0F 29 /r: Wpd,Vpd", { ...SSE2, ...WRITES, exec: "MOVA_STORE_X" }),
  sse("MOVDQA 66 0F 7F /r: Wdq,Vdq", { ...SSE2, ...WRITES, exec: "MOVA_STORE_X" }),
  sse("MOVNTPS NP 0F 2B /r: Mdq,Vps", { ...SSE, ...WRITES, exec: "MOVA_STORE_X" }),
  sse("MOVNTPD 66 0F 2B /r: Mdq,Vpd", { ...SSE2, ...WRITES, exec: "MOVA_STORE_X" }),
  sse("MOVNTDQ 66 0F E7 /r: Mdq,Vdq", { ...SSE2, ...WRITES, exec: "MOVA_STORE_X" }),
  sse("MOVSS F3 0F 10 /r: Vss,Wss", { ...SSE, exec: "MOVSS_LOAD_X" }),
  sse("MOVSS F3 0F 11 /r: Wss,Vss", { ...SSE, ...WRITES, exec: "MOVSS_STORE_X" }),
  sse("MOVSD F2 0F 10 /r: Vsd,Wsd", { ...SSE2, exec: "MOVSD_LOAD_X" }),
  sse("MOVSD F2 0F 11 /r: Wsd,Vsd", { ...SSE2, ...WRITES, exec: "MOVSD_STORE_X" }),
  sse("MOVD 66 0F 6E /r: Vdq,Ey", { ...SSE2, exec: "MOVD_LOAD_X" }),
  sse("MOVD 66 0F 7E /r: Ey,Vdq", { ...SSE2, ...WRITES, exec: "MOVD_STORE_X" }),
  sse("MOVQ F3 0F 7E /r: Vdq,Wq", { ...SSE2, exec: "MOVQ_LOAD_X" }),
  sse("MOVQ 66 0F D6 /r: Wq,Vdq", { ...SSE2, ...WRITES, exec: "MOVQ_STORE_X" }),
  // The register form of 0F 12 is MOVHLPS, that of 0F 16 MOVLHPS.
  sse("MOVLPS NP 0F 12 /r: Vq,Wq", { ...SSE, exec: "MOVLP_LOAD_X" }),
  sse("MOVLPD 66 0F 12 /r: Vq,Mq", { ...SSE2, exec: "MOVLP_LOAD_X" }),
  sse("MOVLPS NP 0F 13 /r: Mq,Vq", { ...SSE, ...WRITES, exec: "MOVQ_STORE_X" }),
  sse("MOVLPD 66 0F 13 /r: Mq,Vq", { ...SSE2, ...WRITES, exec: "MOVQ_STORE_X" }),
  sse("MOVHPS NP 0F 16 /r: Vq,Wq", { ...SSE, exec: "MOVHP_LOAD_X" }),
  sse("MOVHPD 66 0F 16 /r: Vq,Mq", { ...SSE2, exec: "MOVHP_LOAD_X" }),
  sse("MOVHPS NP 0F 17 /r: Mq,Vq", { ...SSE, ...WRITES, exec: "MOVHP_STORE_X" }),
  sse("MOVHPD 66 0F 17 /r: Mq,Vq", { ...SSE2, ...WRITES, exec: "MOVHP_STORE_X" }),
  sse("MOVDDUP F2 0F 12 /r: Vq,Wq", SSE3),
  sse("MOVMSKPS NP 0F 50 /r: Gd,Ups", SSE),
  sse("MOVMSKPD 66 0F 50 /r: Gd,Upd", SSE2),
  sse("PMOVMSKB 66 0F D7 /r: Gd,Udq", SSE2),
  sse("MASKMOVDQU 66 0F F7 /r: Vdq,Udq", SSE2),
  sse("LDMXCSR NP 0F AE /2: Md", SSE),
  sse("STMXCSR NP 0F AE /3: Md", { ...SSE, ...WRITES }),
  // From here on: not governed by CR0.EM, CR0.TS and CR4.OSFXSR. Keep MOVNTI first (assembly/execute/sse.ts).
  sse("MOVNTI NP 0F C3 /r: My,Gy", { ...SSE2, ...WRITES }),
  ...[0, 1, 2, 3].map((hint) =>
    sse(`PREFETCH 0F 18 /${hint}: M`, { ...SSE, access: "none", exec: "PREFETCH_X" }),
  ),
  sse("LFENCE NP 0F AE /5", { ...SSE2, mod: "reg", exec: "FENCE_X" }),
  sse("MFENCE NP 0F AE /6", { ...SSE2, mod: "reg", exec: "FENCE_X" }),
  sse("SFENCE NP 0F AE /7", { ...SSE, mod: "reg", exec: "FENCE_X" }),
];
