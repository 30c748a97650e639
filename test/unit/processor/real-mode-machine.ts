/** Our processor in real-address mode, with a HLT behind every exception vector: enough for rules about one instruction. */
import { readFileSync } from "node:fs";
import { pageKind, type ProcessorHost } from "../../../src/processor/exports.js";
import { Processor } from "../../../src/processor/processor.js";

const CODE = 0x7c00;
const HANDLERS = 0x600;
const HANDLER_BYTES = 16;
const VECTORS = 32;
const HLT = 0xf4;
const RAM_PAGES = 256;
const INSTRUCTION_BUDGET = 1000;

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

export class RealModeMachine {
  readonly processor: Processor;
  /** Physical memory from 0: one run of frames. */
  readonly memory: DataView;

  constructor() {
    const wasm = readFileSync(new URL("../../../assembly/processor.wasm", import.meta.url));
    this.processor = new Processor(wasm, HOST, { cpuCount: 1, physicalBits: 40 });
    const { exports } = this.processor;
    exports.setPages(0, RAM_PAGES, pageKind.ram);
    exports.resetAll();
    const frames = Array.from({ length: RAM_PAGES }, (_, page) => exports.frameOfPage(page) >>> 0);
    const first = frames[0] as number;
    if (frames.some((frame, page) => frame !== first + page * 4096))
      throw new Error("frames are not in one run");
    this.memory = new DataView(this.processor.bytes.buffer, first, RAM_PAGES * 4096);
    for (let vector = 0; vector < VECTORS; vector++) {
      this.memory.setUint32(vector * 4, HANDLERS + vector * HANDLER_BYTES, true);
      this.memory.setUint8(HANDLERS + vector * HANDLER_BYTES, HLT);
    }
  }

  /** Runs the bytes and a HLT after them, with CR0 as given. Returns the vector of the exception that stopped it, if one did. */
  run(bytes: readonly number[], cr0 = 0x30n): number | undefined {
    [...bytes, HLT].forEach((byte, index) => this.memory.setUint8(CODE + index, byte));
    this.processor.exports.resetArena();
    const data = { selector: 0, base: 0n, limit: 0xffff, attributes: 0x93 };
    this.processor.writeSegment(0, "CS", { ...data, attributes: 0x9b });
    for (const name of ["DS", "ES", "SS"] as const) this.processor.writeSegment(0, name, data);
    this.processor.writeState64(0, "CR0", cr0);
    this.processor.writeState64(0, "RIP", BigInt(CODE));
    this.processor.writeGpr(0, "RSP", 0x7000n);
    this.processor.writeState32(0, "ACTIVITY", 0);
    this.processor.stateChanged();
    this.processor.exports.run(INSTRUCTION_BUDGET);
    const offset = Number(this.processor.readState64(0, "RIP")) - HANDLERS;
    return offset >= 0 && offset < VECTORS * HANDLER_BYTES ? Math.floor(offset / HANDLER_BYTES) : undefined;
  }
}
