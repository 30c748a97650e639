import { row, type InstructionRow, type RowAttributes } from "../row.js";

/** String instructions and port input/output. Handlers: assembly/execute/string.ts and assembly/execute/io.ts. */
const string = (form: string, attributes: RowAttributes & { exec?: string } = {}): InstructionRow =>
  row("string", form, attributes);

const PORT: RowAttributes = { ends: true, notNative: "touches the host's ports" };

/** Byte form and word form of one string instruction: the opcode's low bit says which. */
function pair(name: string, opcode: number, attributes: RowAttributes = {}): InstructionRow[] {
  const marks = (value: number): string => value.toString(16).toUpperCase().padStart(2, "0");
  return [
    string(`${name} ${marks(opcode)}: AL`, { ...attributes, exec: name }),
    string(`${name} ${marks(opcode + 1)}: rAX`, { ...attributes, exec: name }),
  ];
}

/** See assembly/execute/string.ts. */
export const stringInstructions: readonly InstructionRow[] = [
  ...pair("MOVS", 0xa4),
  ...pair("CMPS", 0xa6),
  ...pair("STOS", 0xaa),
  ...pair("LODS", 0xac),
  ...pair("SCAS", 0xae),
  ...pair("INS", 0x6c, PORT),
  ...pair("OUTS", 0x6e, PORT),
  string("IN E4: AL,Iub", { ...PORT, exec: "IN_I" }),
  string("IN E5: rAX,Iub", { ...PORT, exec: "IN_I" }),
  string("IN EC: AL,DX", { ...PORT, exec: "IN_DX" }),
  string("IN ED: rAX,DX", { ...PORT, exec: "IN_DX" }),
  string("OUT E6: Iub,AL", { ...PORT, exec: "OUT_I" }),
  string("OUT E7: Iub,rAX", { ...PORT, exec: "OUT_I" }),
  string("OUT EE: DX,AL", { ...PORT, exec: "OUT_DX" }),
  string("OUT EF: DX,rAX", { ...PORT, exec: "OUT_DX" }),
];
