/** VMX instructions. SDM 3C, chapter "VMX Instruction Reference". */
import {
  A20_MASK, CPL, CR0, CR4, CURRENT_VMCS, FEATURE_CONTROL, VMX_INIT_BLOCKED, VMX_NONROOT, VMX_ON,
  VMXON_POINTER,
} from "../generated/layout"; // prettier-ignore
import {
  OP_INVEPT, OP_INVVPID, OP_VMCALL, OP_VMCLEAR, OP_VMLAUNCH, OP_VMPTRLD, OP_VMPTRST, OP_VMREAD, OP_VMRESUME, OP_VMWRITE,
  OP_VMXOFF, OP_VMXON,
} from "../generated/opcodes"; // prettier-ignore
import {
  ERROR_UNSUPPORTED_FIELD, ERROR_VMCALL_IN_ROOT, ERROR_VMCLEAR_INVALID_ADDRESS, ERROR_VMCLEAR_VMXON_POINTER,
  ERROR_VMPTRLD_INVALID_ADDRESS, ERROR_VMPTRLD_VMXON_POINTER, ERROR_VMPTRLD_WRONG_REVISION, ERROR_VMXON_IN_ROOT, REASON_INVEPT,
  REASON_INVVPID, REASON_VMCALL, REASON_VMCLEAR, REASON_VMLAUNCH, REASON_VMPTRLD, REASON_VMPTRST, REASON_VMREAD, REASON_VMRESUME,
  REASON_VMWRITE, REASON_VMXOFF, REASON_VMXON, VMCS_LAUNCH_STATE, VMCS_REVISION,
} from "../generated/vmx"; // prettier-ignore
import { EVENT_INIT, raiseEvent } from "../events";
import { aborted, raiseGp0, raiseUd } from "../faults";
import { read32, read64, write32, write64, wrap } from "../memory/access";
import { frameFor } from "../memory/frames";
import { readPhysical32 } from "../memory/physical";
import { operandAddress } from "../operand";
import { recordIsMemory, recordReg, recordRm } from "../record";
import { CR4_VMXE, isLong64, isLongMode, isProtected, isV86, readGpr, writeGpr } from "../registers";
import { exitByInstruction, exitWithInformation } from "../vmx/announce";
import { isPageAddress } from "../vmx/check-controls";
import { hasFixedCr0, hasFixedCr4 } from "../vmx/control-registers";
import { enterGuest } from "../vmx/entry";
import { invept, invvpid } from "../vmx/invalidate";
import { displacementOf, informationOfMemory, informationOfTwoOperands } from "../vmx/operands";
import { vmFail, vmFailInvalid, vmSucceed } from "../vmx/result";
import {
  LAUNCH_CLEAR,
  NO_POINTER,
  readByEncoding,
  setCurrentVmcs,
  slotOf,
  writeByEncoding,
} from "../vmx/vmcs";

/** IA32_FEATURE_CONTROL: locked, VMX outside SMX. */
const FEATURE_VMX: u64 = 5;
const FORMAT_NONE: u32 = 0;
const FORMAT_MEMORY: u32 = 1;
const FORMAT_TWO_OPERANDS: u32 = 2;

export function executeVmx(op: u32, r: u32): void {
  switch (op) {
    case OP_VMCALL:
      return vmcall();
    case OP_VMLAUNCH:
      if (mayExecute(r, REASON_VMLAUNCH, FORMAT_NONE)) enterGuest(true);
      return;
    case OP_VMRESUME:
      if (mayExecute(r, REASON_VMRESUME, FORMAT_NONE)) enterGuest(false);
      return;
    case OP_VMXOFF:
      if (mayExecute(r, REASON_VMXOFF, FORMAT_NONE)) vmxoff();
      return;
    case OP_VMXON:
      return vmxon(r);
    case OP_VMCLEAR:
      if (mayExecute(r, REASON_VMCLEAR, FORMAT_MEMORY)) vmclear(r);
      return;
    case OP_VMPTRLD:
      if (mayExecute(r, REASON_VMPTRLD, FORMAT_MEMORY)) vmptrld(r);
      return;
    case OP_VMPTRST:
      if (mayExecute(r, REASON_VMPTRST, FORMAT_MEMORY)) vmptrst(r);
      return;
    case OP_VMREAD:
      if (mayExecute(r, REASON_VMREAD, FORMAT_TWO_OPERANDS)) vmread(r);
      return;
    case OP_VMWRITE:
      if (mayExecute(r, REASON_VMWRITE, FORMAT_TWO_OPERANDS)) vmwrite(r);
      return;
    case OP_INVEPT:
      if (mayExecute(r, REASON_INVEPT, FORMAT_TWO_OPERANDS)) invalidate(r, true);
      return;
    case OP_INVVPID:
      if (mayExecute(r, REASON_INVVPID, FORMAT_TWO_OPERANDS)) invalidate(r, false);
      return;
    default:
      raiseUd();
  }
}

/** Real-address, virtual-8086 and compatibility mode have no VMX instructions. */
function isModeRight(): bool {
  return isProtected() && !isV86() && isLongMode() == isLong64();
}

/** #UD, VM exit, #GP in the manual's order. True: VMX root operation, CPL 0. */
function mayExecute(r: u32, reason: u32, format: u32): bool {
  if (load<u32>(VMX_ON) == 0 || !isModeRight()) raiseUd();
  else if (load<u32>(VMX_NONROOT) != 0) exitWith(r, reason, format);
  else if (load<u32>(CPL) != 0) raiseGp0();
  else return true;
  return false;
}

function exitWith(r: u32, reason: u32, format: u32): void {
  if (format == FORMAT_NONE) exitByInstruction(reason, 0);
  else if (format == FORMAT_MEMORY) exitWithInformation(reason, displacementOf(r), informationOfMemory(r));
  else exitWithInformation(reason, displacementOf(r), informationOfTwoOperands(r));
}

function vmcall(): void {
  if (load<u32>(VMX_ON) == 0) return raiseUd();
  if (load<u32>(VMX_NONROOT) != 0) {
    exitByInstruction(REASON_VMCALL, 0);
    return;
  }
  if (!isModeRight()) return raiseUd();
  if (load<u32>(CPL) != 0) return raiseGp0();
  vmFail(ERROR_VMCALL_IN_ROOT);
}

/** Bytes of register operands: 64 bits in 64-bit mode, else 32. */
function operandBytes(): u32 {
  return isLong64() ? 8 : 4;
}

function vmxon(r: u32): void {
  if ((load<u64>(CR4) & CR4_VMXE) == 0 || !isModeRight()) return raiseUd();
  if (load<u32>(VMX_ON) != 0) {
    if (mayExecute(r, REASON_VMXON, FORMAT_MEMORY)) vmFail(ERROR_VMXON_IN_ROOT);
    return;
  }
  const isFixedRight = hasFixedCr0(load<u64>(CR0), false) && hasFixedCr4(load<u64>(CR4));
  const isEnabled = (load<u64>(FEATURE_CONTROL) & FEATURE_VMX) == FEATURE_VMX;
  // SDM 3C, "VMXON": A20M mode counts as well.
  if (load<u32>(CPL) != 0 || !isFixedRight || !isEnabled || load<u32>(A20_MASK) != 0xffffffff)
    return raiseGp0();
  const pointer = read64(operandAddress(r));
  if (aborted()) return;
  setCurrentVmcs(NO_POINTER);
  if (!isPageAddress(pointer) || readPhysical32(pointer) != VMCS_REVISION) return vmFailInvalid();
  store<u32>(VMX_ON, 1);
  store<u64>(VMXON_POINTER, pointer);
  vmSucceed();
}

function vmxoff(): void {
  store<u32>(VMX_ON, 0);
  setCurrentVmcs(NO_POINTER);
  if (load<u32>(VMX_INIT_BLOCKED) != 0) {
    store<u32>(VMX_INIT_BLOCKED, 0);
    raiseEvent(EVENT_INIT);
  }
  vmSucceed();
}

function vmclear(r: u32): void {
  const pointer = read64(operandAddress(r));
  if (aborted()) return;
  if (!isPageAddress(pointer)) return vmFail(ERROR_VMCLEAR_INVALID_ADDRESS);
  if (pointer == load<u64>(VMXON_POINTER)) return vmFail(ERROR_VMCLEAR_VMXON_POINTER);
  const frame = frameFor(pointer);
  if (frame != 0) store<u32>(frame + VMCS_LAUNCH_STATE, LAUNCH_CLEAR);
  if (pointer == load<u64>(CURRENT_VMCS)) setCurrentVmcs(NO_POINTER);
  vmSucceed();
}

function vmptrld(r: u32): void {
  const pointer = read64(operandAddress(r));
  if (aborted()) return;
  if (!isPageAddress(pointer)) return vmFail(ERROR_VMPTRLD_INVALID_ADDRESS);
  if (pointer == load<u64>(VMXON_POINTER)) return vmFail(ERROR_VMPTRLD_VMXON_POINTER);
  // Memory that is not RAM has no revision identifier to read.
  if (readPhysical32(pointer) != VMCS_REVISION || !setCurrentVmcs(pointer))
    return vmFail(ERROR_VMPTRLD_WRONG_REVISION);
  vmSucceed();
}

function vmptrst(r: u32): void {
  write64(operandAddress(r), load<u64>(CURRENT_VMCS));
  if (!aborted()) vmSucceed();
}

function vmread(r: u32): void {
  if (load<u64>(CURRENT_VMCS) == NO_POINTER) return vmFailInvalid();
  const size = operandBytes();
  const encoding = readGpr(recordReg(r), size);
  const slot = slotOf(encoding);
  if (slot == 0) return vmFail(ERROR_UNSUPPORTED_FIELD);
  const value = readByEncoding(<u32>encoding, slot);
  if (!recordIsMemory(r)) writeGpr(recordRm(r), size, value);
  else if (size == 8) write64(operandAddress(r), value);
  else write32(operandAddress(r), <u32>value);
  if (!aborted()) vmSucceed();
}

function vmwrite(r: u32): void {
  if (load<u64>(CURRENT_VMCS) == NO_POINTER) return vmFailInvalid();
  const size = operandBytes();
  let value: u64 = 0;
  if (recordIsMemory(r)) value = size == 8 ? read64(operandAddress(r)) : read32(operandAddress(r));
  else value = readGpr(recordRm(r), size);
  if (aborted()) return;
  const encoding = readGpr(recordReg(r), size);
  const slot = slotOf(encoding);
  if (slot == 0) return vmFail(ERROR_UNSUPPORTED_FIELD);
  writeByEncoding(<u32>encoding, slot, value);
  vmSucceed();
}

/** INVEPT and INVVPID: type in a register, descriptor of 16 bytes in memory. */
function invalidate(r: u32, isEpt: bool): void {
  const type = readGpr(recordReg(r), operandBytes());
  const address = operandAddress(r);
  const low = read64(address);
  const high = aborted() ? 0 : read64(wrap(address + 8));
  if (aborted()) return;
  if (isEpt) invept(type, low);
  else invvpid(type, low, high);
}
