/** The feature bits of CPUID that this processor knows, by the names of SDM 2, "CPUID". */

export type CpuidRegister = "eax" | "ebx" | "ecx" | "edx";

export interface CpuidFeature {
  readonly name: string;
  readonly leaf: number;
  readonly subleaf: number;
  readonly register: CpuidRegister;
  readonly bit: number;
}

type Bits = Readonly<Record<string, number>>;

function features(leaf: number, subleaf: number, register: CpuidRegister, bits: Bits): CpuidFeature[] {
  return Object.entries(bits).map(([name, bit]) => ({ name, leaf, subleaf, register, bit }));
}

export const cpuidFeatures: readonly CpuidFeature[] = [
  ...features(1, 0, "ecx", {
    SSE3: 0, PCLMULQDQ: 1, MONITOR: 3, VMX: 5, SSSE3: 9, CX16: 13, PCID: 17, SSE4_1: 19, SSE4_2: 20, X2APIC: 21, MOVBE: 22,
    POPCNT: 23, TSC_DEADLINE: 24, AES: 25, XSAVE: 26, OSXSAVE: 27, RDRAND: 30, HYPERVISOR: 31,
  }),
  ...features(1, 0, "edx", {
    FPU: 0, VME: 1, DE: 2, PSE: 3, TSC: 4, MSR: 5, PAE: 6, MCE: 7, CX8: 8, APIC: 9, SEP: 11, MTRR: 12, PGE: 13, MCA: 14, CMOV: 15,
    PAT: 16, PSE36: 17, CLFSH: 19, MMX: 23, FXSR: 24, SSE: 25, SSE2: 26, SS: 27, HTT: 28,
  }),
  ...features(6, 0, "eax", { ARAT: 2 }),
  ...features(7, 0, "ebx", {
    FSGSBASE: 0, TSC_ADJUST: 1, BMI1: 3, FDP_EXCPTN_ONLY: 6, SMEP: 7, BMI2: 8, ERMS: 9, INVPCID: 10, FCS_FDS_DEPRECATED: 13, RDSEED: 18, ADX: 19,
    SMAP: 20, CLFLUSHOPT: 23, CLWB: 24, SHA: 29,
  }),
  ...features(7, 0, "ecx", { UMIP: 2, PKU: 3, OSPKE: 4, LA57: 16, RDPID: 22 }),
  ...features(7, 0, "edx", { FSRM: 4, IBRS_IBPB: 26, STIBP: 27, ARCH_CAPABILITIES: 29, SSBD: 31 }),
  ...features(7, 2, "edx", { BHI_CTRL: 4 }),
  ...features(0xd, 1, "eax", { XSAVEOPT: 0, XSAVEC: 1, XGETBV_ECX1: 2, XSAVES: 3 }),
  ...features(0x8000_0001, 0, "ecx", { LAHF_LONG: 0, LZCNT: 5, PREFETCHW: 8 }),
  ...features(0x8000_0001, 0, "edx", { SYSCALL: 11, NX: 20, PAGE_1GB: 26, RDTSCP: 27, LM: 29 }),
  ...features(0x8000_0007, 0, "edx", { INVARIANT_TSC: 8 }),
  ...features(0x8000_0008, 0, "ebx", { WBNOINVD: 9 }),
]; // prettier-ignore

const byName = new Map(cpuidFeatures.map((feature) => [feature.name, feature]));

/** The feature of a name. Throws an Error for one that this processor does not know. */
export function cpuidFeature(name: string): CpuidFeature {
  const feature = byName.get(name);
  if (!feature)
    throw new Error(`CPUID feature "${name}" is not known (isa/cpuid-features.ts lists those that are)`);
  return feature;
}
