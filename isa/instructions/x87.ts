import { row, type InstructionRow, type RowAttributes } from "../row.js";

/**
 * The x87 FPU: opcodes D8-DF and 9B. Handlers: assembly/execute/x87.ts. Forms that the manual does not list but
 * processors execute (D0-DF duplicates of FCOM, FXCH and FSTP, FFREEP) are rows like the others.
 */
const x87 = (form: string, attributes: RowAttributes & { exec?: string } = {}): InstructionRow =>
  row("x87", form, attributes);

const REGISTER: RowAttributes = { mod: "reg" };
const hex = (value: number): string => value.toString(16).toUpperCase().padStart(2, "0");

/** /digit → operation, the order of all six arithmetic groups. */
const ARITHMETIC = ["ADD", "MUL", "COM", "COMP", "SUB", "SUBR", "DIV", "DIVR"] as const;

/** ST(0) with a memory operand, ST(0) with ST(i), ST(i) with ST(0), and the popping forms. */
function arithmeticRows(): InstructionRow[] {
  return ARITHMETIC.flatMap((name, digit) => {
    // With ST(i) as the destination the manual's names of the "reverse" forms are exchanged.
    const reversed = ARITHMETIC[digit < 4 ? digit : digit ^ 1] as string;
    const isCompare = name.startsWith("COM");
    const rows = [
      x87(`F${name} D8 /${digit}: Md`, { exec: "FARITH_M32" }),
      x87(`F${name} DC /${digit}: Mq`, { exec: "FARITH_M64" }),
      x87(`FI${name} DA /${digit}: Md`, { exec: "FARITH_I32" }),
      x87(`FI${name} DE /${digit}: Mw`, { exec: "FARITH_I16" }),
      x87(`F${name} D8 /${digit}: ST0,STi`, { ...REGISTER, exec: "FARITH_ST0_STI" }),
    ];
    if (isCompare) return rows;
    return [
      ...rows,
      x87(`F${reversed} DC /${digit}: STi,ST0`, { ...REGISTER, exec: "FARITH_STI_ST0" }),
      x87(`F${reversed}P DE /${digit}: STi,ST0`, { ...REGISTER, exec: "FARITH_STI_ST0_POP" }),
    ];
  });
}

/** D9 xx without operands, in the order of the second byte. */
const D9_FORMS: Readonly<Record<string, number>> = {
  FNOP: 0xd0, FCHS: 0xe0, FABS: 0xe1, FTST: 0xe4, FXAM: 0xe5,
  F2XM1: 0xf0, FYL2X: 0xf1, FPTAN: 0xf2, FPATAN: 0xf3, FXTRACT: 0xf4, FPREM1: 0xf5, FDECSTP: 0xf6, FINCSTP: 0xf7,
  FPREM: 0xf8, FYL2XP1: 0xf9, FSQRT: 0xfa, FSINCOS: 0xfb, FRNDINT: 0xfc, FSCALE: 0xfd, FSIN: 0xfe, FCOS: 0xff,
}; // prettier-ignore

const CONSTANTS = ["FLD1", "FLDL2T", "FLDL2E", "FLDPI", "FLDLG2", "FLDLN2", "FLDZ"] as const;

function d9Rows(): InstructionRow[] {
  return [
    ...Object.entries(D9_FORMS).map(([name, modRm]) => x87(`${name} D9 ${hex(modRm)}`)),
    ...CONSTANTS.map((name, index) => x87(`${name} D9 ${hex(0xe8 + index)}`, { exec: "FLD_CONSTANT" })),
  ];
}

/** FCMOVcc: DA for the conditions, DB for their negations. */
function conditionalMoveRows(): InstructionRow[] {
  return ["B", "E", "BE", "U"].flatMap((condition, digit) => [
    x87(`FCMOV${condition} DA /${digit}: ST0,STi`, { ...REGISTER, exec: "FCMOV" }),
    x87(`FCMOVN${condition} DB /${digit}: ST0,STi`, { ...REGISTER, exec: "FCMOVN" }),
  ]);
}

const loadRows: readonly InstructionRow[] = [
  x87("FLD D9 /0: Md", { exec: "FLD_M32" }),
  x87("FLD DD /0: Mq", { exec: "FLD_M64" }),
  x87("FLD DB /5: Mt", { exec: "FLD_M80" }),
  x87("FLD D9 /0: STi", { ...REGISTER, exec: "FLD_STI" }),
  x87("FILD DF /0: Mw", { exec: "FILD_M16" }),
  x87("FILD DB /0: Md", { exec: "FILD_M32" }),
  x87("FILD DF /5: Mq", { exec: "FILD_M64" }),
  x87("FBLD DF /4: Mt"),
];

const W: RowAttributes = { access: "w" };

const storeRows: readonly InstructionRow[] = [
  x87("FST D9 /2: Md", { ...W, exec: "FST_M32" }),
  x87("FSTP D9 /3: Md", { ...W, exec: "FSTP_M32" }),
  x87("FST DD /2: Mq", { ...W, exec: "FST_M64" }),
  x87("FSTP DD /3: Mq", { ...W, exec: "FSTP_M64" }),
  x87("FSTP DB /7: Mt", { ...W, exec: "FSTP_M80" }),
  x87("FIST DF /2: Mw", { ...W, exec: "FIST_M16" }),
  x87("FISTP DF /3: Mw", { ...W, exec: "FISTP_M16" }),
  x87("FIST DB /2: Md", { ...W, exec: "FIST_M32" }),
  x87("FISTP DB /3: Md", { ...W, exec: "FISTP_M32" }),
  x87("FISTP DF /7: Mq", { ...W, exec: "FISTP_M64" }),
  x87("FISTTP DF /1: Mw", { ...W, exec: "FISTTP_M16", feature: "SSE3" }),
  x87("FISTTP DB /1: Md", { ...W, exec: "FISTTP_M32", feature: "SSE3" }),
  x87("FISTTP DD /1: Mq", { ...W, exec: "FISTTP_M64", feature: "SSE3" }),
  x87("FBSTP DF /6: Mt", W),
  x87("FST DD /2: STi", { ...REGISTER, exec: "FST_STI" }),
  x87("FSTP DD /3: STi", { ...REGISTER, exec: "FSTP_STI" }),
  x87("FSTPNCE D9 /3: STi", { ...REGISTER, exec: "FSTPNCE" }),
  x87("FSTP8 DF /2: STi", { ...REGISTER, exec: "FSTP_STI" }),
  x87("FSTP9 DF /3: STi", { ...REGISTER, exec: "FSTP_STI" }),
  x87("FXCH D9 /1: STi", { ...REGISTER, exec: "FXCH" }),
  x87("FXCH4 DD /1: STi", { ...REGISTER, exec: "FXCH" }),
  x87("FXCH7 DF /1: STi", { ...REGISTER, exec: "FXCH" }),
];

const compareRows: readonly InstructionRow[] = [
  x87("FCOM2 DC /2: STi", { ...REGISTER, exec: "FARITH_ST0_STI" }),
  x87("FCOMP3 DC /3: STi", { ...REGISTER, exec: "FARITH_ST0_STI" }),
  x87("FCOMP5 DE /2: STi", { ...REGISTER, exec: "FCOMP5" }),
  x87("FCOMPP DE D9"),
  x87("FUCOM DD /4: STi", { ...REGISTER, exec: "FUCOM" }),
  x87("FUCOMP DD /5: STi", { ...REGISTER, exec: "FUCOMP" }),
  x87("FUCOMPP DA E9"),
  x87("FCOMI DB /6: STi", { ...REGISTER, exec: "FCOMI" }),
  x87("FCOMIP DF /6: STi", { ...REGISTER, exec: "FCOMIP" }),
  x87("FUCOMI DB /5: STi", { ...REGISTER, exec: "FUCOMI" }),
  x87("FUCOMIP DF /5: STi", { ...REGISTER, exec: "FUCOMIP" }),
];

// The environment's size depends on the operand size: the handlers check the segment for all of it themselves.
const ENVIRONMENT: RowAttributes = { access: "none" };

const controlRows: readonly InstructionRow[] = [
  x87("FLDENV D9 /4: M", { ...ENVIRONMENT, notNative: "pointers differ by vendor" }),
  x87("FNSTENV D9 /6: M", { ...ENVIRONMENT, notNative: "pointers differ by vendor" }),
  x87("FRSTOR DD /4: M", { ...ENVIRONMENT, notNative: "pointers differ by vendor" }),
  x87("FNSAVE DD /6: M", { ...ENVIRONMENT, notNative: "pointers differ by vendor" }),
  x87("FLDCW D9 /5: Mw"),
  x87("FNSTCW D9 /7: Mw", W),
  x87("FNSTSW DD /7: Mw", { ...W, exec: "FNSTSW_M" }),
  x87("FNSTSW DF E0: AX", { exec: "FNSTSW_AX" }),
  x87("FFREE DD /0: STi", { ...REGISTER, exec: "FFREE" }),
  x87("FFREEP DF /0: STi", { ...REGISTER, exec: "FFREEP" }),
  x87("FNENI DB E0", { exec: "FNSETPM" }),
  x87("FNDISI DB E1", { exec: "FNSETPM" }),
  x87("FNCLEX DB E2"),
  x87("FNINIT DB E3"),
  x87("FNSETPM DB E4"),
  x87("FWAIT 9B"),
];

export const x87Instructions: readonly InstructionRow[] = [
  ...arithmeticRows(),
  ...d9Rows(),
  ...conditionalMoveRows(),
  ...loadRows,
  ...storeRows,
  ...compareRows,
  ...controlRows,
];
