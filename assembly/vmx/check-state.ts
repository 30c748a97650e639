/** SDM 3C, "Checks on Guest Non-Register State" and "… Page-Directory-Pointer-Table Entries". 0 or the failed check's id. */
import { CURRENT_VMCS, PHYSICAL_BITS } from "../generated/layout";
import {
  CHECK_ACTIVITY, CHECK_ACTIVITY_BLOCKING, CHECK_ACTIVITY_HLT, CHECK_ACTIVITY_INJECTION, CHECK_BLOCKED_BY_SMI, CHECK_ENCLAVE,
  CHECK_INTERRUPT_WHILE_BLOCKED, CHECK_INTERRUPTIBILITY_RESERVED, CHECK_LINK_POINTER, CHECK_NMI_WHILE_BLOCKED, CHECK_PDPTE,
  CHECK_PENDING_DEBUG_BS, CHECK_PENDING_DEBUG_RESERVED, CHECK_STI_AND_MOV_SS, CHECK_STI_WITHOUT_IF, CHECK_VIRTUAL_NMI_BLOCKED,
  ENTRY_IA32E_MODE_GUEST, F_ENTRY_INTERRUPTION_INFORMATION, F_GUEST_ACTIVITY_STATE, F_GUEST_CR0, F_GUEST_CR3, F_GUEST_CR4,
  F_GUEST_IA32_DEBUGCTL, F_GUEST_INTERRUPTIBILITY_STATE, F_GUEST_PDPTE0, F_GUEST_PENDING_DEBUG_EXCEPTIONS, F_GUEST_RFLAGS,
  F_GUEST_SS_ACCESS_RIGHTS, F_VMCS_LINK_POINTER, PIN_VIRTUAL_NMIS, SECONDARY_ENABLE_EPT, VMCS_REVISION,
} from "../generated/vmx"; // prettier-ignore
import { VECTOR_DB, VECTOR_MC } from "../faults";
import { IF, TF } from "../flags";
import { TYPE_EXTERNAL, TYPE_HARDWARE_EXCEPTION, TYPE_NMI } from "../interrupts/deliver";
import { readPhysical32, readPhysical64 } from "../memory/physical";
import { CR0_PG, CR4_PAE } from "../registers";
import { isPageAddress, TYPE_OTHER } from "./check-controls";
import { INFO_VALID } from "./exceptions";
import { entryHas, field, field32, NO_POINTER, pinHas, secondaryHas } from "./vmcs";

const HLT: u32 = 1;
const SHUTDOWN: u32 = 2;
const WAIT_FOR_SIPI: u32 = 3;

const BY_STI: u32 = 1;
const BY_MOV_SS: u32 = 2;
const BY_SMI: u32 = 4;
const BY_NMI: u32 = 8;

const PENDING_RESERVED: u64 = 0xfffffffffffeaff0;
const PENDING_BS: u64 = 0x4000;
const DEBUGCTL_BTF: u64 = 2;

const NOT_INJECTED: u32 = 255;

/** Type of the event to inject, or NOT_INJECTED. */
function injectedType(): u32 {
  const information = field32(F_ENTRY_INTERRUPTION_INFORMATION);
  return (information & INFO_VALID) != 0 ? (information >> 8) & 7 : NOT_INJECTED;
}

export function checkNonRegisterState(): u32 {
  let failed = checkActivity();
  if (failed == 0) failed = checkInterruptibility();
  if (failed == 0) failed = checkPendingDebug();
  if (failed == 0) failed = checkLinkPointer();
  if (failed == 0) failed = checkPdptes();
  return failed;
}

function checkActivity(): u32 {
  const activity = field32(F_GUEST_ACTIVITY_STATE);
  if (activity > WAIT_FOR_SIPI) return CHECK_ACTIVITY;
  if (activity == 0) return 0;
  if (activity == HLT && ((field32(F_GUEST_SS_ACCESS_RIGHTS) >> 5) & 3) != 0) return CHECK_ACTIVITY_HLT;
  if ((field32(F_GUEST_INTERRUPTIBILITY_STATE) & (BY_STI | BY_MOV_SS)) != 0) return CHECK_ACTIVITY_BLOCKING;
  return mayInjectInto(activity) ? 0 : CHECK_ACTIVITY_INJECTION;
}

function mayInjectInto(activity: u32): bool {
  const type = injectedType();
  if (type == NOT_INJECTED) return true;
  const vector = field32(F_ENTRY_INTERRUPTION_INFORMATION) & 255;
  const isMachineCheck = type == TYPE_HARDWARE_EXCEPTION && vector == VECTOR_MC;
  if (activity == SHUTDOWN) return type == TYPE_NMI || isMachineCheck;
  if (activity != HLT) return false;
  const isDebug = type == TYPE_HARDWARE_EXCEPTION && vector == VECTOR_DB;
  return type == TYPE_EXTERNAL || type == TYPE_NMI || type == TYPE_OTHER || isMachineCheck || isDebug;
}

function checkInterruptibility(): u32 {
  const state = field32(F_GUEST_INTERRUPTIBILITY_STATE);
  if (state >> 5 != 0) return CHECK_INTERRUPTIBILITY_RESERVED;
  if ((state & (BY_STI | BY_MOV_SS)) == (BY_STI | BY_MOV_SS)) return CHECK_STI_AND_MOV_SS;
  if ((state & BY_STI) != 0 && (field(F_GUEST_RFLAGS) & IF) == 0) return CHECK_STI_WITHOUT_IF;
  const type = injectedType();
  if (type == TYPE_EXTERNAL && (state & (BY_STI | BY_MOV_SS)) != 0) return CHECK_INTERRUPT_WHILE_BLOCKED;
  if (type == TYPE_NMI && (state & BY_MOV_SS) != 0) return CHECK_NMI_WHILE_BLOCKED;
  if ((state & BY_SMI) != 0) return CHECK_BLOCKED_BY_SMI;
  if (type == TYPE_NMI && pinHas(PIN_VIRTUAL_NMIS) && (state & BY_NMI) != 0) return CHECK_VIRTUAL_NMI_BLOCKED;
  return (state & 16) != 0 ? CHECK_ENCLAVE : 0;
}

function checkPendingDebug(): u32 {
  const pending = field(F_GUEST_PENDING_DEBUG_EXCEPTIONS);
  if ((pending & PENDING_RESERVED) != 0) return CHECK_PENDING_DEBUG_RESERVED;
  const isBlocked = (field32(F_GUEST_INTERRUPTIBILITY_STATE) & (BY_STI | BY_MOV_SS)) != 0;
  if (!isBlocked && field32(F_GUEST_ACTIVITY_STATE) != HLT) return 0;
  const steps = (field(F_GUEST_RFLAGS) & TF) != 0 && (field(F_GUEST_IA32_DEBUGCTL) & DEBUGCTL_BTF) == 0;
  return steps != ((pending & PENDING_BS) != 0) ? CHECK_PENDING_DEBUG_BS : 0;
}

function checkLinkPointer(): u32 {
  const pointer = field(F_VMCS_LINK_POINTER);
  if (pointer == NO_POINTER) return 0;
  const isRight =
    isPageAddress(pointer) && readPhysical32(pointer) == VMCS_REVISION && pointer != load<u64>(CURRENT_VMCS);
  return isRight ? 0 : CHECK_LINK_POINTER;
}

/** Whether the guest uses PAE paging. */
export function usesPae(): bool {
  const isPaged = (field(F_GUEST_CR0) & CR0_PG) != 0 && (field(F_GUEST_CR4) & CR4_PAE) != 0;
  return isPaged && !entryHas(ENTRY_IA32E_MODE_GUEST);
}

/** PDPTE `index` as VM entry loads it: from the VMCS with EPT, else from memory. */
export function guestPdpte(index: u32): u64 {
  if (secondaryHas(SECONDARY_ENABLE_EPT)) return field(F_GUEST_PDPTE0 + index * 8);
  return readPhysical64((field(F_GUEST_CR3) & 0xffffffe0) + index * 8);
}

function checkPdptes(): u32 {
  if (!usesPae()) return 0;
  const reserved: u64 = 0x1e6 | (u64.MAX_VALUE << (<u64>load<u32>(PHYSICAL_BITS)));
  for (let i: u32 = 0; i < 4; i++) {
    const entry = guestPdpte(i);
    if ((entry & 1) != 0 && (entry & reserved) != 0) return CHECK_PDPTE;
  }
  return 0;
}
