/** A processor and a rig of local APICs for the tests of local and I/O APIC. */
import { ApicBus } from "../../../src/devices/lapic/apic-bus.js";
import { LocalApic, type LocalApicProcessor } from "../../../src/devices/lapic/local-apic.js";
import { FakeClock } from "./fakes.js";

/** Remembers what its APIC told it. Its TSC runs at 1 GHz, `tscOffset` ahead of the clock. */
export class FakeProcessor implements LocalApicProcessor {
  nmis = 0;
  inits = 0;
  readonly startups: number[] = [];
  tscOffset = 0n;

  constructor(private readonly clock: FakeClock) {}

  interruptChanged(): void {}

  nmi(): void {
    this.nmis++;
  }

  init(): void {
    this.inits++;
  }

  startup(vector: number): void {
    this.startups.push(vector);
  }

  tscToNs(tsc: bigint): number {
    return Number(tsc - this.tscOffset);
  }

  readTsc(): bigint {
    return BigInt(Math.floor(this.clock.nowNs())) + this.tscOffset;
  }
}

/** `count` processors with IDs 0, 1, …; the 8259 pair answers INTA with 30H. */
export function startApics(count: number) {
  const clock = new FakeClock();
  const bus = new ApicBus();
  const processors = Array.from({ length: count }, () => new FakeProcessor(clock));
  const externalInterrupts = { acknowledge: () => 0x30 };
  const apics = processors.map(
    (processor, id) =>
      new LocalApic({ id, isBootstrap: id === 0, processor, bus, clock, externalInterrupts }),
  );
  return { clock, bus, processors, apics, apic: apics[0]!, processor: processors[0]! };
}

/** Writes the 32-bit register at `offset`. */
export const write = (apic: LocalApic, offset: number, value: number): void =>
  apic.writeMmio(offset, 4, value >>> 0);

export const read = (apic: LocalApic, offset: number): number => apic.readMmio(offset, 4);

/** SVR: enabled by software, spurious vector FFH. */
export const enable = (apic: LocalApic): void => write(apic, 0xf0, 0x1ff);

/** Puts the APIC into x2APIC mode. */
export function enableX2Apic(apic: LocalApic): void {
  const base = apic.readMsr(0x1b)!;
  if (!apic.writeMsr(0x1b, base.lo | 0xc00, base.hi)) throw new Error("x2APIC mode was refused");
}
