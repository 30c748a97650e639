/**
 * Memory as instructions see it. The inline part is one TLB probe; everything else (walks, page crossing, MMIO,
 * pages with code, alignment checks, breakpoints) goes through the slow functions below.
 * A function that announced a fault returns 0; nothing was written.
 */
import {
  ABORT, BREAKPOINTS, CR0, DECODE_MODE, EFLAGS, EPT_POINTER, TLB_BASE, TLB_ENTRIES, TLB_KIND_SIZE, TLB_MODE_BASE,
} from "../generated/layout"; // prettier-ignore
import { aborted, raiseGp0, raiseWithCode, VECTOR_AC } from "../faults";
import { AC } from "../flags";
import { mmioRead, mmioWrite } from "../imports";
import { CR0_AM, isCanonical, isLongMode, MODE_64 } from "../registers";
import { isApicAccess, virtualizeApicAccess } from "../vmx/apic-access";
import { EPT_FAULT, eptAllowsWrite, eptTranslate } from "../vmx/ept";
import { invalidateCodeAt } from "../decode/invalidate";
import { noteDataAccess } from "../interrupts/debug";
import { frameBlocks, frameCode, frameFor, frameIsRom } from "./frames";
import {
  ACCESS_FETCH,
  ACCESS_READ,
  ACCESS_WRITE,
  walk,
  walkFlags,
  walkPhysical,
  walkWritable,
} from "./paging";
import {
  currentTlbMode,
  fillTlb,
  KIND_FETCH,
  KIND_READ,
  KIND_WRITE,
  MODE_SUPERVISOR,
  MODE_USER,
} from "./tlb";

/** A linear address that no TLB entry holds: what address computations return after they announced a fault. */
export const POISON: u64 = 0x7fff000000000000;

/** Set when the last #GP(0) came from a non-canonical address: the run loop turns it into #SS(0) for SS operands. */
export let faultWasNonCanonical: bool = false;
export function clearNonCanonical(): void {
  faultWasNonCanonical = false;
}

// Results of `locate`.
/** Physical address of the last `locate`. */
let locatedPhysical: u64 = 0;
/** Host address, or 0 for MMIO. */
let locatedHost: u32 = 0;
let locatedRom: bool = false;

const SLOT_MASK: u32 = (TLB_ENTRIES - 1) << 4;

// @ts-ignore: decorator
@inline function entryFor(linear: u64, kind: u32): u32 {
  return load<u32>(TLB_BASE) + kind * TLB_KIND_SIZE + (((<u32>linear) >> 8) & SLOT_MASK);
}
// @ts-ignore: decorator
@inline function hits(entry: u32, linear: u64, size: u64): bool {
  return (linear ^ load<u64>(entry)) <= 4096 - size;
}

// @ts-ignore: decorator
@inline export function read<T>(linear: u64): T {
  const entry = entryFor(linear, KIND_READ);
  if (hits(entry, linear, sizeof<T>())) return load<T>(<u32>linear + load<u32>(entry, 8));
  return <T>readSlow(linear, sizeof<T>());
}
// @ts-ignore: decorator
@inline export function write<T>(linear: u64, value: T): void {
  const entry = entryFor(linear, KIND_WRITE);
  if (hits(entry, linear, sizeof<T>())) store<T>(<u32>linear + load<u32>(entry, 8), value);
  else writeSlow(linear, sizeof<T>(), <u64>value);
}
/** Reads with the intent to write: what a write would fault on, faults now. */
// @ts-ignore: decorator
@inline export function rmw<T>(linear: u64): T {
  const entry = entryFor(linear, KIND_WRITE);
  if (hits(entry, linear, sizeof<T>())) return load<T>(<u32>linear + load<u32>(entry, 8));
  return <T>rmwSlow(linear, sizeof<T>());
}

export function read8(linear: u64): u32 {
  return read<u8>(linear);
}
export function read16(linear: u64): u32 {
  return read<u16>(linear);
}
export function read32(linear: u64): u32 {
  return read<u32>(linear);
}
export function read64(linear: u64): u64 {
  return read<u64>(linear);
}
export function write8(linear: u64, value: u32): void {
  write<u8>(linear, <u8>value);
}
export function write16(linear: u64, value: u32): void {
  write<u16>(linear, <u16>value);
}
export function write32(linear: u64, value: u32): void {
  write<u32>(linear, value);
}
export function write64(linear: u64, value: u64): void {
  write<u64>(linear, value);
}
export function rmw8(linear: u64): u32 {
  return rmw<u8>(linear);
}
export function rmw16(linear: u64): u32 {
  return rmw<u16>(linear);
}
export function rmw32(linear: u64): u32 {
  return rmw<u32>(linear);
}
export function rmw64(linear: u64): u64 {
  return rmw<u64>(linear);
}

/** 16 bytes of any alignment. */
export function read128(linear: u64): v128 {
  const entry = entryFor(linear, KIND_READ);
  if (hits(entry, linear, 16)) return v128.load(<u32>linear + load<u32>(entry, 8));
  if (!checkReadable(linear, 16)) return i64x2.splat(0);
  const low = readSlow(linear, 8);
  return i64x2.replace_lane(i64x2.splat(low), 1, readSlow(wrap(linear + 8), 8));
}
export function write128(linear: u64, value: v128): void {
  const entry = entryFor(linear, KIND_WRITE);
  if (hits(entry, linear, 16)) return v128.store(<u32>linear + load<u32>(entry, 8), value);
  if (!checkWritable(linear, 16)) return;
  writeSlow(linear, 8, i64x2.extract_lane(value, 0));
  writeSlow(wrap(linear + 8), 8, i64x2.extract_lane(value, 1));
}

/** Linear addresses wrap at 4 GiB outside IA-32e mode. */
export function wrap(linear: u64): u64 {
  return isLongMode() ? linear : linear & 0xffffffff;
}

/**
 * Finds where one byte's page lies: sets `located…`, fills the TLB where the page is plain memory.
 * False: a fault or VM exit was announced.
 */
function locate(linear: u64, access: u32, mode: u32): bool {
  if (!walk(linear, access, mode)) return false;
  let physical = walkPhysical;
  let writable = walkWritable;
  if (load<u64>(EPT_POINTER) != 0) {
    const eptAccess: u32 = access == ACCESS_READ ? 1 : access == ACCESS_WRITE ? 3 : 4;
    physical = eptTranslate(physical, eptAccess, linear, true, mode == MODE_USER);
    if (physical == EPT_FAULT) return false;
    writable = writable && eptAllowsWrite;
  }
  if (isApicAccess(physical)) {
    physical = virtualizeApicAccess(physical, access, linear);
    if (physical == EPT_FAULT) return false;
    return locateUncached(physical);
  }
  locatedPhysical = physical;
  const frame = frameFor(physical);
  locatedRom = frame != 0 && frameIsRom;
  locatedHost = frame == 0 ? 0 : frame + ((<u32>physical) & 0xfff);
  if (frame == 0) return true;
  if (access == ACCESS_FETCH) fillTlb(mode, KIND_FETCH, linear, frame, walkFlags);
  else {
    fillTlb(mode, KIND_READ, linear, frame, walkFlags);
    if (access == ACCESS_WRITE && writable && !locatedRom && load<u32>(frameBlocks(frame)) == 0)
      fillTlb(mode, KIND_WRITE, linear, frame, walkFlags);
  }
  return true;
}

/** Sets `located…` without a trace in the TLB. */
function locateUncached(physical: u64): bool {
  locatedPhysical = physical;
  const frame = frameFor(physical);
  locatedRom = frame != 0 && frameIsRom;
  locatedHost = frame == 0 ? 0 : frame + ((<u32>physical) & 0xfff);
  return true;
}

/** `locate`, but a hit in the real tables of the mode (those of TLB_BASE may be the empty ones) spares the walk. */
function locateFast(linear: u64, access: u32, mode: u32): bool {
  if (mode == currentTlbMode()) {
    const entry = load<u32>(TLB_MODE_BASE) + access * TLB_KIND_SIZE + (((<u32>linear) >> 8) & SLOT_MASK);
    if ((linear ^ load<u64>(entry)) < 4096) {
      locatedHost = <u32>linear + load<u32>(entry, 8);
      locatedRom = false;
      return true;
    }
  }
  return locate(linear, access, mode);
}

/** Canonical form, alignment, breakpoints: what comes before translation. */
function mayTouch(linear: u64, size: u32, isWrite: bool): bool {
  if (load<u32>(ABORT)) return false;
  if (load<u32>(DECODE_MODE) == MODE_64 && (!isCanonical(linear) || !isCanonical(linear + size - 1))) {
    raiseGp0();
    faultWasNonCanonical = true;
    return false;
  }
  if (((<u32>linear) & (size - 1)) != 0 && (load<u32>(EFLAGS) & AC) != 0 && currentTlbMode() == MODE_USER) {
    if ((load<u64>(CR0) & CR0_AM) != 0 && size <= 8) {
      raiseWithCode(VECTOR_AC, 0);
      return false;
    }
  }
  if (load<u32>(BREAKPOINTS)) noteDataAccess(linear, size, isWrite);
  return true;
}

function crosses(linear: u64, size: u32): bool {
  return ((<u32>linear) & 0xfff) + size > 4096;
}

/** First byte of the page after that of `linear`: what CR2 tells when only that page faults. */
function secondPage(linear: u64): u64 {
  return wrap((linear | 0xfff) + 1);
}

function readLocated(size: u32): u64 {
  const host = locatedHost;
  if (host) {
    if (size == 8) return load<u64>(host);
    if (size == 4) return load<u32>(host);
    if (size == 2) return load<u16>(host);
    return load<u8>(host);
  }
  const low = <u32>locatedPhysical;
  const high = <u32>(locatedPhysical >> 32);
  if (size < 8) return mmioRead(low, high, size);
  const first = mmioRead(low, high, 4);
  return (<u64>first) | ((<u64>mmioRead(low + 4, high, 4)) << 32);
}

function writeLocated(size: u32, value: u64): void {
  const host = locatedHost;
  if (host == 0) {
    const low = <u32>locatedPhysical;
    const high = <u32>(locatedPhysical >> 32);
    if (size < 8) return mmioWrite(low, high, size, <u32>value);
    mmioWrite(low, high, 4, <u32>value);
    return mmioWrite(low + 4, high, 4, <u32>(value >> 32));
  }
  if (locatedRom) return;
  if (load<u64>(frameCode(host))) invalidateCodeAt(host, size);
  if (size == 8) store<u64>(host, value);
  else if (size == 4) store<u32>(host, <u32>value);
  else if (size == 2) store<u16>(host, <u16>value);
  else store<u8>(host, <u8>value);
}

function readIn(linear: u64, size: u32, mode: u32): u64 {
  if (!crosses(linear, size)) return locateFast(linear, ACCESS_READ, mode) ? readLocated(size) : 0;
  if (!locateFast(linear, ACCESS_READ, mode) || !locateFast(secondPage(linear), ACCESS_READ, mode)) return 0;
  let value: u64 = 0;
  for (let i: u32 = 0; i < size; i++) {
    if (!locateFast(wrap(linear + i), ACCESS_READ, mode)) return 0;
    value |= readLocated(1) << (<u64>i * 8);
  }
  return value;
}

function writeIn(linear: u64, size: u32, value: u64, mode: u32): void {
  if (!crosses(linear, size)) {
    if (locateFast(linear, ACCESS_WRITE, mode)) writeLocated(size, value);
    return;
  }
  if (!locateFast(linear, ACCESS_WRITE, mode) || !locateFast(secondPage(linear), ACCESS_WRITE, mode)) return;
  for (let i: u32 = 0; i < size; i++) {
    if (!locateFast(wrap(linear + i), ACCESS_WRITE, mode)) return;
    writeLocated(1, (value >> (<u64>i * 8)) & 255);
  }
}

export function readSlow(linear: u64, size: u32): u64 {
  return mayTouch(linear, size, false) ? readIn(linear, size, currentTlbMode()) : 0;
}
export function writeSlow(linear: u64, size: u32, value: u64): void {
  if (mayTouch(linear, size, true)) writeIn(linear, size, value, currentTlbMode());
}
export function rmwSlow(linear: u64, size: u32): u64 {
  if (!mayTouch(linear, size, true)) return 0;
  const mode = currentTlbMode();
  if (!locateFast(linear, ACCESS_WRITE, mode)) return 0;
  if (!crosses(linear, size)) return readLocated(size);
  if (!locateFast(secondPage(linear), ACCESS_WRITE, mode)) return 0;
  return readIn(linear, size, mode);
}

/** Announces what a later read of `size` bytes would fault on; true when it would not. */
export function checkReadable(linear: u64, size: u32): bool {
  return checkAccess(linear, size, ACCESS_READ);
}
/** Announces what a later write of `size` bytes would fault on; true when it would not. */
export function checkWritable(linear: u64, size: u32): bool {
  return checkAccess(linear, size, ACCESS_WRITE);
}
function checkAccess(linear: u64, size: u32, access: u32): bool {
  if (aborted()) return false;
  if (load<u32>(DECODE_MODE) == MODE_64 && (!isCanonical(linear) || !isCanonical(linear + size - 1))) {
    raiseGp0();
    faultWasNonCanonical = true;
    return false;
  }
  const mode = currentTlbMode();
  if (!locateFast(linear, access, mode)) return false;
  return !crosses(linear, size) || locateFast(secondPage(linear), access, mode);
}

/** Host address of `size` readable bytes on one page of plain memory, or 0 (fault announced, MMIO, breakpoints …). */
export function hostPointerForRead(linear: u64, size: u32): u32 {
  const entry = entryFor(linear, KIND_READ);
  if (hits(entry, linear, size)) return <u32>linear + load<u32>(entry, 8);
  if (crosses(linear, size) || load<u32>(BREAKPOINTS) != 0 || !mayTouch(linear, 1, false)) return 0;
  return locate(linear, ACCESS_READ, currentTlbMode()) ? locatedHost : 0;
}
/** The same for writing; 0 also for pages that hold decoded code and for ROM. */
export function hostPointerForWrite(linear: u64, size: u32): u32 {
  const entry = entryFor(linear, KIND_WRITE);
  if (hits(entry, linear, size)) return <u32>linear + load<u32>(entry, 8);
  if (crosses(linear, size) || load<u32>(BREAKPOINTS) != 0 || !mayTouch(linear, 1, true)) return 0;
  if (!locate(linear, ACCESS_WRITE, currentTlbMode()) || locatedRom || locatedHost == 0) return 0;
  return load<u32>(frameBlocks(locatedHost)) == 0 ? locatedHost : 0;
}

/** Host address of the instruction byte at `linear`, or 0 with a fault announced; MMIO and unmapped space: 0 without one. */
export function fetchPointer(linear: u64): u32 {
  const mode = currentTlbMode();
  const entry = load<u32>(TLB_MODE_BASE) + KIND_FETCH * TLB_KIND_SIZE + (((<u32>linear) >> 8) & SLOT_MASK);
  if ((linear ^ load<u64>(entry)) < 4096) return <u32>linear + load<u32>(entry, 8);
  if (load<u32>(DECODE_MODE) == MODE_64 && !isCanonical(linear)) {
    raiseGp0();
    return 0;
  }
  return locate(linear, ACCESS_FETCH, mode) ? locatedHost : 0;
}

/** Supervisor accesses whatever the CPL (descriptor tables, TSS). SDM 3A, "Access Rights": implicit supervisor-mode. */
function isSystemAddressable(linear: u64, size: u32): bool {
  if (aborted()) return false;
  if (isLongMode() && (!isCanonical(linear) || !isCanonical(linear + size - 1))) {
    raiseGp0();
    return false;
  }
  return true;
}
function readSystem(linear: u64, size: u32): u64 {
  return isSystemAddressable(linear, size) ? readIn(linear, size, MODE_SUPERVISOR) : 0;
}
function writeSystem(linear: u64, size: u32, value: u64): void {
  if (isSystemAddressable(linear, size)) writeIn(linear, size, value, MODE_SUPERVISOR);
}
export function readSystem8(linear: u64): u32 {
  return <u32>readSystem(linear, 1);
}
export function readSystem16(linear: u64): u32 {
  return <u32>readSystem(linear, 2);
}
export function readSystem32(linear: u64): u32 {
  return <u32>readSystem(linear, 4);
}
export function readSystem64(linear: u64): u64 {
  return readSystem(linear, 8);
}
export function writeSystem8(linear: u64, value: u32): void {
  writeSystem(linear, 1, value);
}
export function writeSystem16(linear: u64, value: u32): void {
  writeSystem(linear, 2, value);
}
export function writeSystem32(linear: u64, value: u32): void {
  writeSystem(linear, 4, value);
}
export function writeSystem64(linear: u64, value: u64): void {
  writeSystem(linear, 8, value);
}
