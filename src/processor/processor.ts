import {
  GPR_NAMES,
  machineAddress,
  REGIONS,
  SEGMENT_BYTES,
  SEGMENT_NAMES,
  stateOffset,
} from "../../isa/layout.js";
import type { ProcessorExports, ProcessorHost } from "./exports.js";
import { wasm } from "./webassembly.js";

export type SegmentName = (typeof SEGMENT_NAMES)[number];
export type GprName = (typeof GPR_NAMES)[number];

/** A segment register with its cached descriptor; `attributes` as access rights in a VMCS, `limit` in bytes. */
export interface SegmentRegister {
  selector: number;
  base: bigint;
  limit: number;
  attributes: number;
}

const WASM_PAGES = 65536;

/**
 * The compiled processors of one machine and the memory they live in: the only place that knows where state lies
 * (isa/layout.ts). A register is read and written by `cpu` number, whether that processor runs now or not.
 */
export class Processor {
  readonly exports: ProcessorExports;
  /** All 4 GiB; never grows, so views stay valid. */
  readonly bytes: Uint8Array;
  readonly view: DataView;

  /** Where the CPUID table lies (src/processor/cpuid.ts). */
  readonly cpuidTable: number = REGIONS.CPUID_TABLE;

  /** Compiles and instantiates; throws WebAssembly's own errors for a damaged module. */
  constructor(
    wasmBytes: Uint8Array,
    host: ProcessorHost,
    options: { cpuCount: number; physicalBits: number },
  ) {
    const memory = new wasm.Memory({ initial: WASM_PAGES, maximum: WASM_PAGES });
    const instance = new wasm.Instance(new wasm.Module(wasmBytes), { host: { ...host }, env: { memory } });
    this.exports = instance.exports as unknown as ProcessorExports;
    this.bytes = new Uint8Array(memory.buffer);
    this.view = new DataView(memory.buffer);
    this.exports.initialize(options.cpuCount, options.physicalBits);
  }

  /** A machine-wide word of isa/layout.ts. */
  readMachineWord(name: string): number {
    return this.view.getUint32(machineAddress(name), true);
  }
  writeMachineWord(name: string, value: number): void {
    this.view.setUint32(machineAddress(name), value, true);
  }
  writeMachineWord64(name: string, value: bigint): void {
    this.view.setBigUint64(machineAddress(name), BigInt.asUintN(64, value), true);
  }

  /** A 32-bit state field of a processor. */
  readState32(cpu: number, name: string): number {
    return this.view.getUint32(this.exports.stateOf(cpu) + stateOffset(name), true);
  }
  writeState32(cpu: number, name: string, value: number): void {
    this.view.setUint32(this.exports.stateOf(cpu) + stateOffset(name), value, true);
  }
  /** A 64-bit state field, or element `index` of an array of them. */
  readState64(cpu: number, name: string, index = 0): bigint {
    return this.view.getBigUint64(this.exports.stateOf(cpu) + stateOffset(name) + index * 8, true);
  }
  writeState64(cpu: number, name: string, value: bigint, index = 0): void {
    this.view.setBigUint64(
      this.exports.stateOf(cpu) + stateOffset(name) + index * 8,
      BigInt.asUintN(64, value),
      true,
    );
  }

  readGpr(cpu: number, name: GprName): bigint {
    return this.readState64(cpu, "GPR", GPR_NAMES.indexOf(name));
  }
  writeGpr(cpu: number, name: GprName, value: bigint): void {
    this.writeState64(cpu, "GPR", value, GPR_NAMES.indexOf(name));
  }

  /** RFLAGS with the arithmetic flags computed. Of the running processor only. */
  readFlags(): number {
    return this.exports.materializeFlags() >>> 0;
  }
  writeFlags(cpu: number, value: number): void {
    this.writeState32(cpu, "EFLAGS", value);
    this.writeState32(cpu, "LAZY_OP", 0);
  }

  readSegment(cpu: number, name: SegmentName): SegmentRegister {
    const at = this.#segment(cpu, name);
    return {
      selector: this.view.getUint16(at, true),
      attributes: this.view.getUint32(at + 4, true),
      limit: this.view.getUint32(at + 8, true),
      base: this.view.getBigUint64(at + 16, true),
    };
  }
  writeSegment(cpu: number, name: SegmentName, segment: SegmentRegister): void {
    const at = this.#segment(cpu, name);
    this.view.setUint16(at, segment.selector, true);
    this.view.setUint32(at + 4, segment.attributes, true);
    this.view.setUint32(at + 8, segment.limit, true);
    this.view.setBigUint64(at + 16, segment.base, true);
  }

  /** To be called for the running processor after control registers, CS or flags were written from outside. */
  stateChanged(): void {
    this.exports.setDecodeMode();
    this.exports.flushTlbAll();
  }

  #segment(cpu: number, name: SegmentName): number {
    return this.exports.stateOf(cpu) + stateOffset("SEGMENTS") + SEGMENT_NAMES.indexOf(name) * SEGMENT_BYTES;
  }
}

export { REGIONS };
