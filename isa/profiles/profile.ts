/** What kind of processor the guest sees. */
export interface ProcessorProfile {
  readonly name: string;
  /** 12 characters: CPUID.0 EBX, EDX, ECX. */
  readonly vendor: string;
  /** At most 47 characters: CPUID.80000002H-80000004H. */
  readonly brand: string;
  /** CPUID.1:EAX: family, model, stepping; the same as EDX after reset. */
  readonly signature: number;
  /** MAXPHYADDR. */
  readonly physicalBits: number;
  /** Frequency of the time-stamp counter. */
  readonly tscHz: number;
  /** Frequency of the core crystal clock, which drives the local APIC timer too. */
  readonly crystalHz: number;
  readonly caches: readonly CacheDescription[];
  /** Names of isa/cpuid-features.ts. VMX, HTT and what CPUID computes at run time are not among them. */
  readonly features: readonly string[];
}

export interface CacheDescription {
  readonly level: 1 | 2 | 3;
  readonly kind: "data" | "instruction" | "unified";
  readonly sizeBytes: number;
  readonly ways: number;
  /** Shared by all processors of the package. */
  readonly isShared?: boolean;
}
