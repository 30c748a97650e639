/** What the compiled processor exports (assembly/index.ts). 64-bit parameters are bigint. */
export interface ProcessorExports {
  initialize(cpuCount: number, physicalBits: number): void;
  resetAll(): void;
  resetCpu(cpu: number): void;
  run(budget: number): number;
  selectCpu(cpu: number): void;
  setEvents(cpu: number, bits: number, isSet: number): void;
  stateOf(cpu: number): number;
  endSlice(): void;
  nowNsFloat(): number;
  frameOfPage(page: number): number;
  setPages(firstPage: number, count: number, kind: number): void;
  setMmioPages(firstPage: number, count: number, isMmio: number): void;
  invalidateCodeAt(host: number, size: number): void;
  resetArena(): void;
  decodeInstruction(
    bytes: number,
    available: number,
    codeMode: number,
    record: number,
    offset: number,
  ): number;
  materializeFlags(): number;
  setDecodeMode(): void;
  updateTlbBase(): void;
  flushTlbAll(): void;
  flushAllProcessors(): void;
  stateRestored(): void;
  findBlock(mode: number): number;
}

/** What the processor asks of its host (assembly/imports.ts). Every value is a 32-bit integer or a float64. */
export interface ProcessorHost {
  ioRead(port: number, size: number): number;
  ioWrite(port: number, size: number, value: number): void;
  mmioRead(low: number, high: number, size: number): number;
  mmioWrite(low: number, high: number, size: number, value: number): void;
  apicReadMsr(index: number): number;
  apicWriteMsr(index: number, low: number, high: number): number;
  apicAcknowledge(): number;
  apicReadTaskPriority(): number;
  apicWriteTaskPriority(value: number): void;
  clockNs(): number;
  random32(): number;
}

/** Why `run` came back: assembly/run.ts. */
export const runReason = { budget: 0, halted: 1, tripleFault: 2, stopped: 3, outOfMemory: 4 } as const;

/** Bits of `setEvents`: assembly/events.ts. */
export const event = { interrupt: 1, nmi: 2, init: 4, sipi: 8, debug: 16, vmx: 32, stop: 64 } as const;

/** Kinds of physical pages: assembly/memory/frames.ts. */
export const pageKind = { none: 0, ram: 1, rom: 3 } as const;
