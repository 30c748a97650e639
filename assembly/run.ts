/**
 * The dispatcher: between blocks it carries out what an instruction announced, takes events in the order of
 * SDM 3A, table "Priority Among Concurrent Events", and sends the interpreter into the next block.
 */
import {
  ABORT, ACTIVITY, BREAKPOINTS, BUDGET, DECODE_MODE, EFLAGS, EVENTS, ICOUNT_END, INTERRUPT_SHADOW, NMI_BLOCKED, OUT_OF_FRAMES,
  RIP, CURRENT_RECORD, FAULT_VECTOR, TRIPLE_FAULT, SIPI_VECTOR, VMX_MTF,
} from "./generated/layout"; // prettier-ignore
import { endSlice, retiredInstructions } from "./clock";
import { findBlock } from "./decode/lookup";
import { BLOCK_COUNT, MODE_SINGLE } from "./decode/block";
import { execute } from "./execute";
import {
  clearEvent, EVENT_DEBUG, EVENT_INIT, EVENT_INTERRUPT, EVENT_NMI, EVENT_SIPI, EVENT_STOP, EVENT_VMX,
} from "./events"; // prettier-ignore
import {
  ABORT_EXIT,
  ABORT_FAULT,
  ABORT_NONE,
  ABORT_RESTART,
  VECTOR_GP,
  VECTOR_NMI,
  VECTOR_SS,
} from "./faults";
import { IF, RF, TF } from "./flags";
import { apicAcknowledge } from "./imports";
import { checkInstructionBreakpoint, noteSingleStep, takeDebugTrap } from "./interrupts/debug";
import { deliverFault, deliverInterrupt } from "./interrupts/deliver";
import { clearNonCanonical, faultWasNonCanonical } from "./memory/access";
import { resetByInit, startBySipi } from "./reset";
import { SEGMENT_SS } from "./record";
import {
  completeEntry, deliverExit, interceptEvent, isNmiBlocked, noteMonitorTrap, takeVmxEvents, takeVmxTraps,
} from "./vmx/events"; // prettier-ignore
import { limitBudget } from "./vmx/timer";

/** The slice is used up. */
export const RUN_BUDGET: u32 = 0;
/** Halted (HLT, MWAIT, wait-for-SIPI): nothing to do before an event. */
export const RUN_HALTED: u32 = 1;
/** Shut down by a triple fault. */
export const RUN_TRIPLE_FAULT: u32 = 2;
/** The host asked for it. */
export const RUN_STOPPED: u32 = 3;
/** The Wasm memory has no room for another page that the guest touched. */
export const RUN_OUT_OF_MEMORY: u32 = 4;
const CONTINUE: u32 = 255;

export const ACTIVITY_ACTIVE: u32 = 0;
export const ACTIVITY_HLT: u32 = 1;
export const ACTIVITY_SHUTDOWN: u32 = 2;
export const ACTIVITY_WAIT_FOR_SIPI: u32 = 3;

const SHADOW_STI: u32 = 1;
const SHADOW_MOV_SS: u32 = 2;
/** Marks a shadow that covers the instruction now running and ends with it. */
const SHADOW_RUNNING: u32 = 4;

/** Interrupt types of VM-entry and IDT-vectoring information. */
const TYPE_EXTERNAL: u32 = 0;
const TYPE_NMI: u32 = 2;

/**
 * Does what ABORT announces. RIP is at the instruction. A fault or VM exit costs as much as an instruction: where
 * each handler's first instruction faults, none retires, and the slice must end all the same.
 */
function carryOut(): void {
  const kind = load<u32>(ABORT);
  if (kind != ABORT_RESTART) store<i32>(BUDGET, load<i32>(BUDGET) - 1);
  if (kind == ABORT_FAULT) {
    // A non-canonical address in the stack segment is #SS, elsewhere #GP: SDM 1, "Canonical Addressing".
    if (faultWasNonCanonical && load<u32>(FAULT_VECTOR) == VECTOR_GP) {
      const r = load<u32>(CURRENT_RECORD);
      if (r != 0 && (load<u8>(r, 24) & 1) != 0 && load<u8>(r, 11) == <u8>SEGMENT_SS)
        store<u32>(FAULT_VECTOR, VECTOR_SS);
    }
    clearNonCanonical();
    deliverFault();
  } else {
    store<u32>(ABORT, ABORT_NONE);
    if (kind == ABORT_EXIT) deliverExit();
  }
}

function wake(): void {
  if (load<u32>(ACTIVITY) == ACTIVITY_HLT) store<u32>(ACTIVITY, ACTIVITY_ACTIVE);
}

/** INIT, debug traps, NMI, interrupts. CONTINUE: instructions may run. */
function takeEvents(): u32 {
  let events = load<u32>(EVENTS);
  if (events & EVENT_STOP) {
    clearEvent(EVENT_STOP);
    return RUN_STOPPED;
  }
  if ((events & EVENT_VMX) != 0 && completeEntry()) return CONTINUE;
  if (events & EVENT_INIT) {
    clearEvent(EVENT_INIT);
    if (!interceptEvent(EVENT_INIT)) resetByInit();
    return CONTINUE;
  }
  if (load<u32>(ACTIVITY) == ACTIVITY_WAIT_FOR_SIPI) {
    if ((events & EVENT_SIPI) == 0) return RUN_HALTED;
    clearEvent(EVENT_SIPI);
    if (!interceptEvent(EVENT_SIPI)) startBySipi(load<u32>(SIPI_VECTOR));
    return CONTINUE;
  }
  clearEvent(EVENT_SIPI);
  if (load<u32>(ACTIVITY) == ACTIVITY_SHUTDOWN) return RUN_TRIPLE_FAULT;
  if ((events & EVENT_VMX) != 0 && takeVmxTraps()) return CONTINUE;
  if ((events & EVENT_DEBUG) != 0 && (load<u32>(INTERRUPT_SHADOW) & SHADOW_MOV_SS) == 0) {
    clearEvent(EVENT_DEBUG);
    takeDebugTrap();
    return CONTINUE;
  }
  if ((events & EVENT_VMX) != 0 && takeVmxEvents()) return CONTINUE;
  events = load<u32>(EVENTS);
  if ((events & EVENT_NMI) != 0 && !isNmiBlocked() && load<u32>(INTERRUPT_SHADOW) == 0) {
    // A VM exit stores the activity state as it was and makes the processor active itself.
    if (interceptEvent(EVENT_NMI)) return CONTINUE;
    wake();
    clearEvent(EVENT_NMI);
    store<u32>(NMI_BLOCKED, 1);
    deliverInterrupt(VECTOR_NMI, TYPE_NMI, false, 0);
    return CONTINUE;
  }
  if ((events & EVENT_INTERRUPT) != 0 && takeInterrupt()) return CONTINUE;
  return load<u32>(ACTIVITY) == ACTIVITY_HLT ? RUN_HALTED : CONTINUE;
}

function takeInterrupt(): bool {
  if (interceptEvent(EVENT_INTERRUPT)) return true;
  if ((load<u32>(EFLAGS) & IF) == 0 || load<u32>(INTERRUPT_SHADOW) != 0) return false;
  wake();
  const vector = apicAcknowledge();
  if (vector >= 0) deliverInterrupt(vector, TYPE_EXTERNAL, false, 0);
  return true;
}

/** Whether the next instruction must run on its own. */
// @ts-ignore: decorator
@inline function needsSingle(): bool {
  return (
    (load<u32>(INTERRUPT_SHADOW) |
      (load<u32>(EFLAGS) & (TF | RF)) |
      load<u32>(BREAKPOINTS) |
      load<u32>(VMX_MTF)) !=
    0
  );
}

/** One instruction, with the traps that follow it. */
function stepOne(): void {
  // SDM 3B, "Instruction-Breakpoint Exception Condition": suppressed after a load of SS, as if RF were 1.
  const isSuppressed = (load<u32>(INTERRUPT_SHADOW) & SHADOW_MOV_SS) != 0;
  if (load<u32>(BREAKPOINTS) != 0 && !isSuppressed && checkInstructionBreakpoint(load<u64>(RIP))) return;
  // RF holds for one instruction; one that faults saves it as set again.
  store<u32>(EFLAGS, load<u32>(EFLAGS) & ~RF);
  const hadTrap = (load<u32>(EFLAGS) & TF) != 0;
  const hadMonitorTrap = load<u32>(VMX_MTF) != 0;
  if (load<u32>(INTERRUPT_SHADOW)) store<u32>(INTERRUPT_SHADOW, load<u32>(INTERRUPT_SHADOW) | SHADOW_RUNNING);
  const block = findBlock(load<u32>(DECODE_MODE) + MODE_SINGLE);
  if (block != 0) execute(block);
  if (load<u32>(INTERRUPT_SHADOW) & SHADOW_RUNNING) {
    if (load<u32>(ABORT)) store<u32>(INTERRUPT_SHADOW, load<u32>(INTERRUPT_SHADOW) & ~SHADOW_RUNNING);
    else store<u32>(INTERRUPT_SHADOW, 0);
  }
  // An iteration of a repeated string instruction is trapped after, too: SDM 3B, "Single-Step Exception Condition".
  const abort = load<u32>(ABORT);
  if (hadTrap && (abort == ABORT_NONE || abort == ABORT_RESTART)) noteSingleStep();
  if (hadMonitorTrap) noteMonitorTrap();
}

/** Runs at most `budget` instructions and tells why it came back: RUN_…. */
export function run(budget: u32): u32 {
  const slice = limitBudget(<i32>budget);
  store<u64>(ICOUNT_END, retiredInstructions() + slice);
  store<i32>(BUDGET, slice);
  while (true) {
    if ((load<u32>(EVENTS) | load<u32>(ACTIVITY)) != 0) {
      const reason = takeEvents();
      if (load<u32>(ABORT)) carryOut();
      if (reason != CONTINUE) return finish(reason);
      if (load<u32>(ACTIVITY) != 0) continue;
    }
    if (load<u32>(TRIPLE_FAULT)) return finish(RUN_TRIPLE_FAULT);
    if (load<i32>(BUDGET) <= 0) return finish(load<u32>(OUT_OF_FRAMES) != 0 ? RUN_OUT_OF_MEMORY : RUN_BUDGET);
    if (needsSingle()) stepOne();
    else {
      const block = findBlock(load<u32>(DECODE_MODE));
      // What is left of the budget is used up instruction by instruction, so that timers come on time.
      if (block != 0 && <i32>load<u16>(block, BLOCK_COUNT) > load<i32>(BUDGET)) stepOne();
      else if (block != 0) execute(block);
    }
    if (load<u32>(ABORT)) carryOut();
  }
}

function finish(reason: u32): u32 {
  endSlice();
  return reason;
}
