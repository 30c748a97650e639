/**
 * VMX controls: names, bits, and which of them this processor offers. The capability MSRs say exactly what stands here.
 * SDM 3C, chapter "Virtual Machine Control Structures"; SDM 3D, appendix "VMX Capability Reporting Facility".
 */

export type ControlGroup = "PIN" | "PRIMARY" | "SECONDARY" | "EXIT" | "ENTRY";

/** default1: 1 unless the TRUE capability MSR lets it be 0. always1: reserved, must be 1. */
export type ControlKind = "offered" | "absent" | "default1";

interface ControlSpec {
  readonly bit: number;
  readonly kind: ControlKind;
}

const offered = (bit: number): ControlSpec => ({ bit, kind: "offered" });
const absent = (bit: number): ControlSpec => ({ bit, kind: "absent" });
/** In the default1 class, but may be 0 according to the TRUE capability MSRs. */
const default1 = (bit: number): ControlSpec => ({ bit, kind: "default1" });

export const controls = {
  PIN_EXTERNAL_INTERRUPT_EXITING: offered(0),
  PIN_NMI_EXITING: offered(3),
  PIN_VIRTUAL_NMIS: offered(5),
  PIN_ACTIVATE_PREEMPTION_TIMER: offered(6),
  PIN_PROCESS_POSTED_INTERRUPTS: absent(7),

  PRIMARY_INTERRUPT_WINDOW_EXITING: offered(2),
  PRIMARY_USE_TSC_OFFSETTING: offered(3),
  PRIMARY_HLT_EXITING: offered(7),
  PRIMARY_INVLPG_EXITING: offered(9),
  PRIMARY_MWAIT_EXITING: offered(10),
  PRIMARY_RDPMC_EXITING: offered(11),
  PRIMARY_RDTSC_EXITING: offered(12),
  PRIMARY_CR3_LOAD_EXITING: default1(15),
  PRIMARY_CR3_STORE_EXITING: default1(16),
  PRIMARY_ACTIVATE_TERTIARY_CONTROLS: absent(17),
  PRIMARY_CR8_LOAD_EXITING: offered(19),
  PRIMARY_CR8_STORE_EXITING: offered(20),
  PRIMARY_USE_TPR_SHADOW: offered(21),
  PRIMARY_NMI_WINDOW_EXITING: offered(22),
  PRIMARY_MOV_DR_EXITING: offered(23),
  PRIMARY_UNCONDITIONAL_IO_EXITING: offered(24),
  PRIMARY_USE_IO_BITMAPS: offered(25),
  PRIMARY_MONITOR_TRAP_FLAG: offered(27),
  PRIMARY_USE_MSR_BITMAPS: offered(28),
  PRIMARY_MONITOR_EXITING: offered(29),
  PRIMARY_PAUSE_EXITING: offered(30),
  PRIMARY_ACTIVATE_SECONDARY_CONTROLS: offered(31),

  SECONDARY_VIRTUALIZE_APIC_ACCESSES: offered(0),
  SECONDARY_ENABLE_EPT: offered(1),
  SECONDARY_DESCRIPTOR_TABLE_EXITING: offered(2),
  SECONDARY_ENABLE_RDTSCP: offered(3),
  SECONDARY_VIRTUALIZE_X2APIC_MODE: absent(4),
  SECONDARY_ENABLE_VPID: offered(5),
  SECONDARY_WBINVD_EXITING: offered(6),
  SECONDARY_UNRESTRICTED_GUEST: offered(7),
  SECONDARY_APIC_REGISTER_VIRTUALIZATION: absent(8),
  SECONDARY_VIRTUAL_INTERRUPT_DELIVERY: absent(9),
  SECONDARY_PAUSE_LOOP_EXITING: offered(10),
  SECONDARY_RDRAND_EXITING: offered(11),
  SECONDARY_ENABLE_INVPCID: offered(12),
  SECONDARY_ENABLE_VM_FUNCTIONS: absent(13),
  SECONDARY_VMCS_SHADOWING: absent(14),
  SECONDARY_RDSEED_EXITING: offered(16),
  SECONDARY_ENABLE_PML: absent(17),
  SECONDARY_EPT_VIOLATION_VE: absent(18),
  SECONDARY_ENABLE_XSAVES: offered(20),
  SECONDARY_MODE_BASED_EXECUTE: absent(22),
  SECONDARY_USE_TSC_SCALING: absent(25),

  EXIT_SAVE_DEBUG_CONTROLS: default1(2),
  EXIT_HOST_ADDRESS_SPACE_SIZE: offered(9),
  EXIT_LOAD_IA32_PERF_GLOBAL_CTRL: absent(12),
  EXIT_ACKNOWLEDGE_INTERRUPT: offered(15),
  EXIT_SAVE_IA32_PAT: offered(18),
  EXIT_LOAD_IA32_PAT: offered(19),
  EXIT_SAVE_IA32_EFER: offered(20),
  EXIT_LOAD_IA32_EFER: offered(21),
  EXIT_SAVE_PREEMPTION_TIMER: offered(22),
  EXIT_CLEAR_IA32_BNDCFGS: absent(23),

  ENTRY_LOAD_DEBUG_CONTROLS: default1(2),
  ENTRY_IA32E_MODE_GUEST: offered(9),
  ENTRY_TO_SMM: absent(10),
  ENTRY_DEACTIVATE_DUAL_MONITOR: absent(11),
  ENTRY_LOAD_IA32_PERF_GLOBAL_CTRL: absent(13),
  ENTRY_LOAD_IA32_PAT: offered(14),
  ENTRY_LOAD_IA32_EFER: offered(15),
  ENTRY_LOAD_IA32_BNDCFGS: absent(16),
} as const satisfies Record<`${ControlGroup}_${string}`, ControlSpec>;

export type ControlName = keyof typeof controls;

/** Bits that are reserved and must be 1 (SDM 3D, "Default Settings of VMX Controls", less those named above). */
const ALWAYS_1: Record<ControlGroup, number> = {
  PIN: 0x0000_0016,
  PRIMARY: 0x0400_6172,
  SECONDARY: 0,
  EXIT: 0x0003_6dfb,
  ENTRY: 0x0000_11fb,
};

export function isOffered(name: ControlName): boolean {
  return controls[name].kind !== "absent";
}

function maskOf(group: ControlGroup, kinds: readonly ControlKind[]): number {
  let mask = 0;
  for (const [name, { bit, kind }] of Object.entries(controls)) {
    if (name.startsWith(`${group}_`) && kinds.includes(kind)) mask |= 1 << bit;
  }
  return mask >>> 0;
}

/** Bits that may be 1: the upper half of a capability MSR. */
export function allowed1(group: ControlGroup): number {
  return (ALWAYS_1[group] | maskOf(group, ["offered", "default1"])) >>> 0;
}

/** Bits that must be 1: the lower half of a TRUE capability MSR. */
export function trueAllowed0(group: ControlGroup): number {
  return ALWAYS_1[group];
}

/** The lower half of the old capability MSRs: the whole default1 class. */
export function allowed0(group: ControlGroup): number {
  return (ALWAYS_1[group] | maskOf(group, ["default1"])) >>> 0;
}
