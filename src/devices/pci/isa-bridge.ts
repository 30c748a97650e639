import type { IoBus } from "../contracts.js";
import { COMMAND_BUS_MASTER, COMMAND_IO_SPACE, COMMAND_MEMORY_SPACE } from "./config-registers.js";
import { type PciInterruptRouter, PIRQ_COUNT } from "./interrupt-router.js";
import { PciFunction } from "./pci-function.js";

export interface IsaBridgeOptions {
  readonly bus: IoBus;
  readonly router: PciInterruptRouter;
}

/** ISA bridge 00:01.0. */
const PIIX3 = {
  vendorId: 0x8086,
  deviceId: 0x7000,
  classCode: 0x060100,
  isMultifunction: true,
  subsystemVendorId: 0x1af4,
  subsystemId: 0x1100,
  initialCommand: COMMAND_IO_SPACE | COMMAND_MEMORY_SPACE | COMMAND_BUS_MASTER,
  writableCommand: 0,
} as const;

/** PIRQRCA…PIRQRCD: bit 7 disables, bits 3:0 name the ISA interrupt. */
export const PIRQ_ROUTE_CONTROL = 0x60;
const ROUTE_DISABLED = 0x80;
const ROUTE_IRQ = 0x0f;

/** PIIX3 datasheet, "PIRQRC[A:D] - PIRQx Route Control Registers": 0, 1, 2, 8 and 13 are reserved. */
const ROUTABLE_IRQS = 0b1101_1110_1111_1000;

/** Firmware's choice for PIRQA#…PIRQD#; the ACPI link devices offer the same and 5. */
export const FIRMWARE_PIRQ_IRQS = [10, 10, 11, 11] as const;

/**
 * Registers that firmware writes and nothing here depends on, with their values after reset (PIIX3 datasheet,
 * "PCI to ISA Bridge Configuration Registers"): ISA recovery timer, chip select, memory size.
 */
const INERT_REGISTERS = [
  { offset: 0x4c, size: 1, value: 0x4d, writable: 0xff },
  { offset: 0x4e, size: 2, value: 0x0003, writable: 0xffff },
  { offset: 0x69, size: 1, value: 0x02, writable: 0xfe },
] as const;

/** The 82371SB (PIIX3) PCI-to-ISA bridge as far as software sees it: identity and PIRQ routing. */
export class IsaBridge extends PciFunction {
  readonly #router: PciInterruptRouter;

  constructor(options: IsaBridgeOptions) {
    super("pci-isa-bridge", PIIX3, options.bus);
    this.#router = options.router;
    for (const register of INERT_REGISTERS) this.config.define(register);
    for (let pirq = 0; pirq < PIRQ_COUNT; pirq++) {
      const offset = PIRQ_ROUTE_CONTROL + pirq;
      this.config.define({ offset, size: 1, value: ROUTE_DISABLED, writable: ROUTE_DISABLED | ROUTE_IRQ });
    }
  }

  override programAsFirmware(): void {
    FIRMWARE_PIRQ_IRQS.forEach((irq, pirq) => this.writeConfig(PIRQ_ROUTE_CONTROL + pirq, 1, irq));
  }

  protected override configChanged(): void {
    super.configChanged();
    for (let pirq = 0; pirq < PIRQ_COUNT; pirq++) this.#router.route(pirq, this.#routeOf(pirq));
  }

  #routeOf(pirq: number): number | undefined {
    const register = this.config.read(PIRQ_ROUTE_CONTROL + pirq, 1);
    const irq = register & ROUTE_IRQ;
    const isRouted = !(register & ROUTE_DISABLED) && (ROUTABLE_IRQS >> irq) & 1;
    return isRouted ? irq : undefined;
  }
}
