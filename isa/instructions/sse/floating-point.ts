import type { InstructionRow } from "../../row.js";
import { sse, sseRows } from "./sse-row.js";

const SSE = { feature: "SSE" };
const SSE2 = { feature: "SSE2" };
const SSE3 = { feature: "SSE3" };
const SSE4_1 = { feature: "SSE4_1" };
const APPROXIMATION = "an approximation that each processor model makes its own way";

const ARITHMETIC = { ADD: "58", MUL: "59", SUB: "5C", MIN: "5D", DIV: "5E", MAX: "5F", SQRT: "51" } as const;

/** The seven operations on packed and scalar, single and double precision. */
function arithmeticRows(): InstructionRow[] {
  return Object.entries(ARITHMETIC).flatMap(([name, opcode]) => [
    sse(`${name}PS NP 0F ${opcode} /r: Vps,Wps`, SSE),
    sse(`${name}PD 66 0F ${opcode} /r: Vpd,Wpd`, SSE2),
    sse(`${name}SS F3 0F ${opcode} /r: Vss,Wss`, SSE),
    sse(`${name}SD F2 0F ${opcode} /r: Vsd,Wsd`, SSE2),
  ]);
}

/** Arithmetic and comparison governed by MXCSR. Handlers: assembly/execute/sse/arithmetic.ts and compare.ts. */
export const floatingPointRows: readonly InstructionRow[] = [
  ...arithmeticRows(),
  sse("ADDSUBPS F2 0F D0 /r: Vps,Wps", SSE3),
  sse("ADDSUBPD 66 0F D0 /r: Vpd,Wpd", SSE3),
  sse("HADDPS F2 0F 7C /r: Vps,Wps", SSE3),
  sse("HADDPD 66 0F 7C /r: Vpd,Wpd", SSE3),
  sse("HSUBPS F2 0F 7D /r: Vps,Wps", SSE3),
  sse("HSUBPD 66 0F 7D /r: Vpd,Wpd", SSE3),
  sse("DPPS 66 0F 3A 40 /r: Vps,Wps,Ib", SSE4_1),
  sse("DPPD 66 0F 3A 41 /r: Vpd,Wpd,Ib", SSE4_1),
  sse("RSQRTPS NP 0F 52 /r: Vps,Wps", { ...SSE, notNative: APPROXIMATION }),
  sse("RSQRTSS F3 0F 52 /r: Vss,Wss", { ...SSE, notNative: APPROXIMATION }),
  sse("RCPPS NP 0F 53 /r: Vps,Wps", { ...SSE, notNative: APPROXIMATION }),
  sse("RCPSS F3 0F 53 /r: Vss,Wss", { ...SSE, notNative: APPROXIMATION }),
  sse("CMPPS NP 0F C2 /r: Vps,Wps,Ib", SSE),
  sse("CMPPD 66 0F C2 /r: Vpd,Wpd,Ib", SSE2),
  sse("CMPSS F3 0F C2 /r: Vss,Wss,Ib", SSE),
  sse("CMPSD F2 0F C2 /r: Vsd,Wsd,Ib", SSE2),
  sse("UCOMISS NP 0F 2E /r: Vss,Wss", SSE),
  sse("UCOMISD 66 0F 2E /r: Vsd,Wsd", SSE2),
  sse("COMISS NP 0F 2F /r: Vss,Wss", SSE),
  sse("COMISD 66 0F 2F /r: Vsd,Wsd", SSE2),
  ...sseRows("66 0F 3A", "Vps,Wps,Ib", { ROUNDPS: "08" }, SSE4_1),
  ...sseRows("66 0F 3A", "Vpd,Wpd,Ib", { ROUNDPD: "09" }, SSE4_1),
  ...sseRows("66 0F 3A", "Vss,Wss,Ib", { ROUNDSS: "0A" }, SSE4_1),
  ...sseRows("66 0F 3A", "Vsd,Wsd,Ib", { ROUNDSD: "0B" }, SSE4_1),
];

/** Conversions. Handlers: assembly/execute/sse/convert.ts. */
export const conversionRows: readonly InstructionRow[] = [
  sse("CVTSI2SS F3 0F 2A /r: Vss,Ey", SSE),
  sse("CVTSI2SD F2 0F 2A /r: Vsd,Ey", SSE2),
  sse("CVTTSS2SI F3 0F 2C /r: Gy,Wss", SSE),
  sse("CVTTSD2SI F2 0F 2C /r: Gy,Wsd", SSE2),
  sse("CVTSS2SI F3 0F 2D /r: Gy,Wss", SSE),
  sse("CVTSD2SI F2 0F 2D /r: Gy,Wsd", SSE2),
  sse("CVTSS2SD F3 0F 5A /r: Vsd,Wss", SSE2),
  sse("CVTSD2SS F2 0F 5A /r: Vss,Wsd", SSE2),
  sse("CVTPS2PD NP 0F 5A /r: Vpd,Wq", SSE2),
  sse("CVTPD2PS 66 0F 5A /r: Vps,Wpd", SSE2),
  sse("CVTDQ2PS NP 0F 5B /r: Vps,Wdq", SSE2),
  sse("CVTPS2DQ 66 0F 5B /r: Vdq,Wps", SSE2),
  sse("CVTTPS2DQ F3 0F 5B /r: Vdq,Wps", SSE2),
  sse("CVTDQ2PD F3 0F E6 /r: Vpd,Wq", SSE2),
  sse("CVTTPD2DQ 66 0F E6 /r: Vdq,Wpd", SSE2),
  sse("CVTPD2DQ F2 0F E6 /r: Vdq,Wpd", SSE2),
  sse("CVTPI2PS NP 0F 2A /r: Vps,Npi", SSE),
  sse("CVTPI2PS NP 0F 2A /r: Vps,Mq", {
    ...SSE,
    notNative: "AMD's processors do not enter MMX operation, Intel's do",
  }),
  sse("CVTPI2PD 66 0F 2A /r: Vpd,Qpi", SSE2),
  sse("CVTTPS2PI NP 0F 2C /r: Ppi,Wq", SSE),
  sse("CVTTPD2PI 66 0F 2C /r: Ppi,Wpd", SSE2),
  sse("CVTPS2PI NP 0F 2D /r: Ppi,Wq", SSE),
  sse("CVTPD2PI 66 0F 2D /r: Ppi,Wpd", SSE2),
];
