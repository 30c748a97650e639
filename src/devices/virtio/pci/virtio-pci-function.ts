import type { AccessSize, DeviceState, IoBus, MessageInterruptPort, MmioHandler } from "../../contracts.js";
import { matchState } from "../../saved-state.js";
import { CAPABILITY_MSI_X, CAPABILITY_VENDOR_SPECIFIC } from "../../pci/config-registers.js";
import { MSI_X_BAR_BYTES, MSI_X_ENABLE, MSI_X_FUNCTION_MASK, MsiX } from "../../pci/msi-x.js";
import { PciFunction } from "../../pci/pci-function.js";
import type { VirtioDevice, VirtioTransport } from "../virtio-device.js";
import { CommonConfiguration } from "./common-configuration.js";
import * as layout from "./vendor-capabilities.js";

const VIRTIO_VENDOR_ID = 0x1af4;
const FIRST_DEVICE_ID = 0x1040;
/** Devices that are no transitional ones have revision 1 and up, and a subsystem id of 40H and up. */
const MODERN_REVISION = 1;
const SUBSYSTEM_ID = 0x1100;

/** PCI class by device type: network, block, console; others are unclassified. */
const CLASS_CODES: Readonly<Record<number, number>> = { 1: 0x020000, 2: 0x010000, 3: 0x078000 };
const UNCLASSIFIED = 0xff0000;

const ISR_QUEUE = 1;
const ISR_CONFIGURATION = 2;

/** Offsets within the PCI configuration access capability. */
const PCI_CFG_BAR = 4;
const PCI_CFG_OFFSET = 8;
const PCI_CFG_LENGTH = 12;
const PCI_CFG_DATA = 16;

export interface VirtioPciOptions {
  readonly bus: IoBus;
  readonly messages: MessageInterruptPort;
  readonly device: VirtioDevice;
}

/** A virtio device on PCI, modern interface only (virtio 1.2, "Virtio Over PCI Bus"). */
export class VirtioPciFunction extends PciFunction implements VirtioTransport, MmioHandler {
  readonly device: VirtioDevice;
  readonly #common: CommonConfiguration;
  readonly #msiX: MsiX;
  #msiXCapability = 0;
  #pciCfgCapability = 0;
  #isr = 0;

  constructor({ bus, messages, device }: VirtioPciOptions) {
    super(device.name, identityOf(device), bus);
    this.device = device;
    this.#msiX = new MsiX(device.queues.length + 1, messages);
    this.#common = new CommonConfiguration(device, this.#msiX.vectorCount);
    this.#addBars();
    this.#addCapabilities();
    device.connectTransport(this);
  }

  notifyQueueUsed(queueIndex: number): void {
    if (this.#isMsiXEnabled()) this.#msiX.trigger(this.#common.queueVector(queueIndex));
    else this.#setIsr(this.#isr | ISR_QUEUE);
  }

  notifyConfigurationChanged(): void {
    this.#setIsr(this.#isr | ISR_CONFIGURATION);
    if (this.#isMsiXEnabled()) this.#msiX.trigger(this.#common.configVector);
  }

  readMmio(offset: number, size: AccessSize): number {
    const within = offset & 0xfff;
    switch (offset & ~0xfff) {
      case layout.COMMON_PAGE:
        return within < layout.COMMON_BYTES ? this.#common.readMmio(within, size) : 0;
      case layout.ISR_PAGE:
        return within === 0 ? this.#readIsr() : 0;
      case layout.DEVICE_PAGE:
        return this.#readDeviceConfig(within, size);
      default:
        return 0;
    }
  }

  writeMmio(offset: number, size: AccessSize, value: number): void {
    const within = offset & 0xfff;
    switch (offset & ~0xfff) {
      case layout.COMMON_PAGE:
        this.#common.writeMmio(within, size, value);
        // A reset through the status register also takes the interrupt back.
        if (this.device.status === 0) this.#setIsr(0);
        break;
      case layout.DEVICE_PAGE:
        this.device.writeConfig(within, size, value);
        break;
      case layout.NOTIFY_PAGE:
        this.device.notify(Math.floor(within / layout.NOTIFY_OFF_MULTIPLIER));
        break;
    }
  }

  override readConfig(offset: number, size: AccessSize): number {
    if (this.#isPciCfgData(offset)) this.#loadPciCfgData();
    return super.readConfig(offset, size);
  }

  override writeConfig(offset: number, size: AccessSize, value: number): void {
    super.writeConfig(offset, size, value);
    if (this.#isPciCfgData(offset)) this.#storePciCfgData();
  }

  override reset(): void {
    this.#msiX.reset();
    this.device.reset();
    this.#common.reset();
    this.#isr = 0;
    super.reset();
  }

  override saveState() {
    return {
      pci: super.saveState(),
      device: this.device.saveState(),
      common: this.#common.saveState(),
      msiX: this.#msiX.saveState(),
      isr: this.#isr,
    };
  }

  override restoreState(state: DeviceState): void {
    const { isr } = matchState({ isr: 0 }, state, this.name);
    const saved = state as Record<"pci" | "device" | "common" | "msiX", DeviceState>;
    this.device.restoreState(saved.device);
    this.#common.restoreState(saved.common);
    this.#msiX.setSending(false);
    this.#msiX.restoreState(saved.msiX);
    this.#isr = isr;
    super.restoreState(saved.pci);
  }

  protected override configChanged(): void {
    super.configChanged();
    const control = this.config.read(this.#msiXCapability + 2, 2);
    const isUnmasked = (control & (MSI_X_ENABLE | MSI_X_FUNCTION_MASK)) === MSI_X_ENABLE;
    this.#msiX.setSending(isUnmasked && this.isBusMaster);
    this.#updatePin();
  }

  #addBars(): void {
    const msiX = { kind: "memory32", size: MSI_X_BAR_BYTES, handler: this.#msiX } as const;
    this.addBar({ index: layout.MSI_X_BAR, ...msiX });
    const virtio = { kind: "memory64", prefetchable: true, size: layout.VIRTIO_BAR_BYTES } as const;
    this.addBar({ index: layout.VIRTIO_BAR, ...virtio, handler: this });
  }

  /** The list is built from its end, and drivers prefer what they find first. */
  #addCapabilities(): void {
    this.#msiXCapability = this.addCapability(CAPABILITY_MSI_X, this.#msiX.capabilityBody(layout.MSI_X_BAR));
    const control = { offset: this.#msiXCapability + 2, size: 2, value: this.#msiX.vectorCount - 1 } as const;
    this.config.define({ ...control, writable: MSI_X_ENABLE | MSI_X_FUNCTION_MASK });
    this.#addPciCfgCapability();
    for (const structure of [...layout.STRUCTURES].reverse()) {
      this.addCapability(CAPABILITY_VENDOR_SPECIFIC, layout.capabilityBody(structure));
    }
  }

  #addPciCfgCapability(): void {
    const at = this.addCapability(
      CAPABILITY_VENDOR_SPECIFIC,
      layout.capabilityBody(layout.PCI_CFG_STRUCTURE),
    );
    this.#pciCfgCapability = at;
    this.config.define({ offset: at + PCI_CFG_BAR, size: 1, value: 0, writable: 0xff });
    for (const field of [PCI_CFG_OFFSET, PCI_CFG_LENGTH, PCI_CFG_DATA]) {
      this.config.define({ offset: at + field, size: 4, value: 0, writable: 0xffffffff });
    }
  }

  #readDeviceConfig(offset: number, size: AccessSize): number {
    let value = 0;
    for (let at = size - 1; at >= 0; at--) value = value * 256 + this.device.readConfigByte(offset + at);
    return value;
  }

  /** Reading acknowledges: the register is cleared and the pin de-asserted. */
  #readIsr(): number {
    const isr = this.#isr;
    this.#setIsr(0);
    return isr;
  }

  #setIsr(isr: number): void {
    this.#isr = isr;
    this.#updatePin();
  }

  #updatePin(): void {
    this.setInterrupt(this.#isr !== 0 && !this.#isMsiXEnabled());
  }

  #isMsiXEnabled(): boolean {
    return (this.config.read(this.#msiXCapability + 2, 2) & MSI_X_ENABLE) !== 0;
  }

  #isPciCfgData(offset: number): boolean {
    const data = this.#pciCfgCapability + PCI_CFG_DATA;
    return offset >= data && offset < data + 4;
  }

  #loadPciCfgData(): void {
    const access = this.#pciCfgAccess();
    if (!access) return;
    const value = this.readMmio(access.offset, access.size);
    this.config.poke(this.#pciCfgCapability + PCI_CFG_DATA, 4, value);
  }

  #storePciCfgData(): void {
    const access = this.#pciCfgAccess();
    if (!access) return;
    const value = this.config.read(this.#pciCfgCapability + PCI_CFG_DATA, access.size);
    this.writeMmio(access.offset, access.size, value);
  }

  /** What the driver asked for, when it is an aligned access within virtio's own BAR. */
  #pciCfgAccess(): { offset: number; size: AccessSize } | undefined {
    const at = this.#pciCfgCapability;
    const offset = this.config.read(at + PCI_CFG_OFFSET, 4);
    const size = this.config.read(at + PCI_CFG_LENGTH, 4);
    if (this.config.read(at + PCI_CFG_BAR, 1) !== layout.VIRTIO_BAR) return undefined;
    if ((size !== 1 && size !== 2 && size !== 4) || offset % size !== 0) return undefined;
    return offset + size <= layout.VIRTIO_BAR_BYTES ? { offset, size } : undefined;
  }
}

function identityOf(device: VirtioDevice) {
  return {
    vendorId: VIRTIO_VENDOR_ID,
    deviceId: FIRST_DEVICE_ID + device.deviceType,
    revisionId: MODERN_REVISION,
    classCode: CLASS_CODES[device.deviceType] ?? UNCLASSIFIED,
    subsystemVendorId: VIRTIO_VENDOR_ID,
    subsystemId: SUBSYSTEM_ID,
    interruptPin: 1,
  };
}
