/**
 * The software TLB. A bank serves one address-space context (VPID, PCID, EPT pointer); it holds, for each of the
 * modes user / supervisor / supervisor with EFLAGS.AC, one direct-mapped table for reads, writes and fetches.
 *
 * Entry (16 bytes): u64 linear page | u32 host address - linear address (mod 2^32) | u32 flags.
 * One test finds hit and page crossing: (linear ^ tag) <= 4096 - size. An empty entry holds a page that cannot be
 * in its slot. Filled slots are logged, so that flushing costs what was filled.
 */
import {
  BANK, BANK_CLOCK, BANK_KEYS, BREAKPOINTS, CPL, CPU_INDEX, CR0, CR3, CR4, DECODE_MODE, EFLAGS, FETCH_TAG, GENERATION,
  JUMP_CACHE, JUMP_CACHE_ENTRIES, TLB, TLB_BANK_SIZE, TLB_BANKS, TLB_BASE, TLB_ENTRIES, TLB_FILLS, TLB_KIND_SIZE,
  TLB_LOG, TLB_LOG_ENTRIES, TLB_MODE_BASE, TLB_MODE_SIZE,
} from "../generated/layout"; // prettier-ignore
import { AC } from "../flags";
import { CR0_AM, CR4_PCIDE, CR4_SMAP } from "../registers";

export const KIND_READ: u32 = 0;
export const KIND_WRITE: u32 = 1;
export const KIND_FETCH: u32 = 2;

export const MODE_USER: u32 = 0;
/** Supervisor; with SMAP, user pages are closed to it. */
export const MODE_SUPERVISOR: u32 = 1;
/** Supervisor with EFLAGS.AC set under SMAP. */
export const MODE_SUPERVISOR_AC: u32 = 2;
/** A table that stays empty: every access goes the slow way (alignment checks, data breakpoints). */
const MODE_EMPTY: u32 = 3;

export const TLB_GLOBAL: u32 = 1;
export const TLB_LARGE: u32 = 2;

// A bank's key, 32 bytes.
const KEY_VPID: u32 = 0;
const KEY_PCID: u32 = 4;
const KEY_EPT: u32 = 8;
const KEY_GENERATION: u32 = 16;
const KEY_LOG: u32 = 20;
const KEY_USED: u32 = 24;
const KEY_VALID: u32 = 28;
const KEY_BYTES: u32 = 32;

// @ts-ignore: decorator
@inline function bankAddress(bank: u32): u32 {
  return TLB + (load<u32>(CPU_INDEX) * TLB_BANKS + bank) * TLB_BANK_SIZE;
}
// @ts-ignore: decorator
@inline function bankKey(bank: u32): u32 {
  return BANK_KEYS + bank * KEY_BYTES;
}

/** The mode that the present CPL and EFLAGS.AC give. */
export function currentTlbMode(): u32 {
  if (load<u32>(CPL) == 3) return MODE_USER;
  return (load<u64>(CR4) & CR4_SMAP) != 0 && (load<u32>(EFLAGS) & AC) != 0
    ? MODE_SUPERVISOR_AC
    : MODE_SUPERVISOR;
}

/** To be called whenever CPL, EFLAGS.AC, CR0.AM, CR4.SMAP, DECODE_MODE, data breakpoints or the bank change. */
export function updateTlbBase(): void {
  const bank = bankAddress(load<u32>(BANK));
  const mode = currentTlbMode();
  store<u32>(TLB_MODE_BASE, bank + mode * TLB_MODE_SIZE);
  const checksAlignment =
    mode == MODE_USER && (load<u32>(EFLAGS) & AC) != 0 && (load<u64>(CR0) & CR0_AM) != 0;
  const isSlow = checksAlignment || load<u32>(BREAKPOINTS) != 0;
  store<u32>(TLB_BASE, bank + (isSlow ? MODE_EMPTY : mode) * TLB_MODE_SIZE);
  const tag = (load<u32>(bankKey(load<u32>(BANK)), KEY_GENERATION) << 4) | (load<u32>(DECODE_MODE) << 2);
  store<u32>(FETCH_TAG, tag | (mode == MODE_USER ? 1 : 0));
}

function emptyTable(table: u32): void {
  memory.fill(table, 0, TLB_KIND_SIZE);
  store<u64>(table, 0x1000);
}

function newGeneration(bank: u32): void {
  let generation = load<u32>(GENERATION) + 1;
  if (generation >= 0x0fffffff) {
    memory.fill(JUMP_CACHE, 0, JUMP_CACHE_ENTRIES * 16);
    generation = 1;
  }
  store<u32>(GENERATION, generation);
  store<u32>(bankKey(bank), generation, KEY_GENERATION);
}

/** Empties a bank; global entries stay when `keepGlobal`. */
function flushBank(bank: u32, keepGlobal: bool): void {
  const key = bankKey(bank);
  const address = bankAddress(bank);
  const count = load<u32>(key, KEY_LOG);
  newGeneration(bank);
  if (count > TLB_LOG_ENTRIES) {
    for (let table: u32 = 0; table < 9; table++) emptyTable(address + table * TLB_KIND_SIZE);
    store<u32>(key, 0, KEY_LOG);
    return;
  }
  let kept: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const slot: u32 = load<u16>(address + TLB_LOG + i * 2);
    const entry = address + slot * 16;
    if (keepGlobal && (load<u32>(entry, 12) & TLB_GLOBAL) != 0) {
      store<u16>(address + TLB_LOG + kept * 2, <u16>slot);
      kept++;
    } else {
      store<u64>(entry, (slot & (TLB_ENTRIES - 1)) == 0 ? 0x1000 : 0);
    }
  }
  store<u32>(key, kept, KEY_LOG);
}

/** Enters a translation for the present bank. `host` is the frame's address. */
export function fillTlb(mode: u32, kind: u32, linear: u64, host: u32, flags: u32): void {
  const bank = load<u32>(BANK);
  const address = bankAddress(bank);
  const slot = mode * (3 * TLB_ENTRIES) + kind * TLB_ENTRIES + ((<u32>(linear >> 12)) & (TLB_ENTRIES - 1));
  const entry = address + slot * 16;
  const page = linear & ~0xfff;
  store<u64>(entry, page);
  store<u32>(entry, host - <u32>page, 8);
  store<u32>(entry, flags, 12);
  const key = bankKey(bank);
  const count = load<u32>(key, KEY_LOG);
  if (count < TLB_LOG_ENTRIES) store<u16>(address + TLB_LOG + count * 2, <u16>slot);
  if (count <= TLB_LOG_ENTRIES) store<u32>(key, count + 1, KEY_LOG);
  store<u32>(TLB_FILLS, load<u32>(TLB_FILLS) + 1);
}

/** Takes every entry whose host frame is `host` out of the write tables (its page now holds code). */
export function writeProtectFrame(host: u32): void {
  for (let bank: u32 = 0; bank < TLB_BANKS; bank++) {
    if (load<u32>(bankKey(bank), KEY_VALID))
      writeProtectInBank(bankAddress(bank), load<u32>(bankKey(bank), KEY_LOG), host);
  }
}

/** The same for a processor that does not run now: its keys lie in its saved state. */
export function writeProtectFrameOfCpu(cpu: u32, stateDelta: u32, host: u32): void {
  for (let bank: u32 = 0; bank < TLB_BANKS; bank++) {
    const key = bankKey(bank) + stateDelta;
    const address = TLB + (cpu * TLB_BANKS + bank) * TLB_BANK_SIZE;
    if (load<u32>(key, KEY_VALID)) writeProtectInBank(address, load<u32>(key, KEY_LOG), host);
  }
}

function writeProtectInBank(address: u32, count: u32, host: u32): void {
  if (count <= TLB_LOG_ENTRIES) {
    for (let i: u32 = 0; i < count; i++) dropIfWriteOf(address, load<u16>(address + TLB_LOG + i * 2), host);
  } else {
    for (let slot: u32 = 0; slot < 9 * TLB_ENTRIES; slot++) dropIfWriteOf(address, slot, host);
  }
}

function dropIfWriteOf(address: u32, slot: u32, host: u32): void {
  if ((slot / TLB_ENTRIES) % 3 != KIND_WRITE) return;
  const entry = address + slot * 16;
  if (load<u32>(entry, 8) + <u32>load<u64>(entry) == host) {
    store<u64>(entry, (slot & (TLB_ENTRIES - 1)) == 0 ? 0x1000 : 0);
  }
}

/** What INVLPG and the invalidating instructions take from one bank. */
function flushPageInBank(bank: u32, linear: u64, onlyGlobal: bool): void {
  const key = bankKey(bank);
  const count = load<u32>(key, KEY_LOG);
  if (count > TLB_LOG_ENTRIES) return flushBank(bank, false);
  const address = bankAddress(bank);
  const page = linear & ~0xfff;
  for (let i: u32 = 0; i < count; i++) {
    const slot: u32 = load<u16>(address + TLB_LOG + i * 2);
    const entry = address + slot * 16;
    const flags = load<u32>(entry, 12);
    if (onlyGlobal && (flags & TLB_GLOBAL) == 0) continue;
    // An entry of a large page may stem from the page that `linear` lies in: SDM 3A, "Invalidation of TLBs".
    if (load<u64>(entry) == page || (flags & TLB_LARGE) != 0)
      store<u64>(entry, (slot & (TLB_ENTRIES - 1)) == 0 ? 0x1000 : 0);
  }
  newGeneration(bank);
}

function currentKeyMatches(key: u32, anyPcid: bool): bool {
  const now = bankKey(load<u32>(BANK));
  return (
    load<u32>(key, KEY_VALID) != 0 &&
    load<u32>(key, KEY_VPID) == load<u32>(now, KEY_VPID) &&
    load<u64>(key, KEY_EPT) == load<u64>(now, KEY_EPT) &&
    (anyPcid || load<u32>(key, KEY_PCID) == load<u32>(now, KEY_PCID))
  );
}

/** Flushes every bank of the present VPID and EPT pointer, whatever its PCID. */
export function flushTlbAll(): void {
  for (let bank: u32 = 0; bank < TLB_BANKS; bank++) {
    if (currentKeyMatches(bankKey(bank), true)) flushBank(bank, false);
  }
  updateTlbBase();
}

/** All PCIDs, global translations stay (INVPCID type 3). */
export function flushTlbAllNonGlobal(): void {
  for (let bank: u32 = 0; bank < TLB_BANKS; bank++) {
    if (currentKeyMatches(bankKey(bank), true)) flushBank(bank, true);
  }
  updateTlbBase();
}

/** The present PCID, global translations stay (MOV to CR3). */
export function flushTlbNonGlobal(): void {
  flushBank(load<u32>(BANK), true);
  updateTlbBase();
}

/** INVLPG: the page in the present PCID, and its global translations in all. */
export function flushPage(linear: u64): void {
  for (let bank: u32 = 0; bank < TLB_BANKS; bank++) {
    const key = bankKey(bank);
    if (!currentKeyMatches(key, true)) continue;
    flushPageInBank(bank, linear, bank != load<u32>(BANK));
  }
  updateTlbBase();
}

/** INVPCID. SDM 2, "INVPCID": 0 one address of a PCID, 1 a PCID, 2 all with globals, 3 all but globals. */
export function invalidatePcid(type: u32, pcid: u32, linear: u64): void {
  if (type == 2) return flushTlbAll();
  if (type == 3) return flushTlbAllNonGlobal();
  for (let bank: u32 = 0; bank < TLB_BANKS; bank++) {
    const key = bankKey(bank);
    if (!currentKeyMatches(key, true) || load<u32>(key, KEY_PCID) != pcid) continue;
    if (type == 0) flushPageInBank(bank, linear, false);
    else flushBank(bank, true);
  }
  updateTlbBase();
}

/** Drops the banks that a VPID or EPT scope names (INVVPID, INVEPT, VMX transitions without VPID). */
export function flushBanksWhere(vpid: i32, ept: u64, byVpid: bool, byEpt: bool): void {
  for (let bank: u32 = 0; bank < TLB_BANKS; bank++) {
    const key = bankKey(bank);
    if (load<u32>(key, KEY_VALID) == 0) continue;
    if (byVpid && load<u32>(key, KEY_VPID) != <u32>vpid) continue;
    if (byEpt && load<u64>(key, KEY_EPT) != ept) continue;
    flushBank(bank, false);
  }
  updateTlbBase();
}

/** INVVPID of one address. */
export function flushPageOfVpid(vpid: u32, linear: u64): void {
  for (let bank: u32 = 0; bank < TLB_BANKS; bank++) {
    const key = bankKey(bank);
    if (load<u32>(key, KEY_VALID) != 0 && load<u32>(key, KEY_VPID) == vpid)
      flushPageInBank(bank, linear, false);
  }
  updateTlbBase();
}

/** INVVPID, "single-context, retaining global translations". */
export function flushVpidNonGlobal(vpid: u32): void {
  for (let bank: u32 = 0; bank < TLB_BANKS; bank++) {
    const key = bankKey(bank);
    if (load<u32>(key, KEY_VALID) != 0 && load<u32>(key, KEY_VPID) == vpid) flushBank(bank, true);
  }
  updateTlbBase();
}

/** Makes the bank of (VPID, EPT pointer, PCID) the present one; the least recently used gives way to a new one. */
export function selectBank(vpid: u32, ept: u64, pcid: u32): void {
  const clock = load<u32>(BANK_CLOCK) + 1;
  store<u32>(BANK_CLOCK, clock);
  let oldest: u32 = 0;
  let oldestUse: u32 = u32.MAX_VALUE;
  for (let bank: u32 = 0; bank < TLB_BANKS; bank++) {
    const key = bankKey(bank);
    const isValid = load<u32>(key, KEY_VALID) != 0;
    if (
      isValid &&
      load<u32>(key, KEY_VPID) == vpid &&
      load<u32>(key, KEY_PCID) == pcid &&
      load<u64>(key, KEY_EPT) == ept
    ) {
      store<u32>(key, clock, KEY_USED);
      store<u32>(BANK, bank);
      return updateTlbBase();
    }
    const used = isValid ? load<u32>(key, KEY_USED) : 0;
    if (used < oldestUse) {
      oldestUse = used;
      oldest = bank;
    }
  }
  openBank(oldest, vpid, ept, pcid, clock);
  updateTlbBase();
}

function openBank(bank: u32, vpid: u32, ept: u64, pcid: u32, clock: u32): void {
  const key = bankKey(bank);
  if (load<u32>(key, KEY_VALID)) flushBank(bank, false);
  else {
    const address = bankAddress(bank);
    for (let table: u32 = 0; table < 12; table++) emptyTable(address + table * TLB_KIND_SIZE);
    store<u32>(key, 0, KEY_LOG);
    newGeneration(bank);
  }
  store<u32>(key, vpid, KEY_VPID);
  store<u32>(key, pcid, KEY_PCID);
  store<u64>(key, ept, KEY_EPT);
  store<u32>(key, clock, KEY_USED);
  store<u32>(key, 1, KEY_VALID);
  store<u32>(BANK, bank);
}

/** Forgets all banks but which context is the present one: after a saved state was put back. */
export function reopenBank(): void {
  const key = bankKey(load<u32>(BANK));
  const vpid = load<u32>(key, KEY_VPID);
  const pcid = load<u32>(key, KEY_PCID);
  const ept = load<u64>(key, KEY_EPT);
  memory.fill(BANK_KEYS, 0, TLB_BANKS * KEY_BYTES);
  store<u32>(BANK_CLOCK, 0);
  selectBank(vpid, ept, pcid);
}

/** PCID in force: CR3 bits 11:0 when CR4.PCIDE, else 0. */
export function currentPcid(): u32 {
  return (load<u64>(CR4) & CR4_PCIDE) != 0 ? (<u32>load<u64>(CR3)) & 0xfff : 0;
}

/** VPID and EPT pointer of the present bank. */
export function currentVpid(): u32 {
  return load<u32>(bankKey(load<u32>(BANK)), KEY_VPID);
}
export function currentBankEpt(): u64 {
  return load<u64>(bankKey(load<u32>(BANK)), KEY_EPT);
}

/** After CR3 was written: selects the PCID's bank and flushes it unless bit 63 of the value (`keep`) said not to. */
export function afterCr3Write(keep: bool): void {
  selectBank(currentVpid(), currentBankEpt(), currentPcid());
  if (!keep) flushTlbNonGlobal();
}
