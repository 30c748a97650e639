/** Several processors in turn: the running one's state lies at STATE, the others' in CPU_STATES. */
import { ACTIVE_CPU, CPU_STATES, EVENTS, STATE, STATE_SIZE } from "./generated/layout";
import { raiseEvent } from "./events";

/** Address of a processor's state, running or not. */
export function stateOf(cpu: u32): u32 {
  return cpu == load<u32>(ACTIVE_CPU) ? STATE : CPU_STATES + cpu * STATE_SIZE;
}

/** Makes `cpu` the running one. */
export function selectCpu(cpu: u32): void {
  const active = load<u32>(ACTIVE_CPU);
  if (cpu == active) return;
  memory.copy(CPU_STATES + active * STATE_SIZE, STATE, STATE_SIZE);
  memory.copy(STATE, CPU_STATES + cpu * STATE_SIZE, STATE_SIZE);
  store<u32>(ACTIVE_CPU, cpu);
}

/** Sets or clears event bits of any processor. */
export function setEvents(cpu: u32, bits: u32, isSet: bool): void {
  if (cpu == load<u32>(ACTIVE_CPU)) {
    if (isSet) raiseEvent(bits);
    else store<u32>(EVENTS, load<u32>(EVENTS) & ~bits);
    return;
  }
  const word = CPU_STATES + cpu * STATE_SIZE + (EVENTS - STATE);
  store<u32>(word, isSet ? load<u32>(word) | bits : load<u32>(word) & ~bits);
}
