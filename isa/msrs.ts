/**
 * Model-specific registers (SDM 4): index, where the value lies, and what a write may do. The processor's dispatch
 * (assembly/msr/) searches the generated table; an index that is not in it is #GP.
 */
import { SEGMENT_BYTES } from "./layout.js";

/** How reads and writes are checked. The order gives the numbers of the generated table. */
export const MSR_KINDS = [
  /** Reads a field; bits outside `writable` must be 0 in a write. */
  "plain",
  /** Reads a field; written values must be canonical. */
  "canonical",
  /** Reads `value`; a write is #GP. */
  "read-only",
  /** Reads `value`; writes do nothing. */
  "ignored",
  /** A read is #GP; bits outside `writable` must be 0 in a write, which does nothing. */
  "write-only",
  /** Reads a field; only 0 may be written (machine-check status, address, miscellaneous). */
  "clearable",
  /** Eight memory types that exist: SDM 3A, "IA32_PAT MSR". */
  "pat",
  /** SDM 3A, "Memory Type Range Registers". */
  "mtrr-default",
  "mtrr-fixed",
  "mtrr-base",
  "mtrr-mask",
  /** Code of its own in assembly/msr/special.ts. */
  "special",
] as const;
export type MsrKind = (typeof MSR_KINDS)[number];

export interface MsrRow {
  readonly index: number;
  /** The manual's name. */
  readonly name: string;
  readonly kind: MsrKind;
  /** Processor state field that holds it, and the distance in bytes from the field's start. */
  readonly field?: string;
  readonly byteOffset?: number;
  readonly writable?: bigint;
  /** What it reads when there is no field. */
  readonly value?: bigint;
}

const ALL = 0xffff_ffff_ffff_ffffn;
const LOW = 0xffff_ffffn;
const bit = (position: number): bigint => 1n << BigInt(position);
const bits = (...positions: number[]): bigint => positions.reduce((sum, position) => sum | bit(position), 0n);

const plain = (index: number, name: string, field: string, writable: bigint, byteOffset = 0): MsrRow => ({
  index, name, kind: "plain", field, writable, byteOffset,
}); // prettier-ignore
const canonical = (index: number, name: string, field: string, byteOffset = 0): MsrRow => ({
  index, name, kind: "canonical", field, byteOffset,
}); // prettier-ignore
const constant = (index: number, name: string, kind: "read-only" | "ignored", value: bigint): MsrRow => ({
  index, name, kind, value,
}); // prettier-ignore
const special = (index: number, name: string): MsrRow => ({ index, name, kind: "special" });
const numbered = (count: number, make: (n: number) => MsrRow): MsrRow[] =>
  Array.from({ length: count }, (_, n) => make(n));

/**
 * IA32_ARCH_CAPABILITIES: no known speculation flaw, enhanced IBRS: 0 RDCL_NO, 1 IBRS_ALL, 3 SKIP_L1DFL_VMENTRY, 4 SSB_NO,
 * 5 MDS_NO, 6 IF_PSCHANGE_MC_NO, 8 TAA_NO, 13 SBDR_SSDP_NO, 14 FBSDP_NO, 15 PSDP_NO, 20 BHI_NO, 24 PBRSB_NO, 26 GDS_NO, 27 RFDS_NO,
 * 62 ITS_NO.
 */
const ARCH_CAPABILITIES = bits(0, 1, 3, 4, 5, 6, 8, 13, 14, 15, 20, 24, 26, 27, 62);
/** IA32_SPEC_CTRL: IBRS, STIBP, SSBD, BHI_DIS_S; there is no speculation they could restrain. */
const SPEC_CTRL_WRITABLE = bits(0, 1, 2, 10);
/** Maximum non-turbo ratio 10 (1 GHz of 100 MHz), maximum efficiency ratio 10. */
const PLATFORM_INFO = (10n << 8n) | (10n << 40n);
/** Eight variable ranges, fixed ranges, write-combining. */
const MTRR_CAP = 0x508n;
/** Eight banks, IA32_MCG_CTL present. */
const MCG_CAP = 0x108n;
const MACHINE_CHECK_BANKS = 8;

const FIXED_MTRRS = [0x250, 0x258, 0x259, 0x268, 0x269, 0x26a, 0x26b, 0x26c, 0x26d, 0x26e, 0x26f];
const segmentBase = (segment: number): number => segment * SEGMENT_BYTES + 16;

export const msrs: readonly MsrRow[] = [
  constant(0x0, "IA32_P5_MC_ADDR", "ignored", 0n),
  constant(0x1, "IA32_P5_MC_TYPE", "ignored", 0n),
  special(0x10, "IA32_TIME_STAMP_COUNTER"),
  constant(0x17, "IA32_PLATFORM_ID", "read-only", 0n),
  special(0x1b, "IA32_APIC_BASE"),
  special(0x3a, "IA32_FEATURE_CONTROL"),
  special(0x3b, "IA32_TSC_ADJUST"),
  plain(0x48, "IA32_SPEC_CTRL", "SPEC_CTRL", SPEC_CTRL_WRITABLE),
  { index: 0x49, name: "IA32_PRED_CMD", kind: "write-only", writable: bit(0) },
  { index: 0x79, name: "IA32_BIOS_UPDT_TRIG", kind: "write-only", writable: ALL },
  constant(0x8b, "IA32_BIOS_SIGN_ID", "ignored", LOW << 32n),
  constant(0xce, "MSR_PLATFORM_INFO", "read-only", PLATFORM_INFO),
  constant(0xfe, "IA32_MTRRCAP", "read-only", MTRR_CAP),
  constant(0x10a, "IA32_ARCH_CAPABILITIES", "read-only", ARCH_CAPABILITIES),
  plain(0x174, "IA32_SYSENTER_CS", "SYSENTER_CS", LOW),
  canonical(0x175, "IA32_SYSENTER_ESP", "SYSENTER_ESP"),
  canonical(0x176, "IA32_SYSENTER_EIP", "SYSENTER_EIP"),
  constant(0x179, "IA32_MCG_CAP", "read-only", MCG_CAP),
  plain(0x17a, "IA32_MCG_STATUS", "MCG_STATUS", bits(0, 1, 2)),
  plain(0x17b, "IA32_MCG_CTL", "MCG_CTL", ALL),
  special(0x1a0, "IA32_MISC_ENABLE"),
  plain(0x1d9, "IA32_DEBUGCTL", "DEBUGCTL", bits(0, 1)),
  ...numbered(8, (n) => ({
    index: 0x200 + n * 2,
    name: `IA32_MTRR_PHYSBASE${n}`,
    kind: "mtrr-base",
    field: "MTRR_VARIABLE",
    byteOffset: n * 16,
  })),
  ...numbered(8, (n) => ({
    index: 0x201 + n * 2,
    name: `IA32_MTRR_PHYSMASK${n}`,
    kind: "mtrr-mask",
    field: "MTRR_VARIABLE",
    byteOffset: n * 16 + 8,
  })),
  ...FIXED_MTRRS.map((index, n): MsrRow => ({
    index,
    name: `IA32_MTRR_FIX_${n}`,
    kind: "mtrr-fixed",
    field: "MTRR_FIXED",
    byteOffset: n * 8,
  })),
  { index: 0x277, name: "IA32_PAT", kind: "pat", field: "PAT" },
  { index: 0x2ff, name: "IA32_MTRR_DEF_TYPE", kind: "mtrr-default", field: "MTRR_DEF_TYPE" },
  ...numbered(MACHINE_CHECK_BANKS, (n) => plain(0x400 + n * 4, `IA32_MC${n}_CTL`, "MC_BANKS", ALL, n * 32)),
  ...numbered(MACHINE_CHECK_BANKS * 3, (n): MsrRow => {
    const bank = Math.floor(n / 3);
    const part = 1 + (n % 3);
    const name = `IA32_MC${bank}_${["STATUS", "ADDR", "MISC"][part - 1] ?? ""}`;
    return {
      index: 0x400 + bank * 4 + part,
      name,
      kind: "clearable",
      field: "MC_BANKS",
      byteOffset: bank * 32 + part * 8,
    };
  }),
  special(0x6e0, "IA32_TSC_DEADLINE"),
  special(0xda0, "IA32_XSS"),
  special(0xc000_0080, "IA32_EFER"),
  plain(0xc000_0081, "IA32_STAR", "STAR", ALL),
  canonical(0xc000_0082, "IA32_LSTAR", "LSTAR"),
  canonical(0xc000_0083, "IA32_CSTAR", "CSTAR"),
  plain(0xc000_0084, "IA32_FMASK", "SFMASK", LOW),
  canonical(0xc000_0100, "IA32_FS_BASE", "SEGMENTS", segmentBase(4)),
  canonical(0xc000_0101, "IA32_GS_BASE", "SEGMENTS", segmentBase(5)),
  canonical(0xc000_0102, "IA32_KERNEL_GS_BASE", "KERNEL_GS_BASE"),
  plain(0xc000_0103, "IA32_TSC_AUX", "TSC_AUX", LOW),
];
