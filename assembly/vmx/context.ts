/** Address-space context of a VMX transition: TLB banks, and what of them a transition drops. SDM 3C, "VMX Support for Address Translation". */
import { EPT_POINTER } from "../generated/layout";
import {
  F_EPT_POINTER, F_VIRTUAL_PROCESSOR_IDENTIFIER, SECONDARY_ENABLE_EPT, SECONDARY_ENABLE_VPID,
} from "../generated/vmx"; // prettier-ignore
import { currentPcid, flushBanksWhere, selectBank } from "../memory/tlb";
import { field, field32, secondaryHas } from "./vmcs";

const ADDRESS: u64 = 0x000ffffffffff000;

/** How banks name an EPT context: EP4TA, never 0. */
export function eptKey(pointer: u64): u64 {
  return (pointer & ADDRESS) | 1;
}

/** SDM 3C, "Operations That Invalidate Cached Mappings": transitions without VPIDs drop what belongs to VPID 0000H. */
function flushWithoutVpid(): void {
  if (!secondaryHas(SECONDARY_ENABLE_VPID)) flushBanksWhere(0, 0, true, false);
}

/** CR3 and CR4 are the guest's. */
export function enterGuestContext(): void {
  flushWithoutVpid();
  const hasEpt = secondaryHas(SECONDARY_ENABLE_EPT);
  const pointer = hasEpt ? field(F_EPT_POINTER) : 0;
  // EPT_POINTER must not read 0 while EPT is in force: the memory type or walk length of a legal one never is.
  store<u64>(EPT_POINTER, pointer);
  const vpid = secondaryHas(SECONDARY_ENABLE_VPID) ? field32(F_VIRTUAL_PROCESSOR_IDENTIFIER) : 0;
  selectBank(vpid, hasEpt ? eptKey(pointer) : 0, currentPcid());
}

/** CR3 and CR4 are the host's. */
export function enterHostContext(): void {
  flushWithoutVpid();
  store<u64>(EPT_POINTER, 0);
  selectBank(0, 0, currentPcid());
}
