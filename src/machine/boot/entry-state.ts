import type { MemoryWrite } from "./boot-plan.js";

/**
 * A segment register with its hidden part. `accessRights` has the VMCS layout
 * (SDM 3C, "Guest Register State"): the upper half of the descriptor shifted right by 8.
 *
 *     16 unusable | 15 G | 14 D/B | 13 L | 12 AVL | 7 P | 6:5 DPL | 4 S | 3:0 type
 */
export interface SegmentState {
  selector: number;
  base: number;
  /** In bytes, after the granularity was applied: FFFFFFFFH for a flat segment. */
  limit: number;
  accessRights: number;
}

export interface DescriptorTableState {
  base: number;
  limit: number;
}

/**
 * The registers a boot protocol defines; numbers are below 2^53. General registers that are not named are 0,
 * save EDX in a `real` entry: it has the processor signature, as after reset.
 */
export interface EntryState {
  kind: "real" | "protected32" | "long64";
  rip: number;
  rflags: number;
  rax: number;
  rbx: number;
  rsi: number;
  rsp: number;
  cr0: number;
  cr3: number;
  cr4: number;
  efer: number;
  gdtr: DescriptorTableState;
  idtr: DescriptorTableState;
  cs: SegmentState;
  /** DS, ES, FS, GS and SS alike. */
  data: SegmentState;
  ldtr: SegmentState;
  tr: SegmentState;
}

/** What a protocol passes in general registers. */
export interface EntryRegisters {
  rax?: number;
  rbx?: number;
  rsi?: number;
  rsp?: number;
}

const cr0ProtectionEnable = 0x1;
const cr0ExtensionType = 0x10;
const cr0Paging = 0x80000000;
/** CR0 after reset: CD, NW and ET (SDM 3A, "Processor State After Reset"). */
const cr0AfterReset = 0x60000010;
const cr4PhysicalAddressExtension = 0x20;
const eferLongModeEnable = 0x100;
const eferLongModeActive = 0x400;
/** Bit 1 of EFLAGS is always 1. */
const rflagsFixed = 0x2;

const code32Rights = 0xc09b;
const code64Rights = 0xa09b;
const data32Rights = 0xc093;
const busyTss32Rights = 0x8b;
const ldtRights = 0x82;
const realCodeRights = 0x9b;
const realDataRights = 0x93;

/** Linux's __BOOT_CS and __BOOT_DS; the other protocols leave the selectors open. */
const codeSelector = 0x10;
const dataSelector = 0x18;
const tssSelector = 0x20;
const flatLimit = 0xffffffff;
/** The limit PVH asks of the task-state segment: the smallest 32-bit one. */
const tssLimit = 0x67;

export const gdtBytes = 5 * 8;

/** A table with the flat code segment (10H), the flat data segment (18H) and a busy TSS (20H). */
export function buildGdt(code: "code32" | "code64"): Uint8Array {
  const table = new Uint8Array(gdtBytes);
  const view = new DataView(table.buffer);
  view.setBigUint64(codeSelector, flatDescriptor(code === "code32" ? code32Rights : code64Rights), true);
  view.setBigUint64(dataSelector, flatDescriptor(data32Rights), true);
  view.setBigUint64(tssSelector, (BigInt(busyTss32Rights) << 40n) | BigInt(tssLimit), true);
  return table;
}

/** Base 0, limit FFFFFH in pages (SDM 3A, "Segment Descriptors"). */
function flatDescriptor(accessRights: number): bigint {
  return (BigInt(accessRights) << 40n) | (0xfn << 48n) | 0xffffn;
}

/** Real-address mode as after reset, with CS:IP at `segment`:`offset`; the base need not be segment * 16. */
export function realModeEntry(segment: number, segmentBase: number, offset: number): EntryState {
  return {
    ...commonEntry({}),
    kind: "real",
    rip: offset,
    cr0: cr0AfterReset,
    gdtr: { base: 0, limit: 0xffff },
    idtr: { base: 0, limit: 0xffff },
    cs: { selector: segment, base: segmentBase, limit: 0xffff, accessRights: realCodeRights },
    data: { selector: 0, base: 0, limit: 0xffff, accessRights: realDataRights },
    tr: { selector: 0, base: 0, limit: 0xffff, accessRights: busyTss32Rights },
  };
}

/** Protected mode without paging, interrupts off, flat segments from a `buildGdt("code32")` at `gdt.address`. */
export function protected32Entry(eip: number, gdt: MemoryWrite, registers: EntryRegisters): EntryState {
  return {
    ...commonEntry(registers),
    kind: "protected32",
    rip: eip,
    cr0: cr0ProtectionEnable | cr0ExtensionType,
    gdtr: { base: gdt.address, limit: gdt.bytes.length - 1 },
    cs: { selector: codeSelector, base: 0, limit: flatLimit, accessRights: code32Rights },
  };
}

/** 64-bit mode with interrupts off, a `buildGdt("code64")` at `gdt.address` and page tables at `cr3`. */
export function long64Entry(
  rip: number,
  gdt: MemoryWrite,
  cr3: number,
  registers: EntryRegisters,
): EntryState {
  return {
    ...protected32Entry(rip, gdt, registers),
    kind: "long64",
    cr0: (cr0Paging | cr0ExtensionType | cr0ProtectionEnable) >>> 0,
    cr3,
    cr4: cr4PhysicalAddressExtension,
    efer: eferLongModeEnable | eferLongModeActive,
    cs: { selector: codeSelector, base: 0, limit: flatLimit, accessRights: code64Rights },
  };
}

function commonEntry(registers: EntryRegisters): Omit<EntryState, "kind" | "rip" | "cr0" | "gdtr" | "cs"> {
  return {
    rflags: rflagsFixed,
    rax: registers.rax ?? 0,
    rbx: registers.rbx ?? 0,
    rsi: registers.rsi ?? 0,
    rsp: registers.rsp ?? 0,
    cr3: 0,
    cr4: 0,
    efer: 0,
    // No handler exists yet: an empty IDT turns any exception into the triple fault it is.
    idtr: { base: 0, limit: 0 },
    data: { selector: dataSelector, base: 0, limit: flatLimit, accessRights: data32Rights },
    ldtr: { selector: 0, base: 0, limit: 0xffff, accessRights: ldtRights },
    tr: { selector: tssSelector, base: 0, limit: tssLimit, accessRights: busyTss32Rights },
  };
}

const pageBytes = 4096;
const largePageBytes = 0x200000;
const entriesPerTable = 512;
const mappedGigabytes = 4;
const presentWritable = 0x3n;
const pageSizeBit = 0x80n;

/** PML4, page-directory-pointer table and a page directory per GiB. */
export const identityTablesBytes = (2 + mappedGigabytes) * pageBytes;

/** Four-level tables, to be placed at `address`, that map the first 4 GiB to themselves in 2-MiB pages. */
export function buildIdentityTables(address: number): Uint8Array {
  const tables = new Uint8Array(identityTablesBytes);
  const view = new DataView(tables.buffer);
  const tableAt = (index: number): bigint => BigInt(address + index * pageBytes) | presentWritable;
  view.setBigUint64(0, tableAt(1), true);
  for (let gigabyte = 0; gigabyte < mappedGigabytes; gigabyte++) {
    view.setBigUint64(pageBytes + gigabyte * 8, tableAt(2 + gigabyte), true);
  }
  for (let page = 0; page < mappedGigabytes * entriesPerTable; page++) {
    const entry = BigInt(page * largePageBytes) | pageSizeBit | presentWritable;
    view.setBigUint64(2 * pageBytes + page * 8, entry, true);
  }
  return tables;
}
