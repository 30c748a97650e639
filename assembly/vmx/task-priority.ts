/** CR8 and the TPR shadow. SDM 3C, "Virtualizing CR8-Based TPR Accesses", "TPR Virtualization". */
import { VMX_TRAP_EXIT, VMX_TRAP_QUALIFICATION } from "../generated/layout";
import {
  F_TPR_THRESHOLD, F_VIRTUAL_APIC_ADDRESS, PRIMARY_USE_TPR_SHADOW, REASON_TPR_BELOW_THRESHOLD,
} from "../generated/vmx"; // prettier-ignore
import { EVENT_VMX, raiseEvent } from "../events";
import { apicReadTaskPriority, apicWriteTaskPriority } from "../imports";
import { readPhysical32, writePhysical32 } from "../memory/physical";
import { field, field32, isNonRoot, primaryHas } from "./vmcs";

/** Offset of VTPR in the virtual-APIC page. */
export const VTPR: u64 = 0x80;

export function usesTprShadow(): bool {
  return isNonRoot() && primaryHas(PRIMARY_USE_TPR_SHADOW);
}

/** VTPR of a virtual-APIC page, bits 7:0. */
export function readVtprOf(page: u64): u32 {
  return readPhysical32(page + VTPR) & 0xff;
}

/** VTPR, bits 7:0. */
export function readVtpr(): u32 {
  return readPhysical32(field(F_VIRTUAL_APIC_ADDRESS) + VTPR) & 0xff;
}

/** Whether bits 7:4 of VTPR are below the TPR threshold. */
export function isTprBelowThreshold(): bool {
  return readVtpr() >> 4 < (field32(F_TPR_THRESHOLD) & 15);
}

/** Leaves a trap-like VM exit for the next instruction boundary. */
export function exitAfterInstruction(reason: u32, qualification: u64): void {
  store<u32>(VMX_TRAP_EXIT, reason);
  store<u64>(VMX_TRAP_QUALIFICATION, qualification);
  raiseEvent(EVENT_VMX);
}

export function tprVirtualization(): void {
  if (isTprBelowThreshold()) exitAfterInstruction(REASON_TPR_BELOW_THRESHOLD, 0);
}

/** CR8, or VTPR with "use TPR shadow". Ask interceptCrRead/interceptCrWrite first. */
export function readCr8(): u64 {
  return usesTprShadow() ? readVtpr() >> 4 : apicReadTaskPriority();
}
export function writeCr8(value: u64): void {
  if (!usesTprShadow()) return apicWriteTaskPriority(<u32>value);
  writePhysical32(field(F_VIRTUAL_APIC_ADDRESS) + VTPR, ((<u32>value) & 15) << 4);
  tprVirtualization();
}
