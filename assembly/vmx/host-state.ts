/** The host-state area, loaded by VM exits and failed VM entries. SDM 3C, "Loading Host State". */
import {
  ACTIVITY, BREAKPOINTS, CR0, CR3, CR4, DEBUGCTL, DR, EFER, EFLAGS, GDTR_BASE, GDTR_LIMIT, IDTR_BASE, IDTR_LIMIT,
  INTERRUPT_SHADOW, LAZY_OP, PAT, RIP, RSP, SYSENTER_CS, SYSENTER_EIP, SYSENTER_ESP,
} from "../generated/layout"; // prettier-ignore
import {
  EXIT_HOST_ADDRESS_SPACE_SIZE, EXIT_LOAD_IA32_EFER, EXIT_LOAD_IA32_PAT, F_HOST_CR0, F_HOST_CR3, F_HOST_CR4,
  F_HOST_CS_SELECTOR, F_HOST_ES_SELECTOR, F_HOST_FS_BASE, F_HOST_GDTR_BASE, F_HOST_GS_BASE, F_HOST_IA32_EFER,
  F_HOST_IA32_PAT, F_HOST_IA32_SYSENTER_CS, F_HOST_IA32_SYSENTER_EIP, F_HOST_IA32_SYSENTER_ESP, F_HOST_IDTR_BASE, F_HOST_RIP,
  F_HOST_RSP, F_HOST_TR_BASE, F_HOST_TR_SELECTOR,
} from "../generated/vmx"; // prettier-ignore
import { SEGMENT_CS, SEGMENT_FS, SEGMENT_GS, SEGMENT_LDTR, SEGMENT_TR } from "../record";
import { CR4_PAE, CR4_PCIDE, EFER_LMA, EFER_LME } from "../registers";
import { flatCode, flatData, setSegment } from "../segments";
import { loadedCr0 } from "./guest-state";
import { exitHas, field, field32 } from "./vmcs";

const UNUSABLE: u32 = 1 << 16;
/** Present busy 32-bit (or 64-bit) TSS. */
const TSS_RIGHTS: u32 = 0x8b;

export function loadHostState(): void {
  const is64 = exitHas(EXIT_HOST_ADDRESS_SPACE_SIZE);
  loadControlRegisters(is64);
  loadHostSegments(is64);
  store<u64>(RIP, field(F_HOST_RIP));
  store<u64>(RSP, field(F_HOST_RSP));
  store<u32>(EFLAGS, 2);
  store<u32>(LAZY_OP, 0);
  store<u32>(ACTIVITY, 0);
  store<u32>(INTERRUPT_SHADOW, 0);
}

function loadControlRegisters(is64: bool): void {
  store<u64>(CR0, loadedCr0(field(F_HOST_CR0)));
  store<u64>(CR3, field(F_HOST_CR3));
  const cr4 = field(F_HOST_CR4);
  store<u64>(CR4, is64 ? cr4 | CR4_PAE : cr4 & ~CR4_PCIDE);
  store<u64>(DR + 56, 0x400);
  store<u32>(BREAKPOINTS, 0);
  store<u64>(DEBUGCTL, 0);
  store<u64>(SYSENTER_CS, field32(F_HOST_IA32_SYSENTER_CS));
  store<u64>(SYSENTER_ESP, field(F_HOST_IA32_SYSENTER_ESP));
  store<u64>(SYSENTER_EIP, field(F_HOST_IA32_SYSENTER_EIP));
  if (exitHas(EXIT_LOAD_IA32_PAT)) store<u64>(PAT, field(F_HOST_IA32_PAT));
  const efer = exitHas(EXIT_LOAD_IA32_EFER) ? field(F_HOST_IA32_EFER) : load<u64>(EFER);
  const mode = EFER_LMA | EFER_LME;
  store<u64>(EFER, is64 ? efer | mode : efer & ~mode);
}

/** SDM 3C, "Loading Host Segment and Descriptor-Table Registers". */
function loadHostSegments(is64: bool): void {
  for (let segment: u32 = 0; segment < 6; segment++) {
    const selector = field32(F_HOST_ES_SELECTOR + segment * 8);
    if (segment != SEGMENT_CS)
      setSegment(segment, selector, selector == 0 ? UNUSABLE : flatData(0), 0xffffffff, baseOf(segment));
  }
  setSegment(SEGMENT_CS, field32(F_HOST_CS_SELECTOR), flatCode(0, is64), 0xffffffff, 0);
  setSegment(SEGMENT_TR, field32(F_HOST_TR_SELECTOR), TSS_RIGHTS, 0x67, field(F_HOST_TR_BASE));
  setSegment(SEGMENT_LDTR, 0, UNUSABLE, 0, 0);
  store<u64>(GDTR_BASE, field(F_HOST_GDTR_BASE));
  store<u32>(GDTR_LIMIT, 0xffff);
  store<u64>(IDTR_BASE, field(F_HOST_IDTR_BASE));
  store<u32>(IDTR_LIMIT, 0xffff);
}

function baseOf(segment: u32): u64 {
  if (segment == SEGMENT_FS) return field(F_HOST_FS_BASE);
  return segment == SEGMENT_GS ? field(F_HOST_GS_BASE) : 0;
}
