/** The CPUID leaves of a profile, as the table the processor looks them up in. SDM 2, "CPUID". */
import { cpuidFeature, type CpuidRegister } from "../../isa/cpuid-features.js";
import type { CacheDescription, ProcessorProfile } from "../../isa/profiles/index.js";
import { REGIONS } from "../../isa/layout.js";

export interface CpuidOptions {
  /** Processors of the machine: one package, a thread per core. */
  readonly cpuCount: number;
  /** Whether VT-x is offered. */
  readonly exposeVmx: boolean;
}

export interface CpuidEntry {
  readonly leaf: number;
  /** `anySubleaf` where ECX does not matter. */
  readonly subleaf: number;
  eax: number;
  ebx: number;
  ecx: number;
  edx: number;
}

/** Subleaf of leaves that have none. */
export const anySubleaf = 0xffff_ffff;
/** Hypervisor vendor signature in EBX, ECX, EDX of leaf 40000000H. */
export const hypervisorSignature = "InnervisorVM";

const maxBasicLeaf = 0x1f;
const maxExtendedLeaf = 0x8000_0008;
const headerBytes = 16;
const entryBytes = 24;
const maxFeatureSubleaf = 2;
const cacheLineBytes = 64;
/** XSAVE area: legacy region and header, then PKRU (assembly/execute/system/xsave-components.ts). */
const xsaveBaseBytes = 576;
const pkruBytes = 8;
const xcr0Supported = 0x203;
const pkruComponent = 9;

type Values = Partial<Record<CpuidRegister, number>>;

function entry(leaf: number, subleaf: number, values: Values = {}): CpuidEntry {
  return {
    leaf,
    subleaf,
    eax: values.eax ?? 0,
    ebx: values.ebx ?? 0,
    ecx: values.ecx ?? 0,
    edx: values.edx ?? 0,
  };
}

/** Four characters as a little-endian word. */
function word(text: string, offset: number): number {
  return [3, 2, 1, 0].reduce((sum, index) => sum * 256 + (text.charCodeAt(offset + index) || 0), 0);
}

/** Bits that the topology leaves give to the core number within the package. */
function coreBits(cpuCount: number): number {
  return Math.ceil(Math.log2(cpuCount));
}

const cacheKinds = { data: 1, instruction: 2, unified: 3 } as const;

/** Leaf 4: deterministic cache parameters. */
function cacheEntry(cache: CacheDescription, index: number, cpuCount: number): CpuidEntry {
  const sharing = cache.isShared ? (1 << coreBits(cpuCount)) - 1 : 0;
  const cores = (1 << coreBits(cpuCount)) - 1;
  const selfInitializing = 1 << 8;
  const sets = cache.sizeBytes / (cache.ways * cacheLineBytes);
  return entry(4, index, {
    eax:
      (cacheKinds[cache.kind] |
        (cache.level << 5) |
        selfInitializing |
        (sharing << 14) |
        ((cores & 63) << 26)) >>>
      0,
    ebx: (((cache.ways - 1) << 22) | (cacheLineBytes - 1)) >>> 0,
    ecx: sets - 1,
  });
}

/** Leaves 0BH and 1FH: thread level, core level. EDX, the x2APIC ID, is filled in at run time. */
function topologyEntries(leaf: number, cpuCount: number): CpuidEntry[] {
  const [threadLevel, coreLevel] = [0x100, 0x201];
  return [
    entry(leaf, 0, { eax: 0, ebx: 1, ecx: threadLevel }),
    entry(leaf, 1, { eax: coreBits(cpuCount), ebx: cpuCount, ecx: coreLevel }),
  ];
}

function extendedStateEntries(): CpuidEntry[] {
  return [
    entry(0xd, 0, { eax: xcr0Supported, ebx: xsaveBaseBytes, ecx: xsaveBaseBytes + pkruBytes }),
    entry(0xd, 1, { ebx: xsaveBaseBytes }),
    entry(0xd, pkruComponent, { eax: pkruBytes, ebx: xsaveBaseBytes }),
  ];
}

function brandEntries(brand: string): CpuidEntry[] {
  const text = brand.padEnd(48, "\0");
  return [0, 1, 2].map((part) => {
    const offset = part * 16;
    return entry(0x8000_0002 + part, anySubleaf, {
      eax: word(text, offset), ebx: word(text, offset + 4), ecx: word(text, offset + 8), edx: word(text, offset + 12),
    }); // prettier-ignore
  });
}

function basicEntries(profile: ProcessorProfile, cpuCount: number): CpuidEntry[] {
  const { vendor } = profile;
  const logicalProcessors = 1 << coreBits(cpuCount);
  return [
    entry(0, anySubleaf, {
      eax: maxBasicLeaf,
      ebx: word(vendor, 0),
      edx: word(vendor, 4),
      ecx: word(vendor, 8),
    }),
    entry(1, anySubleaf, {
      eax: profile.signature,
      ebx: (logicalProcessors << 16) | ((cacheLineBytes / 8) << 8),
    }),
    // FFH: leaf 4 has the caches; FEH: no TLB descriptors here; F0H: 64-byte prefetching.
    entry(2, anySubleaf, { eax: 0x00fe_ff01, ebx: 0xf0 }),
    ...profile.caches.map((cache, index) => cacheEntry(cache, index, cpuCount)),
    entry(6, anySubleaf),
    entry(7, 0, { eax: maxFeatureSubleaf }),
    entry(7, maxFeatureSubleaf),
    ...topologyEntries(0xb, cpuCount),
    ...extendedStateEntries(),
    entry(0x15, anySubleaf, { eax: 1, ebx: profile.tscHz / profile.crystalHz, ecx: profile.crystalHz }),
    entry(0x16, anySubleaf, { eax: profile.tscHz / 1e6, ebx: profile.tscHz / 1e6, ecx: 100 }),
    ...topologyEntries(0x1f, cpuCount),
  ];
}

function extendedEntries(profile: ProcessorProfile): CpuidEntry[] {
  const linearBits = profile.features.includes("LA57") ? 57 : 48;
  const l2 = profile.caches.find((cache) => cache.level === 2);
  const associativity16 = 8;
  return [
    entry(0x8000_0000, anySubleaf, { eax: maxExtendedLeaf }),
    entry(0x8000_0001, anySubleaf),
    ...brandEntries(profile.brand),
    entry(0x8000_0006, anySubleaf, {
      ecx: ((((l2?.sizeBytes ?? 0) / 1024) << 16) | (associativity16 << 12) | cacheLineBytes) >>> 0,
    }),
    entry(0x8000_0007, anySubleaf),
    entry(0x8000_0008, anySubleaf, { eax: profile.physicalBits | (linearBits << 8) }),
  ];
}

function hypervisorEntries(): CpuidEntry[] {
  const text = hypervisorSignature;
  return [
    entry(0x4000_0000, anySubleaf, {
      eax: 0x4000_0000,
      ebx: word(text, 0),
      ecx: word(text, 4),
      edx: word(text, 8),
    }),
  ];
}

/** All leaves of a profile. Throws an Error for a feature name that is not known. */
export function cpuidEntries(profile: ProcessorProfile, options: CpuidOptions): CpuidEntry[] {
  const entries = [
    ...basicEntries(profile, options.cpuCount),
    ...hypervisorEntries(),
    ...extendedEntries(profile),
  ];
  const names = [
    ...profile.features,
    ...(options.exposeVmx ? ["VMX"] : []),
    ...(options.cpuCount > 1 ? ["HTT"] : []),
  ];
  for (const name of names) {
    const { leaf, subleaf, register, bit } = cpuidFeature(name);
    const target = entries.find(
      (candidate) =>
        candidate.leaf === leaf && (candidate.subleaf === subleaf || candidate.subleaf === anySubleaf),
    );
    if (!target)
      throw new Error(
        `CPUID feature "${name}" lies in leaf ${leaf.toString(16)}H, which the table does not have`,
      );
    target[register] = (target[register] | (1 << bit)) >>> 0;
  }
  return entries;
}

/** The table for the region CPUID_TABLE: u32 count, 12 bytes unused, then leaf, subleaf, EAX, EBX, ECX, EDX of each entry. */
export function buildCpuidTable(profile: ProcessorProfile, options: CpuidOptions): Uint8Array {
  const entries = cpuidEntries(profile, options);
  const size = headerBytes + entries.length * entryBytes;
  if (size > REGIONS.CPUID_TABLE_SIZE)
    throw new Error(`CPUID table takes ${size} bytes of ${REGIONS.CPUID_TABLE_SIZE}`);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, entries.length, true);
  entries.forEach(({ leaf, subleaf, eax, ebx, ecx, edx }, index) => {
    [leaf, subleaf, eax, ebx, ecx, edx].forEach((value, field) => {
      view.setUint32(headerBytes + index * entryBytes + field * 4, value, true);
    });
  });
  return bytes;
}
