import type { AccessSize, Device, DeviceState, IoBus } from "../contracts.js";
import { matchState } from "../saved-state.js";
import { type BarLayout, BaseAddressRegister } from "./base-address-register.js";
import * as registers from "./config-registers.js";
import { ConfigSpace } from "./config-space.js";

/** The read-only part of a type-0 header. */
export interface PciIdentity {
  readonly vendorId: number;
  readonly deviceId: number;
  readonly revisionId?: number;
  /** 24 bits: base class, subclass, programming interface. */
  readonly classCode: number;
  readonly subsystemVendorId?: number;
  readonly subsystemId?: number;
  /** INTA#…INTD# as 1 … 4; 0 (none) unless given. */
  readonly interruptPin?: number;
  /** To be set on function 0 of a device that has more functions. */
  readonly isMultifunction?: boolean;
  /** Command register bits software can change; the usual ones unless given. */
  readonly writableCommand?: number;
  /** Command register after reset; 0 unless given. */
  readonly initialCommand?: number;
}

const USUAL_COMMAND_BITS =
  registers.COMMAND_IO_SPACE |
  registers.COMMAND_MEMORY_SPACE |
  registers.COMMAND_BUS_MASTER |
  registers.COMMAND_PARITY_ERROR_RESPONSE |
  registers.COMMAND_SERR_ENABLE |
  registers.COMMAND_INTERRUPT_DISABLE;

/**
 * A PCI function: configuration space with a type-0 header, base address registers, capabilities and an INTx
 * pin (PCI Local Bus 3.0, chapter 6). Chips extend it.
 */
export class PciFunction implements Device {
  readonly name: string;
  protected readonly config = new ConfigSpace();
  readonly #bus: IoBus;
  readonly #bars: BaseAddressRegister[] = [];
  #capabilitiesEnd = registers.DEVICE_SPECIFIC;
  #interruptLevel = false;
  #driveInterruptPin: (level: boolean) => void = () => {};

  constructor(name: string, identity: PciIdentity, bus: IoBus) {
    this.name = name;
    this.#bus = bus;
    defineHeader(this.config, identity);
  }

  /** INTA#…INTD# as 1 … 4, 0 when the function has no pin. */
  get interruptPin(): number {
    return this.config.read(registers.INTERRUPT_PIN, 1);
  }

  get bars(): readonly BaseAddressRegister[] {
    return this.#bars;
  }

  /** True when software lets the function start bus transactions of its own: DMA and message interrupts. */
  get isBusMaster(): boolean {
    return (this.config.read(registers.COMMAND, 2) & registers.COMMAND_BUS_MASTER) !== 0;
  }

  /** Wires the interrupt pin to the bus it is plugged into. */
  connectInterruptPin(drive: (level: boolean) => void): void {
    this.#driveInterruptPin = drive;
  }

  readConfig(offset: number, size: AccessSize): number {
    return this.config.read(offset, size);
  }

  writeConfig(offset: number, size: AccessSize, value: number): void {
    this.config.write(offset, size, value);
    this.configChanged();
  }

  /** What firmware would program beside base addresses and interrupt lines; chips with such registers override it. */
  programAsFirmware(): void {}

  reset(): void {
    this.config.reset();
    this.#interruptLevel = false;
    this.configChanged();
  }

  saveState(): { [key: string]: DeviceState } {
    return { config: this.config.saveState(), interruptLevel: this.#interruptLevel };
  }

  restoreState(state: DeviceState): void {
    const { interruptLevel } = matchState({ interruptLevel: false }, state, this.name);
    const saved = state as { config: DeviceState };
    this.config.restoreState(saved.config);
    this.#interruptLevel = interruptLevel;
    this.configChanged();
  }

  /** Called when any register may have changed; chips that extend it must call it too. */
  protected configChanged(): void {
    for (const bar of this.#bars) bar.update();
    this.#updateInterruptPin();
  }

  protected addBar(layout: BarLayout): BaseAddressRegister {
    const bar = new BaseAddressRegister(layout, this.config, this.#bus);
    this.#bars.push(bar);
    return bar;
  }

  /**
   * Puts a capability in front of the list and returns its offset. `body` is what follows the id and the next
   * pointer; all of it is read-only until defined otherwise.
   */
  protected addCapability(id: number, body: Uint8Array): number {
    const offset = this.#capabilitiesEnd;
    const next = this.config.read(registers.CAPABILITIES_POINTER, 1);
    this.config.define({ offset, size: 2, value: id | (next << 8) });
    body.forEach((value, at) => this.config.define({ offset: offset + 2 + at, size: 1, value }));
    this.config.define({ offset: registers.CAPABILITIES_POINTER, size: 1, value: offset });
    this.#announceCapabilities();
    this.#capabilitiesEnd = (offset + 2 + body.length + 3) & ~3;
    return offset;
  }

  /** Asserts or de-asserts the function's interrupt request on its pin. */
  protected setInterrupt(level: boolean): void {
    this.#interruptLevel = level;
    this.#updateInterruptPin();
  }

  /** PCI Local Bus 3.0, "Device Control": Interrupt Disable gates the pin, not the status bit. */
  #updateInterruptPin(): void {
    const status = this.config.read(registers.STATUS, 2) & ~registers.STATUS_INTERRUPT;
    const pending = this.#interruptLevel ? registers.STATUS_INTERRUPT : 0;
    this.config.poke(registers.STATUS, 2, status | pending);
    const disabled = (this.config.read(registers.COMMAND, 2) & registers.COMMAND_INTERRUPT_DISABLE) !== 0;
    this.#driveInterruptPin(this.#interruptLevel && !disabled);
  }

  #announceCapabilities(): void {
    const value = registers.STATUS_CAPABILITIES_LIST;
    this.config.define({ offset: registers.STATUS, size: 2, value, clearedByOne: registers.STATUS_ERRORS });
  }
}

function defineHeader(config: ConfigSpace, identity: PciIdentity): void {
  const writableCommand = identity.writableCommand ?? USUAL_COMMAND_BITS;
  const command = identity.initialCommand ?? 0;
  config.define({ offset: registers.VENDOR_ID, size: 2, value: identity.vendorId });
  config.define({ offset: registers.DEVICE_ID, size: 2, value: identity.deviceId });
  config.define({ offset: registers.COMMAND, size: 2, value: command, writable: writableCommand });
  config.define({ offset: registers.STATUS, size: 2, value: 0, clearedByOne: registers.STATUS_ERRORS });
  config.define({
    offset: registers.REVISION_ID,
    size: 4,
    value: (identity.revisionId ?? 0) | (identity.classCode << 8),
  });
  config.define({
    offset: registers.HEADER_TYPE,
    size: 1,
    value: identity.isMultifunction ? registers.HEADER_TYPE_MULTIFUNCTION : 0,
  });
  defineSubsystemAndInterrupt(config, identity);
}

function defineSubsystemAndInterrupt(config: ConfigSpace, identity: PciIdentity): void {
  const pin = identity.interruptPin ?? 0;
  config.define({ offset: registers.SUBSYSTEM_VENDOR_ID, size: 2, value: identity.subsystemVendorId ?? 0 });
  config.define({ offset: registers.SUBSYSTEM_ID, size: 2, value: identity.subsystemId ?? 0 });
  config.define({ offset: registers.INTERRUPT_LINE, size: 1, value: 0, writable: pin === 0 ? 0 : 0xff });
  config.define({ offset: registers.INTERRUPT_PIN, size: 1, value: pin });
}
