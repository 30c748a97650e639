/**
 * The checks of VM entry, in the manual's order: what an entry failure's report names. The logic of each is in
 * assembly/vmx/check-….ts under the same name. SDM 3C, chapter "VM Entries".
 */
import type { VmcsField } from "./fields.js";

/** What a failed check gives: VMfailValid 7, VMfailValid 8, or a VM exit with reason 33. */
export type CheckStage = "controls" | "host" | "guest";

export interface EntryCheck {
  /** 1 …; 0 means that no check failed. May change between versions. */
  readonly id: number;
  readonly name: string;
  readonly stage: CheckStage;
  /** Heading of the manual's section. */
  readonly heading: string;
  /** Field that is wrong. */
  readonly field: VmcsField["name"];
  readonly rule: string;
}

type CheckSpec = readonly [name: string, field: VmcsField["name"], rule: string];

interface Section {
  readonly stage: CheckStage;
  readonly heading: string;
  readonly checks: readonly CheckSpec[];
}

const ALIGNED = "bits 11:0 are 0 and no bit is set beyond the physical-address width";
const AREA = "bits 3:0 are 0 and the area lies within the physical-address width";

const SECTIONS: readonly Section[] = [
  {
    stage: "controls",
    heading: "VM-Execution Control Fields",
    checks: [
      ["PIN_RESERVED", "PIN_BASED_CONTROLS", "reserved bits are as IA32_VMX_TRUE_PINBASED_CTLS says"],
      ["PRIMARY_RESERVED", "PRIMARY_CONTROLS", "reserved bits are as IA32_VMX_TRUE_PROCBASED_CTLS says"],
      ["SECONDARY_RESERVED", "SECONDARY_CONTROLS", "reserved bits are as IA32_VMX_PROCBASED_CTLS2 says"],
      ["CR3_TARGET_COUNT", "CR3_TARGET_COUNT", "at most 4"],
      ["IO_BITMAP_A", "IO_BITMAP_A", ALIGNED],
      ["IO_BITMAP_B", "IO_BITMAP_B", ALIGNED],
      ["MSR_BITMAPS", "MSR_BITMAPS", ALIGNED],
      ["VIRTUAL_APIC_ADDRESS", "VIRTUAL_APIC_ADDRESS", ALIGNED],
      ["TPR_THRESHOLD_RESERVED", "TPR_THRESHOLD", "bits 31:4 are 0 without virtual-interrupt delivery"],
      ["TPR_THRESHOLD_ABOVE_VTPR", "TPR_THRESHOLD", "bits 3:0 are not above bits 7:4 of VTPR"],
      [
        "NO_TPR_SHADOW",
        "SECONDARY_CONTROLS",
        "x2APIC mode, APIC registers and interrupt delivery need the TPR shadow",
      ],
      ["VIRTUAL_NMIS", "PIN_BASED_CONTROLS", "virtual NMIs need NMI exiting"],
      ["NMI_WINDOW", "PRIMARY_CONTROLS", "NMI-window exiting needs virtual NMIs"],
      ["APIC_ACCESS_ADDRESS", "APIC_ACCESS_ADDRESS", ALIGNED],
      ["VPID", "VIRTUAL_PROCESSOR_IDENTIFIER", "not 0000H"],
      ["EPTP_MEMORY_TYPE", "EPT_POINTER", "memory type is 0 (UC) or 6 (WB)"],
      ["EPTP_WALK_LENGTH", "EPT_POINTER", "bits 5:3 are 3 (four levels)"],
      ["EPTP_RESERVED", "EPT_POINTER", "bits 11:7 and those beyond the physical-address width are 0"],
      ["UNRESTRICTED_WITHOUT_EPT", "SECONDARY_CONTROLS", "unrestricted guest needs EPT"],
    ],
  },
  {
    stage: "controls",
    heading: "VM-Exit Control Fields",
    checks: [
      ["EXIT_RESERVED", "EXIT_CONTROLS", "reserved bits are as IA32_VMX_TRUE_EXIT_CTLS says"],
      ["SAVE_TIMER", "EXIT_CONTROLS", "saving the preemption timer needs the timer"],
      ["EXIT_MSR_STORE", "EXIT_MSR_STORE_ADDRESS", AREA],
      ["EXIT_MSR_LOAD", "EXIT_MSR_LOAD_ADDRESS", AREA],
    ],
  },
  {
    stage: "controls",
    heading: "VM-Entry Control Fields",
    checks: [
      ["ENTRY_RESERVED", "ENTRY_CONTROLS", "reserved bits are as IA32_VMX_TRUE_ENTRY_CTLS says"],
      ["INJECTION_TYPE", "ENTRY_INTERRUPTION_INFORMATION", "the interruption type is not reserved"],
      [
        "INJECTION_VECTOR",
        "ENTRY_INTERRUPTION_INFORMATION",
        "the vector fits the type: 2 for NMI, at most 31 for exceptions, 0 for other events",
      ],
      [
        "INJECTION_CODE",
        "ENTRY_INTERRUPTION_INFORMATION",
        "an error code is delivered just for the exceptions that have one, in protected mode",
      ],
      ["INJECTION_RESERVED", "ENTRY_INTERRUPTION_INFORMATION", "bits 30:12 are 0"],
      ["INJECTION_ERROR_CODE", "ENTRY_EXCEPTION_ERROR_CODE", "bits 31:16 are 0"],
      ["INJECTION_LENGTH", "ENTRY_INSTRUCTION_LENGTH", "0 … 15 for software interrupts and exceptions"],
      ["ENTRY_MSR_LOAD", "ENTRY_MSR_LOAD_ADDRESS", AREA],
    ],
  },
  {
    stage: "host",
    heading: "Checks on Host Control Registers, MSRs, and SSP",
    checks: [
      ["HOST_CR0", "HOST_CR0", "the fixed bits are as VMX operation needs them"],
      ["HOST_CR4", "HOST_CR4", "the fixed bits are as VMX operation needs them"],
      ["HOST_CR3", "HOST_CR3", "no bit is set beyond the physical-address width"],
      ["HOST_SYSENTER_ESP", "HOST_IA32_SYSENTER_ESP", "canonical"],
      ["HOST_SYSENTER_EIP", "HOST_IA32_SYSENTER_EIP", "canonical"],
      ["HOST_PAT", "HOST_IA32_PAT", "each byte is 0, 1, 4, 5, 6 or 7"],
      ["HOST_EFER", "HOST_IA32_EFER", "reserved bits are 0; LMA and LME equal host address-space size"],
    ],
  },
  {
    stage: "host",
    heading: "Checks on Host Segment and Descriptor-Table Registers",
    checks: [
      ["HOST_SELECTOR_RPL_TI", "HOST_CS_SELECTOR", "RPL and TI of all selectors are 0"],
      ["HOST_CS", "HOST_CS_SELECTOR", "not 0000H"],
      ["HOST_TR", "HOST_TR_SELECTOR", "not 0000H"],
      ["HOST_SS", "HOST_SS_SELECTOR", "not 0000H for a 32-bit host"],
      ["HOST_BASE", "HOST_FS_BASE", "bases of FS, GS, GDTR, IDTR and TR are canonical"],
    ],
  },
  {
    stage: "host",
    heading: "Checks Related to Address-Space Size",
    checks: [
      ["HOST_MODE", "EXIT_CONTROLS", "host address-space size equals IA32_EFER.LMA now"],
      ["GUEST_MODE", "ENTRY_CONTROLS", "a 32-bit host has no IA-32e guest"],
      ["HOST_PCIDE", "HOST_CR4", "PCIDE is 0 for a 32-bit host"],
      ["HOST_RIP_32", "HOST_RIP", "bits 63:32 are 0 for a 32-bit host"],
      ["HOST_PAE", "HOST_CR4", "PAE is 1 for a 64-bit host"],
      ["HOST_RIP", "HOST_RIP", "canonical"],
    ],
  },
  {
    stage: "guest",
    heading: "Checks on Guest Control Registers, Debug Registers, and MSRs",
    checks: [
      ["GUEST_CR0", "GUEST_CR0", "the fixed bits are as VMX operation needs them"],
      ["GUEST_CR0_PG", "GUEST_CR0", "PG needs PE"],
      ["GUEST_CR4", "GUEST_CR4", "the fixed bits are as VMX operation needs them"],
      ["GUEST_DEBUGCTL", "GUEST_IA32_DEBUGCTL", "reserved bits are 0"],
      ["GUEST_IA32E_PG", "GUEST_CR0", "PG is 1 for an IA-32e guest"],
      ["GUEST_IA32E_PAE", "GUEST_CR4", "PAE is 1 for an IA-32e guest"],
      ["GUEST_PCIDE", "GUEST_CR4", "PCIDE is 0 for a guest that is not in IA-32e mode"],
      ["GUEST_CR3", "GUEST_CR3", "no bit is set beyond the physical-address width"],
      ["GUEST_DR7", "GUEST_DR7", "bits 63:32 are 0"],
      ["GUEST_SYSENTER_ESP", "GUEST_IA32_SYSENTER_ESP", "canonical"],
      ["GUEST_SYSENTER_EIP", "GUEST_IA32_SYSENTER_EIP", "canonical"],
      ["GUEST_PAT", "GUEST_IA32_PAT", "each byte is 0, 1, 4, 5, 6 or 7"],
      ["GUEST_EFER_RESERVED", "GUEST_IA32_EFER", "reserved bits are 0"],
      ["GUEST_EFER_LMA", "GUEST_IA32_EFER", "LMA equals IA-32e mode guest"],
      ["GUEST_EFER_LME", "GUEST_IA32_EFER", "LME equals LMA when CR0.PG is 1"],
    ],
  },
  {
    stage: "guest",
    heading: "Checks on Guest Segment Registers",
    checks: [
      ["TR_TI", "GUEST_TR_SELECTOR", "TI is 0"],
      ["LDTR_TI", "GUEST_LDTR_SELECTOR", "TI is 0"],
      ["SS_RPL", "GUEST_SS_SELECTOR", "RPL equals that of CS"],
      ["V86_BASE", "GUEST_CS_BASE", "the selector times 16 in virtual-8086 mode"],
      ["TR_BASE", "GUEST_TR_BASE", "canonical"],
      ["FS_BASE", "GUEST_FS_BASE", "canonical"],
      ["GS_BASE", "GUEST_GS_BASE", "canonical"],
      ["LDTR_BASE", "GUEST_LDTR_BASE", "canonical"],
      ["CS_BASE", "GUEST_CS_BASE", "bits 63:32 are 0"],
      ["DATA_BASE", "GUEST_SS_BASE", "bits 63:32 are 0 for SS, DS, ES"],
      ["V86_LIMIT", "GUEST_CS_LIMIT", "FFFFH in virtual-8086 mode"],
      ["V86_RIGHTS", "GUEST_CS_ACCESS_RIGHTS", "F3H in virtual-8086 mode"],
      ["CS_TYPE", "GUEST_CS_ACCESS_RIGHTS", "accessed code (or accessed data for an unrestricted guest)"],
      ["SS_TYPE", "GUEST_SS_ACCESS_RIGHTS", "accessed writable data"],
      ["DATA_TYPE", "GUEST_DS_ACCESS_RIGHTS", "accessed; readable when code"],
      ["SEGMENT_S", "GUEST_CS_ACCESS_RIGHTS", "S is 1"],
      ["CS_DPL", "GUEST_CS_ACCESS_RIGHTS", "the DPL fits that of SS and the type"],
      ["SS_DPL", "GUEST_SS_ACCESS_RIGHTS", "the DPL equals the RPL"],
      ["SS_DPL_REAL", "GUEST_SS_ACCESS_RIGHTS", "the DPL is 0 in real-address mode and with CS of type 3"],
      ["DATA_DPL", "GUEST_DS_ACCESS_RIGHTS", "the DPL is not below the RPL"],
      ["SEGMENT_P", "GUEST_CS_ACCESS_RIGHTS", "P is 1"],
      ["SEGMENT_RESERVED", "GUEST_CS_ACCESS_RIGHTS", "bits 31:17 and 11:8 are 0"],
      ["CS_D_L", "GUEST_CS_ACCESS_RIGHTS", "D is 0 with L in an IA-32e guest"],
      ["SEGMENT_G", "GUEST_CS_ACCESS_RIGHTS", "G fits the limit"],
      ["TR_TYPE", "GUEST_TR_ACCESS_RIGHTS", "a busy TSS: 11, or 3 outside IA-32e mode"],
      [
        "TR_RIGHTS",
        "GUEST_TR_ACCESS_RIGHTS",
        "S is 0, P is 1, usable, reserved bits are 0, G fits the limit",
      ],
      [
        "LDTR_RIGHTS",
        "GUEST_LDTR_ACCESS_RIGHTS",
        "type 2, S is 0, P is 1, reserved bits are 0, G fits the limit",
      ],
    ],
  },
  {
    stage: "guest",
    heading: "Checks on Guest Descriptor-Table Registers",
    checks: [
      ["TABLE_BASE", "GUEST_GDTR_BASE", "bases of GDTR and IDTR are canonical"],
      ["TABLE_LIMIT", "GUEST_GDTR_LIMIT", "bits 31:16 of the limits are 0"],
    ],
  },
  {
    stage: "guest",
    heading: "Checks on Guest RIP, RFLAGS, and SSP",
    checks: [
      ["RIP_32", "GUEST_RIP", "bits 63:32 are 0 outside 64-bit mode"],
      ["RIP", "GUEST_RIP", "bits beyond the linear-address width are identical"],
      ["RFLAGS_RESERVED", "GUEST_RFLAGS", "reserved bits are 0, bit 1 is 1"],
      ["RFLAGS_VM", "GUEST_RFLAGS", "VM is 0 in IA-32e mode and in real-address mode"],
      ["RFLAGS_IF", "GUEST_RFLAGS", "IF is 1 when an external interrupt is injected"],
    ],
  },
  {
    stage: "guest",
    heading: "Checks on Guest Non-Register State",
    checks: [
      ["ACTIVITY", "GUEST_ACTIVITY_STATE", "a supported state"],
      ["ACTIVITY_HLT", "GUEST_ACTIVITY_STATE", "not HLT when the DPL of SS is not 0"],
      ["ACTIVITY_BLOCKING", "GUEST_ACTIVITY_STATE", "active when there is blocking by STI or MOV SS"],
      ["ACTIVITY_INJECTION", "GUEST_ACTIVITY_STATE", "the injected event is not blocked in the state"],
      ["INTERRUPTIBILITY_RESERVED", "GUEST_INTERRUPTIBILITY_STATE", "bits 31:5 are 0"],
      ["STI_AND_MOV_SS", "GUEST_INTERRUPTIBILITY_STATE", "not blocked by both STI and MOV SS"],
      ["STI_WITHOUT_IF", "GUEST_INTERRUPTIBILITY_STATE", "not blocked by STI when IF is 0"],
      [
        "INTERRUPT_WHILE_BLOCKED",
        "GUEST_INTERRUPTIBILITY_STATE",
        "an injected external interrupt is not blocked",
      ],
      ["NMI_WHILE_BLOCKED", "GUEST_INTERRUPTIBILITY_STATE", "an injected NMI is not blocked by MOV SS"],
      ["BLOCKED_BY_SMI", "GUEST_INTERRUPTIBILITY_STATE", "no blocking by SMI outside SMM"],
      [
        "VIRTUAL_NMI_BLOCKED",
        "GUEST_INTERRUPTIBILITY_STATE",
        "no virtual-NMI blocking when an NMI is injected",
      ],
      ["ENCLAVE", "GUEST_INTERRUPTIBILITY_STATE", "no enclave interruption"],
      ["PENDING_DEBUG_RESERVED", "GUEST_PENDING_DEBUG_EXCEPTIONS", "bits 63:17, 15, 13 and 11:4 are 0"],
      ["PENDING_DEBUG_BS", "GUEST_PENDING_DEBUG_EXCEPTIONS", "BS fits RFLAGS.TF and IA32_DEBUGCTL.BTF"],
      ["LINK_POINTER", "VMCS_LINK_POINTER", "all ones, or an aligned address of a VMCS of this revision"],
    ],
  },
  {
    stage: "guest",
    heading: "Checks on Guest Page-Directory-Pointer-Table Entries",
    checks: [["PDPTE", "GUEST_PDPTE0", "reserved bits of present entries are 0"]],
  },
];

export const entryChecks: readonly EntryCheck[] = SECTIONS.flatMap(({ stage, heading, checks }) =>
  checks.map(([name, field, rule]) => ({ name, stage, heading, field, rule })),
).map((check, index) => ({ id: index + 1, ...check }));

/** The check with this id (state word VMX_FAILED_CHECK), undefined for 0. */
export function entryCheckOf(id: number): EntryCheck | undefined {
  return entryChecks[id - 1];
}
