/** VM entry. SDM 3C, chapter "VM Entries". */
import {
  ACTIVITY, APIC_ACCESS_PAGE, CURRENT_VMCS, INTERRUPT_SHADOW, PLE_LAST, VMCS_FRAME, VMX_FAILED_CHECK,
  VMX_INIT_BLOCKED, VMX_INJECTS, VMX_MTF, VMX_NONROOT, VMX_TRAP_EXIT,
} from "../generated/layout"; // prettier-ignore
import {
  CHECK_LINK_POINTER, CHECK_NMI_WHILE_BLOCKED, CHECK_PDPTE, ERROR_ENTRY_BLOCKED_BY_MOV_SS, ERROR_ENTRY_INVALID_CONTROLS,
  ERROR_ENTRY_INVALID_HOST_STATE, ERROR_VMLAUNCH_NOT_CLEAR, ERROR_VMRESUME_NOT_LAUNCHED, F_APIC_ACCESS_ADDRESS,
  F_ENTRY_INTERRUPTION_INFORMATION, F_ENTRY_MSR_LOAD_ADDRESS, F_ENTRY_MSR_LOAD_COUNT, PIN_ACTIVATE_PREEMPTION_TIMER,
  PRIMARY_INTERRUPT_WINDOW_EXITING, PRIMARY_MONITOR_TRAP_FLAG, PRIMARY_NMI_WINDOW_EXITING, PRIMARY_USE_TPR_SHADOW,
  REASON_ENTRY_FAILURE_GUEST_STATE, REASON_ENTRY_FAILURE_MSR_LOADING, REASON_TPR_BELOW_THRESHOLD,
  SECONDARY_VIRTUALIZE_APIC_ACCESSES, VMCS_LAUNCH_STATE,
} from "../generated/vmx"; // prettier-ignore
import { clearEvent, EVENT_DEBUG, EVENT_INIT, EVENT_VMX } from "../events";
import { updateBreakpoints } from "../interrupts/debug";
import { setDecodeMode } from "../segments";
import { checkControls } from "./check-controls";
import { checkGuest } from "./check-guest";
import { checkHost } from "./check-host";
import { enterGuestContext, leaveContext } from "./context";
import { INFO_VALID } from "./exceptions";
import { failEntry } from "./exit";
import { loadGuestState } from "./guest-state";
import { loadMsrs } from "./msr-areas";
import { postEvent } from "./post";
import { vmFail, vmFailInvalid } from "./result";
import { startTimer } from "./timer";
import {
  field, field32, LAUNCH_CLEAR, LAUNCH_LAUNCHED, NO_POINTER, pinHas, primaryHas, secondaryHas,
} from "./vmcs"; // prettier-ignore

const SHADOW_MOV_SS: u32 = 2;
// Exit qualifications of entry failures: SDM 3C, "VM-Entry Failures During or After Loading Guest State".
const FAILED_PDPTE: u64 = 2;
const FAILED_NMI: u64 = 3;
const FAILED_LINK_POINTER: u64 = 4;

/** VMLAUNCH and VMRESUME after the checks of their own operation section. */
export function enterGuest(isLaunch: bool): void {
  store<u32>(VMX_FAILED_CHECK, 0);
  if (load<u64>(CURRENT_VMCS) == NO_POINTER) return vmFailInvalid();
  if ((load<u32>(INTERRUPT_SHADOW) & SHADOW_MOV_SS) != 0) return vmFail(ERROR_ENTRY_BLOCKED_BY_MOV_SS);
  const launchState = load<u32>(load<u32>(VMCS_FRAME) + VMCS_LAUNCH_STATE);
  if (isLaunch && launchState != LAUNCH_CLEAR) return vmFail(ERROR_VMLAUNCH_NOT_CLEAR);
  if (!isLaunch && launchState != LAUNCH_LAUNCHED) return vmFail(ERROR_VMRESUME_NOT_LAUNCHED);
  if (!passes(checkControls())) return vmFail(ERROR_ENTRY_INVALID_CONTROLS);
  if (!passes(checkHost())) return vmFail(ERROR_ENTRY_INVALID_HOST_STATE);
  if (!passes(checkGuest()))
    return failEntry(REASON_ENTRY_FAILURE_GUEST_STATE, qualificationOf(load<u32>(VMX_FAILED_CHECK)));
  loadGuest();
}

/** Keeps the failed check for reports. */
function passes(failed: u32): bool {
  store<u32>(VMX_FAILED_CHECK, failed);
  return failed == 0;
}

function qualificationOf(check: u32): u64 {
  if (check == CHECK_PDPTE) return FAILED_PDPTE;
  if (check == CHECK_NMI_WHILE_BLOCKED) return FAILED_NMI;
  return check == CHECK_LINK_POINTER ? FAILED_LINK_POINTER : 0;
}

function loadGuest(): void {
  clearEvent(EVENT_DEBUG | EVENT_VMX);
  leaveContext();
  loadGuestState();
  store<u32>(VMX_NONROOT, 1);
  setDecodeMode();
  updateBreakpoints();
  enterGuestContext();
  const failed = loadMsrs(field(F_ENTRY_MSR_LOAD_ADDRESS), field32(F_ENTRY_MSR_LOAD_COUNT));
  if (failed != 0) return failEntry(REASON_ENTRY_FAILURE_MSR_LOADING, failed);
  store<u32>(load<u32>(VMCS_FRAME) + VMCS_LAUNCH_STATE, LAUNCH_LAUNCHED);
  arm();
}

/** Everything that is not state of registers: injection, windows, timer, APIC-access page. */
function arm(): void {
  const hasApicPage = secondaryHas(SECONDARY_VIRTUALIZE_APIC_ACCESSES);
  store<u64>(APIC_ACCESS_PAGE, hasApicPage ? field(F_APIC_ACCESS_ADDRESS) | 1 : 0);
  store<u64>(PLE_LAST, 0);
  const information = field32(F_ENTRY_INTERRUPTION_INFORMATION);
  const injects = (information & INFO_VALID) != 0;
  store<u32>(VMX_INJECTS, injects ? information : 0);
  if (injects) store<u32>(ACTIVITY, 0);
  store<u32>(VMX_MTF, primaryHas(PRIMARY_MONITOR_TRAP_FLAG) ? 1 : 0);
  // SDM 3C, "VM Exits Induced by the TPR Threshold": looked at once the first boundary is reached.
  const checksTpr = primaryHas(PRIMARY_USE_TPR_SHADOW);
  store<u32>(VMX_TRAP_EXIT, checksTpr ? REASON_TPR_BELOW_THRESHOLD : 0);
  const hasTimer = pinHas(PIN_ACTIVATE_PREEMPTION_TIMER);
  const hasWindow = primaryHas(PRIMARY_INTERRUPT_WINDOW_EXITING | PRIMARY_NMI_WINDOW_EXITING);
  if (injects || checksTpr || hasTimer || hasWindow) postEvent(EVENT_VMX);
  if (hasTimer) startTimer();
  if (load<u32>(VMX_INIT_BLOCKED) != 0) {
    store<u32>(VMX_INIT_BLOCKED, 0);
    postEvent(EVENT_INIT);
  }
}
