import type { AccessSize, Device, DeviceState, IoBus, MachineControl, PortHandler } from "../contracts.js";
import { matchState } from "../saved-state.js";
import type { PciBus } from "./pci-bus.js";
import { RESET_CONTROL_PORT, ResetControl } from "./reset-control.js";

const CONFIG_ADDRESS = 0xcf8;
const CONFIG_DATA = 0xcfc;
const PORT_COUNT = 8;

/*
 * CONFIG_ADDRESS:
 *   31  30      24 23  16 15    11 10      8 7        2 1 0
 *  +---+----------+------+--------+----------+----------+---+
 *  | E | reserved | bus  | device | function | register | 0 |
 *  +---+----------+------+--------+----------+----------+---+
 */
const ADDRESS_ENABLE = 0x80000000;
const ADDRESS_WRITABLE = 0x80fffffc;

export interface PciConfigPortsOptions {
  readonly bus: IoBus;
  readonly pci: PciBus;
  readonly machine: MachineControl;
}

/**
 * Configuration mechanism #1 (PCI Local Bus 3.0, "Software Generation of Configuration Transactions"), with the
 * reset control register that the PIIX chips put between its ports.
 *
 * Only 4-byte accesses reach CONFIG_ADDRESS; CONFIG_DATA takes every size at every byte.
 */
export class PciConfigPorts implements Device, PortHandler {
  readonly name = "pci-config-ports";
  readonly #pci: PciBus;
  readonly #resetControl: ResetControl;
  #address = 0;

  constructor(options: PciConfigPortsOptions) {
    this.#pci = options.pci;
    this.#resetControl = new ResetControl(options.machine);
    options.bus.mapPorts(CONFIG_ADDRESS, PORT_COUNT, this);
  }

  readPort(port: number, size: AccessSize): number {
    if (port === CONFIG_ADDRESS && size === 4) return this.#address;
    if (port === RESET_CONTROL_PORT && size === 1) return this.#resetControl.value;
    if (port < CONFIG_DATA || !this.#isBusZeroSelected()) return 2 ** (8 * size) - 1;
    return this.#pci.readConfig(this.#device, this.#function, this.#register(port), size);
  }

  writePort(port: number, size: AccessSize, value: number): void {
    if (port === CONFIG_ADDRESS && size === 4) this.#address = (value & ADDRESS_WRITABLE) >>> 0;
    else if (port === RESET_CONTROL_PORT && size === 1) this.#resetControl.write(value);
    else if (port >= CONFIG_DATA && this.#isBusZeroSelected()) {
      this.#pci.writeConfig(this.#device, this.#function, this.#register(port), size, value);
    }
  }

  reset(): void {
    this.#address = 0;
    this.#resetControl.reset();
  }

  saveState() {
    return { address: this.#address, resetControl: this.#resetControl.value };
  }

  restoreState(state: DeviceState): void {
    const saved = matchState(this.saveState(), state, this.name);
    this.#address = saved.address;
    this.#resetControl.restore(saved.resetControl);
  }

  get #device(): number {
    return (this.#address >>> 11) & 0x1f;
  }

  get #function(): number {
    return (this.#address >>> 8) & 7;
  }

  #register(port: number): number {
    return (this.#address & 0xfc) + (port - CONFIG_DATA);
  }

  #isBusZeroSelected(): boolean {
    return (this.#address & ADDRESS_ENABLE) !== 0 && ((this.#address >>> 16) & 0xff) === 0;
  }
}
