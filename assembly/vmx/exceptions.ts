/** Exceptions, triple faults, task switches and NMI blocking in VMX non-root operation. SDM 3C, "Other Causes of VM Exits". */
import {
  CURRENT_RECORD, DELIVERING, EXIT_ERROR_CODE, EXIT_HAS_LENGTH, EXIT_INFO, FAULT_ADDRESS, IRET_UNBLOCKED_NMI, NMI_BLOCKED,
  PENDING_DEBUG, VIRTUAL_NMI_BLOCKED,
} from "../generated/layout"; // prettier-ignore
import {
  F_EXCEPTION_BITMAP, F_PAGE_FAULT_ERROR_CODE_MASK, F_PAGE_FAULT_ERROR_CODE_MATCH, PIN_NMI_EXITING, PIN_VIRTUAL_NMIS,
  REASON_EXCEPTION_OR_NMI, REASON_TASK_SWITCH, REASON_TRIPLE_FAULT,
} from "../generated/vmx"; // prettier-ignore
import { clearEvent, EVENT_DEBUG } from "../events";
import { VECTOR_DB, VECTOR_DF, VECTOR_PF } from "../faults";
import { TYPE_HARDWARE_EXCEPTION } from "../interrupts/deliver";
import { exitByEvent, exitByInstruction } from "./announce";
import { field32, isNonRoot, pinHas } from "./vmcs";

export const INFO_VALID: u32 = 0x80000000;
export const INFO_HAS_CODE: u32 = 0x800;
/** "NMI unblocking due to IRET". */
export const INFO_NMI_UNBLOCKING: u32 = 0x1000;

/** From an instruction task switch, bits 31:30 of the qualification. */
const SWITCH_BY_GATE: u32 = 3;

/** Exception bitmap; page faults also by error code. SDM 3C, "Exception Bitmap". */
function isInBitmap(vector: u32, code: u32): bool {
  const isSet = (field32(F_EXCEPTION_BITMAP) & (1 << vector)) != 0;
  if (vector != VECTOR_PF) return isSet;
  const matches = (code & field32(F_PAGE_FAULT_ERROR_CODE_MASK)) == field32(F_PAGE_FAULT_ERROR_CODE_MATCH);
  return isSet == matches;
}

/** A hardware exception that is about to be delivered. PENDING_DEBUG: the DR6 bits of a #DB. */
export function interceptException(vector: u32, hasCode: bool, code: u32): bool {
  if (!isNonRoot() || !isInBitmap(vector, code)) return false;
  let qualification: u64 = 0;
  if (vector == VECTOR_PF) qualification = load<u64>(FAULT_ADDRESS);
  else if (vector == VECTOR_DB) {
    qualification = load<u32>(PENDING_DEBUG);
    store<u32>(PENDING_DEBUG, 0);
    clearEvent(EVENT_DEBUG);
  } else if (vector == VECTOR_DF) {
    // SDM 3C, "Information for VM Exits During Event Delivery": not when the double fault exits itself.
    store<u32>(DELIVERING, 0);
  }
  exitByEvent(REASON_EXCEPTION_OR_NMI, qualification);
  store<u32>(EXIT_INFO, INFO_VALID | (TYPE_HARDWARE_EXCEPTION << 8) | vector | (hasCode ? INFO_HAS_CODE : 0));
  store<u32>(EXIT_ERROR_CODE, code);
  return true;
}

/** INT3 and INTO (type 6), INT1 (type 5); `length`: bytes of the instruction. */
export function interceptSoftwareException(vector: u32, type: u32, _length: u32): bool {
  if (!isNonRoot() || !isInBitmap(vector, 0)) return false;
  exitByInstruction(REASON_EXCEPTION_OR_NMI, 0);
  store<u32>(EXIT_INFO, INFO_VALID | (type << 8) | vector);
  return true;
}

/** A triple fault: true when it became a VM exit. */
export function interceptTripleFault(): bool {
  if (!isNonRoot()) return false;
  store<u32>(DELIVERING, 0);
  return exitByEvent(REASON_TRIPLE_FAULT, 0);
}

/** A task switch to `selector`; `source`: CALL 0, IRET 1, JMP 2, task gate in the IDT 3. Unconditional in non-root operation. */
export function interceptTaskSwitch(selector: u32, source: u32): bool {
  if (!isNonRoot()) return false;
  exitByInstruction(REASON_TASK_SWITCH, selector | (source << 30));
  // Through the IDT an instruction length exists for software interrupts and exceptions only: deliverExit knows it.
  if (source == SWITCH_BY_GATE) store<u32>(EXIT_HAS_LENGTH, 0);
  return true;
}

/** Whether NMI_BLOCKED stands aside for virtual-NMI blocking. */
export function hasVirtualNmis(): bool {
  return isNonRoot() && pinHas(PIN_VIRTUAL_NMIS);
}

/**
 * IRET begins: NMIs are no longer blocked, even when it faults (SDM 3A, "Handling Multiple NMIs"); with virtual NMIs it
 * ends their blocking; with "NMI exiting" alone it changes nothing (SDM 3C, "Changes to Instruction Behavior", IRET).
 */
export function unblockNmi(): void {
  store<u32>(IRET_UNBLOCKED_NMI, 0);
  if (hasVirtualNmis()) {
    store<u32>(IRET_UNBLOCKED_NMI, load<u32>(VIRTUAL_NMI_BLOCKED) != 0 ? load<u32>(CURRENT_RECORD) : 0);
    store<u32>(VIRTUAL_NMI_BLOCKED, 0);
  } else if (!isNonRoot() || !pinHas(PIN_NMI_EXITING)) {
    store<u32>(IRET_UNBLOCKED_NMI, load<u32>(NMI_BLOCKED) != 0 ? load<u32>(CURRENT_RECORD) : 0);
    store<u32>(NMI_BLOCKED, 0);
  }
}

/** IRET is done: no fault of it will come. */
export function endIret(): void {
  store<u32>(IRET_UNBLOCKED_NMI, 0);
}
