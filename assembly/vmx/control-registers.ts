/** Control registers in VMX operation. SDM 3C, "Changes to Instruction Behavior in VMX Non-Root Operation", "Restrictions on VMX Operation". */
import { EXIT_GUEST_LINEAR, VMX_ON } from "../generated/layout";
import {
  CR0_FIXED0, CR3_TARGETS, CR4_FIXED0, CR4_FIXED1, F_CR0_GUEST_HOST_MASK, F_CR0_READ_SHADOW, F_CR3_TARGET_COUNT,
  F_CR3_TARGET_VALUE_0, F_CR4_GUEST_HOST_MASK, F_CR4_READ_SHADOW, PRIMARY_CR3_LOAD_EXITING, PRIMARY_CR3_STORE_EXITING,
  PRIMARY_CR8_LOAD_EXITING, PRIMARY_CR8_STORE_EXITING, REASON_CONTROL_REGISTER, SECONDARY_UNRESTRICTED_GUEST,
} from "../generated/vmx"; // prettier-ignore
import { CR0_PE, CR0_PG, CR0_TS } from "../registers";
import { exitByInstruction } from "./announce";
import { field, field32, isNonRoot, primaryHas, secondaryHas } from "./vmcs";

// Bits 5:4 of the exit qualification.
const MOV_TO: u32 = 0x00;
const MOV_FROM: u32 = 0x10;
const CLTS: u32 = 0x20;
const LMSW: u32 = 0x30;
const LMSW_MEMORY: u32 = 0x40;

/** MOV to CRn of `value`; `register` is the general register's number. */
export function interceptCrWrite(cr: u32, value: u64, register: u32): bool {
  if (!isNonRoot() || !writeExits(cr, value)) return false;
  return exitByInstruction(REASON_CONTROL_REGISTER, cr | MOV_TO | (register << 8));
}

function writeExits(cr: u32, value: u64): bool {
  if (cr == 0) return ((value ^ field(F_CR0_READ_SHADOW)) & field(F_CR0_GUEST_HOST_MASK)) != 0;
  if (cr == 4) return ((value ^ field(F_CR4_READ_SHADOW)) & field(F_CR4_GUEST_HOST_MASK)) != 0;
  if (cr == 3) return primaryHas(PRIMARY_CR3_LOAD_EXITING) && !isCr3Target(value);
  return cr == 8 && primaryHas(PRIMARY_CR8_LOAD_EXITING);
}

function isCr3Target(value: u64): bool {
  const count = min<u32>(field32(F_CR3_TARGET_COUNT), CR3_TARGETS);
  for (let i: u32 = 0; i < count; i++) {
    if (field(F_CR3_TARGET_VALUE_0 + i * 8) == value) return true;
  }
  return false;
}

/** MOV from CR3 or CR8. */
export function interceptCrRead(cr: u32, register: u32): bool {
  if (!isNonRoot()) return false;
  const exits =
    (cr == 3 && primaryHas(PRIMARY_CR3_STORE_EXITING)) || (cr == 8 && primaryHas(PRIMARY_CR8_STORE_EXITING));
  return exits && exitByInstruction(REASON_CONTROL_REGISTER, cr | MOV_FROM | (register << 8));
}

/** CLTS. */
export function interceptClts(): bool {
  if (!isNonRoot() || (field(F_CR0_GUEST_HOST_MASK) & field(F_CR0_READ_SHADOW) & CR0_TS) == 0) return false;
  return exitByInstruction(REASON_CONTROL_REGISTER, CLTS);
}

/** LMSW of `source`; `linear`: address of a memory operand. */
export function interceptLmsw(source: u32, isMemory: bool, linear: u64): bool {
  if (!isNonRoot()) return false;
  const mask = <u32>field(F_CR0_GUEST_HOST_MASK);
  const changes = (source ^ (<u32>field(F_CR0_READ_SHADOW))) & mask;
  // PE can be set by LMSW, not cleared.
  const exits = (changes & 0xe) != 0 || (changes & source & 1) != 0;
  if (!exits) return false;
  exitByInstruction(REASON_CONTROL_REGISTER, LMSW | (isMemory ? LMSW_MEMORY : 0) | ((source & 0xffff) << 16));
  if (isMemory) store<u64>(EXIT_GUEST_LINEAR, linear);
  return true;
}

/** CR0 as MOV from CR0 and SMSW read it (guest/host mask and read shadow applied). */
export function visibleCr0(cr0: u64): u64 {
  if (!isNonRoot()) return cr0;
  const mask = field(F_CR0_GUEST_HOST_MASK);
  return (cr0 & ~mask) | (field(F_CR0_READ_SHADOW) & mask);
}
/** CR4 as MOV from CR4 reads it. */
export function visibleCr4(cr4: u64): u64 {
  if (!isNonRoot()) return cr4;
  const mask = field(F_CR4_GUEST_HOST_MASK);
  return (cr4 & ~mask) | (field(F_CR4_READ_SHADOW) & mask);
}
/** The value that a write of `value` to CR0 (MOV, LMSW, CLTS) really gives: bits owned by the host keep `old`. */
export function maskedCr0(value: u64, old: u64): u64 {
  if (!isNonRoot()) return value;
  const mask = field(F_CR0_GUEST_HOST_MASK);
  return (value & ~mask) | (old & mask);
}
/** The same for CR4. */
export function maskedCr4(value: u64, old: u64): u64 {
  if (!isNonRoot()) return value;
  const mask = field(F_CR4_GUEST_HOST_MASK);
  return (value & ~mask) | (old & mask);
}

/** Whether VMX operation permits this (masked) value of CR0; the caller raises #GP(0) otherwise. */
export function isCr0FixedRight(value: u64): bool {
  if (load<u32>(VMX_ON) == 0) return true;
  const isUnrestricted = isNonRoot() && secondaryHas(SECONDARY_UNRESTRICTED_GUEST);
  return hasFixedCr0(value, isUnrestricted);
}
/** The same for CR4. */
export function isCr4FixedRight(value: u64): bool {
  return load<u32>(VMX_ON) == 0 || hasFixedCr4(value);
}

/** IA32_VMX_CR0_FIXED0 and _FIXED1; "unrestricted guest" exempts PE and PG. */
export function hasFixedCr0(value: u64, isUnrestricted: bool): bool {
  const required = isUnrestricted ? CR0_FIXED0 & ~(CR0_PE | CR0_PG) : CR0_FIXED0;
  return (value & required) == required && value >> 32 == 0;
}
export function hasFixedCr4(value: u64): bool {
  return (value & CR4_FIXED0) == CR4_FIXED0 && (value & ~CR4_FIXED1) == 0;
}
