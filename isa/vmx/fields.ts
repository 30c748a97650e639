/**
 * The fields of a VMCS. SDM 3D, appendix "Field Encoding in VMCS". Width, type and index follow from the encoding:
 *
 *   14:13 width (0: 16, 1: 64, 2: 32 bits, 3: natural)   11:10 type (0 control, 1 VM-exit information, 2 guest, 3 host)
 *    9:1  index                                          0     access (1: upper 32 bits of a 64-bit field)
 */
import { isOffered, type ControlName } from "./controls.js";

export interface VmcsField {
  readonly encoding: number;
  /** The SDM's name in capitals. */
  readonly name: string;
  /** Bits of the field: natural width is 64. */
  readonly bits: 16 | 32 | 64;
  readonly isReadOnly: boolean;
  /** Where the field lies in our VMCS regions, in bytes. */
  readonly offset: number;
}

type FieldSpec = readonly [encoding: number, name: string, existsWith?: ControlName];

/** Bytes of a VMCS region, as IA32_VMX_BASIC reports. */
export const VMCS_BYTES = 4096;
/** Revision identifier, VMX-abort indicator, launch state, then room; the fields follow. */
export const VMCS_LAUNCH_STATE = 8;
const FIRST_FIELD = 16;

// prettier-ignore
const SPECS: readonly FieldSpec[] = [
  // 16-bit control fields
  [0x0000, "VIRTUAL_PROCESSOR_IDENTIFIER", "SECONDARY_ENABLE_VPID"],
  [0x0002, "POSTED_INTERRUPT_NOTIFICATION_VECTOR", "PIN_PROCESS_POSTED_INTERRUPTS"],
  [0x0004, "EPTP_INDEX", "SECONDARY_EPT_VIOLATION_VE"],
  // 16-bit guest-state fields
  [0x0800, "GUEST_ES_SELECTOR"], [0x0802, "GUEST_CS_SELECTOR"], [0x0804, "GUEST_SS_SELECTOR"],
  [0x0806, "GUEST_DS_SELECTOR"], [0x0808, "GUEST_FS_SELECTOR"], [0x080a, "GUEST_GS_SELECTOR"],
  [0x080c, "GUEST_LDTR_SELECTOR"], [0x080e, "GUEST_TR_SELECTOR"],
  [0x0810, "GUEST_INTERRUPT_STATUS", "SECONDARY_VIRTUAL_INTERRUPT_DELIVERY"],
  [0x0812, "PML_INDEX", "SECONDARY_ENABLE_PML"],
  // 16-bit host-state fields
  [0x0c00, "HOST_ES_SELECTOR"], [0x0c02, "HOST_CS_SELECTOR"], [0x0c04, "HOST_SS_SELECTOR"],
  [0x0c06, "HOST_DS_SELECTOR"], [0x0c08, "HOST_FS_SELECTOR"], [0x0c0a, "HOST_GS_SELECTOR"], [0x0c0c, "HOST_TR_SELECTOR"],
  // 64-bit control fields
  [0x2000, "IO_BITMAP_A"], [0x2002, "IO_BITMAP_B"],
  [0x2004, "MSR_BITMAPS", "PRIMARY_USE_MSR_BITMAPS"],
  [0x2006, "EXIT_MSR_STORE_ADDRESS"], [0x2008, "EXIT_MSR_LOAD_ADDRESS"], [0x200a, "ENTRY_MSR_LOAD_ADDRESS"],
  [0x200c, "EXECUTIVE_VMCS_POINTER"],
  [0x200e, "PML_ADDRESS", "SECONDARY_ENABLE_PML"],
  [0x2010, "TSC_OFFSET"],
  [0x2012, "VIRTUAL_APIC_ADDRESS", "PRIMARY_USE_TPR_SHADOW"],
  [0x2014, "APIC_ACCESS_ADDRESS", "SECONDARY_VIRTUALIZE_APIC_ACCESSES"],
  [0x2016, "POSTED_INTERRUPT_DESCRIPTOR_ADDRESS", "PIN_PROCESS_POSTED_INTERRUPTS"],
  [0x2018, "VM_FUNCTION_CONTROLS", "SECONDARY_ENABLE_VM_FUNCTIONS"],
  [0x201a, "EPT_POINTER", "SECONDARY_ENABLE_EPT"],
  [0x201c, "EOI_EXIT_BITMAP_0", "SECONDARY_VIRTUAL_INTERRUPT_DELIVERY"],
  [0x201e, "EOI_EXIT_BITMAP_1", "SECONDARY_VIRTUAL_INTERRUPT_DELIVERY"],
  [0x2020, "EOI_EXIT_BITMAP_2", "SECONDARY_VIRTUAL_INTERRUPT_DELIVERY"],
  [0x2022, "EOI_EXIT_BITMAP_3", "SECONDARY_VIRTUAL_INTERRUPT_DELIVERY"],
  [0x2024, "EPTP_LIST_ADDRESS", "SECONDARY_ENABLE_VM_FUNCTIONS"],
  [0x2026, "VMREAD_BITMAP_ADDRESS", "SECONDARY_VMCS_SHADOWING"],
  [0x2028, "VMWRITE_BITMAP_ADDRESS", "SECONDARY_VMCS_SHADOWING"],
  [0x202a, "VIRTUALIZATION_EXCEPTION_ADDRESS", "SECONDARY_EPT_VIOLATION_VE"],
  [0x202c, "XSS_EXITING_BITMAP", "SECONDARY_ENABLE_XSAVES"],
  [0x2032, "TSC_MULTIPLIER", "SECONDARY_USE_TSC_SCALING"],
  // 64-bit read-only data field
  [0x2400, "GUEST_PHYSICAL_ADDRESS", "SECONDARY_ENABLE_EPT"],
  // 64-bit guest-state fields
  [0x2800, "VMCS_LINK_POINTER"], [0x2802, "GUEST_IA32_DEBUGCTL"],
  [0x2804, "GUEST_IA32_PAT", "ENTRY_LOAD_IA32_PAT"],
  [0x2806, "GUEST_IA32_EFER", "ENTRY_LOAD_IA32_EFER"],
  [0x2808, "GUEST_IA32_PERF_GLOBAL_CTRL", "ENTRY_LOAD_IA32_PERF_GLOBAL_CTRL"],
  [0x280a, "GUEST_PDPTE0", "SECONDARY_ENABLE_EPT"], [0x280c, "GUEST_PDPTE1", "SECONDARY_ENABLE_EPT"],
  [0x280e, "GUEST_PDPTE2", "SECONDARY_ENABLE_EPT"], [0x2810, "GUEST_PDPTE3", "SECONDARY_ENABLE_EPT"],
  // 64-bit host-state fields
  [0x2c00, "HOST_IA32_PAT", "EXIT_LOAD_IA32_PAT"],
  [0x2c02, "HOST_IA32_EFER", "EXIT_LOAD_IA32_EFER"],
  [0x2c04, "HOST_IA32_PERF_GLOBAL_CTRL", "EXIT_LOAD_IA32_PERF_GLOBAL_CTRL"],
  // 32-bit control fields
  [0x4000, "PIN_BASED_CONTROLS"], [0x4002, "PRIMARY_CONTROLS"], [0x4004, "EXCEPTION_BITMAP"],
  [0x4006, "PAGE_FAULT_ERROR_CODE_MASK"], [0x4008, "PAGE_FAULT_ERROR_CODE_MATCH"], [0x400a, "CR3_TARGET_COUNT"],
  [0x400c, "EXIT_CONTROLS"], [0x400e, "EXIT_MSR_STORE_COUNT"], [0x4010, "EXIT_MSR_LOAD_COUNT"],
  [0x4012, "ENTRY_CONTROLS"], [0x4014, "ENTRY_MSR_LOAD_COUNT"], [0x4016, "ENTRY_INTERRUPTION_INFORMATION"],
  [0x4018, "ENTRY_EXCEPTION_ERROR_CODE"], [0x401a, "ENTRY_INSTRUCTION_LENGTH"],
  [0x401c, "TPR_THRESHOLD", "PRIMARY_USE_TPR_SHADOW"],
  [0x401e, "SECONDARY_CONTROLS", "PRIMARY_ACTIVATE_SECONDARY_CONTROLS"],
  [0x4020, "PLE_GAP", "SECONDARY_PAUSE_LOOP_EXITING"], [0x4022, "PLE_WINDOW", "SECONDARY_PAUSE_LOOP_EXITING"],
  // 32-bit read-only data fields
  [0x4400, "INSTRUCTION_ERROR"], [0x4402, "EXIT_REASON"], [0x4404, "EXIT_INTERRUPTION_INFORMATION"],
  [0x4406, "EXIT_INTERRUPTION_ERROR_CODE"], [0x4408, "IDT_VECTORING_INFORMATION"], [0x440a, "IDT_VECTORING_ERROR_CODE"],
  [0x440c, "EXIT_INSTRUCTION_LENGTH"], [0x440e, "EXIT_INSTRUCTION_INFORMATION"],
  // 32-bit guest-state fields
  [0x4800, "GUEST_ES_LIMIT"], [0x4802, "GUEST_CS_LIMIT"], [0x4804, "GUEST_SS_LIMIT"], [0x4806, "GUEST_DS_LIMIT"],
  [0x4808, "GUEST_FS_LIMIT"], [0x480a, "GUEST_GS_LIMIT"], [0x480c, "GUEST_LDTR_LIMIT"], [0x480e, "GUEST_TR_LIMIT"],
  [0x4810, "GUEST_GDTR_LIMIT"], [0x4812, "GUEST_IDTR_LIMIT"],
  [0x4814, "GUEST_ES_ACCESS_RIGHTS"], [0x4816, "GUEST_CS_ACCESS_RIGHTS"], [0x4818, "GUEST_SS_ACCESS_RIGHTS"],
  [0x481a, "GUEST_DS_ACCESS_RIGHTS"], [0x481c, "GUEST_FS_ACCESS_RIGHTS"], [0x481e, "GUEST_GS_ACCESS_RIGHTS"],
  [0x4820, "GUEST_LDTR_ACCESS_RIGHTS"], [0x4822, "GUEST_TR_ACCESS_RIGHTS"],
  [0x4824, "GUEST_INTERRUPTIBILITY_STATE"], [0x4826, "GUEST_ACTIVITY_STATE"], [0x4828, "GUEST_SMBASE"],
  [0x482a, "GUEST_IA32_SYSENTER_CS"],
  [0x482e, "PREEMPTION_TIMER_VALUE", "PIN_ACTIVATE_PREEMPTION_TIMER"],
  // 32-bit host-state field
  [0x4c00, "HOST_IA32_SYSENTER_CS"],
  // Natural-width control fields
  [0x6000, "CR0_GUEST_HOST_MASK"], [0x6002, "CR4_GUEST_HOST_MASK"], [0x6004, "CR0_READ_SHADOW"], [0x6006, "CR4_READ_SHADOW"],
  [0x6008, "CR3_TARGET_VALUE_0"], [0x600a, "CR3_TARGET_VALUE_1"], [0x600c, "CR3_TARGET_VALUE_2"], [0x600e, "CR3_TARGET_VALUE_3"],
  // Natural-width read-only data fields
  [0x6400, "EXIT_QUALIFICATION"], [0x6402, "IO_RCX"], [0x6404, "IO_RSI"], [0x6406, "IO_RDI"], [0x6408, "IO_RIP"],
  [0x640a, "GUEST_LINEAR_ADDRESS"],
  // Natural-width guest-state fields
  [0x6800, "GUEST_CR0"], [0x6802, "GUEST_CR3"], [0x6804, "GUEST_CR4"],
  [0x6806, "GUEST_ES_BASE"], [0x6808, "GUEST_CS_BASE"], [0x680a, "GUEST_SS_BASE"], [0x680c, "GUEST_DS_BASE"],
  [0x680e, "GUEST_FS_BASE"], [0x6810, "GUEST_GS_BASE"], [0x6812, "GUEST_LDTR_BASE"], [0x6814, "GUEST_TR_BASE"],
  [0x6816, "GUEST_GDTR_BASE"], [0x6818, "GUEST_IDTR_BASE"], [0x681a, "GUEST_DR7"], [0x681c, "GUEST_RSP"],
  [0x681e, "GUEST_RIP"], [0x6820, "GUEST_RFLAGS"], [0x6822, "GUEST_PENDING_DEBUG_EXCEPTIONS"],
  [0x6824, "GUEST_IA32_SYSENTER_ESP"], [0x6826, "GUEST_IA32_SYSENTER_EIP"],
  // Natural-width host-state fields
  [0x6c00, "HOST_CR0"], [0x6c02, "HOST_CR3"], [0x6c04, "HOST_CR4"], [0x6c06, "HOST_FS_BASE"], [0x6c08, "HOST_GS_BASE"],
  [0x6c0a, "HOST_TR_BASE"], [0x6c0c, "HOST_GDTR_BASE"], [0x6c0e, "HOST_IDTR_BASE"], [0x6c10, "HOST_IA32_SYSENTER_ESP"],
  [0x6c12, "HOST_IA32_SYSENTER_EIP"], [0x6c14, "HOST_RSP"], [0x6c16, "HOST_RIP"],
];

const BITS = [16, 64, 32, 64] as const;

function field([encoding, name]: FieldSpec, index: number): VmcsField {
  return {
    encoding,
    name,
    bits: BITS[(encoding >> 13) & 3] as 16 | 32 | 64,
    isReadOnly: ((encoding >> 10) & 3) === 1,
    offset: FIRST_FIELD + index * 8,
  };
}

/** Every field of the manual; each has its place in the region, so that the format survives new features. */
export const allVmcsFields: readonly VmcsField[] = SPECS.map(field);

/** The fields that VMREAD and VMWRITE find: those of the features that this processor offers. */
export const vmcsFields: readonly VmcsField[] = SPECS.flatMap((spec, index) =>
  spec[2] === undefined || isOffered(spec[2]) ? [field(spec, index)] : [],
);

/** IA32_VMX_VMCS_ENUM: the highest index of any field, in bits 9:1. */
export const highestFieldIndex = Math.max(...vmcsFields.map(({ encoding }) => (encoding >> 1) & 0x1ff));
