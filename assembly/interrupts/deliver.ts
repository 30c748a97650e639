/**
 * Delivery of interrupts and exceptions: what happens around the passage through the IDT. SDM 3A, chapter "Interrupt
 * and Exception Handling". The DELIVERING words tell, while a delivery is under way, what is being delivered: a fault
 * then may become #DF or shutdown, and a VM exit stores them as IDT-vectoring information.
 */
import {
  ABORT, ACTIVITY, CR2, DELIVERING, DELIVERING_CODE, DELIVERING_LENGTH, DELIVERING_TYPE, DELIVERING_VECTOR, EFLAGS,
  FAULT_ADDRESS, FAULT_CODE, FAULT_HAS_CODE, FAULT_VECTOR, LAST_EXCEPTION_INDEX, LAST_EXCEPTIONS, PENDING_DEBUG, RIP, TRIPLE_FAULT,
  VMX_NONROOT,
} from "../generated/layout"; // prettier-ignore
import {
  ABORT_EXIT, ABORT_FAULT, ABORT_NONE, VECTOR_CP, VECTOR_DB, VECTOR_DE, VECTOR_DF, VECTOR_GP, VECTOR_PF, VECTOR_TS,
  VECTOR_VE,
} from "../faults"; // prettier-ignore
import { materializeFlags, RF } from "../flags";
import { clearNonCanonical } from "../memory/access";
import { interceptException, interceptTripleFault } from "../vmx/exceptions";
import { deliverExit } from "../vmx/events";
import { enterDebugException } from "./debug";
import { passThroughIdt } from "./idt";

// Interruption types of VM-entry interruption information. SDM 3C, "VM-Entry Interruption-Information Field".
export const TYPE_EXTERNAL: u32 = 0;
export const TYPE_NMI: u32 = 2;
export const TYPE_HARDWARE_EXCEPTION: u32 = 3;
export const TYPE_SOFTWARE_INTERRUPT: u32 = 4;
/** INT1. */
export const TYPE_PRIVILEGED_SOFTWARE_EXCEPTION: u32 = 5;
/** INT3, INTO. */
export const TYPE_SOFTWARE_EXCEPTION: u32 = 6;

/**
 * Faults in a row during one delivery after which it is given up. Two end in a double fault and three in shutdown, but
 * benign ones never: #AC whose delivery misaligns the stack raises #AC again.
 */
const NESTED_MOST: u32 = 16;

/** Entries of LAST_EXCEPTIONS, 32 bytes each: u32 vector, u32 error code, u64 RIP, u64 CR2, u64 EFLAGS. */
const RING_ENTRIES: u32 = 16;

// SDM 3A, "Interrupt 8 - Double Fault Exception", tables of classes and conditions.
const BENIGN: u32 = 0;
const CONTRIBUTORY: u32 = 1;
const PAGE_FAULT: u32 = 2;
const DOUBLE_FAULT: u32 = 3;

function classOf(vector: u32): u32 {
  if (vector == VECTOR_DF) return DOUBLE_FAULT;
  if (vector == VECTOR_PF || vector == VECTOR_VE) return PAGE_FAULT;
  const isContributory =
    vector == VECTOR_DE || (vector >= VECTOR_TS && vector <= VECTOR_GP) || vector == VECTOR_CP;
  return isContributory ? CONTRIBUTORY : BENIGN;
}

/** Class of the event whose delivery faulted: only hardware exceptions are anything but benign. */
function deliveringClass(): u32 {
  if (load<u32>(DELIVERING) == 0 || load<u32>(DELIVERING_TYPE) != TYPE_HARDWARE_EXCEPTION) return BENIGN;
  return classOf(load<u32>(DELIVERING_VECTOR));
}

/** Whether a fault of class `second` during the delivery of `first` makes a double fault. */
function doubles(first: u32, second: u32): bool {
  if (first == CONTRIBUTORY) return second == CONTRIBUTORY;
  return first == PAGE_FAULT && (second == CONTRIBUTORY || second == PAGE_FAULT);
}

/** A VM exit was announced in the middle of a delivery. */
function exitFromDelivery(): void {
  store<u32>(ABORT, ABORT_NONE);
  clearNonCanonical();
  deliverExit();
  store<u32>(DELIVERING, 0);
}

/** Shutdown; in VMX non-root operation a VM exit. */
function tripleFault(): void {
  if (interceptTripleFault()) return exitFromDelivery();
  store<u32>(DELIVERING, 0);
  store<u32>(TRIPLE_FAULT, 1);
}

function noteForReports(vector: u32, code: u32): void {
  const index = load<u32>(LAST_EXCEPTION_INDEX);
  const entry = LAST_EXCEPTIONS + (index % RING_ENTRIES) * 32;
  store<u32>(LAST_EXCEPTION_INDEX, index + 1);
  store<u32>(entry, vector);
  store<u32>(entry, code, 4);
  store<u64>(entry, load<u64>(RIP), 8);
  store<u64>(entry, load<u64>(CR2), 16);
  store<u64>(entry, load<u32>(EFLAGS), 24);
}

/** Tells the DELIVERING words what is about to pass through the IDT. */
export function beginDelivery(
  vector: u32,
  type: u32,
  hasCode: bool,
  code: u32,
  instructionLength: u32,
): void {
  // Bit 1 of DELIVERING: there is an error code.
  store<u32>(DELIVERING, hasCode ? 3 : 1);
  store<u32>(DELIVERING_VECTOR, vector);
  store<u32>(DELIVERING_TYPE, type);
  store<u32>(DELIVERING_CODE, code);
  store<u32>(DELIVERING_LENGTH, instructionLength);
}

export function endDelivery(): void {
  store<u32>(DELIVERING, 0);
}

/** What exceptions do before their handler is entered, and what VM exits leave undone. */
function prepareException(vector: u32, code: u32): void {
  if (vector == VECTOR_PF) store<u64>(CR2, load<u64>(FAULT_ADDRESS));
  else if (vector == VECTOR_DB) enterDebugException();
  noteForReports(vector, code);
}

/**
 * Delivers a hardware exception. `isFault`: its handler returns to the instruction, so RF is set in the saved EFLAGS
 * (SDM 3B, "Instruction-Breakpoint Exception Condition"). RIP is what the handler shall return to.
 */
export function deliverException(vector: u32, hasCode: bool, code: u32, isFault: bool): void {
  let nowVector = vector;
  let nowHasCode = hasCode;
  let nowCode = code;
  let setsRf = isFault;
  for (let nested: u32 = 0; nested < NESTED_MOST; nested++) {
    const first = deliveringClass();
    if (first == DOUBLE_FAULT && classOf(nowVector) != BENIGN) return tripleFault();
    if (doubles(first, classOf(nowVector))) {
      nowVector = VECTOR_DF;
      nowHasCode = true;
      nowCode = 0;
    }
    if (load<u32>(VMX_NONROOT) != 0 && interceptException(nowVector, nowHasCode, nowCode))
      return exitFromDelivery();
    prepareException(nowVector, nowCode);
    beginDelivery(nowVector, TYPE_HARDWARE_EXCEPTION, nowHasCode, nowCode, 0);
    passThroughIdt(
      nowVector,
      TYPE_HARDWARE_EXCEPTION,
      nowHasCode,
      nowCode,
      setsRf ? materializeFlags() | RF : materializeFlags(),
    );
    const abort = load<u32>(ABORT);
    if (abort == ABORT_NONE) return endDelivery();
    if (abort == ABORT_EXIT) return exitFromDelivery();
    store<u32>(ABORT, ABORT_NONE);
    clearNonCanonical();
    nowVector = load<u32>(FAULT_VECTOR);
    nowHasCode = load<u32>(FAULT_HAS_CODE) != 0;
    nowCode = load<u32>(FAULT_CODE);
    setsRf = true;
  }
  // A processor would go on for ever; this one begins again at RIP, in the next turn of the run loop.
  endDelivery();
}

/** Delivers the exception that ABORT announces; RIP is that of the faulting instruction. */
export function deliverFault(): void {
  store<u32>(ABORT, ABORT_NONE);
  const vector = load<u32>(FAULT_VECTOR);
  // #DB faults (instruction breakpoints, general detect) do not set RF.
  deliverException(vector, load<u32>(FAULT_HAS_CODE) != 0, load<u32>(FAULT_CODE), vector != VECTOR_DB);
}

/**
 * Delivers an event that is no fault of the present instruction: external interrupts and NMIs, and what VM entry
 * injects. `type`: TYPE_…. RIP is what the handler shall return to. Faults on the way are delivered in its stead;
 * false then.
 */
export function deliverInterrupt(vector: u32, type: u32, hasCode: bool, code: u32): bool {
  store<u32>(ACTIVITY, 0);
  beginDelivery(vector, type, hasCode, code, load<u32>(DELIVERING_LENGTH));
  passThroughIdt(vector, type, hasCode, code, materializeFlags());
  const abort = load<u32>(ABORT);
  if (abort == ABORT_NONE) {
    endDelivery();
    return true;
  }
  if (abort == ABORT_EXIT) exitFromDelivery();
  else if (abort == ABORT_FAULT) {
    clearNonCanonical();
    deliverFault();
  }
  return false;
}
