import type { AccessSize, DeviceState, IoBus, PortHandler } from "../contracts.js";
import { matchState } from "../saved-state.js";
import { AddressWindow } from "../pci/address-window.js";
import { COMMAND_IO_SPACE, INTERRUPT_LINE } from "../pci/config-registers.js";
import { PciFunction } from "../pci/pci-function.js";
import { FixedHardware, type FixedHardwareOptions, PWRBTN } from "./fixed-hardware.js";
import * as platform from "./options.js";

export interface PowerManagementOptions extends FixedHardwareOptions {
  readonly bus: IoBus;
}

/** Power management function 00:01.3; revision 3 has the PM timer whose reads need no retries. */
const PIIX4_PM = {
  vendorId: 0x8086,
  deviceId: 0x7113,
  revisionId: 3,
  classCode: 0x068000,
  interruptPin: 1,
  subsystemVendorId: 0x1af4,
  subsystemId: 0x1100,
  writableCommand: COMMAND_IO_SPACE,
} as const;

/** PIIX4 datasheet, "Power Management PCI Configuration Registers (Function 3)". */
const PMBASE = 0x40;
const PMBASE_WRITABLE = 0xffc0;
const DEVACTB = 0x58;
/**
 * DEVACTB's APMC_EN, which routes the SMI command port to SMIs. Firmware takes it, when set, for a sign that SMM
 * was set up before and leaves SMM alone: what it must do here, where no SMM is offered.
 */
const APMC_EN = 1 << 25;
const PMREGMISC = 0x80;
const PMIOSE = 1 << 0;
const SMBHSTBASE = 0x90;
const SMBHSTCFG = 0xd2;

const PM1_STATUS = platform.PM1_EVENT_OFFSET;
const PM1_ENABLE = platform.PM1_EVENT_OFFSET + 2;
const SMI_PORT_COUNT = 2;

/**
 * The 82371AB (PIIX4) power management function: PM ports wherever PMBASE says, and the SMI command and status
 * ports at B2H and B3H, of which ACPI's enable and disable commands do something.
 */
export class PowerManagement extends PciFunction {
  readonly #hardware: FixedHardware;
  readonly #ports: AddressWindow;
  #smiCommand = 0;
  #smiStatus = 0;

  constructor(options: PowerManagementOptions) {
    super("power-management", PIIX4_PM, options.bus);
    this.#hardware = new FixedHardware(options);
    this.#ports = new AddressWindow((base) =>
      options.bus.mapPorts(base, platform.PM_PORT_COUNT, this.#portsAt(base)),
    );
    options.bus.mapPorts(platform.SMI_COMMAND_PORT, SMI_PORT_COUNT, this.#smiPorts());
    this.#defineRegisters();
  }

  /** The user pressed the power button: the guest gets an event, if it listens, and may switch itself off. */
  pressPowerButton(): void {
    this.#hardware.raise(PWRBTN);
  }

  override programAsFirmware(): void {
    this.writeConfig(INTERRUPT_LINE, 1, platform.SCI_IRQ);
    this.writeConfig(PMBASE, 4, platform.PM_BASE);
    this.writeConfig(PMREGMISC, 1, PMIOSE);
  }

  override reset(): void {
    super.reset();
    this.#hardware.reset();
    this.#smiCommand = this.#smiStatus = 0;
  }

  override saveState() {
    return {
      pci: super.saveState(),
      hardware: this.#hardware.saveState(),
      smiCommand: this.#smiCommand,
      smiStatus: this.#smiStatus,
    };
  }

  override restoreState(state: DeviceState): void {
    const saved = matchState(this.saveState(), state, this.name);
    super.restoreState(saved.pci);
    this.#hardware.restoreState(saved.hardware);
    this.#smiCommand = saved.smiCommand;
    this.#smiStatus = saved.smiStatus;
  }

  protected override configChanged(): void {
    super.configChanged();
    const base = this.config.read(PMBASE, 4) & PMBASE_WRITABLE;
    const isEnabled = (this.config.read(PMREGMISC, 1) & PMIOSE) !== 0;
    this.#ports.place(isEnabled && base !== 0 ? base : undefined);
  }

  #defineRegisters(): void {
    this.config.define({ offset: PMBASE, size: 4, value: 1, writable: PMBASE_WRITABLE });
    this.config.define({ offset: DEVACTB, size: 4, value: APMC_EN, writable: 0xffffffff });
    this.config.define({ offset: PMREGMISC, size: 1, value: 0, writable: PMIOSE });
    // No SMBus controller answers behind these; firmware programs them all the same.
    this.config.define({ offset: SMBHSTBASE, size: 4, value: 1, writable: 0xfff0 });
    this.config.define({ offset: SMBHSTCFG, size: 1, value: 0, writable: 0x0f });
  }

  #portsAt(base: number): PortHandler {
    return {
      readPort: (port, size) => this.#read(port - base, size),
      writePort: (port, size, value) => this.#write(port - base, size, value),
    };
  }

  #read(offset: number, size: AccessSize): number {
    const aligned = offset & ~3;
    const value = this.#readAligned(aligned) / 2 ** (8 * (offset - aligned));
    return Math.floor(value) % 2 ** (8 * size);
  }

  #readAligned(offset: number): number {
    if (offset === platform.PM1_EVENT_OFFSET) return this.#hardware.status + this.#hardware.enable * 0x10000;
    if (offset === platform.PM1_CONTROL_OFFSET) return this.#hardware.control;
    return offset === platform.PM_TIMER_OFFSET ? this.#hardware.timer.read() : 0;
  }

  /** Bytes that a narrow access leaves out keep their value; left-out status bytes clear nothing. */
  #write(offset: number, size: AccessSize, value: number): void {
    const shift = 8 * (offset & 1);
    const mask = size === 1 ? 0xff << shift : 0xffff;
    this.#writeRegister(offset & ~1, (value << shift) & mask, mask);
    if (size === 4) this.#writeRegister(offset + 2, value >>> 16, 0xffff);
  }

  #writeRegister(offset: number, value: number, mask: number): void {
    const hardware = this.#hardware;
    if (offset === PM1_STATUS) hardware.clearStatus(value);
    else if (offset === PM1_ENABLE) hardware.writeEnable((hardware.enable & ~mask) | value);
    else if (offset === platform.PM1_CONTROL_OFFSET) {
      hardware.writeControl((hardware.control & ~mask) | value);
    }
  }

  #smiPorts(): PortHandler {
    return {
      readPort: (port) => (port === platform.SMI_COMMAND_PORT ? this.#smiCommand : this.#smiStatus),
      writePort: (port, _size, value) => {
        if (port === platform.SMI_COMMAND_PORT) this.#commandSmi(value & 0xff);
        else this.#smiStatus = value & 0xff;
      },
    };
  }

  #commandSmi(command: number): void {
    this.#smiCommand = command;
    if (command === platform.ACPI_ENABLE_COMMAND) this.#hardware.setAcpiMode(true);
    else if (command === platform.ACPI_DISABLE_COMMAND) this.#hardware.setAcpiMode(false);
  }
}
