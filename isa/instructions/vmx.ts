import { row, type InstructionRow, type RowAttributes } from "../row.js";

const vmx = (form: string, attributes: RowAttributes & { exec?: string } = {}): InstructionRow =>
  row("vmx", form, { feature: "VMX", notNative: "privileged", ...attributes });

/** VMX instructions. Operand size is 64 bits in 64-bit mode, else 32: the handlers (assembly/execute/vmx.ts) look. */
export const vmxInstructions: readonly InstructionRow[] = [
  vmx("VMCALL NP 0F 01 C1", { ends: true }),
  vmx("VMLAUNCH NP 0F 01 C2", { ends: true }),
  vmx("VMRESUME NP 0F 01 C3", { ends: true }),
  vmx("VMXOFF NP 0F 01 C4", { ends: true }),
  vmx("VMCLEAR 66 0F C7 /6: Mq", { ends: true }),
  vmx("VMXON F3 0F C7 /6: Mq", { ends: true }),
  vmx("VMPTRLD NP 0F C7 /6: Mq", { ends: true }),
  vmx("VMPTRST NP 0F C7 /7: Mq", { access: "w" }),
  vmx("VMREAD NP 0F 78 /r: Ey,Gy", { access: "w", memBytes: 4 }),
  vmx("VMWRITE NP 0F 79 /r: Gy,Ey", { memBytes: 4 }),
  vmx("INVEPT 66 0F 38 80 /r: Gy,Mdq", { ends: true }),
  vmx("INVVPID 66 0F 38 81 /r: Gy,Mdq", { ends: true }),
];
