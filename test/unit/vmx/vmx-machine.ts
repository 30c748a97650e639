/**
 * One processor in VMX root operation, ready to launch a guest: 64-bit host with identity paging, a VMCS region whose
 * fields the test writes, EPT that maps guest-physical space to itself. The host's code is VMXON, VMCLEAR, VMPTRLD,
 * VMLAUNCH; every VM exit leads to a HLT.
 */
import { readFileSync } from "node:fs";
import { entryCheckOf } from "../../../isa/vmx/entry-checks.js";
import { VMCS_REVISION } from "../../../isa/vmx/capabilities.js";
import { controls, trueAllowed0, type ControlGroup, type ControlName } from "../../../isa/vmx/controls.js";
import { allVmcsFields } from "../../../isa/vmx/fields.js";
import { pageKind, runReason, type ProcessorHost } from "../../../src/processor/exports.js";
import { Processor, type SegmentName } from "../../../src/processor/processor.js";

export const AT = {
  PML4: 0x1000,
  PDPT: 0x2000,
  EPT_PML4: 0x3000,
  EPT_PDPT: 0x4000,
  EPT_DIRECTORY: 0x5000,
  EPT_TABLE: 0x6000,
  VMXON: 0x7000,
  VMCS: 0x8000,
  POINTERS: 0x9000,
  HOST_CODE: 0xa000,
  HOST_EXIT: 0xa100,
  HOST_STACK: 0xc000,
  MSR_BITMAPS: 0xd000,
  IO_BITMAP_A: 0xe000,
  IO_BITMAP_B: 0xf000,
  GUEST_IVT: 0x0,
  GUEST_CODE: 0x2_0000,
  GUEST_STACK: 0x3_0000,
  GUEST_DATA: 0x4_0000,
  /** Linear = guest-physical address of the page that tests unmap. */
  GUEST_HOLE: 0x5_0000,
  VIRTUAL_APIC: 0x6_0000,
} as const;

const HLT = 0xf4;
const FIELDS = new Map(allVmcsFields.map((field) => [field.name, field]));
const GROUP_FIELDS: Record<ControlGroup, string> = {
  PIN: "PIN_BASED_CONTROLS",
  PRIMARY: "PRIMARY_CONTROLS",
  SECONDARY: "SECONDARY_CONTROLS",
  EXIT: "EXIT_CONTROLS",
  ENTRY: "ENTRY_CONTROLS",
};
const CODE_64 = 0xa09b;
const CODE_16 = 0x9b;
const DATA_32 = 0xc093;
const DATA_16 = 0x93;
const UNUSABLE = 0x1_0000;
const TSS_BUSY = 0x8b;
const SEGMENTS: readonly SegmentName[] = ["ES", "CS", "SS", "DS", "FS", "GS", "LDTR", "TR"];

/** How an exit or failed entry is told. */
export interface Exit {
  readonly reason: number;
  readonly qualification: bigint;
  readonly length: number;
}

const PAGE = 4096;
/** The pages that tests write to, and RAM in all. */
const USED_PAGES = 0x80;
const RAM_PAGES = 0x1000;

/** Instantiating takes longer than a test: all share one processor, and the machine made last has it. */
let shared: Processor | undefined;
let running: VmxMachine;

function instantiate(): Processor {
  const host: ProcessorHost = {
    ioRead: (port, size) => (running.ports.push(`in ${port} ${size}`), 0x5a),
    ioWrite: (port, size, value) => void running.ports.push(`out ${port} ${size} ${value}`),
    mmioRead: () => -1,
    mmioWrite: () => undefined,
    apicReadMsr: () => 0,
    apicWriteMsr: () => 0,
    apicAcknowledge: () => running.vectors.shift() ?? -1,
    apicReadTaskPriority: () => 0,
    apicWriteTaskPriority: () => undefined,
    clockNs: () => 0,
    random32: () => 4,
  };
  const wasm = readFileSync(new URL("../../../assembly/processor.wasm", import.meta.url));
  const processor = new Processor(wasm, host, { cpuCount: 1, physicalBits: 40 });
  processor.writeMachineWord("EXPOSE_VMX", 1);
  processor.writeMachineWord("VIRTUAL_CLOCK", 1);
  processor.exports.setPages(0, RAM_PAGES, pageKind.ram);
  return processor;
}

export class VmxMachine {
  readonly processor: Processor;
  /** Vectors that the interrupt controller has waiting. */
  readonly vectors: number[] = [];
  readonly ports: string[] = [];

  constructor() {
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- the shared instance's imports ask the running test's machine
    running = this;
    this.processor = shared ??= instantiate();
    const { exports, bytes } = this.processor;
    exports.resetArena();
    for (let page = 0; page < USED_PAGES; page++)
      bytes.fill(0, exports.frameOfPage(page), exports.frameOfPage(page) + PAGE);
    exports.resetAll();
    this.#buildTables();
    this.#enterLongMode();
    this.#fillVmcs();
    this.write32(AT.VMXON, VMCS_REVISION);
    this.write32(AT.VMCS, VMCS_REVISION);
    this.write64(AT.POINTERS, BigInt(AT.VMXON));
    this.write64(AT.POINTERS + 8, BigInt(AT.VMCS));
    this.writeCode(AT.HOST_EXIT, [HLT]);
  }

  /** Physical memory. */
  write32(physical: number, value: number): void {
    this.processor.view.setUint32(this.#host(physical), value, true);
  }
  write64(physical: number, value: bigint): void {
    this.processor.view.setBigUint64(this.#host(physical), value, true);
  }
  read64(physical: number): bigint {
    return this.processor.view.getBigUint64(this.#host(physical), true);
  }
  writeCode(physical: number, bytes: readonly number[]): void {
    this.processor.bytes.set(bytes, this.#host(physical));
    this.processor.exports.resetArena();
  }

  /** A field of the VMCS, whether this processor lets VMREAD find it or not. */
  field(name: string): bigint {
    return this.read64(AT.VMCS + this.#slot(name));
  }
  setField(name: string, value: bigint | number): void {
    this.write64(AT.VMCS + this.#slot(name), BigInt.asUintN(64, BigInt(value)));
  }
  setControl(name: ControlName, isSet = true): void {
    const field = GROUP_FIELDS[name.slice(0, name.indexOf("_")) as ControlGroup];
    const bit = 1n << BigInt(controls[name].bit);
    this.setField(field, isSet ? this.field(field) | bit : this.field(field) & ~bit);
  }

  /** Guest in real-address mode, CS:IP = 2000H:0, stack at 3000H:0 (with EPT and "unrestricted guest"). */
  useRealModeGuest(): void {
    this.setField("GUEST_CR0", 0x30);
    this.setField("GUEST_CR4", 0x2000);
    this.setControl("ENTRY_IA32E_MODE_GUEST", false);
    this.setField("GUEST_IA32_EFER", 0);
    for (const name of SEGMENTS.slice(0, 6)) this.#setSegment(name, 0x4000, 0x4_0000, 0xffff, DATA_16);
    this.#setSegment("CS", 0x2000, 0x2_0000, 0xffff, CODE_16);
    this.#setSegment("SS", 0x3000, 0x3_0000, 0xffff, DATA_16);
    this.setField("GUEST_RIP", 0);
    this.setField("GUEST_RSP", 0xfffe);
    this.setField("GUEST_GDTR_LIMIT", 0xffff);
    this.setField("GUEST_IDTR_BASE", AT.GUEST_IVT);
    this.setField("GUEST_IDTR_LIMIT", 0x3ff);
  }

  /** Launches the guest with `code` at its RIP and runs to the HLT of the host; what the exit was. */
  launch(code: readonly number[] = [HLT], budget = 1000): Exit {
    this.writeCode(AT.GUEST_CODE, code);
    this.start();
    return this.runToExit(budget);
  }

  /** Sets the host's code to run: VMXON, VMCLEAR, VMPTRLD, VMLAUNCH. The launch state in the region is left clear. */
  start(): void {
    const memory = (address: number): number[] => [0x04, 0x25, address & 255, (address >> 8) & 255, 0, 0];
    const digit = (slash: number, bytes: number[]): number[] => [
      (bytes[0] as number) | (slash << 3),
      ...bytes.slice(1),
    ];
    this.writeCode(AT.HOST_CODE, [
      ...[0xf3, 0x0f, 0xc7, ...digit(6, memory(AT.POINTERS))],
      ...[0x66, 0x0f, 0xc7, ...digit(6, memory(AT.POINTERS + 8))],
      ...[0x0f, 0xc7, ...digit(6, memory(AT.POINTERS + 8))],
      ...[0x0f, 0x01, 0xc2],
      HLT,
    ]);
    this.processor.writeState64(0, "RIP", BigInt(AT.HOST_CODE));
  }

  /** VMRESUME of the guest that exited. */
  resume(budget = 1000): Exit {
    this.runRoot([0x0f, 0x01, 0xc3]);
    return this.runToExit(budget);
  }

  /** Puts host code (HLT behind it) to be run next in root operation. */
  runRoot(code: readonly number[]): void {
    this.writeCode(AT.HOST_CODE, [...code, HLT]);
    this.processor.writeState64(0, "RIP", BigInt(AT.HOST_CODE));
    this.processor.writeState32(0, "ACTIVITY", 0);
  }

  runToExit(budget: number): Exit {
    const reason = this.run(budget);
    if (reason !== runReason.halted)
      throw new Error(`the host did not halt: run reason ${reason}, ${this.describe()}`);
    return {
      reason: Number(this.field("EXIT_REASON")),
      qualification: this.field("EXIT_QUALIFICATION"),
      length: Number(this.field("EXIT_INSTRUCTION_LENGTH")),
    };
  }

  /** Runs `budget` instructions, in as many slices as it takes. */
  run(budget: number): number {
    let reason: number = runReason.budget;
    for (let slice = 0; slice < 100 && reason === runReason.budget; slice++) {
      reason = this.processor.exports.run(Math.max(1, Math.ceil(budget / 100)) + 64);
    }
    return reason;
  }

  /** The check that the last VM entry failed. */
  failedCheck(): string | undefined {
    return entryCheckOf(this.processor.readState32(0, "VMX_FAILED_CHECK"))?.name;
  }
  gpr(name: Parameters<Processor["readGpr"]>[1]): bigint {
    return this.processor.readGpr(0, name);
  }

  describe(): string {
    const rip = this.processor.readState64(0, "RIP").toString(16);
    const nonRoot = this.processor.readState32(0, "VMX_NONROOT");
    return `RIP ${rip}, non-root ${nonRoot}, check ${this.failedCheck()}, error ${this.field("INSTRUCTION_ERROR")}`;
  }

  /** Rights of the 4-KByte page of `physical` in the EPT; 0 unmaps it. */
  setEptRights(physical: number, rights: number): void {
    const type = rights === 0 ? 0 : 6 << 3;
    this.write64(AT.EPT_TABLE + (physical >> 12) * 8, BigInt(physical | rights | type));
  }

  #host(physical: number): number {
    const frame = this.processor.exports.frameOfPage(physical >>> 12);
    if (frame === 0) throw new Error(`no memory at ${physical.toString(16)}`);
    return frame + (physical & 4095);
  }
  #slot(name: string): number {
    const field = FIELDS.get(name);
    if (!field) throw new Error(`no VMCS field is called ${name}`);
    return field.offset;
  }

  #buildTables(): void {
    this.write64(AT.PML4, BigInt(AT.PDPT | 7));
    this.write64(AT.PDPT, 0x87n); // 1 GiB
    this.write64(AT.EPT_PML4, BigInt(AT.EPT_PDPT | 7));
    this.write64(AT.EPT_PDPT, BigInt(AT.EPT_DIRECTORY | 7));
    this.write64(AT.EPT_DIRECTORY, BigInt(AT.EPT_TABLE | 7));
    for (let page = 1; page < 8; page++)
      this.write64(AT.EPT_DIRECTORY + page * 8, BigInt((page << 21) | 0xb7));
    for (let page = 0; page < 512; page++) this.setEptRights(page << 12, 7);
  }

  #enterLongMode(): void {
    const { processor } = this;
    processor.writeState64(0, "CR0", 0x8000_0033n);
    processor.writeState64(0, "CR3", BigInt(AT.PML4));
    processor.writeState64(0, "CR4", 0x2020n);
    processor.writeState64(0, "EFER", 0xd00n);
    processor.writeFlags(0, 2);
    processor.writeGpr(0, "RSP", BigInt(AT.HOST_STACK));
    for (const name of SEGMENTS.slice(0, 6)) {
      processor.writeSegment(0, name, { selector: 16, base: 0n, limit: 0xffff_ffff, attributes: DATA_32 });
    }
    processor.writeSegment(0, "CS", { selector: 8, base: 0n, limit: 0xffff_ffff, attributes: CODE_64 });
    processor.writeSegment(0, "TR", { selector: 24, base: 0n, limit: 0x67, attributes: TSS_BUSY });
    processor.stateChanged();
  }

  #setSegment(name: string, selector: number, base: number, limit: number, rights: number): void {
    this.setField(`GUEST_${name}_SELECTOR`, selector);
    this.setField(`GUEST_${name}_BASE`, base);
    this.setField(`GUEST_${name}_LIMIT`, limit);
    this.setField(`GUEST_${name}_ACCESS_RIGHTS`, rights);
  }

  /** A VMCS that passes every check: 64-bit guest and host that share the host's paging, EPT, unrestricted guest. */
  #fillVmcs(): void {
    for (const group of ["PIN", "PRIMARY", "EXIT", "ENTRY"] as const)
      this.setField(GROUP_FIELDS[group], trueAllowed0(group));
    const used: readonly ControlName[] = [
      "PRIMARY_HLT_EXITING", "PRIMARY_ACTIVATE_SECONDARY_CONTROLS", "SECONDARY_ENABLE_EPT", "SECONDARY_UNRESTRICTED_GUEST",
      "EXIT_HOST_ADDRESS_SPACE_SIZE", "EXIT_LOAD_IA32_EFER", "EXIT_SAVE_IA32_EFER", "EXIT_ACKNOWLEDGE_INTERRUPT",
      "ENTRY_IA32E_MODE_GUEST", "ENTRY_LOAD_IA32_EFER",
    ]; // prettier-ignore
    for (const name of used) this.setControl(name);
    this.setField("EPT_POINTER", AT.EPT_PML4 | 0x5e);
    this.setField("VMCS_LINK_POINTER", -1n);
    for (const side of ["GUEST", "HOST"]) {
      this.setField(`${side}_CR0`, 0x8000_0033);
      this.setField(`${side}_CR3`, AT.PML4);
      this.setField(`${side}_CR4`, 0x2020);
      this.setField(`${side}_IA32_EFER`, 0xd00);
    }
    this.#fillHost();
    this.#fillGuest();
  }

  #fillHost(): void {
    for (const name of ["ES", "SS", "DS", "FS", "GS"]) this.setField(`HOST_${name}_SELECTOR`, 16);
    this.setField("HOST_CS_SELECTOR", 8);
    this.setField("HOST_TR_SELECTOR", 24);
    this.setField("HOST_RIP", AT.HOST_EXIT);
    this.setField("HOST_RSP", AT.HOST_STACK);
  }

  #fillGuest(): void {
    for (const name of SEGMENTS.slice(0, 6)) this.#setSegment(name, 16, 0, 0xffff_ffff, DATA_32);
    this.#setSegment("CS", 8, 0, 0xffff_ffff, CODE_64);
    this.#setSegment("TR", 24, 0, 0x67, TSS_BUSY);
    this.#setSegment("LDTR", 0, 0, 0, UNUSABLE);
    this.setField("GUEST_RIP", AT.GUEST_CODE);
    this.setField("GUEST_RSP", AT.GUEST_STACK);
    this.setField("GUEST_RFLAGS", 2);
    this.setField("GUEST_DR7", 0x400);
  }
}
