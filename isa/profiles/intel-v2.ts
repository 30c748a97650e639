import type { ProcessorProfile } from "./profile.js";

const KIB = 1024;

/** An Intel processor of the level x86-64-v2 and above, without AVX. */
export const intelV2: ProcessorProfile = {
  name: "intel-v2",
  vendor: "GenuineIntel",
  brand: "Innervisor x86-64-v2 Processor @ 1.00GHz",
  signature: 0x000506e3,
  physicalBits: 40,
  tscHz: 1_000_000_000,
  crystalHz: 25_000_000,
  caches: [
    { level: 1, kind: "data", sizeBytes: 32 * KIB, ways: 8 },
    { level: 1, kind: "instruction", sizeBytes: 32 * KIB, ways: 8 },
    { level: 2, kind: "unified", sizeBytes: 1024 * KIB, ways: 16 },
    { level: 3, kind: "unified", sizeBytes: 8192 * KIB, ways: 16, isShared: true },
  ],
  features: [
    "FPU", "VME", "DE", "PSE", "TSC", "MSR", "PAE", "MCE", "CX8", "APIC", "SEP", "MTRR", "PGE", "MCA", "CMOV", "PAT", "PSE36",
    "CLFSH", "MMX", "FXSR", "SSE", "SSE2", "SS",
    "SSE3", "PCLMULQDQ", "SSSE3", "CX16", "PCID", "SSE4_1", "SSE4_2", "X2APIC", "MOVBE", "POPCNT", "TSC_DEADLINE", "AES", "XSAVE",
    "RDRAND", "HYPERVISOR",
    "ARAT",
    "FSGSBASE", "TSC_ADJUST", "BMI1", "FDP_EXCPTN_ONLY", "SMEP", "BMI2", "ERMS", "INVPCID", "FCS_FDS_DEPRECATED", "RDSEED", "ADX", "SMAP",
    "CLFLUSHOPT", "CLWB", "SHA",
    "UMIP", "PKU", "LA57", "RDPID",
    "FSRM", "IBRS_IBPB", "STIBP", "ARCH_CAPABILITIES", "SSBD", "BHI_CTRL",
    "XSAVEOPT", "XSAVEC", "XGETBV_ECX1", "XSAVES",
    "LAHF_LONG", "LZCNT", "PREFETCHW", "SYSCALL", "NX", "PAGE_1GB", "RDTSCP", "LM",
    "INVARIANT_TSC", "WBNOINVD",
  ],
}; // prettier-ignore
