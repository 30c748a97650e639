/**
 * The state components of the XSAVE feature set: 0 x87, 1 SSE, 9 PKRU. SDM 1, "Managing State Using the XSAVE Feature Set".
 *
 *   0 legacy region (512)   512 XSTATE_BV   520 XCOMP_BV   528 reserved   576 PKRU
 *
 * PKRU lies at 576 in the standard and in the compacted form (CPUID.0DH tells), as there is nothing before it.
 */
import { MXCSR, PKRU, XMM } from "../../generated/layout";
import { read128, read32, write128, write32 } from "../../memory/access";
import { isLong64 } from "../../registers";
import { initX87, isX87Initial, loadLegacyX87, storeLegacyX87 } from "../x87/save";
import { setPkru } from "./processor-control";

export const COMPONENT_X87: u64 = 1;
export const COMPONENT_SSE: u64 = 2;
/** Its bit matters to MXCSR, though there is no AVX here. */
export const COMPONENT_AVX: u64 = 4;
export const COMPONENT_PKRU: u64 = 1 << 9;
export const XCR0_SUPPORTED: u64 = COMPONENT_X87 | COMPONENT_SSE | COMPONENT_PKRU;
/** Supervisor components: none. */
export const XSS_SUPPORTED: u64 = 0;

export const MXCSR_INITIAL: u32 = 0x1f80;
export const MXCSR_MASK: u32 = 0xffff;
const MXCSR_OFFSET: u64 = 24;
const XMM_OFFSET: u64 = 160;
const PKRU_OFFSET: u64 = 576;

/** XMM registers that the mode can name. */
function xmmCount(): u32 {
  return isLong64() ? 16 : 8;
}

function isSseInitial(): bool {
  for (let i: u32 = 0; i < xmmCount(); i++) if (v128.any_true(v128.load(XMM + i * 16))) return false;
  return true;
}

/** XINUSE: components that are not in their initial configuration. */
export function componentsInUse(): u64 {
  return (
    (isX87Initial() ? 0 : COMPONENT_X87) |
    (isSseInitial() ? 0 : COMPONENT_SSE) |
    (load<u32>(PKRU) == 0 ? 0 : COMPONENT_PKRU)
  );
}

export function storeMxcsr(area: u64): void {
  write32(area + MXCSR_OFFSET, load<u32>(MXCSR));
  write32(area + MXCSR_OFFSET + 4, MXCSR_MASK);
}

export function storeXmm(area: u64): void {
  for (let i: u32 = 0; i < xmmCount(); i++)
    write128(area + XMM_OFFSET + <u64>(i * 16), v128.load(XMM + i * 16));
}

/** Writes the components of `which` (accessibility has been checked). `rexW`: 64-bit x87 pointers. */
export function storeComponents(area: u64, which: u64, rexW: bool): void {
  if (which & COMPONENT_X87) storeLegacyX87(area, rexW);
  if (which & COMPONENT_SSE) storeXmm(area);
  if (which & COMPONENT_PKRU) {
    write32(area + PKRU_OFFSET, load<u32>(PKRU));
    write32(area + PKRU_OFFSET + 4, 0);
  }
}

/** MXCSR in an area, or -1 (as u32) when it sets reserved bits. */
export function mxcsrOf(area: u64): u32 {
  const value = read32(area + MXCSR_OFFSET);
  return (value & ~MXCSR_MASK) != 0 ? 0xffffffff : value;
}

export function loadXmm(area: u64): void {
  for (let i: u32 = 0; i < xmmCount(); i++)
    v128.store(XMM + i * 16, read128(area + XMM_OFFSET + <u64>(i * 16)));
}

function initXmm(): void {
  memory.fill(XMM, 0, xmmCount() * 16);
}

/** Loads the components of `which` & `present` and initializes those of `which` that are not present. */
export function loadComponents(area: u64, which: u64, present: u64, rexW: bool): void {
  if (which & COMPONENT_X87) {
    if (present & COMPONENT_X87) loadLegacyX87(area, rexW);
    else initX87();
  }
  if (which & COMPONENT_SSE) {
    if (present & COMPONENT_SSE) loadXmm(area);
    else initXmm();
  }
  if (which & COMPONENT_PKRU) setPkru(present & COMPONENT_PKRU ? read32(area + PKRU_OFFSET) : 0);
}
