/** The VMX capability MSRs as values, made from the controls. SDM 3D, appendix "VMX Capability Reporting Facility". */
import { allowed0, allowed1, trueAllowed0, type ControlGroup } from "./controls.js";
import { highestFieldIndex, VMCS_BYTES } from "./fields.js";

/** The format of our VMCS regions; to be changed with isa/vmx/fields.ts. */
export const VMCS_REVISION = 0x0049_5601;
/** The preemption timer counts when this bit of the TSC changes. */
export const PREEMPTION_TIMER_SHIFT = 5;
export const CR3_TARGETS = 4;

const bit = (index: number): bigint => 1n << BigInt(index);
const bits = (...indexes: number[]): bigint => indexes.reduce((mask, index) => mask | bit(index), 0n);
const pair = (low: number, high: number): bigint => BigInt(low) | (BigInt(high) << 32n);
const old = (group: ControlGroup): bigint => pair(allowed0(group), allowed1(group));
const exact = (group: ControlGroup): bigint => pair(trueAllowed0(group), allowed1(group));

const WRITE_BACK = 6n;

/** Bits of CR4 that may be set in VMX operation: what the processor has. */
const CR4_FIXED1 = 0x0077_3fffn;
/** CR0 bits that must be 1: PE, NE, PG. "Unrestricted guest" exempts PE and PG of guests. */
export const CR0_FIXED0 = 0x8000_0021n;
export const CR4_FIXED0 = 0x2000n;

/** IA32_VMX_EPT_VPID_CAP by bit. */
const EPT_VPID = {
  EXECUTE_ONLY: 0, PAGE_WALK_4: 6, UNCACHEABLE: 8, WRITE_BACK: 14, PAGES_2M: 16, PAGES_1G: 17, INVEPT: 20,
  ACCESSED_DIRTY: 21, INVEPT_SINGLE: 25, INVEPT_ALL: 26, INVVPID: 32, INVVPID_ADDRESS: 40, INVVPID_SINGLE: 41,
  INVVPID_ALL: 42, INVVPID_SINGLE_NON_GLOBAL: 43,
} as const; // prettier-ignore

export interface CapabilityMsr {
  readonly index: number;
  readonly name: string;
  readonly value: bigint;
}

const row = (index: number, name: string, value: bigint): CapabilityMsr => ({ index, name, value });

export const capabilityMsrs: readonly CapabilityMsr[] = [
  // 54: instruction information for INS and OUTS; 55: the TRUE MSRs exist.
  row(0x480, "IA32_VMX_BASIC", pair(VMCS_REVISION, VMCS_BYTES) | (WRITE_BACK << 50n) | bits(54, 55)),
  row(0x481, "IA32_VMX_PINBASED_CTLS", old("PIN")),
  row(0x482, "IA32_VMX_PROCBASED_CTLS", old("PRIMARY")),
  row(0x483, "IA32_VMX_EXIT_CTLS", old("EXIT")),
  row(0x484, "IA32_VMX_ENTRY_CTLS", old("ENTRY")),
  // 5: exits store EFER.LMA; 6-8: activity states HLT, shutdown, wait-for-SIPI; 29: VMWRITE to any field; 30: length 0.
  row(
    0x485,
    "IA32_VMX_MISC",
    BigInt(PREEMPTION_TIMER_SHIFT) | bits(5, 6, 7, 8, 29, 30) | (BigInt(CR3_TARGETS) << 16n),
  ),
  row(0x486, "IA32_VMX_CR0_FIXED0", CR0_FIXED0),
  row(0x487, "IA32_VMX_CR0_FIXED1", 0xffff_ffffn),
  row(0x488, "IA32_VMX_CR4_FIXED0", CR4_FIXED0),
  row(0x489, "IA32_VMX_CR4_FIXED1", CR4_FIXED1),
  row(0x48a, "IA32_VMX_VMCS_ENUM", BigInt(highestFieldIndex << 1)),
  row(0x48b, "IA32_VMX_PROCBASED_CTLS2", old("SECONDARY")),
  row(0x48c, "IA32_VMX_EPT_VPID_CAP", bits(...Object.values(EPT_VPID))),
  row(0x48d, "IA32_VMX_TRUE_PINBASED_CTLS", exact("PIN")),
  row(0x48e, "IA32_VMX_TRUE_PROCBASED_CTLS", exact("PRIMARY")),
  row(0x48f, "IA32_VMX_TRUE_EXIT_CTLS", exact("EXIT")),
  row(0x490, "IA32_VMX_TRUE_ENTRY_CTLS", exact("ENTRY")),
];
