/** The wires between one local APIC and its processor. */
import type { LocalApic, LocalApicProcessor } from "../devices/lapic/local-apic.js";
import { event, type Processor } from "../processor/index.js";

/** What a local APIC sees of its processor. TSC and clock tick alike: 1 GHz. */
export class ProcessorPort implements LocalApicProcessor {
  /** Set by the machine once both exist. */
  localApic: LocalApic | undefined;

  constructor(
    private readonly processor: Processor,
    private readonly cpu: number,
  ) {}

  interruptChanged(): void {
    const isAsserted = this.localApic?.hasInterrupt() === true;
    this.processor.exports.setEvents(this.cpu, event.interrupt, isAsserted ? 1 : 0);
  }

  nmi(): void {
    this.processor.exports.setEvents(this.cpu, event.nmi, 1);
  }

  init(): void {
    this.localApic?.resetByInit();
    this.processor.exports.setEvents(this.cpu, event.init, 1);
  }

  startup(vector: number): void {
    this.processor.writeState32(this.cpu, "SIPI_VECTOR", vector);
    this.processor.exports.setEvents(this.cpu, event.sipi, 1);
  }

  tscToNs(tsc: bigint): number {
    return Number(BigInt.asIntN(64, tsc - this.processor.readState64(this.cpu, "TSC_OFFSET")));
  }

  readTsc(): bigint {
    const now = BigInt(Math.floor(this.processor.exports.nowNsFloat()));
    return BigInt.asUintN(64, now + this.processor.readState64(this.cpu, "TSC_OFFSET"));
  }
}
