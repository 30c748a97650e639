/** Event injection at VM entry. SDM 3C, "Event Injection". */
import {
  ABORT, INTERRUPT_SHADOW, NMI_BLOCKED, RIP, VIRTUAL_NMI_BLOCKED, VMX_INJECTS, VMX_MTF,
} from "../generated/layout"; // prettier-ignore
import {
  F_ENTRY_EXCEPTION_ERROR_CODE, F_ENTRY_INSTRUCTION_LENGTH, PIN_VIRTUAL_NMIS, REASON_MONITOR_TRAP_FLAG,
} from "../generated/vmx"; // prettier-ignore
import { ABORT_NONE } from "../faults";
import { materializeFlags } from "../flags";
import { beginDelivery, endDelivery, TYPE_NMI, TYPE_SOFTWARE_INTERRUPT } from "../interrupts/deliver";
import { passThroughIdt } from "../interrupts/idt";
import { exitByEvent } from "./announce";
import { TYPE_OTHER } from "./check-controls";
import { INFO_HAS_CODE } from "./exceptions";
import { field32, pinHas } from "./vmcs";

/** Delivers the event that the VM entry just made has to inject; a fault or exit on the way is announced. */
export function injectEvent(): void {
  const information = load<u32>(VMX_INJECTS);
  store<u32>(VMX_INJECTS, 0);
  const type = (information >> 8) & 7;
  if (type == TYPE_OTHER) {
    // The only "other event" there is: a pending MTF VM exit.
    exitByEvent(REASON_MONITOR_TRAP_FLAG, 0);
    return;
  }
  store<u32>(INTERRUPT_SHADOW, 0);
  if (type == TYPE_NMI) store<u32>(pinHas(PIN_VIRTUAL_NMIS) ? VIRTUAL_NMI_BLOCKED : NMI_BLOCKED, 1);
  deliver(information & 255, type, (information & INFO_HAS_CODE) != 0);
  // SDM 3C, "Monitor Trap Flag": the exit comes right after the injection.
  if (load<u32>(VMX_MTF) != 0) store<u32>(VMX_MTF, 2);
}

/** Software interrupts and exceptions return behind their instruction; when the delivery fails, RIP stays at it. */
function deliver(vector: u32, type: u32, hasCode: bool): void {
  const rip = load<u64>(RIP);
  const isSoftware = type >= TYPE_SOFTWARE_INTERRUPT;
  const length = isSoftware ? field32(F_ENTRY_INSTRUCTION_LENGTH) : 0;
  const code = hasCode ? field32(F_ENTRY_EXCEPTION_ERROR_CODE) : 0;
  store<u64>(RIP, rip + length);
  beginDelivery(vector, type, hasCode, code, length);
  passThroughIdt(vector, type, hasCode, code, materializeFlags());
  if (load<u32>(ABORT) == ABORT_NONE) endDelivery();
  else store<u64>(RIP, rip);
}
