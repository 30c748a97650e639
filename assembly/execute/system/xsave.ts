/** FXSAVE, FXRSTOR, and the XSAVE family. SDM 2 under these names; SDM 1, "Operation of XSAVE" and its neighbours. */
import { CPL, CR0, CR4, MXCSR, RAX, RDX, XCR0, XSS } from "../../generated/layout";
import { aborted, raise, raiseGp0, raiseUd, VECTOR_NM } from "../../faults";
import { checkReadable, checkWritable, read64, write64 } from "../../memory/access";
import { PREFIX_REX_W, recordPrefixes } from "../../record";
import { CR0_EM, CR0_TS, CR4_OSXSAVE } from "../../registers";
import { interceptXsaves, isXsavesEnabled } from "../../vmx/intercepts";
import { loadLegacyX87, storeLegacyX87 } from "../x87/save";
import { pieceAddress } from "./operands";
import {
  COMPONENT_AVX, COMPONENT_PKRU, COMPONENT_SSE, componentsInUse, loadComponents, loadXmm, MXCSR_INITIAL, mxcsrOf, storeComponents,
  storeMxcsr, storeXmm,
} from "./xsave-components"; // prettier-ignore

const LEGACY_BYTES: u32 = 512;
const HEADER_END: u32 = 576;
const XSTATE_BV: u64 = 512;
const XCOMP_BV: u64 = 520;
const COMPACTED: u64 = 1 << 63;

// @ts-ignore: decorator
@inline function hasRexW(r: u32): bool {
  return (recordPrefixes(r) & PREFIX_REX_W) != 0;
}

/** Linear address of the area, aligned to `alignment`; poison and a fault announced when it is not. */
function areaAddress(r: u32, size: u32, alignment: u32, isWrite: bool): u64 {
  const linear = pieceAddress(r, 0, size, isWrite);
  if (!aborted() && ((<u32>linear) & (alignment - 1)) != 0) raiseGp0();
  return linear;
}

function mayUseFx(): bool {
  if ((load<u64>(CR0) & (CR0_EM | CR0_TS)) == 0) return true;
  raise(VECTOR_NM);
  return false;
}

export function fxsave(r: u32): void {
  if (!mayUseFx()) return;
  const area = areaAddress(r, LEGACY_BYTES, 16, true);
  if (aborted() || !checkWritable(area, LEGACY_BYTES)) return;
  storeLegacyX87(area, hasRexW(r));
  storeMxcsr(area);
  storeXmm(area);
}

export function fxrstor(r: u32): void {
  if (!mayUseFx()) return;
  const area = areaAddress(r, LEGACY_BYTES, 16, false);
  if (aborted() || !checkReadable(area, LEGACY_BYTES)) return;
  const mxcsr = mxcsrOf(area);
  if (mxcsr == 0xffffffff) return raiseGp0();
  loadLegacyX87(area, hasRexW(r));
  store<u32>(MXCSR, mxcsr);
  loadXmm(area);
}

/** EDX:EAX. */
function requestedComponents(): u64 {
  return (<u64>load<u32>(RAX)) | ((<u64>load<u32>(RDX)) << 32);
}

function mayUseXsave(): bool {
  if ((load<u64>(CR4) & CR4_OSXSAVE) == 0) raiseUd();
  else if (load<u64>(CR0) & CR0_TS) raise(VECTOR_NM);
  return !aborted();
}

/** Bytes of an area that holds the components of `which`. */
function areaBytes(which: u64): u32 {
  return (which & COMPONENT_PKRU) != 0 ? HEADER_END + 8 : HEADER_END;
}

/** XSAVE, and XSAVEOPT: components in their initial configuration are not written. */
export function xsave(r: u32, isOptimized: bool): void {
  if (!mayUseXsave()) return;
  const which = requestedComponents() & load<u64>(XCR0);
  const bytes = areaBytes(which);
  const area = areaAddress(r, bytes, 64, true);
  if (aborted() || !checkWritable(area, bytes)) return;
  const inUse = componentsInUse();
  const before = read64(area + XSTATE_BV);
  storeComponents(area, isOptimized ? which & inUse : which, hasRexW(r));
  if (which & (COMPONENT_SSE | COMPONENT_AVX)) storeMxcsr(area);
  write64(area + XSTATE_BV, (before & ~which) | (inUse & which));
}

/** XSAVEC, and XSAVES with the supervisor components. */
export function xsaveCompacted(r: u32, isSupervisor: bool): void {
  if (isSupervisor && !isXsavesEnabled()) return raiseUd();
  if (!mayUseXsave()) return;
  const requested = requestedComponents();
  if (isSupervisor) {
    if (load<u32>(CPL) != 0) return raiseGp0();
    if (interceptXsaves(r, true, requested & load<u64>(XSS))) return;
  }
  const which = requested & (load<u64>(XCR0) | (isSupervisor ? load<u64>(XSS) : 0));
  const bytes = areaBytes(which);
  const area = areaAddress(r, bytes, 64, true);
  if (aborted() || !checkWritable(area, bytes)) return;
  let inUse = componentsInUse();
  if (load<u32>(MXCSR) != MXCSR_INITIAL) inUse |= COMPONENT_SSE;
  storeComponents(area, which & inUse, hasRexW(r));
  if (which & inUse & COMPONENT_SSE) storeMxcsr(area);
  write64(area + XSTATE_BV, which & inUse);
  write64(area + XCOMP_BV, which | COMPACTED);
}

/** XRSTOR of either form, and XRSTORS (compacted form only, supervisor components too). */
export function xrstor(r: u32, isSupervisor: bool): void {
  if (isSupervisor && !isXsavesEnabled()) return raiseUd();
  if (!mayUseXsave()) return;
  const requested = requestedComponents();
  if (isSupervisor) {
    if (load<u32>(CPL) != 0) return raiseGp0();
    if (interceptXsaves(r, false, requested & load<u64>(XSS))) return;
  }
  const enabled = load<u64>(XCR0) | (isSupervisor ? load<u64>(XSS) : 0);
  const which = requested & enabled;
  const bytes = areaBytes(which);
  const area = areaAddress(r, bytes, 64, false);
  if (aborted() || !checkReadable(area, bytes)) return;
  const present = read64(area + XSTATE_BV);
  const compaction = read64(area + XCOMP_BV);
  const isCompacted = (compaction & COMPACTED) != 0;
  if (isSupervisor && !isCompacted) return raiseGp0();
  if (!isHeaderValid(area, present, compaction, enabled)) return raiseGp0();
  if (!restoreMxcsr(area, which, present, isCompacted)) return raiseGp0();
  loadComponents(area, which, present, hasRexW(r));
}

/** SDM 2, "XRSTOR": reserved bits of the header. */
function isHeaderValid(area: u64, present: u64, compaction: u64, enabled: u64): bool {
  if ((compaction & COMPACTED) == 0) {
    return (present & ~enabled) == 0 && compaction == 0 && read64(area + XCOMP_BV + 8) == 0;
  }
  if ((compaction & ~COMPACTED & ~enabled) != 0 || (present & ~compaction) != 0) return false;
  for (let offset = XCOMP_BV + 8; offset < <u64>HEADER_END; offset += 8)
    if (read64(area + offset) != 0) return false;
  return true;
}

/** The standard form loads MXCSR whenever SSE or AVX is asked for, the compacted form with the SSE component. */
function restoreMxcsr(area: u64, which: u64, present: u64, isCompacted: bool): bool {
  const asked = isCompacted ? which & COMPONENT_SSE : which & (COMPONENT_SSE | COMPONENT_AVX);
  if (asked == 0) return true;
  if (isCompacted && (present & COMPONENT_SSE) == 0) {
    store<u32>(MXCSR, MXCSR_INITIAL);
    return true;
  }
  const value = mxcsrOf(area);
  if (value == 0xffffffff) return false;
  store<u32>(MXCSR, value);
  return true;
}
