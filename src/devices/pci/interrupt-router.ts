import type { InterruptLine } from "../contracts.js";
import type { PciInterruptSink } from "./pci-bus.js";

/** PIRQA#…PIRQD#. */
export const PIRQ_COUNT = 4;

/**
 * Which PIRQ (0 … 3) pin INTA#…INTD# (0 … 3) of a slot is wired to: turned by one per slot, with device 1 (the
 * ISA bridge itself) on the straight position, so that slots share the four wires evenly.
 */
export function pirqOfPin(device: number, pin: number): number {
  return (pin + device - 1) & 3;
}

/**
 * Wired-OR of all interrupt pins onto PIRQA#…PIRQD#, and of the PIRQs onto the ISA interrupt lines that the ISA
 * bridge's routing registers choose.
 */
export class PciInterruptRouter implements PciInterruptSink {
  readonly #lines: readonly (InterruptLine | undefined)[];
  /** For each PIRQ the pins that assert it, each as device * 8 + function. */
  readonly #asserted = Array.from({ length: PIRQ_COUNT }, () => new Set<number>());
  readonly #routes: (number | undefined)[] = Array.from({ length: PIRQ_COUNT }, () => undefined);
  readonly #levels: boolean[] = [];

  /** `lines[irq]` is where ISA interrupt `irq` ends; 16 of them, absent ones drop what is routed to them. */
  constructor(lines: readonly (InterruptLine | undefined)[]) {
    this.#lines = lines;
  }

  setPin(device: number, functionNumber: number, pin: number, level: boolean): void {
    const pirq = pirqOfPin(device, pin);
    const pins = this.#asserted[pirq];
    const source = device * 8 + functionNumber;
    if (pins === undefined || pins.has(source) === level) return;
    if (level) pins.add(source);
    else pins.delete(source);
    this.#drive(this.#routes[pirq]);
  }

  /** Routes a PIRQ (0 … 3) to an ISA interrupt, or to none. */
  route(pirq: number, irq: number | undefined): void {
    const old = this.#routes[pirq];
    if (old === irq) return;
    this.#routes[pirq] = irq;
    this.#drive(old);
    this.#drive(irq);
  }

  #drive(irq: number | undefined): void {
    if (irq === undefined) return;
    const level = this.#routes.some((routed, pirq) => routed === irq && this.#isAsserted(pirq));
    if (level === (this.#levels[irq] ?? false)) return;
    this.#levels[irq] = level;
    this.#lines[irq]?.set(level);
  }

  #isAsserted(pirq: number): boolean {
    return (this.#asserted[pirq]?.size ?? 0) > 0;
  }
}
