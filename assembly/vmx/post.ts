/** Events that VMX posts to itself where the run loop is about to look anyway: the slice goes on. */
import { EVENTS } from "../generated/layout";

export function postEvent(bit: u32): void {
  store<u32>(EVENTS, load<u32>(EVENTS) | bit);
}
