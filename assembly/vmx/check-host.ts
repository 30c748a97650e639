/** Checks on the host-state area. SDM 3C, "Checks on the Host-State Area". 0 or the failed check's id. */
import { EFER } from "../generated/layout";
import {
  CHECK_GUEST_MODE, CHECK_HOST_BASE, CHECK_HOST_CR0, CHECK_HOST_CR3, CHECK_HOST_CR4, CHECK_HOST_CS, CHECK_HOST_EFER,
  CHECK_HOST_MODE, CHECK_HOST_PAE, CHECK_HOST_PAT, CHECK_HOST_PCIDE, CHECK_HOST_RIP, CHECK_HOST_RIP_32,
  CHECK_HOST_SELECTOR_RPL_TI, CHECK_HOST_SS, CHECK_HOST_SYSENTER_EIP, CHECK_HOST_SYSENTER_ESP, CHECK_HOST_TR,
  ENTRY_IA32E_MODE_GUEST, EXIT_HOST_ADDRESS_SPACE_SIZE, EXIT_LOAD_IA32_EFER, EXIT_LOAD_IA32_PAT, F_HOST_CR0, F_HOST_CR3,
  F_HOST_CR4, F_HOST_CS_SELECTOR, F_HOST_DS_SELECTOR, F_HOST_ES_SELECTOR, F_HOST_FS_BASE, F_HOST_FS_SELECTOR,
  F_HOST_GDTR_BASE, F_HOST_GS_BASE, F_HOST_GS_SELECTOR, F_HOST_IA32_EFER, F_HOST_IA32_PAT, F_HOST_IA32_SYSENTER_EIP,
  F_HOST_IA32_SYSENTER_ESP, F_HOST_IDTR_BASE, F_HOST_RIP, F_HOST_SS_SELECTOR, F_HOST_TR_BASE, F_HOST_TR_SELECTOR,
} from "../generated/vmx"; // prettier-ignore
import { CR4_PAE, CR4_PCIDE, EFER_LMA, EFER_LME, EFER_NXE, EFER_SCE } from "../registers";
import { isWithinWidth } from "./check-controls";
import { hasFixedCr0, hasFixedCr4 } from "./control-registers";
import { entryHas, exitHas, field, field32 } from "./vmcs";

export const EFER_BITS: u64 = EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE;

/** Canonical for the linear-address width of the processor (57 bits) or of the present or coming paging mode. */
export function isCanonicalFor(linear: u64, cr4: u64): bool {
  const shift: i64 = (cr4 & 0x1000) != 0 ? 7 : 16;
  return <u64>(((<i64>linear) << shift) >> shift) == linear;
}

/** Each byte of IA32_PAT is a memory type. */
export function isPatRight(pat: u64): bool {
  for (let i: u64 = 0; i < 64; i += 8) {
    const type = (pat >> i) & 0xff;
    if (type > 7 || type == 2 || type == 3) return false;
  }
  return true;
}

export function checkHost(): u32 {
  let failed = checkRegisters();
  if (failed == 0) failed = checkSegments();
  if (failed == 0) failed = checkMode();
  return failed;
}

function checkRegisters(): u32 {
  const cr4 = field(F_HOST_CR4);
  if (!hasFixedCr0(field(F_HOST_CR0), false)) return CHECK_HOST_CR0;
  if (!hasFixedCr4(cr4)) return CHECK_HOST_CR4;
  if (!isWithinWidth(field(F_HOST_CR3))) return CHECK_HOST_CR3;
  if (!isCanonicalFor(field(F_HOST_IA32_SYSENTER_ESP), cr4)) return CHECK_HOST_SYSENTER_ESP;
  if (!isCanonicalFor(field(F_HOST_IA32_SYSENTER_EIP), cr4)) return CHECK_HOST_SYSENTER_EIP;
  if (exitHas(EXIT_LOAD_IA32_PAT) && !isPatRight(field(F_HOST_IA32_PAT))) return CHECK_HOST_PAT;
  return exitHas(EXIT_LOAD_IA32_EFER) && !isEferRight(field(F_HOST_IA32_EFER)) ? CHECK_HOST_EFER : 0;
}

function isEferRight(efer: u64): bool {
  const mode = EFER_LMA | EFER_LME;
  return (efer & ~EFER_BITS) == 0 && (efer & mode) == (exitHas(EXIT_HOST_ADDRESS_SPACE_SIZE) ? mode : 0);
}

function checkSegments(): u32 {
  const all =
    field32(F_HOST_ES_SELECTOR) | field32(F_HOST_CS_SELECTOR) | field32(F_HOST_SS_SELECTOR) | field32(F_HOST_DS_SELECTOR) |
    field32(F_HOST_FS_SELECTOR) | field32(F_HOST_GS_SELECTOR) | field32(F_HOST_TR_SELECTOR); // prettier-ignore
  if ((all & 7) != 0) return CHECK_HOST_SELECTOR_RPL_TI;
  if (field32(F_HOST_CS_SELECTOR) == 0) return CHECK_HOST_CS;
  if (field32(F_HOST_TR_SELECTOR) == 0) return CHECK_HOST_TR;
  if (!exitHas(EXIT_HOST_ADDRESS_SPACE_SIZE) && field32(F_HOST_SS_SELECTOR) == 0) return CHECK_HOST_SS;
  const cr4 = field(F_HOST_CR4);
  const areCanonical =
    isCanonicalFor(field(F_HOST_FS_BASE), cr4) && isCanonicalFor(field(F_HOST_GS_BASE), cr4) &&
    isCanonicalFor(field(F_HOST_GDTR_BASE), cr4) && isCanonicalFor(field(F_HOST_IDTR_BASE), cr4) &&
    isCanonicalFor(field(F_HOST_TR_BASE), cr4); // prettier-ignore
  return areCanonical ? 0 : CHECK_HOST_BASE;
}

function checkMode(): u32 {
  const is64 = exitHas(EXIT_HOST_ADDRESS_SPACE_SIZE);
  if (is64 != ((load<u64>(EFER) & EFER_LMA) != 0)) return CHECK_HOST_MODE;
  const cr4 = field(F_HOST_CR4);
  const rip = field(F_HOST_RIP);
  if (is64) {
    if ((cr4 & CR4_PAE) == 0) return CHECK_HOST_PAE;
    return isCanonicalFor(rip, cr4) ? 0 : CHECK_HOST_RIP;
  }
  if (entryHas(ENTRY_IA32E_MODE_GUEST)) return CHECK_GUEST_MODE;
  if ((cr4 & CR4_PCIDE) != 0) return CHECK_HOST_PCIDE;
  return rip >> 32 != 0 ? CHECK_HOST_RIP_32 : 0;
}
