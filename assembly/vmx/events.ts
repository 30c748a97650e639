/** What VMX does between instructions. SDM 3C, "Other Causes of VM Exits", "Event Blocking", "VM Exits Induced by …". */
import {
  EFLAGS, EVENTS, EXIT_INFO, INTERRUPT_SHADOW, NMI_BLOCKED, SIPI_VECTOR, VIRTUAL_NMI_BLOCKED, VMX_INIT_BLOCKED, VMX_INJECTS,
  VMX_MTF, VMX_ON, VMX_TRAP_EXIT, VMX_TRAP_QUALIFICATION,
} from "../generated/layout"; // prettier-ignore
import {
  EXIT_ACKNOWLEDGE_INTERRUPT, PIN_ACTIVATE_PREEMPTION_TIMER, PIN_EXTERNAL_INTERRUPT_EXITING, PIN_NMI_EXITING,
  PRIMARY_INTERRUPT_WINDOW_EXITING, PRIMARY_NMI_WINDOW_EXITING, REASON_EXCEPTION_OR_NMI, REASON_EXTERNAL_INTERRUPT, REASON_INIT,
  REASON_INTERRUPT_WINDOW, REASON_MONITOR_TRAP_FLAG, REASON_NMI_WINDOW, REASON_PREEMPTION_TIMER, REASON_SIPI,
  REASON_TPR_BELOW_THRESHOLD,
} from "../generated/vmx"; // prettier-ignore
import { clearEvent, EVENT_INIT, EVENT_INTERRUPT, EVENT_NMI, EVENT_SIPI, EVENT_VMX } from "../events";
import { VECTOR_NMI } from "../faults";
import { IF } from "../flags";
import { apicAcknowledge } from "../imports";
import { TYPE_EXTERNAL, TYPE_NMI } from "../interrupts/deliver";
import { exitByEvent } from "./announce";
import { hasVirtualNmis, INFO_VALID } from "./exceptions";
import { leaveGuest } from "./exit";
import { injectEvent } from "./inject";
import { postEvent } from "./post";
import { isTprBelowThreshold } from "./task-priority";
import { hasTimerExpired } from "./timer";
import { exitHas, isNonRoot, pinHas, primaryHas } from "./vmcs";

/** VMX_MTF: 0 off, 1 the flag is set, 2 an instruction ran under it. */
const MTF_PENDING: u32 = 2;

/** An external interrupt, NMI, INIT or SIPI is about to be taken: true when it became a VM exit (announced) or waits. */
export function interceptEvent(event: u32): bool {
  if (load<u32>(VMX_ON) == 0) return false;
  if (!isNonRoot()) return event == EVENT_INIT && blockInit();
  switch (event) {
    case EVENT_INIT:
      return exitByEvent(REASON_INIT, 0);
    case EVENT_SIPI:
      return exitByEvent(REASON_SIPI, load<u32>(SIPI_VECTOR));
    case EVENT_NMI:
      return interceptNmi();
    case EVENT_INTERRUPT:
      return interceptInterrupt();
    default:
      return false;
  }
}

/** SDM 3C, "Restrictions on VMX Operation": INIT signals are blocked in root operation; VMXOFF and VM entry let them in. */
function blockInit(): bool {
  store<u32>(VMX_INIT_BLOCKED, 1);
  return true;
}

function interceptNmi(): bool {
  if (!pinHas(PIN_NMI_EXITING)) return false;
  clearEvent(EVENT_NMI);
  exitByEvent(REASON_EXCEPTION_OR_NMI, 0);
  store<u32>(EXIT_INFO, INFO_VALID | (TYPE_NMI << 8) | VECTOR_NMI);
  return true;
}

function interceptInterrupt(): bool {
  if (!pinHas(PIN_EXTERNAL_INTERRUPT_EXITING) || load<u32>(INTERRUPT_SHADOW) != 0) return false;
  let information: u32 = 0;
  if (exitHas(EXIT_ACKNOWLEDGE_INTERRUPT)) {
    const vector = apicAcknowledge();
    if (vector < 0) return false;
    information = INFO_VALID | (TYPE_EXTERNAL << 8) | (<u32>vector);
  }
  exitByEvent(REASON_EXTERNAL_INTERRUPT, 0);
  store<u32>(EXIT_INFO, information);
  return true;
}

/** Whether NMIs are blocked; virtual-NMI blocking does not block them. */
export function isNmiBlocked(): bool {
  return load<u32>(NMI_BLOCKED) != 0 && !hasVirtualNmis();
}

/** Carries out the VM exit that ABORT announced; the guest's RIP is that of the instruction or event. */
export function deliverExit(): void {
  leaveGuest();
}

/** The part of a VM entry that comes before any other event: injection. True: something was done. */
export function completeEntry(): bool {
  if (load<u32>(VMX_INJECTS) == 0) return false;
  injectEvent();
  return true;
}

/** Exits that follow the last instruction like a trap, before debug traps. True: exit announced. */
export function takeVmxTraps(): bool {
  const reason = load<u32>(VMX_TRAP_EXIT);
  store<u32>(VMX_TRAP_EXIT, 0);
  if (reason != 0 && (reason != REASON_TPR_BELOW_THRESHOLD || isTprBelowThreshold()))
    return exitByEvent(reason, load<u64>(VMX_TRAP_QUALIFICATION));
  if (load<u32>(VMX_MTF) == MTF_PENDING) return exitByEvent(REASON_MONITOR_TRAP_FLAG, 0);
  return false;
}

/** An instruction (or the delivery of its fault) ran with the monitor trap flag set. */
export function noteMonitorTrap(): void {
  if (load<u32>(VMX_MTF) == 0) return;
  store<u32>(VMX_MTF, MTF_PENDING);
  postEvent(EVENT_VMX);
}

/** Preemption timer, NMI and interrupt windows; called when EVENT_VMX is set. True: exit announced. */
export function takeVmxEvents(): bool {
  if (!isNonRoot()) {
    clearEvent(EVENT_VMX);
    return false;
  }
  if (pinHas(PIN_ACTIVATE_PREEMPTION_TIMER) && hasTimerExpired())
    return exitByEvent(REASON_PREEMPTION_TIMER, 0);
  const shadow = load<u32>(INTERRUPT_SHADOW);
  if (primaryHas(PRIMARY_NMI_WINDOW_EXITING) && load<u32>(VIRTUAL_NMI_BLOCKED) == 0 && shadow == 0)
    return exitByEvent(REASON_NMI_WINDOW, 0);
  if (!primaryHas(PRIMARY_INTERRUPT_WINDOW_EXITING) || shadow != 0 || (load<u32>(EFLAGS) & IF) == 0)
    return false;
  // NMIs come before interrupt windows.
  if ((load<u32>(EVENTS) & EVENT_NMI) != 0 && !isNmiBlocked()) return false;
  return exitByEvent(REASON_INTERRUPT_WINDOW, 0);
}
