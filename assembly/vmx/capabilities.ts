/** VMX capability MSRs 480H-491H. SDM 3D, appendix "VMX Capability Reporting Facility". */
import { EXPOSE_VMX } from "../generated/layout";
import { CAPABILITIES, CAPABILITY_COUNT, CAPABILITY_FIRST } from "../generated/vmx";

/** Whether the MSR exists (else #GP). */
export function hasVmxCapability(index: u32): bool {
  return load<u32>(EXPOSE_VMX) != 0 && index - CAPABILITY_FIRST < CAPABILITY_COUNT;
}

/** The value of an MSR that exists. */
export function readVmxCapability(index: u32): u64 {
  return load<u64>(CAPABILITIES + ((index - CAPABILITY_FIRST) << 3));
}
