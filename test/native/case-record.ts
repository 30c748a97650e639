/**
 * The record of one case, the same for both sides: state before (input) and after (result). oracle.c has the same
 * layout as a C struct. All addresses are linear, below 4 GiB, and hold in 64-bit and 32-bit mode.
 */
import { bytesOfInstruction } from "./disassembly.js";

/** Where instructions lie: slot i at CODE_ADDRESS + i × SLOT_BYTES, INT3 everywhere else. */
export const CODE_ADDRESS = 0x1000_0000;
/** A multiple of 64, so that single instructions never cross a page, and not of 128, so that sequences do. */
export const SLOT_BYTES = 192;
/** Bytes of instructions that fit into a case. */
export const CODE_LIMIT = 112;
/** Bytes of INT3 after the last slot. */
export const PAD_BYTES = 4096;
/** Pages around the window; unmapped beyond. */
export const DATA_MAP_ADDRESS = 0x2000_0000;
export const DATA_MAP_BYTES = 0x3000;
/** From here to the end of the pages nothing may be written. */
export const READ_ONLY_ADDRESS = 0x2000_2000;
/** Bytes at both ends of the writable pages that every case finds zero. */
export const EDGE_BYTES = 512;
/** The window of memory that is part of a case; a page boundary lies in its middle. */
export const DATA_ADDRESS = 0x2000_0e00;
export const DATA_BYTES = 1024;

/** Offsets in a record. */
export const RECORD = {
  GPR: 0,
  RFLAGS: 128,
  RIP: 136,
  VECTOR: 144,
  ERROR_CODE: 148,
  CR2: 152,
  USES_FPU: 160,
  MODE: 164,
  CODE: 168,
  FX: 168 + CODE_LIMIT,
  DATA: 168 + CODE_LIMIT + 512,
  BYTES: 168 + CODE_LIMIT + 512 + DATA_BYTES,
} as const;

/** Offsets in the FXSAVE image (SDM 1, "FXSAVE Area"). */
export const FX = { FCW: 0, FSW: 2, FTW: 4, MXCSR: 24, ST: 32, XMM: 160, END: 416 } as const;

export const NO_EXCEPTION = 0xffff_ffff;

/** One record in a batch. */
export class CaseRecord {
  readonly bytes: Uint8Array;
  readonly view: DataView;

  constructor(batch: Uint8Array, index: number) {
    this.bytes = batch.subarray(index * RECORD.BYTES, (index + 1) * RECORD.BYTES);
    this.view = new DataView(this.bytes.buffer, this.bytes.byteOffset, RECORD.BYTES);
  }

  gpr(number: number): bigint {
    return this.view.getBigUint64(RECORD.GPR + number * 8, true);
  }
  setGpr(number: number, value: bigint): void {
    this.view.setBigUint64(RECORD.GPR + number * 8, value & 0xffff_ffff_ffff_ffffn, true);
  }
  get rflags(): number {
    return this.view.getUint32(RECORD.RFLAGS, true);
  }
  set rflags(value: number) {
    this.view.setBigUint64(RECORD.RFLAGS, BigInt(value), true);
  }
  get rip(): number {
    return Number(this.view.getBigUint64(RECORD.RIP, true));
  }
  set rip(value: number) {
    this.view.setBigUint64(RECORD.RIP, BigInt(value), true);
  }
  get vector(): number {
    return this.view.getUint32(RECORD.VECTOR, true);
  }
  set vector(value: number) {
    this.view.setUint32(RECORD.VECTOR, value, true);
  }
  get cr2(): bigint {
    return this.view.getBigUint64(RECORD.CR2, true);
  }
  set cr2(value: bigint) {
    this.view.setBigUint64(RECORD.CR2, value, true);
  }
  get usesFpu(): boolean {
    return this.view.getUint32(RECORD.USES_FPU, true) !== 0;
  }
  set usesFpu(value: boolean) {
    this.view.setUint32(RECORD.USES_FPU, value ? 1 : 0, true);
  }
  get mode(): 32 | 64 {
    return this.view.getUint32(RECORD.MODE, true) === 32 ? 32 : 64;
  }
  set mode(value: 32 | 64) {
    this.view.setUint32(RECORD.MODE, value, true);
  }
  /** The instructions, followed by INT3 up to CODE_LIMIT bytes. */
  get code(): Uint8Array {
    return this.bytes.subarray(RECORD.CODE, RECORD.CODE + CODE_LIMIT);
  }
  setCode(instructions: Uint8Array): void {
    this.code.fill(0xcc);
    this.code.set(instructions);
  }
  get fx(): Uint8Array {
    return this.bytes.subarray(RECORD.FX, RECORD.FX + FX.END);
  }
  get data(): Uint8Array {
    return this.bytes.subarray(RECORD.DATA, RECORD.DATA + DATA_BYTES);
  }
  /** The first instruction's bytes. */
  get instruction(): Uint8Array {
    return bytesOfInstruction(this.code, this.mode);
  }
}
