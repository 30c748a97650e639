/** The VMX-preemption timer. It counts down at the rate of the TSC >> PREEMPTION_TIMER_SHIFT. SDM 3C, "VMX-Preemption Timer". */
import { BUDGET, ICOUNT_END, VIRTUAL_CLOCK, VMX_TIMER_END } from "../generated/layout";
import {
  F_PREEMPTION_TIMER_VALUE, PIN_ACTIVATE_PREEMPTION_TIMER, PREEMPTION_TIMER_SHIFT,
} from "../generated/vmx"; // prettier-ignore
import { nowNs } from "../clock";
import { field32, isNonRoot, pinHas, setField } from "./vmcs";

/** Instructions run between two looks at a real clock while the timer runs. */
const REAL_CLOCK_SLICE: u64 = 20000;

export function isTimerActive(): bool {
  return isNonRoot() && pinHas(PIN_ACTIVATE_PREEMPTION_TIMER);
}

/** VM entry: the TSC runs at 1 GHz, so that its counts are nanoseconds. */
export function startTimer(): void {
  store<u64>(VMX_TIMER_END, nowNs() + ((<u64>field32(F_PREEMPTION_TIMER_VALUE)) << PREEMPTION_TIMER_SHIFT));
  const budget = limitBudget(load<i32>(BUDGET));
  store<u64>(ICOUNT_END, load<u64>(ICOUNT_END) - <u64>(load<i32>(BUDGET) - budget));
  store<i32>(BUDGET, budget);
}

function remainingNs(): u64 {
  const now = nowNs();
  const end = load<u64>(VMX_TIMER_END);
  return now >= end ? 0 : end - now;
}

export function hasTimerExpired(): bool {
  return remainingNs() == 0;
}

/** VM exit with "save VMX-preemption timer value". */
export function saveTimer(): void {
  setField(F_PREEMPTION_TIMER_VALUE, (remainingNs() >> PREEMPTION_TIMER_SHIFT) & 0xffffffff);
}

/** No more instructions than fit before the timer expires, so that the run loop looks in time. */
export function limitBudget(budget: i32): i32 {
  if (budget <= 0 || !isTimerActive()) return budget;
  const left = remainingNs();
  const limit = load<u32>(VIRTUAL_CLOCK) != 0 ? max<u64>(left, 1) : max<u64>(left >> 3, REAL_CLOCK_SLICE);
  return <u64>budget > limit ? <i32>limit : budget;
}
