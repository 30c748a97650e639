/** INVEPT and INVVPID. SDM 3C, chapter "VMX Instruction Reference". */
import { ERROR_INVALID_INVEPT_INVVPID_OPERAND } from "../generated/vmx";
import { flushBanksWhere, flushPageOfVpid, flushVpidNonGlobal } from "../memory/tlb";
import { isCanonical } from "../registers";
import { checkEptPointer } from "./check-controls";
import { eptKey } from "./context";
import { vmFail, vmSucceed } from "./result";

const EPT_SINGLE: u64 = 1;
const EPT_ALL: u64 = 2;

const VPID_ADDRESS: u64 = 0;
const VPID_SINGLE: u64 = 1;
const VPID_ALL: u64 = 2;
const VPID_SINGLE_NON_GLOBAL: u64 = 3;

/** `type` and the first half of the descriptor: an EPT pointer. */
export function invept(type: u64, pointer: u64): void {
  if (type == EPT_SINGLE && checkEptPointer(pointer) == 0) flushBanksWhere(0, eptKey(pointer), false, true);
  else if (type == EPT_ALL) flushBanksWhere(0, 0, false, false);
  else return vmFail(ERROR_INVALID_INVEPT_INVVPID_OPERAND);
  vmSucceed();
}

/** `type`, and the descriptor: VPID in bits 15:0, linear address. */
export function invvpid(type: u64, low: u64, linear: u64): void {
  const vpid = <u32>low;
  if (type > VPID_SINGLE_NON_GLOBAL || low >> 16 != 0 || (type != VPID_ALL && vpid == 0))
    return vmFail(ERROR_INVALID_INVEPT_INVVPID_OPERAND);
  if (type == VPID_ADDRESS) {
    if (!isCanonical(linear)) return vmFail(ERROR_INVALID_INVEPT_INVVPID_OPERAND);
    flushPageOfVpid(vpid, linear);
  } else if (type == VPID_SINGLE) flushBanksWhere(<i32>vpid, 0, true, false);
  else if (type == VPID_ALL) flushBanksWhere(0, 0, false, false);
  else flushVpidNonGlobal(vpid);
  vmSucceed();
}
