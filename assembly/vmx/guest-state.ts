/** The guest-state area: loaded by VM entries, saved by VM exits. SDM 3C, "Loading Guest State", "Saving Guest State". */
import {
  ACTIVITY, CR0, CR3, CR4, DEBUGCTL, DELIVERING, DR, EFER, EFLAGS, EXIT_HAS_LENGTH, INTERRUPT_SHADOW, LAZY_OP, NMI_BLOCKED, PAT,
  PDPTE, PENDING_DEBUG, RIP, RSP, SYSENTER_CS, SYSENTER_EIP, SYSENTER_ESP, VIRTUAL_NMI_BLOCKED,
} from "../generated/layout"; // prettier-ignore
import {
  ENTRY_IA32E_MODE_GUEST, ENTRY_LOAD_DEBUG_CONTROLS, ENTRY_LOAD_IA32_EFER, ENTRY_LOAD_IA32_PAT, EXIT_SAVE_DEBUG_CONTROLS,
  EXIT_SAVE_IA32_EFER, EXIT_SAVE_IA32_PAT, F_ENTRY_CONTROLS, F_GUEST_ACTIVITY_STATE, F_GUEST_CR0, F_GUEST_CR3, F_GUEST_CR4,
  F_GUEST_DR7, F_GUEST_IA32_DEBUGCTL, F_GUEST_IA32_EFER, F_GUEST_IA32_PAT, F_GUEST_IA32_SYSENTER_CS, F_GUEST_IA32_SYSENTER_EIP,
  F_GUEST_IA32_SYSENTER_ESP, F_GUEST_INTERRUPTIBILITY_STATE, F_GUEST_PDPTE0, F_GUEST_PENDING_DEBUG_EXCEPTIONS, F_GUEST_RFLAGS,
  F_GUEST_RIP, F_GUEST_RSP, PIN_VIRTUAL_NMIS, REASON_APIC_ACCESS, REASON_EPT_MISCONFIGURATION, REASON_EPT_VIOLATION,
  REASON_EXCEPTION_OR_NMI, REASON_TRIPLE_FAULT, SECONDARY_ENABLE_EPT,
} from "../generated/vmx"; // prettier-ignore
import { EVENT_DEBUG } from "../events";
import { VECTOR_DB } from "../faults";
import { materializeFlags, RF } from "../flags";
import { TYPE_HARDWARE_EXCEPTION } from "../interrupts/deliver";
import { CR0_CD, CR0_ET, CR0_NW, CR0_PG, CR4_PAE, EFER_LMA, EFER_LME } from "../registers";
import { guestPdpte, usesPae } from "./check-state";
import { postEvent } from "./post";
import { loadSegments, saveSegments } from "./segments-of-vmcs";
import { entryHas, exitHas, field, field32, pinHas, secondaryHas, setField } from "./vmcs";

/** Bits of CR0 that transitions leave alone: CD, NW; ET and the reserved ones are constant. */
const CR0_KEPT: u64 = CR0_CD | CR0_NW;
const CR0_CONSTANT_0: u64 = 0xffffffff1ffaffc0;

const BY_NMI: u32 = 8;
/** Bits of PENDING_DEBUG that the field has: B3-B0, BS. "Enabled breakpoint" belongs to B3-B0. */
const PENDING_BITS: u32 = 0x400f;
const PENDING_ENABLED: u32 = 0x1000;

/** CR0 as a transition loads it. */
export function loadedCr0(value: u64): u64 {
  return (value & ~(CR0_KEPT | CR0_CONSTANT_0)) | (load<u64>(CR0) & CR0_KEPT) | CR0_ET;
}
/** DR7 as a transition loads it: bit 10 is 1; bits 12, 14, 15 are 0. */
function loadedDr7(value: u64): u64 {
  return (value & 0xffff2fff) | 0x400;
}

export function loadGuestState(): void {
  loadControlRegisters();
  loadSegments();
  store<u64>(RSP, field(F_GUEST_RSP));
  store<u64>(RIP, field(F_GUEST_RIP));
  store<u32>(EFLAGS, field32(F_GUEST_RFLAGS));
  store<u32>(LAZY_OP, 0);
  if (usesPae()) for (let i: u32 = 0; i < 4; i++) store<u64>(PDPTE + i * 8, guestPdpte(i));
  loadNonRegisterState();
}

function loadControlRegisters(): void {
  store<u64>(CR0, loadedCr0(field(F_GUEST_CR0)));
  store<u64>(CR3, field(F_GUEST_CR3));
  store<u64>(CR4, field(F_GUEST_CR4));
  if (entryHas(ENTRY_LOAD_DEBUG_CONTROLS)) {
    store<u64>(DR + 56, loadedDr7(field(F_GUEST_DR7)));
    store<u64>(DEBUGCTL, field(F_GUEST_IA32_DEBUGCTL));
  }
  store<u64>(SYSENTER_CS, field32(F_GUEST_IA32_SYSENTER_CS));
  store<u64>(SYSENTER_ESP, field(F_GUEST_IA32_SYSENTER_ESP));
  store<u64>(SYSENTER_EIP, field(F_GUEST_IA32_SYSENTER_EIP));
  if (entryHas(ENTRY_LOAD_IA32_PAT)) store<u64>(PAT, field(F_GUEST_IA32_PAT));
  store<u64>(EFER, loadedEfer());
}

/** Without "load IA32_EFER" LMA is as the control says, and LME too when paging is on. */
function loadedEfer(): u64 {
  if (entryHas(ENTRY_LOAD_IA32_EFER)) return field(F_GUEST_IA32_EFER);
  const isLong = entryHas(ENTRY_IA32E_MODE_GUEST);
  const efer = load<u64>(EFER) & ~EFER_LMA;
  if ((load<u64>(CR0) & CR0_PG) == 0) return isLong ? efer | EFER_LMA : efer;
  return isLong ? efer | EFER_LMA | EFER_LME : efer & ~EFER_LME;
}

function loadNonRegisterState(): void {
  store<u32>(ACTIVITY, field32(F_GUEST_ACTIVITY_STATE));
  const state = field32(F_GUEST_INTERRUPTIBILITY_STATE);
  store<u32>(INTERRUPT_SHADOW, state & 3);
  const isBlocked: u32 = (state & BY_NMI) != 0 ? 1 : 0;
  // With virtual NMIs the bit is about them; NMIs themselves are not blocked then.
  const isVirtual = pinHas(PIN_VIRTUAL_NMIS);
  store<u32>(VIRTUAL_NMI_BLOCKED, isVirtual ? isBlocked : 0);
  store<u32>(NMI_BLOCKED, isVirtual ? 0 : isBlocked);
  const pending = field32(F_GUEST_PENDING_DEBUG_EXCEPTIONS) & PENDING_BITS;
  store<u32>(PENDING_DEBUG, pending);
  if (pending) postEvent(EVENT_DEBUG);
}

/** Saves everything; `reason` and `information` decide about RF. */
export function saveGuestState(reason: u32, information: u32): void {
  setField(F_GUEST_CR0, load<u64>(CR0));
  setField(F_GUEST_CR3, load<u64>(CR3));
  setField(F_GUEST_CR4, load<u64>(CR4));
  if (exitHas(EXIT_SAVE_DEBUG_CONTROLS)) {
    setField(F_GUEST_DR7, load<u64>(DR + 56));
    setField(F_GUEST_IA32_DEBUGCTL, load<u64>(DEBUGCTL));
  }
  setField(F_GUEST_IA32_SYSENTER_CS, load<u32>(SYSENTER_CS));
  setField(F_GUEST_IA32_SYSENTER_ESP, load<u64>(SYSENTER_ESP));
  setField(F_GUEST_IA32_SYSENTER_EIP, load<u64>(SYSENTER_EIP));
  if (exitHas(EXIT_SAVE_IA32_PAT)) setField(F_GUEST_IA32_PAT, load<u64>(PAT));
  if (exitHas(EXIT_SAVE_IA32_EFER)) setField(F_GUEST_IA32_EFER, load<u64>(EFER));
  // IA32_VMX_MISC bit 5.
  const controls = field32(F_ENTRY_CONTROLS) & ~ENTRY_IA32E_MODE_GUEST;
  setField(
    F_ENTRY_CONTROLS,
    (load<u64>(EFER) & EFER_LMA) != 0 ? controls | ENTRY_IA32E_MODE_GUEST : controls,
  );
  saveSegments();
  setField(F_GUEST_RSP, load<u64>(RSP));
  setField(F_GUEST_RIP, load<u64>(RIP));
  setField(F_GUEST_RFLAGS, savedFlags(reason, information));
  savePdptes();
  saveNonRegisterState();
}

/** SDM 3C, "Saving RIP, RSP, RFLAGS, and SSP": RF is as in the flags that a delivery would have pushed, or 0. */
function savedFlags(reason: u32, information: u32): u32 {
  const flags = materializeFlags();
  if (reason == REASON_EXCEPTION_OR_NMI) {
    const isFault = ((information >> 8) & 7) == TYPE_HARDWARE_EXCEPTION && (information & 255) != VECTOR_DB;
    return isFault ? flags | RF : flags;
  }
  const isMemory =
    reason == REASON_EPT_VIOLATION || reason == REASON_EPT_MISCONFIGURATION || reason == REASON_APIC_ACCESS;
  // A data access makes the instruction a fault; a fetch or an event's delivery leaves the flags as they are.
  if (isMemory) return load<u32>(EXIT_HAS_LENGTH) != 0 && load<u32>(DELIVERING) == 0 ? flags | RF : flags;
  if (reason == REASON_TRIPLE_FAULT) return flags | RF;
  return load<u32>(EXIT_HAS_LENGTH) != 0 ? flags & ~RF : flags;
}

function savePdptes(): void {
  if (!secondaryHas(SECONDARY_ENABLE_EPT)) return;
  const isPae =
    (load<u64>(CR0) & CR0_PG) != 0 && (load<u64>(CR4) & CR4_PAE) != 0 && (load<u64>(EFER) & EFER_LMA) == 0;
  if (isPae) for (let i: u32 = 0; i < 4; i++) setField(F_GUEST_PDPTE0 + i * 8, load<u64>(PDPTE + i * 8));
}

function saveNonRegisterState(): void {
  setField(F_GUEST_ACTIVITY_STATE, load<u32>(ACTIVITY));
  const blocked = pinHas(PIN_VIRTUAL_NMIS) ? load<u32>(VIRTUAL_NMI_BLOCKED) : load<u32>(NMI_BLOCKED);
  setField(F_GUEST_INTERRUPTIBILITY_STATE, (load<u32>(INTERRUPT_SHADOW) & 3) | (blocked != 0 ? BY_NMI : 0));
  // What an instruction that did not complete has triggered is lost.
  const pending = load<u32>(EXIT_HAS_LENGTH) != 0 ? 0 : load<u32>(PENDING_DEBUG) & PENDING_BITS;
  setField(F_GUEST_PENDING_DEBUG_EXCEPTIONS, (pending & 15) != 0 ? pending | PENDING_ENABLED : pending);
}
