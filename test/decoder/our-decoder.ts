/** The decoder of assembly/decode alone: bytes in, the fields of a record out. */
import { readFileSync } from "node:fs";
import { instructions } from "../../isa/instructions/index.js";
import { REGIONS } from "../../isa/layout.js";
import type { InstructionRow } from "../../isa/row.js";
import type { ProcessorHost } from "../../src/processor/exports.js";
import { Processor } from "../../src/processor/processor.js";
import { numberHandlers } from "../../tools/generate/opcodes.js";

/** In the arena, which nothing uses here. */
const BYTES = REGIONS.ARENA;
const RECORD = REGIONS.ARENA + 64;
const MAX_LENGTH = 15;

/** Smaller handler numbers are no instructions: #UD, too long, ends of blocks. */
const FIRST_HANDLER = Math.min(...[...numberHandlers().values()].map((handler) => handler.first));
const HAS_MEMORY = 1;
const NO_ROW = 0xffff;
const ZERO_SLOT = 16;
const RIP_SLOT = 17;

const CODE_MODE = { 16: 0, 32: 1, 64: 2 } as const;
const SEGMENTS = ["ES", "CS", "SS", "DS", "FS", "GS"] as const;

export type Bitness = keyof typeof CODE_MODE;

export interface DecodedMemory {
  /** Register number, "RIP", or undefined. */
  readonly base: number | "RIP" | undefined;
  readonly index: number | undefined;
  readonly scale: number;
  /** As the record has it: RIP-relative ones count from the start of the instruction. */
  readonly displacement: number;
  readonly segment: (typeof SEGMENTS)[number] | undefined;
  /** Bytes: 2, 4, 8. */
  readonly addressSize: number;
}

export interface DecodedInstruction {
  readonly row: InstructionRow;
  readonly length: number;
  readonly operandSize: number;
  readonly memory: DecodedMemory | undefined;
  readonly opcode: number;
  readonly immediate: bigint;
}

const nothing = (): number => 0;
const HOST: ProcessorHost = {
  ioRead: nothing,
  ioWrite: nothing,
  mmioRead: nothing,
  mmioWrite: nothing,
  apicReadMsr: nothing,
  apicWriteMsr: nothing,
  apicAcknowledge: () => -1,
  apicReadTaskPriority: nothing,
  apicWriteTaskPriority: nothing,
  clockNs: nothing,
  random32: nothing,
};

export class OurDecoder {
  private readonly processor: Processor;

  constructor() {
    const wasm = readFileSync(new URL("../../assembly/processor.wasm", import.meta.url));
    this.processor = new Processor(wasm, HOST, { cpuCount: 1, physicalBits: 40 });
  }

  /** Decodes the first of at least 15 `bytes`; undefined when they are no instruction (#UD, or #GP when too long). */
  decode(bytes: Uint8Array, bitness: Bitness): DecodedInstruction | undefined {
    const { view, exports } = this.processor;
    this.processor.bytes.set(bytes.subarray(0, MAX_LENGTH), BYTES);
    const length = exports.decodeInstruction(BYTES, MAX_LENGTH, CODE_MODE[bitness], RECORD, 0);
    const op = view.getUint16(RECORD, true);
    const row = view.getUint16(RECORD + 28, true);
    if (op < FIRST_HANDLER || row === NO_ROW) return undefined;
    return {
      row: instructions[row] as InstructionRow,
      length,
      operandSize: view.getUint8(RECORD + 3),
      memory: (view.getUint8(RECORD + 24) & HAS_MEMORY) !== 0 ? this.memory() : undefined,
      opcode: view.getUint8(RECORD + 31),
      immediate: view.getBigUint64(RECORD + 16, true),
    };
  }

  private memory(): DecodedMemory {
    const { view } = this.processor;
    const base = view.getUint8(RECORD + 8) >> 3;
    const index = view.getUint8(RECORD + 9) >> 3;
    return {
      base: base === RIP_SLOT ? "RIP" : base === ZERO_SLOT ? undefined : base,
      index: index === ZERO_SLOT ? undefined : index,
      scale: view.getUint8(RECORD + 10),
      displacement: view.getInt32(RECORD + 12, true),
      segment: SEGMENTS[view.getUint8(RECORD + 11)],
      addressSize: view.getUint8(RECORD + 27),
    };
  }
}
