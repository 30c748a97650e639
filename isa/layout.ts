/**
 * Where everything lies in the one Wasm memory: the only definition, from which the constants of the processor
 * (assembly/generated/layout.ts) and the views of machine, debugger and tests come.
 */

/** The memory map, absolute addresses. Everything of one machine lies in one 32-bit memory of 4 GiB. */
export const REGIONS = {
  /** AssemblyScript's static data: 1024 … here. */
  STATIC_END: 0x0010_0000,
  /** The state of the processor that runs now. */
  STATE: 0x0010_0000,
  /** Room of one processor's state. */
  STATE_SIZE: 0x4000,
  /** The states of the processors that do not run now: CPU_LIMIT × STATE_SIZE. */
  CPU_STATES: 0x0011_0000,
  CPU_LIMIT: 64,
  /** CPUID leaves (src/processor/cpuid.ts): u32 count, 12 bytes unused, then entries of 24 bytes. */
  CPUID_TABLE: 0x0021_0000,
  CPUID_TABLE_SIZE: 0x1_0000,
  /** Machine-wide words (fields below). */
  MACHINE: 0x0010_8000,
  /** Linear RIP → block: JUMP_CACHE_ENTRIES × 16 bytes. */
  JUMP_CACHE: 0x0022_0000,
  JUMP_CACHE_ENTRIES: 8192,
  /** Hash of (host address, mode) → first block: 65,536 × 4 bytes. */
  BLOCK_HASH: 0x0024_0000,
  BLOCK_HASH_ENTRIES: 65536,
  /** Guest-physical 2 MiB → table of 512 words: 65,536 × 4 bytes (128 GiB of guest-physical space). */
  FRAME_DIRECTORY: 0x0028_0000,
  FRAME_DIRECTORY_ENTRIES: 65536,
  /** Host frame number → first block on it: 2^20 × 4 bytes. */
  FRAME_BLOCKS: 0x0040_0000,
  /** Host frame number → which 64-byte pieces hold code: 2^20 × 8 bytes. */
  FRAME_CODE: 0x0080_0000,
  /** Block arena. */
  ARENA: 0x0100_0000,
  ARENA_END: 0x0500_0000,
  /** TLB banks: CPU × TLB_BANKS × TLB_BANK_SIZE; then the frames. */
  TLB: 0x0500_0000,
  TLB_ENTRIES: 1024,
  TLB_BANKS: 16,
  /** One kind (read, write or fetch) of one mode. */
  TLB_KIND_SIZE: 0x4000,
  /** Three kinds of one mode. */
  TLB_MODE_SIZE: 0xc000,
  /** Modes user, supervisor, supervisor with AC, and one that never hits; then the fill log. */
  TLB_LOG: 0x3_0000,
  TLB_LOG_ENTRIES: 6144,
  TLB_BANK_SIZE: 0x3_4000,
} as const;

export type FieldType = "u8" | "u16" | "u32" | "i32" | "u64" | "bytes";

/** One word (or array) of processor state. */
export interface Field {
  readonly name: string;
  readonly type: FieldType;
  /** Offset from the start of the state. */
  readonly offset: number;
  readonly bytes: number;
}

const SIZES: Record<Exclude<FieldType, "bytes">, number> = { u8: 1, u16: 2, u32: 4, i32: 4, u64: 8 };

type FieldSpec = readonly [name: string, type: FieldType, count?: number, align?: number];

/** Bytes of a segment register: selector u16 @0, attributes u32 @4, limit u32 @8, base u64 @16. */
export const SEGMENT_BYTES = 24;

const STATE_FIELDS: readonly FieldSpec[] = [
  // General registers RAX … R15; slot 16 reads 0 (no base, no index); slot 17 is the linear RIP of the block's start.
  ["GPR", "u64", 18, 64],
  ["RIP", "u64"],
  // Flags: the EFLAGS word holds everything when LAZY_OP is 0, else all but CF PF AF ZF SF OF.
  ["EFLAGS", "u32"],
  ["LAZY_OP", "u32"],
  ["LAZY_RESULT", "u64"],
  ["LAZY_A", "u64"],
  ["LAZY_B", "u64"],
  // Control of the run loop.
  ["ABORT", "u32"],
  ["BUDGET", "i32"],
  ["EVENTS", "u32"],
  ["TLB_BASE", "u32"],
  ["TLB_MODE_BASE", "u32"],
  ["FETCH_TAG", "u32"],
  ["DECODE_MODE", "u32"],
  ["CPL", "u32"],
  ["ACTIVITY", "u32"],
  ["INTERRUPT_SHADOW", "u32"],
  ["NMI_BLOCKED", "u32"],
  ["CURRENT_RECORD", "u32"],
  ["CURRENT_BLOCK", "u32"],
  ["CPU_INDEX", "u32"],
  // Retired instructions at the end of the present slice; now = ICOUNT_END - BUDGET.
  ["ICOUNT_END", "u64"],
  // The exception or VM exit that ABORT announces.
  ["FAULT_VECTOR", "u32"],
  ["FAULT_HAS_CODE", "u32"],
  ["FAULT_CODE", "u32"],
  ["FAULT_ADDRESS", "u64"],
  ["EXIT_REASON", "u32"],
  ["EXIT_INFO", "u32"],
  ["EXIT_QUALIFICATION", "u64"],
  ["EXIT_GUEST_PHYSICAL", "u64"],
  ["EXIT_GUEST_LINEAR", "u64"],
  // Exceptions and interrupts being delivered (for double faults and IDT-vectoring information).
  ["DELIVERING", "u32"],
  ["DELIVERING_VECTOR", "u32"],
  ["DELIVERING_TYPE", "u32"],
  ["DELIVERING_CODE", "u32"],
  ["DELIVERING_LENGTH", "u32"],
  ["PENDING_DEBUG", "u32"],
  ["SINGLE_STEP", "u32"],
  ["TRIPLE_FAULT", "u32"],
  ["NMI_PENDING", "u32"],
  ["SIPI_VECTOR", "u32"],
  ["LAST_EXCEPTIONS", "bytes", 16 * 32, 8],
  ["LAST_EXCEPTION_INDEX", "u32"],
  // Segment registers and system tables.
  ["SEGMENTS", "bytes", 8 * SEGMENT_BYTES, 8],
  ["GDTR_BASE", "u64"],
  ["GDTR_LIMIT", "u32"],
  ["IDTR_LIMIT", "u32"],
  ["IDTR_BASE", "u64"],
  // Control and debug registers.
  ["CR0", "u64"],
  ["CR2", "u64"],
  ["CR3", "u64"],
  ["CR4", "u64"],
  ["EFER", "u64"],
  ["XCR0", "u64"],
  ["XSS", "u64"],
  ["DR", "u64", 8],
  ["PKRU", "u32"],
  ["BREAKPOINTS", "u32"],
  ["PDPTE", "u64", 4],
  // Model-specific registers with a word of their own.
  ["SYSENTER_CS", "u64"],
  ["SYSENTER_ESP", "u64"],
  ["SYSENTER_EIP", "u64"],
  ["STAR", "u64"],
  ["LSTAR", "u64"],
  ["CSTAR", "u64"],
  ["SFMASK", "u64"],
  ["KERNEL_GS_BASE", "u64"],
  ["TSC_AUX", "u64"],
  ["TSC_OFFSET", "u64"],
  ["TSC_ADJUST", "u64"],
  ["PAT", "u64"],
  ["MTRR_DEF_TYPE", "u64"],
  ["MTRR_FIXED", "u64", 11],
  ["MTRR_VARIABLE", "u64", 16],
  ["MISC_ENABLE", "u64"],
  ["FEATURE_CONTROL", "u64"],
  ["DEBUGCTL", "u64"],
  ["SPEC_CTRL", "u64"],
  ["BIOS_SIGN_ID", "u64"],
  ["MCG_STATUS", "u64"],
  ["MCG_CTL", "u64"],
  ["MC_BANKS", "u64", 32],
  ["PERF", "u64", 32],
  ["MSR_SCRATCH", "u64", 32],
  // x87: eight registers of 16 bytes (80 bits used) by physical number, tag word in full.
  ["FPU_REGISTERS", "bytes", 128, 16],
  ["FCW", "u32"],
  ["FSW", "u32"],
  ["FTW", "u32"],
  ["FOP", "u32"],
  ["FCS", "u32"],
  ["FDS", "u32"],
  ["FIP", "u64"],
  ["FDP", "u64"],
  // SSE.
  ["MXCSR", "u32"],
  ["XMM", "bytes", 16 * 16, 16],
  // MONITOR.
  ["MONITOR_ADDRESS", "u64"],
  ["MONITOR_ARMED", "u32"],
  // TLB contexts: BANK_KEY_n tells which (VPID, EPTP, PCID) bank n serves.
  ["BANK", "u32"],
  ["BANK_CLOCK", "u32"],
  ["BANK_KEYS", "bytes", 16 * 32, 8],
  // VMX.
  ["VMX_ON", "u32"],
  ["VMX_NONROOT", "u32"],
  ["VMXON_POINTER", "u64"],
  ["CURRENT_VMCS", "u64"],
  // EPT pointer in force, 0 when guest-physical addresses are physical.
  ["EPT_POINTER", "u64"],
  // Host address of the current VMCS's region.
  ["VMCS_FRAME", "u32"],
  // Failed check of the last VM entry: an id of isa/vmx/entry-checks.ts, 0 when there was none.
  ["VMX_FAILED_CHECK", "u32"],
  // What waits for the next instruction boundary in VMX non-root operation (vmx/events.ts).
  ["VMX_INJECTS", "u32"],
  ["VMX_TRAP_EXIT", "u32"],
  ["VMX_TRAP_QUALIFICATION", "u64"],
  ["VMX_MTF", "u32"],
  ["VMX_INIT_BLOCKED", "u32"],
  ["VIRTUAL_NMI_BLOCKED", "u32"],
  ["IRET_UNBLOCKED_NMI", "u32"],
  // Clock (ns) at which the preemption timer expires.
  ["VMX_TIMER_END", "u64"],
  ["PLE_FIRST", "u64"],
  ["PLE_LAST", "u64"],
  // Guest-physical page whose accesses are APIC accesses, after EPT; all ones when there is none.
  ["APIC_ACCESS_PAGE", "u64"],
  // More of the exit that ABORT announces.
  ["EXIT_ERROR_CODE", "u32"],
  ["EXIT_INSTRUCTION_INFO", "u32"],
  ["EXIT_HAS_LENGTH", "u32"],
  // What the cached rights of a VPID's translations were made under: pairs of VPID and bits (vmx/context.ts).
  ["VPID_RIGHTS", "u32", 32],
  // VM exits by basic reason, for reports.
  ["EXIT_COUNTS", "u32", 72],
];

const MACHINE_FIELDS: readonly FieldSpec[] = [
  ["CPU_COUNT", "u32"],
  ["ACTIVE_CPU", "u32"],
  ["FRAME_NEXT", "u32"],
  ["FRAME_FIRST", "u32"],
  ["ARENA_NEXT", "u32"],
  ["GENERATION", "u32"],
  ["A20_MASK", "u32"],
  ["PHYSICAL_BITS", "u32"],
  ["OUT_OF_FRAMES", "u32"],
  ["EXPOSE_VMX", "u32"],
  ["TSC_HZ", "u32"],
  ["VIRTUAL_CLOCK", "u32"],
  // Virtual clock: now in ns = CLOCK_BASE + the active processor's retired instructions.
  ["CLOCK_BASE", "u64"],
  ["BLOCKS_DECODED", "u32"],
  ["BLOCKS_DROPPED", "u32"],
  ["ARENA_RESETS", "u32"],
  ["TLB_FILLS", "u32"],
];

function place(specs: readonly FieldSpec[]): ReadonlyMap<string, Field> {
  const fields = new Map<string, Field>();
  let offset = 0;
  for (const [name, type, count = 1, align] of specs) {
    const unit = type === "bytes" ? 1 : SIZES[type];
    const alignment = align ?? (type === "bytes" ? 8 : unit);
    offset = Math.ceil(offset / alignment) * alignment;
    fields.set(name, { name, type, offset, bytes: unit * count });
    offset += unit * count;
  }
  if (offset > REGIONS.STATE_SIZE)
    throw new Error(`processor state takes ${offset} bytes of ${REGIONS.STATE_SIZE}`);
  return fields;
}

export const stateFields = place(STATE_FIELDS);
export const machineFields = place(MACHINE_FIELDS);

/** Offset of a state field from the start of a processor's state. Throws for an unknown name. */
export function stateOffset(name: string): number {
  const field = stateFields.get(name);
  if (!field) throw new Error(`no processor state field is called ${name}`);
  return field.offset;
}

/** Absolute address of a machine-wide word. */
export function machineAddress(name: string): number {
  const field = machineFields.get(name);
  if (!field) throw new Error(`no machine field is called ${name}`);
  return REGIONS.MACHINE + field.offset;
}

/** Segment registers in the order of their encoding, then LDTR and TR. */
export const SEGMENT_NAMES = ["ES", "CS", "SS", "DS", "FS", "GS", "LDTR", "TR"] as const;

/** General registers in the order of their encoding. */
export const GPR_NAMES = [
  "RAX", "RCX", "RDX", "RBX", "RSP", "RBP", "RSI", "RDI",
  "R8", "R9", "R10", "R11", "R12", "R13", "R14", "R15",
] as const; // prettier-ignore
