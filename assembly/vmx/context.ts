/** Address-space context of a VMX transition: TLB banks, and what of them a transition drops. SDM 3C, "VMX Support for Address Translation". */
import { CR0, CR4, EFER, EPT_POINTER, VPID_RIGHTS } from "../generated/layout";
import {
  F_EPT_POINTER, F_VIRTUAL_PROCESSOR_IDENTIFIER, SECONDARY_ENABLE_EPT, SECONDARY_ENABLE_VPID,
} from "../generated/vmx"; // prettier-ignore
import { currentPcid, currentVpid, flushBanksWhere, selectBank } from "../memory/tlb";
import {
  CR0_PG, CR0_WP, CR4_LA57, CR4_PAE, CR4_PCIDE, CR4_PGE, CR4_PKE, CR4_PSE, CR4_SMAP, CR4_SMEP, EFER_LMA, EFER_NXE,
} from "../registers"; // prettier-ignore
import { field, field32, secondaryHas } from "./vmcs";

const ADDRESS: u64 = 0x000ffffffffff000;
const VPID_SLOTS: u32 = 16;

/** How banks name an EPT context: EP4TA, never 0. */
export function eptKey(pointer: u64): u64 {
  return (pointer & ADDRESS) | 1;
}

/**
 * The bits of CR0, CR4 and EFER that the rights in our TLB entries are made under; never 0. A processor looks at most
 * of them on each access and so needs no flush when a transition changes them; we do.
 */
function rightsInForce(): u32 {
  const cr0 = load<u64>(CR0) & (CR0_PG | CR0_WP);
  const cr4 =
    load<u64>(CR4) & (CR4_PSE | CR4_PAE | CR4_PGE | CR4_LA57 | CR4_PCIDE | CR4_SMEP | CR4_SMAP | CR4_PKE);
  const efer = load<u64>(EFER) & (EFER_LMA | EFER_NXE);
  // CR0: bits 31 and 16; CR4: 4 … 22 without 16; EFER 10 and 11 move to 2 and 3.
  return (<u32>(cr0 | cr4 | (efer >> 8))) | 1;
}

// @ts-ignore: decorator
@inline function rightsSlot(vpid: u32): u32 {
  return VPID_RIGHTS + (vpid % VPID_SLOTS) * 8;
}

/** To be called before a transition changes the control registers: what the present VPID's translations hold. */
export function leaveContext(): void {
  const slot = rightsSlot(currentVpid());
  store<u32>(slot, currentVpid());
  store<u32>(slot, rightsInForce(), 4);
}

/** Drops a VPID's translations when they were made under other rights, or nothing is known about them. */
function flushOtherRights(vpid: u32): void {
  const slot = rightsSlot(vpid);
  if (load<u32>(slot) == vpid && load<u32>(slot, 4) == rightsInForce()) return;
  flushBanksWhere(<i32>vpid, 0, true, false);
}

/** SDM 3C, "Operations That Invalidate Cached Mappings": transitions without VPIDs drop what belongs to VPID 0000H. */
function flushFor(vpid: u32): void {
  if (!secondaryHas(SECONDARY_ENABLE_VPID)) flushBanksWhere(0, 0, true, false);
  else flushOtherRights(vpid);
}

/** The control registers are the guest's. */
export function enterGuestContext(): void {
  const hasEpt = secondaryHas(SECONDARY_ENABLE_EPT);
  const pointer = hasEpt ? field(F_EPT_POINTER) : 0;
  const vpid = secondaryHas(SECONDARY_ENABLE_VPID) ? field32(F_VIRTUAL_PROCESSOR_IDENTIFIER) : 0;
  flushFor(vpid);
  // Not 0 while EPT is in force: the walk length of a legal pointer never is.
  store<u64>(EPT_POINTER, pointer);
  selectBank(vpid, hasEpt ? eptKey(pointer) : 0, currentPcid());
}

/** The control registers are the host's. */
export function enterHostContext(): void {
  flushFor(0);
  store<u64>(EPT_POINTER, 0);
  selectBank(0, 0, currentPcid());
}
