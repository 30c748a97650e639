/** Checks on VMX controls. SDM 3C, "Checks on VMX Controls". Each function returns 0 or the failed check's id. */
import { PHYSICAL_BITS } from "../generated/layout";
import {
  CHECK_APIC_ACCESS_ADDRESS, CHECK_CR3_TARGET_COUNT, CHECK_ENTRY_MSR_LOAD, CHECK_ENTRY_RESERVED, CHECK_EPTP_MEMORY_TYPE,
  CHECK_EPTP_RESERVED, CHECK_EPTP_WALK_LENGTH, CHECK_EXIT_MSR_LOAD, CHECK_EXIT_MSR_STORE, CHECK_EXIT_RESERVED,
  CHECK_INJECTION_CODE, CHECK_INJECTION_ERROR_CODE, CHECK_INJECTION_LENGTH, CHECK_INJECTION_RESERVED, CHECK_INJECTION_TYPE,
  CHECK_INJECTION_VECTOR, CHECK_IO_BITMAP_A, CHECK_IO_BITMAP_B, CHECK_MSR_BITMAPS, CHECK_NMI_WINDOW, CHECK_NO_TPR_SHADOW,
  CHECK_PIN_RESERVED, CHECK_PRIMARY_RESERVED, CHECK_SAVE_TIMER, CHECK_SECONDARY_RESERVED, CHECK_TPR_THRESHOLD_ABOVE_VTPR,
  CHECK_TPR_THRESHOLD_RESERVED, CHECK_UNRESTRICTED_WITHOUT_EPT, CHECK_VIRTUAL_APIC_ADDRESS, CHECK_VIRTUAL_NMIS, CHECK_VPID,
  CR3_TARGETS, ENTRY_ALLOWED_0, ENTRY_ALLOWED_1, EXIT_ALLOWED_0, EXIT_ALLOWED_1, EXIT_SAVE_PREEMPTION_TIMER,
  F_APIC_ACCESS_ADDRESS, F_CR3_TARGET_COUNT, F_ENTRY_CONTROLS, F_ENTRY_EXCEPTION_ERROR_CODE, F_ENTRY_INSTRUCTION_LENGTH,
  F_ENTRY_INTERRUPTION_INFORMATION, F_ENTRY_MSR_LOAD_ADDRESS, F_ENTRY_MSR_LOAD_COUNT, F_EPT_POINTER, F_EXIT_CONTROLS,
  F_EXIT_MSR_LOAD_ADDRESS, F_EXIT_MSR_LOAD_COUNT, F_EXIT_MSR_STORE_ADDRESS, F_EXIT_MSR_STORE_COUNT, F_GUEST_CR0,
  F_IO_BITMAP_A, F_IO_BITMAP_B, F_MSR_BITMAPS, F_PIN_BASED_CONTROLS, F_PRIMARY_CONTROLS, F_SECONDARY_CONTROLS,
  F_TPR_THRESHOLD, F_VIRTUAL_APIC_ADDRESS, F_VIRTUAL_PROCESSOR_IDENTIFIER, PIN_ACTIVATE_PREEMPTION_TIMER, PIN_ALLOWED_0,
  PIN_ALLOWED_1, PIN_NMI_EXITING, PIN_VIRTUAL_NMIS, PRIMARY_ACTIVATE_SECONDARY_CONTROLS, PRIMARY_ALLOWED_0, PRIMARY_ALLOWED_1,
  PRIMARY_NMI_WINDOW_EXITING, PRIMARY_USE_IO_BITMAPS, PRIMARY_USE_MSR_BITMAPS, PRIMARY_USE_TPR_SHADOW, SECONDARY_ALLOWED_1,
  SECONDARY_APIC_REGISTER_VIRTUALIZATION, SECONDARY_ENABLE_EPT, SECONDARY_ENABLE_VPID, SECONDARY_UNRESTRICTED_GUEST,
  SECONDARY_VIRTUAL_INTERRUPT_DELIVERY, SECONDARY_VIRTUALIZE_APIC_ACCESSES, SECONDARY_VIRTUALIZE_X2APIC_MODE,
} from "../generated/vmx"; // prettier-ignore
import {
  TYPE_HARDWARE_EXCEPTION, TYPE_NMI, TYPE_SOFTWARE_INTERRUPT,
} from "../interrupts/deliver"; // prettier-ignore
import { CR0_PE } from "../registers";
import { INFO_HAS_CODE, INFO_VALID } from "./exceptions";
import { readVtprOf } from "./task-priority";
import { field, field32, pinHas, primaryHas, secondaryHas } from "./vmcs";

const TYPE_RESERVED: u32 = 1;
export const TYPE_OTHER: u32 = 7;
/** Vectors of exceptions with an error code: 8, 10 … 14, 17, 21. */
const WITH_CODE: u32 = 0x00227d00;

function isAllowed(value: u32, mustBe1: u32, mayBe1: u32): bool {
  return (value & mustBe1) == mustBe1 && (value & ~mayBe1) == 0;
}
export function isWithinWidth(physical: u64): bool {
  return physical >> (<u64>load<u32>(PHYSICAL_BITS)) == 0;
}
/** A 4-KByte-aligned physical address. */
export function isPageAddress(physical: u64): bool {
  return (physical & 0xfff) == 0 && isWithinWidth(physical);
}

export function checkControls(): u32 {
  let failed = checkReserved();
  if (failed == 0) failed = checkAddresses();
  if (failed == 0) failed = checkTpr();
  if (failed == 0) failed = checkExecution();
  if (failed == 0) failed = checkExitControls();
  if (failed == 0) failed = checkEntryControls();
  return failed;
}

function checkReserved(): u32 {
  if (!isAllowed(field32(F_PIN_BASED_CONTROLS), PIN_ALLOWED_0, PIN_ALLOWED_1)) return CHECK_PIN_RESERVED;
  if (!isAllowed(field32(F_PRIMARY_CONTROLS), PRIMARY_ALLOWED_0, PRIMARY_ALLOWED_1))
    return CHECK_PRIMARY_RESERVED;
  if (
    primaryHas(PRIMARY_ACTIVATE_SECONDARY_CONTROLS) &&
    (field32(F_SECONDARY_CONTROLS) & ~SECONDARY_ALLOWED_1) != 0
  )
    return CHECK_SECONDARY_RESERVED;
  return field32(F_CR3_TARGET_COUNT) > CR3_TARGETS ? CHECK_CR3_TARGET_COUNT : 0;
}

function checkAddresses(): u32 {
  if (primaryHas(PRIMARY_USE_IO_BITMAPS)) {
    if (!isPageAddress(field(F_IO_BITMAP_A))) return CHECK_IO_BITMAP_A;
    if (!isPageAddress(field(F_IO_BITMAP_B))) return CHECK_IO_BITMAP_B;
  }
  return primaryHas(PRIMARY_USE_MSR_BITMAPS) && !isPageAddress(field(F_MSR_BITMAPS)) ? CHECK_MSR_BITMAPS : 0;
}

function checkTpr(): u32 {
  if (!primaryHas(PRIMARY_USE_TPR_SHADOW)) {
    const needing =
      SECONDARY_VIRTUALIZE_X2APIC_MODE |
      SECONDARY_APIC_REGISTER_VIRTUALIZATION |
      SECONDARY_VIRTUAL_INTERRUPT_DELIVERY;
    return secondaryHas(needing) ? CHECK_NO_TPR_SHADOW : 0;
  }
  if (!isPageAddress(field(F_VIRTUAL_APIC_ADDRESS))) return CHECK_VIRTUAL_APIC_ADDRESS;
  if (secondaryHas(SECONDARY_VIRTUAL_INTERRUPT_DELIVERY)) return 0;
  const threshold = field32(F_TPR_THRESHOLD);
  if (threshold >> 4 != 0) return CHECK_TPR_THRESHOLD_RESERVED;
  if (secondaryHas(SECONDARY_VIRTUALIZE_APIC_ACCESSES)) return 0;
  return threshold > readVtprOf(field(F_VIRTUAL_APIC_ADDRESS)) >> 4 ? CHECK_TPR_THRESHOLD_ABOVE_VTPR : 0;
}

function checkExecution(): u32 {
  if (pinHas(PIN_VIRTUAL_NMIS) && !pinHas(PIN_NMI_EXITING)) return CHECK_VIRTUAL_NMIS;
  if (primaryHas(PRIMARY_NMI_WINDOW_EXITING) && !pinHas(PIN_VIRTUAL_NMIS)) return CHECK_NMI_WINDOW;
  if (secondaryHas(SECONDARY_VIRTUALIZE_APIC_ACCESSES) && !isPageAddress(field(F_APIC_ACCESS_ADDRESS)))
    return CHECK_APIC_ACCESS_ADDRESS;
  if (secondaryHas(SECONDARY_ENABLE_VPID) && field32(F_VIRTUAL_PROCESSOR_IDENTIFIER) == 0) return CHECK_VPID;
  if (secondaryHas(SECONDARY_ENABLE_EPT)) return checkEptPointer(field(F_EPT_POINTER));
  return secondaryHas(SECONDARY_UNRESTRICTED_GUEST) ? CHECK_UNRESTRICTED_WITHOUT_EPT : 0;
}

/** Whether an EPTP would pass VM entry (INVEPT asks, too): 0 or the failed check. */
export function checkEptPointer(pointer: u64): u32 {
  const type = pointer & 7;
  if (type != 0 && type != 6) return CHECK_EPTP_MEMORY_TYPE;
  if (((pointer >> 3) & 7) != 3) return CHECK_EPTP_WALK_LENGTH;
  return (pointer & 0xf80) != 0 || !isWithinWidth(pointer) ? CHECK_EPTP_RESERVED : 0;
}

/** An MSR area of `count` entries of 16 bytes. */
function isAreaRight(address: u64, count: u32): bool {
  return (
    count == 0 ||
    ((address & 15) == 0 && isWithinWidth(address) && isWithinWidth(address + ((<u64>count) << 4) - 1))
  );
}

function checkExitControls(): u32 {
  const controls = field32(F_EXIT_CONTROLS);
  if (!isAllowed(controls, EXIT_ALLOWED_0, EXIT_ALLOWED_1)) return CHECK_EXIT_RESERVED;
  if (!pinHas(PIN_ACTIVATE_PREEMPTION_TIMER) && (controls & EXIT_SAVE_PREEMPTION_TIMER) != 0)
    return CHECK_SAVE_TIMER;
  if (!isAreaRight(field(F_EXIT_MSR_STORE_ADDRESS), field32(F_EXIT_MSR_STORE_COUNT)))
    return CHECK_EXIT_MSR_STORE;
  return isAreaRight(field(F_EXIT_MSR_LOAD_ADDRESS), field32(F_EXIT_MSR_LOAD_COUNT))
    ? 0
    : CHECK_EXIT_MSR_LOAD;
}

function checkEntryControls(): u32 {
  if (!isAllowed(field32(F_ENTRY_CONTROLS), ENTRY_ALLOWED_0, ENTRY_ALLOWED_1)) return CHECK_ENTRY_RESERVED;
  const information = field32(F_ENTRY_INTERRUPTION_INFORMATION);
  const failed = (information & INFO_VALID) != 0 ? checkInjection(information) : 0;
  if (failed != 0) return failed;
  return isAreaRight(field(F_ENTRY_MSR_LOAD_ADDRESS), field32(F_ENTRY_MSR_LOAD_COUNT))
    ? 0
    : CHECK_ENTRY_MSR_LOAD;
}

/** Whether this event carries an error code in the guest's mode. */
function needsCode(type: u32, vector: u32): bool {
  const isReal = secondaryHas(SECONDARY_UNRESTRICTED_GUEST) && (field(F_GUEST_CR0) & CR0_PE) == 0;
  return !isReal && type == TYPE_HARDWARE_EXCEPTION && (WITH_CODE & (1 << vector)) != 0;
}

function checkInjection(information: u32): u32 {
  const type = (information >> 8) & 7;
  const vector = information & 255;
  if (type == TYPE_RESERVED) return CHECK_INJECTION_TYPE;
  if ((type == TYPE_NMI && vector != 2) || (type == TYPE_HARDWARE_EXCEPTION && vector > 31))
    return CHECK_INJECTION_VECTOR;
  if (type == TYPE_OTHER && vector != 0) return CHECK_INJECTION_VECTOR;
  const hasCode = (information & INFO_HAS_CODE) != 0;
  if (hasCode != needsCode(type, vector)) return CHECK_INJECTION_CODE;
  if ((information & 0x7ffff000) != 0) return CHECK_INJECTION_RESERVED;
  if (hasCode && field32(F_ENTRY_EXCEPTION_ERROR_CODE) >> 16 != 0) return CHECK_INJECTION_ERROR_CODE;
  const isSoftware = type >= TYPE_SOFTWARE_INTERRUPT && type != TYPE_OTHER;
  return isSoftware && field32(F_ENTRY_INSTRUCTION_LENGTH) > 15 ? CHECK_INJECTION_LENGTH : 0;
}
