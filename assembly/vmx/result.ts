/** How VMX instructions end. SDM 3C, chapter "VMX Instruction Reference", section "Conventions". */
import { CURRENT_VMCS } from "../generated/layout";
import { F_INSTRUCTION_ERROR } from "../generated/vmx";
import { CF, setArithmeticFlags, ZF } from "../flags";
import { NO_POINTER, setField } from "./vmcs";

export function vmSucceed(): void {
  setArithmeticFlags(0);
}

export function vmFailInvalid(): void {
  setArithmeticFlags(CF);
}

/** VMfailValid with the error number when there is a current VMCS, else VMfailInvalid. */
export function vmFail(error: u32): void {
  if (load<u64>(CURRENT_VMCS) == NO_POINTER) return vmFailInvalid();
  setField(F_INSTRUCTION_ERROR, error);
  setArithmeticFlags(ZF);
}
