/** The APIC-access page. SDM 3C, "Virtualizing Memory-Mapped APIC Accesses". */
import { APIC_ACCESS_PAGE, DELIVERING, EXIT_GUEST_LINEAR } from "../generated/layout";
import { F_VIRTUAL_APIC_ADDRESS, REASON_APIC_ACCESS, REASON_TPR_BELOW_THRESHOLD } from "../generated/vmx";
import { ACCESS_FETCH, ACCESS_READ } from "../memory/paging";
import { exitByInstruction } from "./announce";
import { EPT_FAULT } from "./ept";
import { exitAfterInstruction, usesTprShadow, VTPR } from "./task-priority";
import { field } from "./vmcs";

// Access types, bits 15:12 of the exit qualification.
const LINEAR_READ: u64 = 0;
const LINEAR_WRITE: u64 = 1;
const LINEAR_FETCH: u64 = 2;
const LINEAR_DELIVERY: u64 = 3;

/** Whether accesses to a page may be APIC accesses. To be asked after EPT. */
// @ts-ignore: decorator
@inline export function isApicAccess(physical: u64): bool {
  return load<u64>(APIC_ACCESS_PAGE) != 0 && ((physical & ~0xfff) | 1) == load<u64>(APIC_ACCESS_PAGE);
}

/** The physical address in the virtual-APIC page when the access is virtualized, else EPT_FAULT with an exit announced. */
export function virtualizeApicAccess(physical: u64, access: u32, linear: u64): u64 {
  const offset = physical & 0xfff;
  if (access != ACCESS_FETCH && offset == VTPR && usesTprShadow()) {
    // TPR virtualization follows the write: the threshold is compared at the next boundary.
    if (access != ACCESS_READ) exitAfterInstruction(REASON_TPR_BELOW_THRESHOLD, 0);
    return field(F_VIRTUAL_APIC_ADDRESS) | offset;
  }
  const direct = access == ACCESS_READ ? LINEAR_READ : access == ACCESS_FETCH ? LINEAR_FETCH : LINEAR_WRITE;
  const type = (load<u32>(DELIVERING) & 1) != 0 ? LINEAR_DELIVERY : direct;
  exitByInstruction(REASON_APIC_ACCESS, offset | (type << 12));
  store<u64>(EXIT_GUEST_LINEAR, linear);
  return EPT_FAULT;
}
