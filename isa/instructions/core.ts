import { row, type InstructionRow, type RowAttributes } from "../row.js";

/**
 * The instructions that programs execute most, all in the hot switch of the interpreter or next to it
 * (assembly/execute/core.ts): moves, arithmetic and logic, stack, shifts, near control transfer.
 */
const core = (form: string, attributes: RowAttributes & { exec?: string } = {}): InstructionRow =>
  row("core", form, attributes);

const V: RowAttributes = { variants: true };
const ALU_OPERATIONS = ["ADD", "OR", "ADC", "SBB", "AND", "SUB", "XOR", "CMP"] as const;
const hex = (value: number): string => value.toString(16).toUpperCase().padStart(2, "0");

/** The eight classic operations in their six forms and in group 1. */
function aluRows(): InstructionRow[] {
  return ALU_OPERATIONS.flatMap((name, index) => {
    const base = index * 8;
    const isCompare = name === "CMP";
    const destination: RowAttributes = {
      ...V,
      access: isCompare ? "r" : "rw",
      ...(isCompare ? {} : { lock: true }),
    };
    const undefinedFlags = name === "AND" || name === "OR" || name === "XOR" ? { undefinedFlags: "AF" } : {};
    const rm = { ...destination, ...undefinedFlags };
    const source = { ...V, ...undefinedFlags };
    return [
      core(`${name} ${hex(base)} /r: Eb,Gb`, { ...rm, exec: `${name}_E_G` }),
      core(`${name} ${hex(base + 1)} /r: Ev,Gv`, { ...rm, exec: `${name}_E_G` }),
      core(`${name} ${hex(base + 2)} /r: Gb,Eb`, { ...source, exec: `${name}_G_E` }),
      core(`${name} ${hex(base + 3)} /r: Gv,Ev`, { ...source, exec: `${name}_G_E` }),
      core(`${name} ${hex(base + 4)}: AL,Ib`, { ...source, exec: `${name}_E_I` }),
      core(`${name} ${hex(base + 5)}: rAX,Iz`, { ...source, exec: `${name}_E_I` }),
      core(`${name} 80 /${index}: Eb,Ib`, { ...rm, exec: `${name}_E_I` }),
      core(`${name} 81 /${index}: Ev,Iz`, { ...rm, exec: `${name}_E_I` }),
      core(`${name} 82 /${index}: Eb,Ib`, { ...rm, exec: `${name}_E_I`, i64: true }),
      core(`${name} 83 /${index}: Ev,Ib`, { ...rm, exec: `${name}_E_I` }),
    ];
  });
}

/** Group 2. RCL and RCR live in integer.ts. */
function shiftRows(): InstructionRow[] {
  const digits = { ROL: 0, ROR: 1, SHL: 4, SHR: 5, SAL: 6, SAR: 7 } as const;
  return Object.entries(digits).flatMap(([name, digit]) => {
    const exec = name === "SAL" ? "SHL" : name;
    const undefinedFlags = exec === "ROL" || exec === "ROR" ? "OF" : "OF AF";
    const common: RowAttributes = { ...V, access: "rw", undefinedFlags };
    return [
      core(`${name} C0 /${digit}: Eb,Iub`, { ...common, exec: `${exec}_E_I` }),
      core(`${name} C1 /${digit}: Ev,Iub`, { ...common, exec: `${exec}_E_I` }),
      core(`${name} D0 /${digit}: Eb,1`, { ...common, exec: `${exec}_E_I` }),
      core(`${name} D1 /${digit}: Ev,1`, { ...common, exec: `${exec}_E_I` }),
      core(`${name} D2 /${digit}: Eb,CL`, { ...common, exec: `${exec}_E_CL` }),
      core(`${name} D3 /${digit}: Ev,CL`, { ...common, exec: `${exec}_E_CL` }),
    ];
  });
}

const END: RowAttributes = { ends: true };

export const coreInstructions: readonly InstructionRow[] = [
  ...aluRows(),
  ...shiftRows(),
  core("MOV 88 /r: Eb,Gb", { ...V, access: "w", exec: "MOV_E_G" }),
  core("MOV 89 /r: Ev,Gv", { ...V, access: "w", exec: "MOV_E_G" }),
  core("MOV 8A /r: Gb,Eb", { ...V, exec: "MOV_G_E" }),
  core("MOV 8B /r: Gv,Ev", { ...V, exec: "MOV_G_E" }),
  core("MOV B0+r: Zb,Ib", { ...V, exec: "MOV_E_I" }),
  core("MOV B8+r: Zv,Iv", { ...V, exec: "MOV_E_I" }),
  core("MOV C6 /0: Eb,Ib", { ...V, access: "w", exec: "MOV_E_I" }),
  core("MOV C7 /0: Ev,Iz", { ...V, access: "w", exec: "MOV_E_I" }),
  core("MOV A0: AL,Ob", { exec: "MOV_A_O" }),
  core("MOV A1: rAX,Ov", { exec: "MOV_A_O" }),
  core("MOV A2: Ob,AL", { exec: "MOV_O_A", access: "w" }),
  core("MOV A3: Ov,rAX", { exec: "MOV_O_A", access: "w" }),
  core("TEST 84 /r: Eb,Gb", { ...V, undefinedFlags: "AF", exec: "TEST_E_G" }),
  core("TEST 85 /r: Ev,Gv", { ...V, undefinedFlags: "AF", exec: "TEST_E_G" }),
  core("TEST A8: AL,Ib", { ...V, undefinedFlags: "AF", exec: "TEST_E_I" }),
  core("TEST A9: rAX,Iz", { ...V, undefinedFlags: "AF", exec: "TEST_E_I" }),
  core("TEST F6 /0: Eb,Ib", { ...V, undefinedFlags: "AF", exec: "TEST_E_I" }),
  core("TEST F7 /0: Ev,Iz", { ...V, undefinedFlags: "AF", exec: "TEST_E_I" }),
  core("TEST F6 /1: Eb,Ib", { ...V, undefinedFlags: "AF", exec: "TEST_E_I" }),
  core("TEST F7 /1: Ev,Iz", { ...V, undefinedFlags: "AF", exec: "TEST_E_I" }),
  core("LEA 8D /r: Gv,M", { ...V, access: "none" }),
  core("INC 40+r: Zv", { ...V, i64: true, exec: "INC_E" }),
  core("INC FE /0: Eb", { ...V, access: "rw", lock: true, exec: "INC_E" }),
  core("INC FF /0: Ev", { ...V, access: "rw", lock: true, exec: "INC_E" }),
  core("DEC 48+r: Zv", { ...V, i64: true, exec: "DEC_E" }),
  core("DEC FE /1: Eb", { ...V, access: "rw", lock: true, exec: "DEC_E" }),
  core("DEC FF /1: Ev", { ...V, access: "rw", lock: true, exec: "DEC_E" }),
  core("NOT F6 /2: Eb", { ...V, access: "rw", lock: true, exec: "NOT_E" }),
  core("NOT F7 /2: Ev", { ...V, access: "rw", lock: true, exec: "NOT_E" }),
  core("NEG F6 /3: Eb", { ...V, access: "rw", lock: true, exec: "NEG_E" }),
  core("NEG F7 /3: Ev", { ...V, access: "rw", lock: true, exec: "NEG_E" }),
  core("MOVZX 0F B6 /r: Gv,Eb", { ...V, exec: "MOVZX_B" }),
  core("MOVZX 0F B7 /r: Gv,Ew", { ...V, exec: "MOVZX_W" }),
  core("MOVSX 0F BE /r: Gv,Eb", { ...V, exec: "MOVSX_B" }),
  core("MOVSX 0F BF /r: Gv,Ew", { ...V, exec: "MOVSX_W" }),
  core("MOVSXD 63 /r: Gv,Ed", { ...V, o64: true, exec: "MOVSXD" }),
  core("IMUL 0F AF /r: Gv,Ev", { ...V, undefinedFlags: "SF ZF AF PF", exec: "IMUL_G_E" }),
  core("IMUL 69 /r: Gv,Ev,Iz", { ...V, undefinedFlags: "SF ZF AF PF", exec: "IMUL_G_E_I" }),
  core("IMUL 6B /r: Gv,Ev,Ib", { ...V, undefinedFlags: "SF ZF AF PF", exec: "IMUL_G_E_I" }),
  core("XCHG 86 /r: Eb,Gb", { ...V, access: "rw", lock: true, exec: "XCHG_E_G" }),
  core("XCHG 87 /r: Ev,Gv", { ...V, access: "rw", lock: true, exec: "XCHG_E_G" }),
  core("XCHG 90+r: Zv,rAX", { ...V, exec: "XCHG_A" }),
  core("CMOVcc 0F 40+cc /r: Gv,Ev", { ...V, exec: "CMOV" }),
  core("SETcc 0F 90+cc /r: Eb", { ...V, access: "w", exec: "SET" }),
  core("PUSH 50+r: Zv", { ...V, d64: true, exec: "PUSH_Z" }),
  core("POP 58+r: Zv", { ...V, d64: true, exec: "POP_Z" }),
  core("PUSH 68: Iz", { d64: true, exec: "PUSH_I" }),
  core("PUSH 6A: Ib", { d64: true, exec: "PUSH_I" }),
  core("PUSH FF /6: Ev", { d64: true, exec: "PUSH_E" }),
  core("POP 8F /0: Ev", { d64: true, access: "w", exec: "POP_E" }),
  core("LEAVE C9", { d64: true }),
  core("NOP 0F 1F /0: Ev", { access: "none", exec: "NOP" }),
  core("CBW 98", { ...V, exec: "CBW" }),
  core("CWD 99", { ...V, exec: "CWD" }),
  core("Jcc 70+cc: Jb", { ...END, f64: true, conditions: true, exec: "JCC" }),
  core("Jcc 0F 80+cc: Jz", { ...END, f64: true, conditions: true, exec: "JCC" }),
  core("JMP EB: Jb", { ...END, f64: true, exec: "JMP_J" }),
  core("JMP E9: Jz", { ...END, f64: true, exec: "JMP_J" }),
  core("JMP FF /4: Ev", { ...END, f64: true, exec: "JMP_E" }),
  core("CALL E8: Jz", { ...END, f64: true, exec: "CALL_J" }),
  core("CALL FF /2: Ev", { ...END, f64: true, exec: "CALL_E" }),
  core("RET C3", { ...END, f64: true, exec: "RET" }),
  core("RET C2: Iw", { ...END, f64: true, exec: "RET_I" }),
];
