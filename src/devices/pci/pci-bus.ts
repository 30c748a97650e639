import type { AccessSize } from "../contracts.js";
import type { PciFunction } from "./pci-function.js";

/** Where a function sits: device 0 … 31, function 0 … 7. */
export interface PciAddress {
  readonly device: number;
  readonly function: number;
}

export interface PciSlot {
  readonly address: PciAddress;
  readonly function: PciFunction;
}

/** Takes the level of pin INTA#…INTD# (0 … 3) of the device in a slot. */
export interface PciInterruptSink {
  setPin(device: number, functionNumber: number, pin: number, level: boolean): void;
}

export const DEVICES_PER_BUS = 32;
const FUNCTIONS_PER_DEVICE = 8;

/** PCI bus 0: what is plugged in where, and configuration accesses to it. */
export class PciBus {
  readonly #slots: (PciSlot | undefined)[] = [];
  readonly #interrupts: PciInterruptSink;

  constructor(interrupts: PciInterruptSink) {
    this.#interrupts = interrupts;
  }

  /** Plugs a function in; throws when the place is taken or out of range. */
  attach(address: PciAddress, pciFunction: PciFunction): void {
    const at = slotIndex(address.device, address.function);
    if (at === undefined || this.#slots[at] !== undefined) {
      throw new RangeError(`PCI address ${address.device}.${address.function} is taken or out of range`);
    }
    this.#slots[at] = { address, function: pciFunction };
    this.#wirePin(address, pciFunction);
  }

  /** The lowest device number with nothing in it; throws when the bus is full. */
  freeDevice(): number {
    for (let device = 0; device < DEVICES_PER_BUS; device++) {
      if (!this.#hasFunction(device)) return device;
    }
    throw new RangeError(`all ${DEVICES_PER_BUS} devices of the PCI bus are taken`);
  }

  /** What is plugged in, by device and function number. */
  slots(): PciSlot[] {
    return this.#slots.filter((slot) => slot !== undefined);
  }

  /** All ones where nothing answers, as a master abort gives. */
  readConfig(device: number, functionNumber: number, offset: number, size: AccessSize): number {
    const slot = this.#slots[slotIndex(device, functionNumber) ?? -1];
    return slot ? slot.function.readConfig(offset, size) : 2 ** (8 * size) - 1;
  }

  writeConfig(device: number, functionNumber: number, offset: number, size: AccessSize, value: number): void {
    this.#slots[slotIndex(device, functionNumber) ?? -1]?.function.writeConfig(offset, size, value);
  }

  #hasFunction(device: number): boolean {
    return this.slots().some((slot) => slot.address.device === device);
  }

  #wirePin(address: PciAddress, pciFunction: PciFunction): void {
    const pin = pciFunction.interruptPin - 1;
    if (pin < 0) return;
    pciFunction.connectInterruptPin((level) =>
      this.#interrupts.setPin(address.device, address.function, pin, level),
    );
  }
}

function slotIndex(device: number, functionNumber: number): number | undefined {
  const isValid =
    device >= 0 && device < DEVICES_PER_BUS && functionNumber >= 0 && functionNumber < FUNCTIONS_PER_DEVICE;
  return isValid ? device * FUNCTIONS_PER_DEVICE + functionNumber : undefined;
}
