/** What the processor core calls: ports, memory-mapped registers, its local APIC, time, random numbers. */
import type { AccessSize } from "../devices/contracts.js";
import type { LocalApic } from "../devices/lapic/local-apic.js";
import type { Processor, ProcessorHost } from "../processor/index.js";
import type { MachineBus } from "./io-bus.js";

export interface ProcessorHostParts {
  readonly bus: MachineBus;
  /** Known only after the processor exists. */
  processor(): Processor;
  /** The local APIC of the processor that runs now. */
  localApic(): LocalApic;
  nowNs(): number;
  random32(): number;
}

const PAGE = 4096;

export function createProcessorHost(parts: ProcessorHostParts): ProcessorHost {
  const { bus } = parts;
  /** Offset within the local APIC's page, or undefined when the address is elsewhere. */
  const apicOffset = (address: number): number | undefined => {
    const apic = parts.localApic();
    if (apic.mode !== "xapic") return undefined;
    const offset = address - apic.baseAddress;
    return offset >= 0 && offset < PAGE ? offset : undefined;
  };
  return {
    ioRead: (port, size) => bus.readPort(port, size as AccessSize),
    ioWrite: (port, size, value) => bus.writePort(port, size as AccessSize, value >>> 0),
    mmioRead(low, high, size) {
      const address = (high >>> 0) * 2 ** 32 + (low >>> 0);
      const offset = apicOffset(address);
      if (offset !== undefined) return parts.localApic().readMmio(offset, size as AccessSize);
      return bus.readMmio(address, size as AccessSize);
    },
    mmioWrite(low, high, size, value) {
      const address = (high >>> 0) * 2 ** 32 + (low >>> 0);
      const offset = apicOffset(address);
      if (offset !== undefined) parts.localApic().writeMmio(offset, size as AccessSize, value >>> 0);
      else bus.writeMmio(address, size as AccessSize, value >>> 0);
    },
    apicReadMsr(index) {
      const value = parts.localApic().readMsr(index);
      if (!value) return 0;
      const processor = parts.processor();
      const active = processor.readMachineWord("ACTIVE_CPU");
      processor.writeState64(active, "MSR_SCRATCH", (BigInt(value.hi >>> 0) << 32n) | BigInt(value.lo >>> 0));
      return 1;
    },
    apicWriteMsr: (index, low, high) => (parts.localApic().writeMsr(index, low >>> 0, high >>> 0) ? 1 : 0),
    apicAcknowledge() {
      const apic = parts.localApic();
      return apic.hasInterrupt() ? apic.acknowledge() : -1;
    },
    apicReadTaskPriority: () => parts.localApic().taskPriority,
    apicWriteTaskPriority(value) {
      parts.localApic().taskPriority = value;
    },
    clockNs: () => parts.nowNs(),
    random32: () => parts.random32(),
  };
}
