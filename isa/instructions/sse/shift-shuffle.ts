import type { InstructionRow } from "../../row.js";
import { sse, sseRows } from "./sse-row.js";

const SSE = { feature: "SSE" };
const SSE2 = { feature: "SSE2" };
const SSSE3 = { feature: "SSSE3" };
const SSE4_1 = { feature: "SSE4_1" };

/** Shifts, shuffles with immediate, single elements in and out. Handlers: assembly/execute/sse/shift-shuffle.ts. */
export const shiftShuffleRows: readonly InstructionRow[] = [
  ...sseRows("66 0F", "Vdq,Wdq", {
    PSRLW: "D1", PSRLD: "D2", PSRLQ: "D3", PSRAW: "E1", PSRAD: "E2", PSLLW: "F1", PSLLD: "F2", PSLLQ: "F3",
  }, SSE2), // prettier-ignore
  sse("PSRLW 66 0F 71 /2: Udq,Ib", { ...SSE2, exec: "PSRLW_I_X" }),
  sse("PSRAW 66 0F 71 /4: Udq,Ib", { ...SSE2, exec: "PSRAW_I_X" }),
  sse("PSLLW 66 0F 71 /6: Udq,Ib", { ...SSE2, exec: "PSLLW_I_X" }),
  sse("PSRLD 66 0F 72 /2: Udq,Ib", { ...SSE2, exec: "PSRLD_I_X" }),
  sse("PSRAD 66 0F 72 /4: Udq,Ib", { ...SSE2, exec: "PSRAD_I_X" }),
  sse("PSLLD 66 0F 72 /6: Udq,Ib", { ...SSE2, exec: "PSLLD_I_X" }),
  sse("PSRLQ 66 0F 73 /2: Udq,Ib", { ...SSE2, exec: "PSRLQ_I_X" }),
  sse("PSRLDQ 66 0F 73 /3: Udq,Ib", { ...SSE2, exec: "PSRLDQ_I_X" }),
  sse("PSLLQ 66 0F 73 /6: Udq,Ib", { ...SSE2, exec: "PSLLQ_I_X" }),
  sse("PSLLDQ 66 0F 73 /7: Udq,Ib", { ...SSE2, exec: "PSLLDQ_I_X" }),
  sse("PSHUFD 66 0F 70 /r: Vdq,Wdq,Ib", SSE2),
  sse("PSHUFHW F3 0F 70 /r: Vdq,Wdq,Ib", SSE2),
  sse("PSHUFLW F2 0F 70 /r: Vdq,Wdq,Ib", SSE2),
  sse("SHUFPS NP 0F C6 /r: Vps,Wps,Ib", SSE),
  sse("SHUFPD 66 0F C6 /r: Vpd,Wpd,Ib", SSE2),
  sse("PALIGNR 66 0F 3A 0F /r: Vdq,Wdq,Ib", SSSE3),
  sse("BLENDPS 66 0F 3A 0C /r: Vps,Wps,Ib", SSE4_1),
  sse("BLENDPD 66 0F 3A 0D /r: Vpd,Wpd,Ib", SSE4_1),
  sse("PBLENDW 66 0F 3A 0E /r: Vdq,Wdq,Ib", SSE4_1),
  sse("MPSADBW 66 0F 3A 42 /r: Vdq,Wdq,Ib", SSE4_1),
  sse("PTEST 66 0F 38 17 /r: Vdq,Wdq", SSE4_1),
  // A general register or less than 32 bits of memory: Ed and memBytes stand for the manual's Ry/Mb and Ry/Mw.
  sse("PINSRW 66 0F C4 /r: Vdq,Ed,Ib", { ...SSE2, memBytes: 2 }),
  sse("PEXTRW 66 0F C5 /r: Gd,Udq,Ib", { ...SSE2, exec: "PEXTRW_G_X" }),
  sse("PEXTRB 66 0F 3A 14 /r: Ed,Vdq,Ib", { ...SSE4_1, access: "w", memBytes: 1 }),
  sse("PEXTRW 66 0F 3A 15 /r: Ed,Vdq,Ib", { ...SSE4_1, access: "w", memBytes: 2, exec: "PEXTRW_E_X" }),
  sse("PEXTRD 66 0F 3A 16 /r: Ey,Vdq,Ib", { ...SSE4_1, access: "w" }),
  sse("EXTRACTPS 66 0F 3A 17 /r: Ed,Vdq,Ib", { ...SSE4_1, access: "w" }),
  sse("PINSRB 66 0F 3A 20 /r: Vdq,Ed,Ib", { ...SSE4_1, memBytes: 1 }),
  sse("INSERTPS 66 0F 3A 21 /r: Vdq,Wd,Ib", SSE4_1),
  sse("PINSRD 66 0F 3A 22 /r: Vdq,Ey,Ib", SSE4_1),
  ...sseRows("66 0F 38", "Vdq,Wq", { PMOVSXBW: "20", PMOVSXWD: "23", PMOVSXDQ: "25" }, SSE4_1),
  ...sseRows("66 0F 38", "Vdq,Wd", { PMOVSXBD: "21", PMOVSXWQ: "24" }, SSE4_1),
  sse("PMOVSXBQ 66 0F 38 22 /r: Vdq,Ww", { ...SSE4_1, memBytes: 2 }),
  ...sseRows("66 0F 38", "Vdq,Wq", { PMOVZXBW: "30", PMOVZXWD: "33", PMOVZXDQ: "35" }, SSE4_1),
  ...sseRows("66 0F 38", "Vdq,Wd", { PMOVZXBD: "31", PMOVZXWQ: "34" }, SSE4_1),
  sse("PMOVZXBQ 66 0F 38 32 /r: Vdq,Ww", { ...SSE4_1, memBytes: 2 }),
];
