import { row, type InstructionRow, type RowAttributes } from "../row.js";

/**
 * The general-purpose instructions that are not in the hot switch of `core`: multiplication and division, bit
 * instructions, flags, decimal arithmetic, loops, BMI, random numbers, cache hints. Handlers:
 * assembly/execute/integer.ts.
 */
const integer = (form: string, attributes: RowAttributes & { exec?: string } = {}): InstructionRow =>
  row("integer", form, attributes);

const MULTIPLY: RowAttributes = { undefinedFlags: "SF ZF AF PF" };
const DIVIDE: RowAttributes = { undefinedFlags: "CF OF SF ZF AF PF" };
const BIT_TEST: RowAttributes = { undefinedFlags: "OF SF AF PF" };
const BIT_CHANGE: RowAttributes = { ...BIT_TEST, access: "rw", lock: true };
const DECIMAL: RowAttributes = { i64: true };
const END: RowAttributes = { ends: true };
const HINT: RowAttributes & { exec: string } = { access: "none", exec: "HINT" };

/** RCL and RCR, the rotations of group 2 through CF. */
function rotateRows(): InstructionRow[] {
  return (["RCL", "RCR"] as const).flatMap((name, index) => {
    const digit = index + 2;
    const common: RowAttributes & { exec: string } = {
      access: "rw",
      undefinedFlags: "OF",
      exec: `${name}_I`,
    };
    return [
      integer(`${name} C0 /${digit}: Eb,Iub`, common),
      integer(`${name} C1 /${digit}: Ev,Iub`, common),
      integer(`${name} D0 /${digit}: Eb,1`, { ...common, undefinedFlags: "" }),
      integer(`${name} D1 /${digit}: Ev,1`, { ...common, undefinedFlags: "" }),
      integer(`${name} D2 /${digit}: Eb,CL`, { ...common, exec: `${name}_CL` }),
      integer(`${name} D3 /${digit}: Ev,CL`, { ...common, exec: `${name}_CL` }),
    ];
  });
}

/** BT, BTS, BTR, BTC with a register and with an immediate (group 8). */
function bitRows(): InstructionRow[] {
  return (["BT", "BTS", "BTR", "BTC"] as const).flatMap((name, index) => {
    const attributes = name === "BT" ? BIT_TEST : BIT_CHANGE;
    const opcode = (0xa3 + index * 8).toString(16).toUpperCase();
    return [
      integer(`${name} 0F ${opcode} /r: Ev,Gv`, { ...attributes, exec: `${name}_E_G` }),
      integer(`${name} 0F BA /${4 + index}: Ev,Iub`, { ...attributes, exec: `${name}_E_I` }),
    ];
  });
}

/** Double-precision shifts. */
function doubleShiftRows(): InstructionRow[] {
  const common: RowAttributes = { access: "rw", undefinedFlags: "OF AF" };
  return [
    integer("SHLD 0F A4 /r: Ev,Gv,Iub", { ...common, exec: "SHLD_I" }),
    integer("SHLD 0F A5 /r: Ev,Gv,CL", { ...common, exec: "SHLD_CL" }),
    integer("SHRD 0F AC /r: Ev,Gv,Iub", { ...common, exec: "SHRD_I" }),
    integer("SHRD 0F AD /r: Ev,Gv,CL", { ...common, exec: "SHRD_CL" }),
  ];
}

/** VEX-encoded general-purpose instructions, and ADCX and ADOX. */
function bitManipulationRows(): InstructionRow[] {
  const BMI1: RowAttributes = { feature: "BMI1" };
  const BMI2: RowAttributes = { feature: "BMI2" };
  const ADX: RowAttributes = { feature: "ADX" };
  return [
    integer("ANDN VEX.LZ.NP.0F38.WIG F2 /r: Gy,By,Ey", { ...BMI1, undefinedFlags: "AF PF" }),
    integer("BLSR VEX.LZ.NP.0F38.WIG F3 /1: By,Ey", { ...BMI1, undefinedFlags: "AF PF" }),
    integer("BLSMSK VEX.LZ.NP.0F38.WIG F3 /2: By,Ey", { ...BMI1, undefinedFlags: "AF PF" }),
    integer("BLSI VEX.LZ.NP.0F38.WIG F3 /3: By,Ey", { ...BMI1, undefinedFlags: "AF PF" }),
    integer("BEXTR VEX.LZ.NP.0F38.WIG F7 /r: Gy,Ey,By", { ...BMI1, undefinedFlags: "AF SF PF" }),
    integer("BZHI VEX.LZ.NP.0F38.WIG F5 /r: Gy,Ey,By", { ...BMI2, undefinedFlags: "AF PF" }),
    integer("PEXT VEX.LZ.F3.0F38.WIG F5 /r: Gy,By,Ey", BMI2),
    integer("PDEP VEX.LZ.F2.0F38.WIG F5 /r: Gy,By,Ey", BMI2),
    integer("MULX VEX.LZ.F2.0F38.WIG F6 /r: Gy,By,Ey", BMI2),
    integer("SHLX VEX.LZ.66.0F38.WIG F7 /r: Gy,Ey,By", BMI2),
    integer("SARX VEX.LZ.F3.0F38.WIG F7 /r: Gy,Ey,By", BMI2),
    integer("SHRX VEX.LZ.F2.0F38.WIG F7 /r: Gy,Ey,By", BMI2),
    integer("RORX VEX.LZ.F2.0F3A.WIG F0 /r: Gy,Ey,Iub", BMI2),
    integer("ADCX 66 0F 38 F6 /r: Gy,Ey", ADX),
    integer("ADOX F3 0F 38 F6 /r: Gy,Ey", ADX),
  ];
}

/** Reserved NOP opcodes and cache hints: decoded with their operand, which is not accessed. */
function hintRows(): InstructionRow[] {
  const hints = ["18", "19", "1A", "1B", "1C", "1D", "1E", "1F"];
  return [
    integer("PREFETCHW 0F 0D /r: Ev", HINT),
    ...hints.map((opcode) => integer(`NOP 0F ${opcode} /r: Ev`, HINT)),
    integer("CLFLUSH NP 0F AE /7: M", { exec: "CLFLUSH", memBytes: 1, feature: "CLFSH" }),
    integer("CLFLUSHOPT 66 0F AE /7: M", { exec: "CLFLUSH", memBytes: 1, feature: "CLFLUSHOPT" }),
    integer("CLWB 66 0F AE /6: M", { exec: "CLFLUSH", memBytes: 1, feature: "CLWB" }),
  ];
}

/** See assembly/execute/integer.ts. */
export const integerInstructions: readonly InstructionRow[] = [
  integer("MUL F6 /4: Eb", { ...MULTIPLY, exec: "MUL" }),
  integer("MUL F7 /4: Ev", { ...MULTIPLY, exec: "MUL" }),
  integer("IMUL F6 /5: Eb", { ...MULTIPLY, exec: "IMUL_A_E" }),
  integer("IMUL F7 /5: Ev", { ...MULTIPLY, exec: "IMUL_A_E" }),
  integer("DIV F6 /6: Eb", { ...DIVIDE, exec: "DIV" }),
  integer("DIV F7 /6: Ev", { ...DIVIDE, exec: "DIV" }),
  integer("IDIV F6 /7: Eb", { ...DIVIDE, exec: "IDIV" }),
  integer("IDIV F7 /7: Ev", { ...DIVIDE, exec: "IDIV" }),
  ...rotateRows(),
  ...doubleShiftRows(),
  ...bitRows(),
  integer("BSF 0F BC /r: Gv,Ev", { undefinedFlags: "CF OF SF AF PF" }),
  integer("BSR 0F BD /r: Gv,Ev", { undefinedFlags: "CF OF SF AF PF" }),
  integer("TZCNT F3 0F BC /r: Gv,Ev", { undefinedFlags: "OF SF AF PF", feature: "BMI1" }),
  integer("LZCNT F3 0F BD /r: Gv,Ev", { undefinedFlags: "OF SF AF PF", feature: "LZCNT" }),
  integer("POPCNT F3 0F B8 /r: Gv,Ev", { feature: "POPCNT" }),
  integer("BSWAP 0F C8+r: Zv", { exec: "BSWAP" }),
  ...["NP", "66"].flatMap((prefix) => [
    integer(`MOVBE ${prefix} 0F 38 F0 /r: Gv,Mv`, { exec: "MOVBE_G_M", feature: "MOVBE" }),
    integer(`MOVBE ${prefix} 0F 38 F1 /r: Mv,Gv`, { exec: "MOVBE_M_G", access: "w", feature: "MOVBE" }),
  ]),
  integer("CRC32 F2 0F 38 F0 /r: Gd,Eb", { exec: "CRC32_B", feature: "SSE4_2" }),
  integer("CRC32 F2 0F 38 F1 /r: Gv,Ev", { exec: "CRC32_V", feature: "SSE4_2" }),
  integer("XADD 0F C0 /r: Eb,Gb", { access: "rw", lock: true }),
  integer("XADD 0F C1 /r: Ev,Gv", { access: "rw", lock: true }),
  integer("CMPXCHG 0F B0 /r: Eb,Gb", { access: "rw", lock: true }),
  integer("CMPXCHG 0F B1 /r: Ev,Gv", { access: "rw", lock: true }),
  integer("CMPXCHG8B 0F C7 /1: Mq", { access: "rw", lock: true }),
  integer("CMPXCHG16B REX.W 0F C7 /1: Mdq", { access: "rw", lock: true, o64: true }),
  integer("DAA 27", { ...DECIMAL, undefinedFlags: "OF" }),
  integer("DAS 2F", { ...DECIMAL, undefinedFlags: "OF" }),
  integer("AAA 37", { ...DECIMAL, undefinedFlags: "OF SF ZF PF" }),
  integer("AAS 3F", { ...DECIMAL, undefinedFlags: "OF SF ZF PF" }),
  integer("AAM D4: Iub", { ...DECIMAL, undefinedFlags: "OF AF CF" }),
  integer("AAD D5: Iub", { ...DECIMAL, undefinedFlags: "OF AF CF" }),
  integer("SALC D6", DECIMAL),
  integer("SAHF 9E"),
  integer("LAHF 9F"),
  integer("CMC F5"),
  integer("CLC F8"),
  integer("STC F9"),
  integer("CLD FC"),
  integer("STD FD"),
  integer("XLAT D7"),
  integer("BOUND 62 /r: Gv,Ma", DECIMAL),
  integer("PUSHA 60", DECIMAL),
  integer("POPA 61", DECIMAL),
  integer("PUSHF 9C", { d64: true }),
  integer("POPF 9D", { d64: true, ends: true }),
  integer("ENTER C8: Iw,Ib", { d64: true }),
  integer("LOOPNE E0: Jb", { ...END, f64: true }),
  integer("LOOPE E1: Jb", { ...END, f64: true }),
  integer("LOOP E2: Jb", { ...END, f64: true }),
  integer("JCXZ E3: Jb", { ...END, f64: true }),
  ...bitManipulationRows(),
  integer("RDRAND 0F C7 /6: Rv", { notNative: "random", feature: "RDRAND" }),
  integer("RDSEED 0F C7 /7: Rv", { notNative: "random", feature: "RDSEED" }),
  integer("RDPID F3 0F C7 /7: Rv", { notNative: "depends on the host's processor", feature: "RDPID" }),
  integer("UD0 0F FF /r: Gd,Ed", { access: "none", exec: "UD_OPCODE" }),
  integer("UD1 0F B9 /r: Gd,Ed", { access: "none", exec: "UD_OPCODE" }),
  integer("UD2 0F 0B", { exec: "UD_OPCODE" }),
  integer("PAUSE F3 90: Zv", { ends: true }),
  ...hintRows(),
];
