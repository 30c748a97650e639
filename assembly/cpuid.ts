/** CPUID: the table that src/processor/cpuid.ts writes, and the bits that change at run time. SDM 2, "CPUID". */
import {
  CPU_INDEX,
  CPUID_TABLE,
  CR4,
  MISC_ENABLE,
  MSR_SCRATCH,
  RAX,
  RBX,
  RCX,
  RDX,
  XCR0,
  XSS,
} from "./generated/layout";
import { apicReadMsr } from "./imports";
import { CR4_OSXSAVE, CR4_PKE } from "./registers";
import { interceptSimple } from "./vmx/intercepts";
import { COMPONENT_PKRU } from "./execute/system/xsave-components";

const EXIT_CPUID: u32 = 10;
// An entry: leaf, subleaf (ANY: the leaf has none), EAX, EBX, ECX, EDX.
const ENTRIES: u32 = CPUID_TABLE + 16;
const ENTRY_BYTES: u32 = 24;
const ANY_SUBLEAF: u32 = 0xffffffff;

const IA32_APIC_BASE: u32 = 0x1b;
const APIC_ENABLED: u64 = 1 << 11;
const MISC_MONITOR: u64 = 1 << 18;

// Leaf 1.
const ECX_MONITOR: u32 = 1 << 3;
const ECX_OSXSAVE: u32 = 1 << 27;
const EDX_APIC: u32 = 1 << 9;
// Leaf 7.
const ECX_OSPKE: u32 = 1 << 4;

/** Bytes of an XSAVE area: legacy region and header; PKRU follows. */
const XSAVE_BASE_BYTES: u32 = 576;
const PKRU_BYTES: u32 = 8;

function findEntry(leaf: u32, subleaf: u32): u32 {
  const count = load<u32>(CPUID_TABLE);
  for (let i: u32 = 0; i < count; i++) {
    const entry = ENTRIES + i * ENTRY_BYTES;
    if (load<u32>(entry) != leaf) continue;
    const own = load<u32>(entry, 4);
    if (own == ANY_SUBLEAF || own == subleaf) return entry;
  }
  return 0;
}

/** A leaf above the highest basic one reads as the highest basic one; hypervisor leaves that are none as 0. */
function effectiveLeaf(leaf: u32): u32 {
  const isHypervisor = leaf >> 28 == 4;
  const range: u32 = leaf >> 31 != 0 ? 0x80000000 : isHypervisor ? 0x40000000 : 0;
  const first = findEntry(range, 0);
  if (first != 0 && leaf <= load<u32>(first, 8)) return leaf;
  return isHypervisor ? leaf : load<u32>(findEntry(0, 0), 8);
}

function xsaveBytes(components: u64): u32 {
  return (components & COMPONENT_PKRU) != 0 ? XSAVE_BASE_BYTES + PKRU_BYTES : XSAVE_BASE_BYTES;
}

/** Leaf 1: EBX has the initial APIC ID; OSXSAVE, APIC and MONITOR follow CR4, IA32_APIC_BASE and IA32_MISC_ENABLE. */
function patchLeaf1(): void {
  store<u64>(RBX, load<u32>(RBX) | (load<u32>(CPU_INDEX) << 24));
  let ecx = load<u32>(RCX) & ~(ECX_OSXSAVE | ECX_MONITOR);
  if (load<u64>(CR4) & CR4_OSXSAVE) ecx |= ECX_OSXSAVE;
  if (load<u64>(MISC_ENABLE) & MISC_MONITOR) ecx |= ECX_MONITOR;
  store<u64>(RCX, ecx);
  const isApicOn = apicReadMsr(IA32_APIC_BASE) != 0 && (load<u64>(MSR_SCRATCH) & APIC_ENABLED) != 0;
  if (!isApicOn) store<u64>(RDX, load<u32>(RDX) & ~EDX_APIC);
}

function patch(leaf: u32, subleaf: u32): void {
  if (leaf == 1) patchLeaf1();
  else if (leaf == 7 && subleaf == 0) {
    if (load<u64>(CR4) & CR4_PKE) store<u64>(RCX, load<u32>(RCX) | ECX_OSPKE);
  } else if (leaf == 0xb || leaf == 0x1f) store<u64>(RDX, load<u32>(CPU_INDEX));
  else if (leaf == 0xd && subleaf == 0) store<u64>(RBX, xsaveBytes(load<u64>(XCR0)));
  else if (leaf == 0xd && subleaf == 1) store<u64>(RBX, xsaveBytes(load<u64>(XCR0) | load<u64>(XSS)));
}

export function cpuid(_r: u32): void {
  if (interceptSimple(EXIT_CPUID)) return;
  const leaf = effectiveLeaf(load<u32>(RAX));
  const subleaf = load<u32>(RCX);
  const entry = findEntry(leaf, subleaf);
  store<u64>(RAX, entry == 0 ? 0 : load<u32>(entry, 8));
  store<u64>(RBX, entry == 0 ? 0 : load<u32>(entry, 12));
  // Leaves 0BH and 1FH give the level asked for in ECX even where there is none.
  const isTopology = leaf == 0xb || leaf == 0x1f;
  store<u64>(RCX, entry != 0 ? load<u32>(entry, 16) : isTopology ? subleaf & 255 : 0);
  store<u64>(RDX, entry == 0 ? 0 : load<u32>(entry, 20));
  patch(leaf, subleaf);
}
