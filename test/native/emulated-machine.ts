/**
 * Our processor, made ready to run the cases: long mode with paging, the code area and the window mapped for the
 * user, and a gate for every exception that leads to a HLT of its own. So an instruction ends here as it does
 * natively: with an exception, INT3 being the one that means "none".
 */
import { readFileSync } from "node:fs";
import { REGIONS, stateOffset } from "../../isa/layout.js";
import type { ProcessorHost } from "../../src/processor/exports.js";
import { pageKind } from "../../src/processor/exports.js";
import { Processor } from "../../src/processor/processor.js";
import { CODE_ADDRESS, DATA_ADDRESS, DATA_BYTES, DATA_MAP_ADDRESS, DATA_MAP_BYTES, EDGE_BYTES, FX, NO_EXCEPTION, PAD_BYTES, READ_ONLY_ADDRESS, RECORD, SLOT_BYTES, type CaseRecord } from "./case-record.js"; // prettier-ignore

const PAGE = 4096;
/** Physical and linear layout. */
const PHYSICAL = {
  PML4: 0x1000,
  PDPT: 0x2000,
  DIRECTORY: 0x3000,
  TABLES: 0x10000,
  SYSTEM: 0x8000,
  DATA: 0x20000,
  CODE: 0x10_0000,
} as const;
const SYSTEM_ADDRESS = 0x3000_0000;
const SYSTEM = { GDT: 0, TSS: 0x100, IDT: 0x200, HANDLERS: 0x800, STACK_TOP: 0x1000 } as const;
const SYSTEM_PAGES = 1;
const RAM_PAGES = 0x4000;

const PRESENT = 1;
const WRITABLE = 2;
const USER = 4;
const TABLE = PRESENT | WRITABLE | USER;
const VECTORS = 32;
const HANDLER_BYTES = 16;
const HLT = 0xf4;
const BREAKPOINT = 3;
const WITH_ERROR_CODE = new Set([8, 10, 11, 12, 13, 14, 17, 21]);

const KERNEL_CODE = { selector: 0x08, base: 0n, limit: 0xffff_ffff, attributes: 0xa09b };
const USER_CODE_64 = { selector: 0x33, base: 0n, limit: 0xffff_ffff, attributes: 0xa0fb };
const USER_CODE_32 = { selector: 0x23, base: 0n, limit: 0xffff_ffff, attributes: 0xc0fb };
const USER_DATA = { selector: 0x2b, base: 0n, limit: 0xffff_ffff, attributes: 0xc0f3 };
const UNUSABLE = { selector: 0, base: 0n, limit: 0, attributes: 0x1_0000 };

/** No devices: ports and MMIO read ones. */
const HOST: ProcessorHost = {
  ioRead: () => -1,
  ioWrite: () => undefined,
  mmioRead: () => -1,
  mmioWrite: () => undefined,
  apicReadMsr: () => 0,
  apicWriteMsr: () => 0,
  apicAcknowledge: () => -1,
  apicReadTaskPriority: () => 0,
  apicWriteTaskPriority: () => undefined,
  clockNs: () => 0,
  random32: () => 4,
};

const STATE = (name: string): number => REGIONS.STATE + stateOffset(name);
const AT = {
  gpr: STATE("GPR"),
  rip: STATE("RIP"),
  eflags: STATE("EFLAGS"),
  lazyOp: STATE("LAZY_OP"),
  activity: STATE("ACTIVITY"),
  shadow: STATE("INTERRUPT_SHADOW"),
  xmm: STATE("XMM"),
  mxcsr: STATE("MXCSR"),
  fpu: STATE("FPU_REGISTERS"),
  fcw: STATE("FCW"),
  fsw: STATE("FSW"),
  ftw: STATE("FTW"),
  cr2: STATE("CR2"),
} as const;

export class EmulatedMachine {
  readonly processor: Processor;
  private readonly codePages: number[] = [];
  private readonly dataPages: number[] = [];
  private systemPage = 0;

  /** `slots`: cases of the largest batch. */
  constructor(wasmBytes: Uint8Array, slots: number) {
    this.processor = new Processor(wasmBytes, HOST, { cpuCount: 1, physicalBits: 40 });
    const { exports } = this.processor;
    exports.setPages(0, RAM_PAGES, pageKind.ram);
    exports.resetAll();
    this.buildPageTables(slots);
    this.buildSystemPage();
    this.enterLongMode();
  }

  static load(slots: number): EmulatedMachine {
    return new EmulatedMachine(
      readFileSync(new URL("../../assembly/processor.wasm", import.meta.url)),
      slots,
    );
  }

  /** Puts the instructions of a batch in their slots. */
  loadCode(records: readonly CaseRecord[]): void {
    const { bytes, exports } = this.processor;
    for (const page of this.codePages) bytes.fill(0xcc, page, page + PAGE);
    for (const page of this.dataPages) bytes.fill(0, page, page + PAGE);
    for (const record of records) {
      const offset = record.rip - CODE_ADDRESS;
      const room = PAGE - (offset & 4095);
      const page = offset >> 12;
      bytes.set(record.code.subarray(0, room), (this.codePages[page] as number) + (offset & 4095));
      bytes.set(record.code.subarray(room), this.codePages[page + 1] as number);
    }
    for (const page of this.codePages) exports.invalidateCodeAt(page, PAGE);
    exports.resetArena();
  }

  /** Runs one case; `record` holds the state before and afterwards the state after. */
  run(record: CaseRecord): void {
    this.begin(record);
    this.processor.exports.run(100_000);
    this.end(record);
  }

  /** Loads the state of a case; the processor stands before its instruction. */
  begin(record: CaseRecord): void {
    const { bytes, view, exports } = this.processor;
    bytes.set(record.bytes.subarray(RECORD.GPR, RECORD.GPR + 128), AT.gpr);
    view.setBigUint64(AT.rip, BigInt(record.rip), true);
    view.setUint32(AT.eflags, record.rflags | 0x202, true);
    view.setUint32(AT.lazyOp, 0, true);
    view.setUint32(AT.activity, 0, true);
    view.setUint32(AT.shadow, 0, true);
    view.setBigUint64(AT.cr2, 0n, true);
    this.processor.writeSegment(0, "CS", record.mode === 64 ? USER_CODE_64 : USER_CODE_32);
    this.processor.writeSegment(0, "SS", USER_DATA);
    exports.setDecodeMode();
    if (record.usesFpu) this.loadFpu(record);
    const [first, second] = this.dataPages as [number, number];
    bytes.fill(0, first, first + EDGE_BYTES);
    bytes.fill(0, second + PAGE - EDGE_BYTES, second + PAGE);
    this.window((page, from, to, offset) =>
      bytes.set(record.data.subarray(offset, offset + to - from), page + from),
    );
  }

  private loadFpu({ fx }: CaseRecord): void {
    const { bytes, view } = this.processor;
    const image = new DataView(fx.buffer, fx.byteOffset);
    bytes.set(fx.subarray(FX.XMM, FX.END), AT.xmm);
    view.setUint32(AT.mxcsr, image.getUint32(FX.MXCSR, true), true);
    view.setUint32(AT.fcw, image.getUint16(FX.FCW, true), true);
    const status = image.getUint16(FX.FSW, true);
    view.setUint32(AT.fsw, status, true);
    const top = (status >> 11) & 7;
    let tags = 0;
    for (let i = 0; i < 8; i++) {
      const physical = (top + i) & 7;
      bytes.set(fx.subarray(FX.ST + i * 16, FX.ST + i * 16 + 10), AT.fpu + physical * 16);
      if ((image.getUint8(FX.FTW) >> physical) & 1) tags |= tagOf(image, FX.ST + i * 16) << (physical * 2);
      else tags |= 3 << (physical * 2);
    }
    view.setUint32(AT.ftw, tags, true);
  }

  /** Stores the state that the exception handler found in `record`. */
  end(record: CaseRecord): void {
    const { bytes, view, exports } = this.processor;
    const halted = Number(view.getBigUint64(AT.rip, true)) - SYSTEM_ADDRESS - SYSTEM.HANDLERS;
    const vector =
      halted >= 0 && halted < VECTORS * HANDLER_BYTES ? Math.floor(halted / HANDLER_BYTES) : 0xfff;
    exports.materializeFlags();
    const frame = this.systemPage + SYSTEM.STACK_TOP - 40;
    record.bytes.set(bytes.subarray(AT.gpr, AT.gpr + 128), RECORD.GPR);
    record.setGpr(4, view.getBigUint64(frame + 24, true));
    record.rflags = view.getUint32(frame + 16, true);
    const rip = Number(view.getBigUint64(frame, true));
    record.vector = vector === BREAKPOINT ? NO_EXCEPTION : vector;
    record.rip = vector === BREAKPOINT ? rip - 1 : rip;
    record.cr2 = view.getBigUint64(AT.cr2, true);
    record.view.setUint32(
      RECORD.ERROR_CODE,
      WITH_ERROR_CODE.has(vector) ? view.getUint32(frame - 8, true) : 0,
      true,
    );
    if (record.usesFpu) this.storeFpu(record);
    this.window((page, from, to, offset) => record.data.set(bytes.subarray(page + from, page + to), offset));
  }

  private storeFpu({ fx }: CaseRecord): void {
    const { bytes, view } = this.processor;
    const image = new DataView(fx.buffer, fx.byteOffset);
    fx.set(bytes.subarray(AT.xmm, AT.xmm + 256), FX.XMM);
    image.setUint32(FX.MXCSR, view.getUint32(AT.mxcsr, true), true);
    image.setUint16(FX.FCW, view.getUint32(AT.fcw, true), true);
    const status = view.getUint32(AT.fsw, true);
    image.setUint16(FX.FSW, status, true);
    const top = (status >> 11) & 7;
    const tags = view.getUint32(AT.ftw, true);
    let valid = 0;
    for (let physical = 0; physical < 8; physical++) {
      const at = AT.fpu + physical * 16;
      fx.set(bytes.subarray(at, at + 10), FX.ST + ((physical - top) & 7) * 16);
      if (((tags >> (physical * 2)) & 3) !== 3) valid |= 1 << physical;
    }
    image.setUint8(FX.FTW, valid);
  }

  /** The two parts of the window: host page, first byte, end, offset in the window. */
  private window(use: (page: number, from: number, to: number, offset: number) => void): void {
    const start = DATA_ADDRESS - DATA_MAP_ADDRESS;
    use(this.dataPages[0] as number, start, PAGE, 0);
    use(this.dataPages[1] as number, 0, DATA_BYTES - (PAGE - start), PAGE - start);
  }

  private host(physical: number): number {
    return this.processor.exports.frameOfPage(physical >> 12) >>> 0;
  }

  private mapPage(linear: number, physical: number, rights: number): number {
    const { view } = this.processor;
    const directoryEntry = this.host(PHYSICAL.DIRECTORY) + ((linear >>> 21) & 511) * 8;
    let table = Number(view.getBigUint64(directoryEntry, true)) & ~4095;
    if (table === 0) {
      table = PHYSICAL.TABLES + this.tableCount++ * PAGE;
      view.setBigUint64(directoryEntry, BigInt(table | TABLE), true);
    }
    view.setBigUint64(
      this.host(table) + ((linear >>> 12) & 511) * 8,
      BigInt(physical | PRESENT | rights),
      true,
    );
    return this.host(physical);
  }
  private tableCount = 0;

  private buildPageTables(slots: number): void {
    const { view } = this.processor;
    view.setBigUint64(this.host(PHYSICAL.PML4), BigInt(PHYSICAL.PDPT | TABLE), true);
    view.setBigUint64(this.host(PHYSICAL.PDPT), BigInt(PHYSICAL.DIRECTORY | TABLE), true);
    const codePages = Math.ceil((slots * SLOT_BYTES + PAD_BYTES) / PAGE);
    for (let i = 0; i < codePages; i++)
      this.codePages.push(this.mapPage(CODE_ADDRESS + i * PAGE, PHYSICAL.CODE + i * PAGE, USER | WRITABLE));
    for (let i = 0; i < DATA_MAP_BYTES / PAGE; i++) {
      const linear = DATA_MAP_ADDRESS + i * PAGE;
      const rights = linear < READ_ONLY_ADDRESS ? USER | WRITABLE : USER;
      this.dataPages.push(this.mapPage(linear, PHYSICAL.DATA + i * PAGE, rights));
    }
    for (let i = 0; i < SYSTEM_PAGES; i++)
      this.systemPage = this.mapPage(SYSTEM_ADDRESS, PHYSICAL.SYSTEM, WRITABLE);
  }

  private buildSystemPage(): void {
    const { view, bytes } = this.processor;
    const at = this.systemPage;
    view.setBigUint64(at + SYSTEM.GDT + 8, 0x00af_9b00_0000_ffffn, true); // 64-bit code, DPL 0
    view.setBigUint64(at + SYSTEM.TSS + 4, BigInt(SYSTEM_ADDRESS + SYSTEM.STACK_TOP), true); // RSP0
    for (let vector = 0; vector < VECTORS; vector++) {
      const handler = BigInt(SYSTEM_ADDRESS + SYSTEM.HANDLERS + vector * HANDLER_BYTES);
      const gate = (handler & 0xffffn) | (0x08n << 16n) | (0xee00n << 32n) | ((handler >> 16n) << 48n);
      view.setBigUint64(at + SYSTEM.IDT + vector * 16, BigInt.asUintN(64, gate), true);
      view.setBigUint64(at + SYSTEM.IDT + vector * 16 + 8, handler >> 32n, true);
      bytes[at + SYSTEM.HANDLERS + vector * HANDLER_BYTES] = HLT;
    }
  }

  private enterLongMode(): void {
    const { processor } = this;
    processor.writeState64(0, "CR0", 0x8001_0033n);
    processor.writeState64(0, "CR4", 0x620n);
    processor.writeState64(0, "CR3", BigInt(PHYSICAL.PML4));
    processor.writeState64(0, "EFER", 0xd01n);
    processor.writeState64(0, "GDTR_BASE", BigInt(SYSTEM_ADDRESS + SYSTEM.GDT));
    processor.writeState32(0, "GDTR_LIMIT", 15);
    processor.writeState64(0, "IDTR_BASE", BigInt(SYSTEM_ADDRESS + SYSTEM.IDT));
    processor.writeState32(0, "IDTR_LIMIT", VECTORS * 16 - 1);
    processor.writeSegment(0, "CS", KERNEL_CODE);
    for (const name of ["DS", "ES", "SS"] as const) processor.writeSegment(0, name, USER_DATA);
    for (const name of ["FS", "GS"] as const) processor.writeSegment(0, name, UNUSABLE);
    processor.writeSegment(0, "TR", {
      selector: 0x10,
      base: BigInt(SYSTEM_ADDRESS + SYSTEM.TSS),
      limit: 0x67,
      attributes: 0x8b,
    });
    processor.stateChanged();
  }
}

/** The two-bit tag of a register that is in use: 0 valid, 1 zero, 2 special. */
function tagOf(image: DataView, at: number): number {
  const exponent = image.getUint16(at + 8, true) & 0x7fff;
  const significand = image.getBigUint64(at, true);
  if (exponent === 0 && significand === 0n) return 1;
  return exponent === 0 || exponent === 0x7fff || significand >> 63n === 0n ? 2 : 0;
}
