/**
 * The current VMCS: its region lies in guest memory, each field in an 8-byte slot of it (isa/vmx/fields.ts).
 * VMCS_FRAME is the region's host address while a VMCS is current.
 */
import { CURRENT_VMCS, VMCS_FRAME, VMX_NONROOT, VMX_ON } from "../generated/layout";
import {
  F_ENTRY_CONTROLS, F_EXIT_CONTROLS, F_PIN_BASED_CONTROLS, F_PRIMARY_CONTROLS, F_SECONDARY_CONTROLS, FIELD_TABLE,
  PRIMARY_ACTIVATE_SECONDARY_CONTROLS,
} from "../generated/vmx"; // prettier-ignore
import { frameFor } from "../memory/frames";

/** VMXON_POINTER and CURRENT_VMCS when there is none. */
export const NO_POINTER: u64 = u64.MAX_VALUE;

export const LAUNCH_CLEAR: u32 = 0;
export const LAUNCH_LAUNCHED: u32 = 1;

// @ts-ignore: decorator
@inline export function isNonRoot(): bool {
  return load<u32>(VMX_NONROOT) != 0;
}
/** A field of the current VMCS, by the F_… constant. */
// @ts-ignore: decorator
@inline export function field(slot: u32): u64 {
  return load<u64>(load<u32>(VMCS_FRAME) + slot);
}
// @ts-ignore: decorator
@inline export function field32(slot: u32): u32 {
  return load<u32>(load<u32>(VMCS_FRAME) + slot);
}
// @ts-ignore: decorator
@inline export function setField(slot: u32, value: u64): void {
  store<u64>(load<u32>(VMCS_FRAME) + slot, value);
}

/** Makes the VMCS at a physical address current, or none; false when there is no RAM. */
export function setCurrentVmcs(pointer: u64): bool {
  const frame = pointer == NO_POINTER ? 0 : frameFor(pointer);
  if (frame == 0 && pointer != NO_POINTER) return false;
  store<u64>(CURRENT_VMCS, pointer);
  store<u32>(VMCS_FRAME, frame);
  return true;
}

/** After a snapshot was restored: frames may lie elsewhere. */
export function reopenVmcs(): void {
  if (load<u32>(VMX_ON) != 0) setCurrentVmcs(load<u64>(CURRENT_VMCS));
}

/** Whether any of these bits of a group of controls is 1. */
export function pinHas(bits: u32): bool {
  return (field32(F_PIN_BASED_CONTROLS) & bits) != 0;
}
export function primaryHas(bits: u32): bool {
  return (field32(F_PRIMARY_CONTROLS) & bits) != 0;
}
/** Secondary controls count as 0 unless they are activated. */
export function secondaryHas(bits: u32): bool {
  return primaryHas(PRIMARY_ACTIVATE_SECONDARY_CONTROLS) && (field32(F_SECONDARY_CONTROLS) & bits) != 0;
}
export function exitHas(bits: u32): bool {
  return (field32(F_EXIT_CONTROLS) & bits) != 0;
}
export function entryHas(bits: u32): bool {
  return (field32(F_ENTRY_CONTROLS) & bits) != 0;
}

/** Slot of the field with this encoding (whatever its access bit), or 0 when this processor has none. */
export function slotOf(encoding: u64): u32 {
  // Bits 31:15 and 12 are reserved; only 64-bit fields have an upper half.
  if (encoding >> 15 != 0 || (encoding & 0x1000) != 0) return 0;
  const code = <u32>encoding;
  const width = (code >> 13) & 3;
  const index = (code >> 1) & 0x1ff;
  if (index >= 32 || ((code & 1) != 0 && width != 1)) return 0;
  return load<u16>(FIELD_TABLE + ((((width << 2) | ((code >> 10) & 3)) * 32 + index) << 1));
}

/** What VMREAD gives for a field that exists. */
export function readByEncoding(encoding: u32, slot: u32): u64 {
  const value = field(slot);
  return (encoding & 1) != 0 ? value >> 32 : value;
}

/** What VMWRITE does to a field that exists: cut to its width; the upper half alone with access type "high". */
export function writeByEncoding(encoding: u32, slot: u32, value: u64): void {
  const width = (encoding >> 13) & 3;
  if (width == 0) setField(slot, value & 0xffff);
  else if (width == 2) setField(slot, value & 0xffffffff);
  else if ((encoding & 1) != 0) setField(slot, (field(slot) & 0xffffffff) | (value << 32));
  else setField(slot, value);
}
