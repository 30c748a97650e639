/** SDM 3C, "Checks on Guest Segment Registers". 0 or the failed check's id. */
import {
  CHECK_CS_BASE, CHECK_CS_D_L, CHECK_CS_DPL, CHECK_CS_TYPE, CHECK_DATA_BASE, CHECK_DATA_DPL, CHECK_DATA_TYPE, CHECK_FS_BASE,
  CHECK_GS_BASE, CHECK_LDTR_BASE, CHECK_LDTR_RIGHTS, CHECK_LDTR_TI, CHECK_SEGMENT_G, CHECK_SEGMENT_P, CHECK_SEGMENT_RESERVED,
  CHECK_SEGMENT_S, CHECK_SS_DPL, CHECK_SS_DPL_REAL, CHECK_SS_RPL, CHECK_SS_TYPE, CHECK_TR_BASE, CHECK_TR_RIGHTS, CHECK_TR_TI,
  CHECK_TR_TYPE, CHECK_V86_BASE, CHECK_V86_LIMIT, CHECK_V86_RIGHTS, ENTRY_IA32E_MODE_GUEST, F_GUEST_CR0, F_GUEST_CR4,
  F_GUEST_ES_ACCESS_RIGHTS, F_GUEST_ES_BASE, F_GUEST_ES_LIMIT, F_GUEST_ES_SELECTOR, F_GUEST_RFLAGS, SECONDARY_UNRESTRICTED_GUEST,
} from "../generated/vmx"; // prettier-ignore
import { VM } from "../flags";
import {
  SEGMENT_CS, SEGMENT_FS, SEGMENT_GS, SEGMENT_LDTR, SEGMENT_SS, SEGMENT_TR,
} from "../record"; // prettier-ignore
import { CR0_PE } from "../registers";
import { isCanonicalFor } from "./check-host";
import { entryHas, field, field32, secondaryHas } from "./vmcs";

const S: u32 = 1 << 4;
const P: u32 = 1 << 7;
const L: u32 = 1 << 13;
const DB: u32 = 1 << 14;
const G: u32 = 1 << 15;
const UNUSABLE: u32 = 1 << 16;
/** Bits 31:17 and 11:8. */
const RESERVED: u32 = 0xfffe0f00;
const TI: u32 = 4;

function selectorOf(segment: u32): u32 {
  return field32(F_GUEST_ES_SELECTOR + segment * 8);
}
function baseOf(segment: u32): u64 {
  return field(F_GUEST_ES_BASE + segment * 8);
}
function rightsOf(segment: u32): u32 {
  return field32(F_GUEST_ES_ACCESS_RIGHTS + segment * 8);
}
function isUsable(segment: u32): bool {
  return (rightsOf(segment) & UNUSABLE) == 0;
}
function dplOf(segment: u32): u32 {
  return (rightsOf(segment) >> 5) & 3;
}

export function checkGuestSegments(): u32 {
  const isV86 = (field(F_GUEST_RFLAGS) & VM) != 0;
  let failed = checkSelectors(isV86);
  if (failed == 0) failed = checkBases(isV86);
  if (failed == 0) failed = isV86 ? checkV86() : checkRights();
  if (failed == 0) failed = checkTr();
  if (failed == 0 && isUsable(SEGMENT_LDTR)) failed = checkLdtr();
  return failed;
}

function checkSelectors(isV86: bool): u32 {
  if (selectorOf(SEGMENT_TR) & TI) return CHECK_TR_TI;
  if (isUsable(SEGMENT_LDTR) && (selectorOf(SEGMENT_LDTR) & TI) != 0) return CHECK_LDTR_TI;
  if (isV86 || secondaryHas(SECONDARY_UNRESTRICTED_GUEST)) return 0;
  return ((selectorOf(SEGMENT_SS) ^ selectorOf(SEGMENT_CS)) & 3) != 0 ? CHECK_SS_RPL : 0;
}

function checkBases(isV86: bool): u32 {
  if (isV86) {
    for (let segment: u32 = 0; segment < 6; segment++) {
      if (baseOf(segment) != (<u64>selectorOf(segment)) << 4) return CHECK_V86_BASE;
    }
  }
  const cr4 = field(F_GUEST_CR4);
  if (!isCanonicalFor(baseOf(SEGMENT_TR), cr4)) return CHECK_TR_BASE;
  if (!isCanonicalFor(baseOf(SEGMENT_FS), cr4)) return CHECK_FS_BASE;
  if (!isCanonicalFor(baseOf(SEGMENT_GS), cr4)) return CHECK_GS_BASE;
  if (isUsable(SEGMENT_LDTR) && !isCanonicalFor(baseOf(SEGMENT_LDTR), cr4)) return CHECK_LDTR_BASE;
  if (baseOf(SEGMENT_CS) >> 32 != 0) return CHECK_CS_BASE;
  for (let segment: u32 = 0; segment < SEGMENT_FS; segment++) {
    if (segment != SEGMENT_CS && isUsable(segment) && baseOf(segment) >> 32 != 0) return CHECK_DATA_BASE;
  }
  return 0;
}

function checkV86(): u32 {
  for (let segment: u32 = 0; segment < 6; segment++) {
    if (field32(F_GUEST_ES_LIMIT + segment * 8) != 0xffff) return CHECK_V86_LIMIT;
    if (rightsOf(segment) != 0xf3) return CHECK_V86_RIGHTS;
  }
  return 0;
}

function checkRights(): u32 {
  let failed = checkCs();
  if (failed == 0) failed = checkSs();
  for (let segment: u32 = 0; segment < 6 && failed == 0; segment++) {
    if (segment != SEGMENT_CS && segment != SEGMENT_SS && isUsable(segment)) failed = checkData(segment);
    if (failed == 0 && (segment == SEGMENT_CS || isUsable(segment))) failed = checkCommon(segment);
  }
  if (failed != 0) return failed;
  const cs = rightsOf(SEGMENT_CS);
  return entryHas(ENTRY_IA32E_MODE_GUEST) && (cs & (L | DB)) == (L | DB) ? CHECK_CS_D_L : 0;
}

function checkCs(): u32 {
  const type = rightsOf(SEGMENT_CS) & 15;
  const dpl = dplOf(SEGMENT_CS);
  if (type == 3) {
    if (!secondaryHas(SECONDARY_UNRESTRICTED_GUEST)) return CHECK_CS_TYPE;
    return dpl != 0 ? CHECK_CS_DPL : 0;
  }
  if (type < 9 || (type & 1) == 0) return CHECK_CS_TYPE;
  const isConforming = type >= 13;
  return (isConforming ? dpl > dplOf(SEGMENT_SS) : dpl != dplOf(SEGMENT_SS)) ? CHECK_CS_DPL : 0;
}

function checkSs(): u32 {
  const type = rightsOf(SEGMENT_SS) & 15;
  if (isUsable(SEGMENT_SS) && type != 3 && type != 7) return CHECK_SS_TYPE;
  const dpl = dplOf(SEGMENT_SS);
  if (!secondaryHas(SECONDARY_UNRESTRICTED_GUEST) && dpl != (selectorOf(SEGMENT_SS) & 3)) return CHECK_SS_DPL;
  const isReal = (field(F_GUEST_CR0) & CR0_PE) == 0 || (rightsOf(SEGMENT_CS) & 15) == 3;
  return isReal && dpl != 0 ? CHECK_SS_DPL_REAL : 0;
}

function checkData(segment: u32): u32 {
  const type = rightsOf(segment) & 15;
  if ((type & 1) == 0 || ((type & 8) != 0 && (type & 2) == 0)) return CHECK_DATA_TYPE;
  if (secondaryHas(SECONDARY_UNRESTRICTED_GUEST) || type > 11) return 0;
  return dplOf(segment) < (selectorOf(segment) & 3) ? CHECK_DATA_DPL : 0;
}

function checkCommon(segment: u32): u32 {
  const rights = rightsOf(segment);
  if ((rights & S) == 0) return CHECK_SEGMENT_S;
  if ((rights & P) == 0) return CHECK_SEGMENT_P;
  if ((rights & RESERVED) != 0) return CHECK_SEGMENT_RESERVED;
  return isGranularityRight(segment) ? 0 : CHECK_SEGMENT_G;
}

function isGranularityRight(segment: u32): bool {
  const limit = field32(F_GUEST_ES_LIMIT + segment * 8);
  const isPages = (rightsOf(segment) & G) != 0;
  if ((limit & 0xfff) != 0xfff && isPages) return false;
  return limit >> 20 == 0 || isPages;
}

function checkTr(): u32 {
  const rights = rightsOf(SEGMENT_TR);
  const type = rights & 15;
  if (type != 11 && (type != 3 || entryHas(ENTRY_IA32E_MODE_GUEST))) return CHECK_TR_TYPE;
  return (rights & (S | P | UNUSABLE | RESERVED)) == P && isGranularityRight(SEGMENT_TR)
    ? 0
    : CHECK_TR_RIGHTS;
}

function checkLdtr(): u32 {
  const rights = rightsOf(SEGMENT_LDTR);
  const isRight =
    (rights & 15) == 2 && (rights & (S | P | RESERVED)) == P && isGranularityRight(SEGMENT_LDTR);
  return isRight ? 0 : CHECK_LDTR_RIGHTS;
}
