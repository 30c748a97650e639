/** EVENTS: what the run loop must look at between blocks. Whoever sets a bit also calls endSlice(). */
import { EVENTS } from "./generated/layout";
import { endSlice } from "./clock";

/** The local APIC asserts INTR. */
export const EVENT_INTERRUPT: u32 = 1;
export const EVENT_NMI: u32 = 2;
export const EVENT_INIT: u32 = 4;
export const EVENT_SIPI: u32 = 8;
/** A #DB trap waits in PENDING_DEBUG. */
export const EVENT_DEBUG: u32 = 16;
/** VMX: window exits, preemption timer, monitor trap flag (vmx/events.ts looks). */
export const EVENT_VMX: u32 = 32;
/** The host asked to stop. */
export const EVENT_STOP: u32 = 64;

export function raiseEvent(bit: u32): void {
  store<u32>(EVENTS, load<u32>(EVENTS) | bit);
  endSlice();
}
export function clearEvent(bit: u32): void {
  store<u32>(EVENTS, load<u32>(EVENTS) & ~bit);
}
