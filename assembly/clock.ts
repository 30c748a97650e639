import { BUDGET, CLOCK_BASE, ICOUNT_END, TSC_OFFSET, VIRTUAL_CLOCK } from "./generated/layout";
import { clockNs, random32 } from "./imports";

/** Instructions retired by the active processor. */
export function retiredInstructions(): u64 {
  return load<u64>(ICOUNT_END) - <u64>(<i64>load<i32>(BUDGET));
}

/** Nanoseconds since the machine began. */
export function nowNs(): u64 {
  return load<u32>(VIRTUAL_CLOCK) ? load<u64>(CLOCK_BASE) + retiredInstructions() : <u64>clockNs();
}

/** The time-stamp counter: 1 GHz, so that a count is a nanosecond. VMX TSC offsetting is not in it. */
export function tscNow(): u64 {
  return nowNs() + load<u64>(TSC_OFFSET);
}

export function random64(): u64 {
  return ((<u64>random32()) << 32) | (<u64>random32());
}

/** Ends the present slice: the run loop leaves at the next block boundary and looks at the events. */
export function endSlice(): void {
  const budget = load<i32>(BUDGET);
  if (budget <= 0) return;
  store<u64>(ICOUNT_END, load<u64>(ICOUNT_END) - <u64>budget);
  store<i32>(BUDGET, 0);
}
