/** Checks on the guest-state area. SDM 3C, "Checks on the Guest State Area". 0 or the failed check's id. */
import {
  CHECK_GUEST_CR0, CHECK_GUEST_CR0_PG, CHECK_GUEST_CR3, CHECK_GUEST_CR4, CHECK_GUEST_DEBUGCTL, CHECK_GUEST_DR7,
  CHECK_GUEST_EFER_LMA, CHECK_GUEST_EFER_LME, CHECK_GUEST_EFER_RESERVED, CHECK_GUEST_IA32E_PAE, CHECK_GUEST_IA32E_PG,
  CHECK_GUEST_PAT, CHECK_GUEST_PCIDE, CHECK_GUEST_SYSENTER_EIP, CHECK_GUEST_SYSENTER_ESP, CHECK_RFLAGS_IF,
  CHECK_RFLAGS_RESERVED, CHECK_RFLAGS_VM, CHECK_RIP, CHECK_RIP_32, CHECK_TABLE_BASE, CHECK_TABLE_LIMIT, ENTRY_IA32E_MODE_GUEST,
  ENTRY_LOAD_DEBUG_CONTROLS, ENTRY_LOAD_IA32_EFER, ENTRY_LOAD_IA32_PAT, F_ENTRY_INTERRUPTION_INFORMATION, F_GUEST_CR0,
  F_GUEST_CR3, F_GUEST_CR4, F_GUEST_CS_ACCESS_RIGHTS, F_GUEST_DR7, F_GUEST_GDTR_BASE, F_GUEST_GDTR_LIMIT, F_GUEST_IA32_DEBUGCTL,
  F_GUEST_IA32_EFER, F_GUEST_IA32_PAT, F_GUEST_IA32_SYSENTER_EIP, F_GUEST_IA32_SYSENTER_ESP, F_GUEST_IDTR_BASE,
  F_GUEST_IDTR_LIMIT, F_GUEST_RFLAGS, F_GUEST_RIP, SECONDARY_UNRESTRICTED_GUEST,
} from "../generated/vmx"; // prettier-ignore
import { IF, VM } from "../flags";
import { TYPE_EXTERNAL } from "../interrupts/deliver";
import { CR0_PE, CR0_PG, CR4_PAE, CR4_PCIDE, EFER_LMA, EFER_LME } from "../registers";
import { isWithinWidth } from "./check-controls";
import { EFER_BITS, isCanonicalFor, isPatRight } from "./check-host";
import { checkNonRegisterState } from "./check-state";
import { checkGuestSegments } from "./check-segments";
import { hasFixedCr0, hasFixedCr4 } from "./control-registers";
import { INFO_VALID } from "./exceptions";
import { entryHas, field, field32, secondaryHas } from "./vmcs";

/** LBR, BTF and what else IA32_DEBUGCTL may have: bits 0 and 1. */
const DEBUGCTL_BITS: u64 = 3;
const RFLAGS_RESERVED: u64 = 0xffffffffffc08028;
const ATTR_L: u32 = 1 << 13;

export function checkGuest(): u32 {
  let failed = checkControlRegisters();
  if (failed == 0) failed = checkMsrs();
  if (failed == 0) failed = checkGuestSegments();
  if (failed == 0) failed = checkTables();
  if (failed == 0) failed = checkRipAndFlags();
  if (failed == 0) failed = checkNonRegisterState();
  return failed;
}

function checkControlRegisters(): u32 {
  const cr0 = field(F_GUEST_CR0);
  const cr4 = field(F_GUEST_CR4);
  if (!hasFixedCr0(cr0, secondaryHas(SECONDARY_UNRESTRICTED_GUEST))) return CHECK_GUEST_CR0;
  if ((cr0 & CR0_PG) != 0 && (cr0 & CR0_PE) == 0) return CHECK_GUEST_CR0_PG;
  if (!hasFixedCr4(cr4)) return CHECK_GUEST_CR4;
  if (entryHas(ENTRY_LOAD_DEBUG_CONTROLS) && (field(F_GUEST_IA32_DEBUGCTL) & ~DEBUGCTL_BITS) != 0)
    return CHECK_GUEST_DEBUGCTL;
  if (entryHas(ENTRY_IA32E_MODE_GUEST)) {
    if ((cr0 & CR0_PG) == 0) return CHECK_GUEST_IA32E_PG;
    if ((cr4 & CR4_PAE) == 0) return CHECK_GUEST_IA32E_PAE;
  } else if ((cr4 & CR4_PCIDE) != 0) return CHECK_GUEST_PCIDE;
  if (!isWithinWidth(field(F_GUEST_CR3))) return CHECK_GUEST_CR3;
  return entryHas(ENTRY_LOAD_DEBUG_CONTROLS) && field(F_GUEST_DR7) >> 32 != 0 ? CHECK_GUEST_DR7 : 0;
}

function checkMsrs(): u32 {
  const cr4 = field(F_GUEST_CR4);
  if (!isCanonicalFor(field(F_GUEST_IA32_SYSENTER_ESP), cr4)) return CHECK_GUEST_SYSENTER_ESP;
  if (!isCanonicalFor(field(F_GUEST_IA32_SYSENTER_EIP), cr4)) return CHECK_GUEST_SYSENTER_EIP;
  if (entryHas(ENTRY_LOAD_IA32_PAT) && !isPatRight(field(F_GUEST_IA32_PAT))) return CHECK_GUEST_PAT;
  if (!entryHas(ENTRY_LOAD_IA32_EFER)) return 0;
  const efer = field(F_GUEST_IA32_EFER);
  if ((efer & ~EFER_BITS) != 0) return CHECK_GUEST_EFER_RESERVED;
  const isLong = (efer & EFER_LMA) != 0;
  if (isLong != entryHas(ENTRY_IA32E_MODE_GUEST)) return CHECK_GUEST_EFER_LMA;
  const isPaged = (field(F_GUEST_CR0) & CR0_PG) != 0;
  return isPaged && isLong != ((efer & EFER_LME) != 0) ? CHECK_GUEST_EFER_LME : 0;
}

function checkTables(): u32 {
  const cr4 = field(F_GUEST_CR4);
  if (!isCanonicalFor(field(F_GUEST_GDTR_BASE), cr4) || !isCanonicalFor(field(F_GUEST_IDTR_BASE), cr4))
    return CHECK_TABLE_BASE;
  return (field32(F_GUEST_GDTR_LIMIT) | field32(F_GUEST_IDTR_LIMIT)) >> 16 != 0 ? CHECK_TABLE_LIMIT : 0;
}

function checkRipAndFlags(): u32 {
  const rip = field(F_GUEST_RIP);
  const is64 = entryHas(ENTRY_IA32E_MODE_GUEST) && (field32(F_GUEST_CS_ACCESS_RIGHTS) & ATTR_L) != 0;
  if (!is64 && rip >> 32 != 0) return CHECK_RIP_32;
  // The width is that of the processor (57), not that of the paging mode.
  if (is64 && !isCanonicalFor(rip, 0x1000)) return CHECK_RIP;
  const flags = field(F_GUEST_RFLAGS);
  if ((flags & RFLAGS_RESERVED) != 0 || (flags & 2) == 0) return CHECK_RFLAGS_RESERVED;
  const isReal = (field(F_GUEST_CR0) & CR0_PE) == 0;
  if ((flags & VM) != 0 && (isReal || entryHas(ENTRY_IA32E_MODE_GUEST))) return CHECK_RFLAGS_VM;
  const information = field32(F_ENTRY_INTERRUPTION_INFORMATION);
  const isInterrupt = (information & INFO_VALID) != 0 && ((information >> 8) & 7) == TYPE_EXTERNAL;
  return isInterrupt && (flags & IF) == 0 ? CHECK_RFLAGS_IF : 0;
}
