/** VM exits. SDM 3C, chapter "VM Exits". */
import {
  APIC_ACCESS_PAGE, CR0, CR3, CR4, CURRENT_RECORD, DELIVERING, DELIVERING_CODE, DELIVERING_LENGTH, DELIVERING_TYPE,
  DELIVERING_VECTOR, EFER, EXIT_COUNTS, EXIT_ERROR_CODE, EXIT_GUEST_LINEAR, EXIT_GUEST_PHYSICAL, EXIT_HAS_LENGTH, EXIT_INFO,
  EXIT_INSTRUCTION_INFO, EXIT_QUALIFICATION, EXIT_REASON, IRET_UNBLOCKED_NMI, MONITOR_ARMED, NMI_BLOCKED, PENDING_DEBUG,
  SINGLE_STEP, TRIPLE_FAULT, VIRTUAL_NMI_BLOCKED, VMCS_FRAME, VMX_INJECTS, VMX_MTF, VMX_NONROOT, VMX_TRAP_EXIT,
} from "../generated/layout"; // prettier-ignore
import {
  EXIT_SAVE_PREEMPTION_TIMER, F_ENTRY_INTERRUPTION_INFORMATION, F_EXIT_INSTRUCTION_INFORMATION, F_EXIT_INSTRUCTION_LENGTH,
  F_EXIT_INTERRUPTION_ERROR_CODE, F_EXIT_INTERRUPTION_INFORMATION, F_EXIT_MSR_LOAD_ADDRESS, F_EXIT_MSR_LOAD_COUNT,
  F_EXIT_MSR_STORE_ADDRESS, F_EXIT_MSR_STORE_COUNT, F_EXIT_QUALIFICATION, F_EXIT_REASON, F_GUEST_LINEAR_ADDRESS,
  F_GUEST_PHYSICAL_ADDRESS, F_IDT_VECTORING_ERROR_CODE, F_IDT_VECTORING_INFORMATION, REASON_EPT_MISCONFIGURATION,
  REASON_EPT_VIOLATION, REASON_EXCEPTION_OR_NMI,
} from "../generated/vmx"; // prettier-ignore
import { clearEvent, EVENT_DEBUG, EVENT_VMX } from "../events";
import { TYPE_HARDWARE_EXCEPTION, TYPE_NMI, TYPE_SOFTWARE_INTERRUPT } from "../interrupts/deliver";
import { loadPdptes } from "../memory/paging";
import { updateTlbBase } from "../memory/tlb";
import { recordLength } from "../record";
import { CR0_PG, CR4_PAE, EFER_LMA } from "../registers";
import { setDecodeMode } from "../segments";
import { enterHostContext, leaveContext } from "./context";
import { INFO_HAS_CODE, INFO_NMI_UNBLOCKING, INFO_VALID } from "./exceptions";
import { saveGuestState } from "./guest-state";
import { loadHostState } from "./host-state";
import { loadMsrs, storeMsrs } from "./msr-areas";
import { isTimerActive, saveTimer } from "./timer";
import { exitHas, field, field32, setField } from "./vmcs";

const ENTRY_FAILURE: u32 = 0x80000000;
const QUALIFICATION_NMI_UNBLOCKING: u64 = 0x1000;
/** Offset of the VMX-abort indicator in a VMCS region. */
const ABORT_INDICATOR: u32 = 4;
// SDM 3C, "VMX Aborts".
const ABORT_SAVING_MSRS: u32 = 1;
const ABORT_HOST_PDPTES: u32 = 2;
const ABORT_LOADING_MSRS: u32 = 4;

/** Carries out the VM exit that EXIT_… describes; the guest's RIP is that of the instruction or event. */
export function leaveGuest(): void {
  const reason = load<u32>(EXIT_REASON);
  count(reason);
  recordInformation(reason);
  saveGuestState(reason, load<u32>(EXIT_INFO));
  if (exitHas(EXIT_SAVE_PREEMPTION_TIMER) && isTimerActive()) saveTimer();
  const entering = field32(F_ENTRY_INTERRUPTION_INFORMATION);
  setField(F_ENTRY_INTERRUPTION_INFORMATION, entering & ~INFO_VALID);
  if (storeMsrs(field(F_EXIT_MSR_STORE_ADDRESS), field32(F_EXIT_MSR_STORE_COUNT)) != 0)
    return abortVmx(ABORT_SAVING_MSRS);
  enterHost();
  if (reason == REASON_EXCEPTION_OR_NMI && ((load<u32>(EXIT_INFO) >> 8) & 7) == TYPE_NMI)
    store<u32>(NMI_BLOCKED, 1);
}

/** A VM entry that fails after the checks of controls and host: reason with bit 31; nothing of the guest is saved. */
export function failEntry(reason: u32, qualification: u64): void {
  count(reason);
  setField(F_EXIT_REASON, reason | ENTRY_FAILURE);
  setField(F_EXIT_QUALIFICATION, qualification);
  enterHost();
}

function count(reason: u32): void {
  const counter = EXIT_COUNTS + min<u32>(reason, 71) * 4;
  store<u32>(counter, load<u32>(counter) + 1);
}

/** SDM 3C, "Recording VM-Exit Information and Updating VM-Entry Control Fields". */
function recordInformation(reason: u32): void {
  const isVectoring = (load<u32>(DELIVERING) & 1) != 0;
  setField(F_EXIT_REASON, reason);
  setField(F_EXIT_QUALIFICATION, load<u64>(EXIT_QUALIFICATION));
  setField(F_GUEST_LINEAR_ADDRESS, load<u64>(EXIT_GUEST_LINEAR));
  if (reason == REASON_EPT_VIOLATION || reason == REASON_EPT_MISCONFIGURATION) {
    setField(F_GUEST_PHYSICAL_ADDRESS, load<u64>(EXIT_GUEST_PHYSICAL));
  }
  setField(F_EXIT_INTERRUPTION_INFORMATION, load<u32>(EXIT_INFO));
  setField(F_EXIT_INTERRUPTION_ERROR_CODE, load<u32>(EXIT_ERROR_CODE));
  setField(F_IDT_VECTORING_INFORMATION, isVectoring ? vectoringInformation() : 0);
  setField(F_IDT_VECTORING_ERROR_CODE, load<u32>(DELIVERING_CODE));
  setField(F_EXIT_INSTRUCTION_LENGTH, instructionLength(isVectoring));
  setField(F_EXIT_INSTRUCTION_INFORMATION, load<u32>(EXIT_INSTRUCTION_INFO));
  if (!isVectoring && load<u32>(IRET_UNBLOCKED_NMI) != 0) recordNmiUnblocking(reason);
}

function vectoringInformation(): u32 {
  const hasCode = (load<u32>(DELIVERING) & 2) != 0;
  return (
    INFO_VALID |
    (load<u32>(DELIVERING_TYPE) << 8) |
    load<u32>(DELIVERING_VECTOR) |
    (hasCode ? INFO_HAS_CODE : 0)
  );
}

function instructionLength(isVectoring: bool): u32 {
  if (isVectoring)
    return load<u32>(DELIVERING_TYPE) >= TYPE_SOFTWARE_INTERRUPT ? load<u32>(DELIVERING_LENGTH) : 0;
  return load<u32>(EXIT_HAS_LENGTH) != 0 ? recordLength(load<u32>(CURRENT_RECORD)) : 0;
}

/** IRET had unblocked NMIs before it faulted. SDM 3C, "NMI unblocking due to IRET". */
function recordNmiUnblocking(reason: u32): void {
  const information = load<u32>(EXIT_INFO);
  if (reason == REASON_EPT_VIOLATION)
    setField(F_EXIT_QUALIFICATION, load<u64>(EXIT_QUALIFICATION) | QUALIFICATION_NMI_UNBLOCKING);
  else if (reason == REASON_EXCEPTION_OR_NMI && ((information >> 8) & 7) == TYPE_HARDWARE_EXCEPTION)
    setField(F_EXIT_INTERRUPTION_INFORMATION, information | INFO_NMI_UNBLOCKING);
}

/** Host state, its context, its MSRs; nothing of non-root operation is left. */
function enterHost(): void {
  leaveContext();
  store<u32>(VMX_NONROOT, 0);
  clearEvent(EVENT_DEBUG | EVENT_VMX);
  store<u32>(PENDING_DEBUG, 0);
  store<u32>(SINGLE_STEP, 0);
  store<u32>(DELIVERING, 0);
  store<u32>(VMX_INJECTS, 0);
  store<u32>(VMX_MTF, 0);
  store<u32>(VMX_TRAP_EXIT, 0);
  store<u32>(VIRTUAL_NMI_BLOCKED, 0);
  store<u32>(IRET_UNBLOCKED_NMI, 0);
  store<u32>(MONITOR_ARMED, 0);
  store<u64>(APIC_ACCESS_PAGE, 0);
  loadHostState();
  enterHostContext();
  setDecodeMode();
  updateTlbBase();
  if (usesPae() && !loadPdptes(load<u64>(CR3))) return abortVmx(ABORT_HOST_PDPTES);
  const failed = loadMsrs(field(F_EXIT_MSR_LOAD_ADDRESS), field32(F_EXIT_MSR_LOAD_COUNT));
  if (failed != 0) abortVmx(ABORT_LOADING_MSRS);
}

function usesPae(): bool {
  const isPaged = (load<u64>(CR0) & CR0_PG) != 0 && (load<u64>(CR4) & CR4_PAE) != 0;
  return isPaged && (load<u64>(EFER) & EFER_LMA) == 0;
}

/** SDM 3C, "VMX Aborts": the indicator is written, the processor shuts down. */
function abortVmx(indicator: u32): void {
  store<u32>(load<u32>(VMCS_FRAME) + ABORT_INDICATOR, indicator);
  store<u32>(TRIPLE_FAULT, 1);
}
