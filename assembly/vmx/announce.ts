/** Announcing VM exits: what the exit's information fields will say. Nothing happens before `deliverExit`. */
import {
  EXIT_ERROR_CODE, EXIT_GUEST_LINEAR, EXIT_HAS_LENGTH, EXIT_INFO, EXIT_INSTRUCTION_INFO,
} from "../generated/layout"; // prettier-ignore
import { raiseExit } from "../faults";

function clearInformation(hasLength: u32): void {
  store<u32>(EXIT_INFO, 0);
  store<u32>(EXIT_ERROR_CODE, 0);
  store<u32>(EXIT_INSTRUCTION_INFO, 0);
  store<u64>(EXIT_GUEST_LINEAR, 0);
  store<u32>(EXIT_HAS_LENGTH, hasLength);
}

/** An exit because of the present instruction: its length is recorded. Always true, for `return exitBy…`. */
export function exitByInstruction(reason: u32, qualification: u64): bool {
  clearInformation(1);
  raiseExit(reason, qualification);
  return true;
}

/** The same with VM-exit instruction information. */
export function exitWithInformation(reason: u32, qualification: u64, information: u32): bool {
  exitByInstruction(reason, qualification);
  store<u32>(EXIT_INSTRUCTION_INFO, information);
  return true;
}

/** An exit because of something else than the instruction at RIP. Always true. */
export function exitByEvent(reason: u32, qualification: u64): bool {
  clearInformation(0);
  raiseExit(reason, qualification);
  return true;
}
