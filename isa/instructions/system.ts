import { row, type InstructionRow, type RowAttributes } from "../row.js";

/**
 * System instructions: segment registers, descriptor tables, control, debug and model-specific registers, far control
 * transfer, software interrupts, system calls, extended state. Handlers: assembly/execute/system.ts.
 */
const system = (form: string, attributes: RowAttributes & { exec?: string } = {}): InstructionRow =>
  row("system", form, { notNative: "system instruction", ...attributes });

const END: RowAttributes = { ends: true };
const LONG: RowAttributes = { o64: true };
const LEGACY: RowAttributes = { i64: true };
/** A memory operand whose bytes the handler accesses piece by piece. */
const PIECES: RowAttributes = { access: "none" };
const STORE_WORD: RowAttributes = { access: "w", memBytes: 2 };

const segmentRows: readonly InstructionRow[] = [
  system("MOV 8C /r: Ev,Sw", { ...STORE_WORD, exec: "MOV_E_SREG" }),
  system("MOV 8E /r: Sw,Ew", { ...END, exec: "MOV_SREG_E" }),
  ...(["ES 06", "CS 0E", "SS 16", "DS 1E"] as const).map((text) =>
    system(`PUSH ${text.slice(3)}: ${text.slice(0, 2)}`, { ...LEGACY, exec: "PUSH_SREG" }),
  ),
  system("PUSH 0F A0: FS", { d64: true, exec: "PUSH_SREG" }),
  system("PUSH 0F A8: GS", { d64: true, exec: "PUSH_SREG" }),
  ...(["ES 07", "SS 17", "DS 1F"] as const).map((text) =>
    system(`POP ${text.slice(3)}: ${text.slice(0, 2)}`, { ...LEGACY, ...END, exec: "POP_SREG" }),
  ),
  system("POP 0F A1: FS", { d64: true, ...END, exec: "POP_SREG" }),
  system("POP 0F A9: GS", { d64: true, ...END, exec: "POP_SREG" }),
  system("LES C4 /r: Gv,Mp", { ...LEGACY, ...PIECES, ...END, exec: "LOAD_FAR_POINTER" }),
  system("LDS C5 /r: Gv,Mp", { ...LEGACY, ...PIECES, ...END, exec: "LOAD_FAR_POINTER" }),
  system("LSS 0F B2 /r: Gv,Mp", { ...PIECES, ...END, exec: "LOAD_FAR_POINTER" }),
  system("LFS 0F B4 /r: Gv,Mp", { ...PIECES, ...END, exec: "LOAD_FAR_POINTER" }),
  system("LGS 0F B5 /r: Gv,Mp", { ...PIECES, ...END, exec: "LOAD_FAR_POINTER" }),
  system("SLDT 0F 00 /0: Ev", STORE_WORD),
  system("STR 0F 00 /1: Ev", STORE_WORD),
  system("LLDT 0F 00 /2: Ew", END),
  system("LTR 0F 00 /3: Ew", END),
  system("VERR 0F 00 /4: Ew"),
  system("VERW 0F 00 /5: Ew"),
  system("LAR 0F 02 /r: Gv,Ew"),
  system("LSL 0F 03 /r: Gv,Ew"),
  system("ARPL 63 /r: Ew,Gw", { ...LEGACY, access: "rw" }),
  system("SWAPGS 0F 01 F8", LONG),
  system("RDFSBASE F3 0F AE /0: Ry", { ...LONG, exec: "RDFSBASE", feature: "FSGSBASE" }),
  system("RDGSBASE F3 0F AE /1: Ry", { ...LONG, exec: "RDGSBASE", feature: "FSGSBASE" }),
  system("WRFSBASE F3 0F AE /2: Ry", { ...LONG, exec: "WRFSBASE", feature: "FSGSBASE" }),
  system("WRGSBASE F3 0F AE /3: Ry", { ...LONG, exec: "WRGSBASE", feature: "FSGSBASE" }),
];

const tableRows: readonly InstructionRow[] = [
  system("SGDT 0F 01 /0: Ms", { ...PIECES, exec: "SGDT" }),
  system("SIDT 0F 01 /1: Ms", { ...PIECES, exec: "SIDT" }),
  system("LGDT 0F 01 /2: Ms", { ...PIECES, ...END, exec: "LGDT" }),
  system("LIDT 0F 01 /3: Ms", { ...PIECES, ...END, exec: "LIDT" }),
];

const registerRows: readonly InstructionRow[] = [
  system("MOV 0F 20 /r: Rd,Cd", { exec: "MOV_R_CR" }),
  system("MOV 0F 22 /r: Cd,Rd", { ...END, exec: "MOV_CR_R" }),
  system("MOV 0F 21 /r: Rd,Dd", { exec: "MOV_R_DR" }),
  system("MOV 0F 23 /r: Dd,Rd", { ...END, exec: "MOV_DR_R" }),
  system("SMSW 0F 01 /4: Ev", STORE_WORD),
  system("LMSW 0F 01 /6: Ew", END),
  system("CLTS 0F 06", END),
  system("RDMSR 0F 32", END),
  system("WRMSR 0F 30", END),
  system("RDTSC 0F 31", END),
  system("RDTSCP 0F 01 F9", END),
  system("RDPMC 0F 33"),
  system("CPUID 0F A2", END),
  system("XGETBV NP 0F 01 D0"),
  system("XSETBV NP 0F 01 D1", END),
  system("RDPKRU NP 0F 01 EE"),
  system("WRPKRU NP 0F 01 EF", END),
];

const cacheRows: readonly InstructionRow[] = [
  system("INVLPG 0F 01 /7: M", { ...PIECES, ...END }),
  system("INVPCID 66 0F 38 82 /r: Gy,Mdq", { ...END, feature: "INVPCID" }),
  system("INVD 0F 08", END),
  system("WBINVD 0F 09", { ...END, exec: "WBINVD" }),
  system("WBNOINVD F3 0F 09", { ...END, exec: "WBINVD" }),
];

const controlRows: readonly InstructionRow[] = [
  system("CLI FA"),
  system("STI FB", END),
  system("CLAC NP 0F 01 CA", { ...END, feature: "SMAP" }),
  system("STAC NP 0F 01 CB", { ...END, feature: "SMAP" }),
  system("HLT F4", END),
  system("MONITOR NP 0F 01 C8", END),
  system("MWAIT NP 0F 01 C9", END),
  system("RSM 0F AA", { exec: "RSM" }),
];

const transferRows: readonly InstructionRow[] = [
  system("INT3 CC", { ...END, exec: "INT3" }),
  system("INT CD: Iub", { ...END, exec: "INT_N" }),
  system("INTO CE", { ...LEGACY, ...END }),
  system("INT1 F1", { ...END, exec: "INT1" }),
  system("IRET CF", END),
  system("SYSCALL 0F 05", { ...LONG, ...END }),
  system("SYSRET 0F 07", { ...LONG, ...END }),
  system("SYSENTER 0F 34", END),
  system("SYSEXIT 0F 35", END),
  system("CALL 9A: Ap", { ...LEGACY, ...END, exec: "CALL_FAR_A" }),
  system("JMP EA: Ap", { ...LEGACY, ...END, exec: "JMP_FAR_A" }),
  system("CALL FF /3: Mp", { ...PIECES, ...END, exec: "CALL_FAR_M" }),
  system("JMP FF /5: Mp", { ...PIECES, ...END, exec: "JMP_FAR_M" }),
  system("RET CB", { ...END, exec: "RET_FAR" }),
  system("RET CA: Iw", { ...END, exec: "RET_FAR" }),
];

const stateRows: readonly InstructionRow[] = [
  system("FXSAVE NP 0F AE /0: M", { ...PIECES, exec: "FXSAVE" }),
  system("FXRSTOR NP 0F AE /1: M", { ...PIECES, exec: "FXRSTOR" }),
  system("XSAVE NP 0F AE /4: M", { ...PIECES, exec: "XSAVE" }),
  system("XRSTOR NP 0F AE /5: M", { ...PIECES, ...END, exec: "XRSTOR" }),
  system("XSAVEOPT NP 0F AE /6: M", { ...PIECES, exec: "XSAVEOPT" }),
  system("XSAVEC NP 0F C7 /4: M", { ...PIECES, exec: "XSAVEC" }),
  system("XSAVES NP 0F C7 /5: M", { ...PIECES, exec: "XSAVES" }),
  system("XRSTORS NP 0F C7 /3: M", { ...PIECES, ...END, exec: "XRSTORS" }),
];

/** See assembly/execute/system.ts. */
export const systemInstructions: readonly InstructionRow[] = [
  ...segmentRows,
  ...tableRows,
  ...registerRows,
  ...cacheRows,
  ...controlRows,
  ...transferRows,
  ...stateRows,
];
