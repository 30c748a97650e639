import type { AccessSize, DeviceState, MmioHandler } from "../../contracts.js";
import { matchState } from "../../saved-state.js";
import type { QueueAddresses, SplitQueue } from "../queue/split-queue.js";
import type { VirtioDevice } from "../virtio-device.js";

/** "No vector": the event raises no message. */
export const NO_VECTOR = 0xffff;

/** Offsets (virtio 1.2, "Common configuration structure layout"). */
const DEVICE_FEATURE_SELECT = 0x00;
const DEVICE_FEATURE = 0x04;
const DRIVER_FEATURE_SELECT = 0x08;
const DRIVER_FEATURE = 0x0c;
const CONFIG_MSIX_VECTOR = 0x10;
const NUM_QUEUES = 0x12;
const DEVICE_STATUS = 0x14;
const CONFIG_GENERATION = 0x15;
const QUEUE_SELECT = 0x16;
const QUEUE_SIZE = 0x18;
const QUEUE_MSIX_VECTOR = 0x1a;
const QUEUE_ENABLE = 0x1c;
const QUEUE_NOTIFY_OFF = 0x1e;
const QUEUE_DESC = 0x20;
const QUEUE_DRIVER = 0x28;
const QUEUE_DEVICE = 0x30;

const UINT32 = 2 ** 32;

interface SelectorState {
  deviceFeatureSelect: number;
  driverFeatureSelect: number;
  queueSelect: number;
  configVector: number;
  queueVectors: number[];
}

/** The common configuration registers: they select and set up what `VirtioDevice` holds. */
export class CommonConfiguration implements MmioHandler {
  readonly #device: VirtioDevice;
  readonly #vectorCount: number;
  #state: SelectorState;

  constructor(device: VirtioDevice, vectorCount: number) {
    this.#device = device;
    this.#vectorCount = vectorCount;
    this.#state = initialState(device.queues.length);
  }

  get configVector(): number {
    return this.#state.configVector;
  }

  queueVector(queueIndex: number): number {
    return this.#state.queueVectors[queueIndex] ?? NO_VECTOR;
  }

  readMmio(offset: number, size: AccessSize): number {
    const value = this.#readRegister(offset & ~3);
    return Math.floor(value / 2 ** (8 * (offset & 3))) % 2 ** (8 * size);
  }

  /** Accesses have a register's own width, or half of a 64-bit one's; others are dropped. */
  writeMmio(offset: number, size: AccessSize, value: number): void {
    if (size === 4) this.#write32(offset, value);
    else if (size === 2) this.#write16(offset, value);
    else if (offset === DEVICE_STATUS) this.#writeStatus(value);
  }

  /** A device reset takes vectors and selections with it. */
  reset(): void {
    this.#state = initialState(this.#device.queues.length);
  }

  saveState(): DeviceState {
    return { ...this.#state, queueVectors: [...this.#state.queueVectors] };
  }

  restoreState(state: DeviceState): void {
    this.#state = matchState(
      this.saveState(),
      state,
      "virtio common configuration",
    ) as unknown as SelectorState;
  }

  get #queue(): SplitQueue | undefined {
    return this.#device.queues[this.#state.queueSelect];
  }

  /** The aligned 4 bytes at `offset`. */
  #readRegister(offset: number): number {
    const state = this.#state;
    switch (offset) {
      case DEVICE_FEATURE_SELECT:
        return state.deviceFeatureSelect;
      case DEVICE_FEATURE:
        return featureWord(this.#device.offeredFeatures, state.deviceFeatureSelect);
      case DRIVER_FEATURE_SELECT:
        return state.driverFeatureSelect;
      case DRIVER_FEATURE:
        return featureWord(this.#device.driverFeatures, state.driverFeatureSelect);
      case CONFIG_MSIX_VECTOR:
        return pack(state.configVector, this.#device.queues.length, NUM_QUEUES);
      case DEVICE_STATUS:
        return pack(this.#statusAndGeneration(), state.queueSelect, QUEUE_SELECT);
      case QUEUE_SIZE:
        return pack(this.#queue?.size ?? 0, this.queueVector(state.queueSelect), QUEUE_MSIX_VECTOR);
      case QUEUE_ENABLE:
        return pack(this.#queue?.isEnabled ? 1 : 0, this.#queue ? state.queueSelect : 0, QUEUE_NOTIFY_OFF);
      default:
        return this.#readAddressHalf(offset);
    }
  }

  #statusAndGeneration(): number {
    return this.#device.status | (this.#device.configGeneration << (8 * (CONFIG_GENERATION - DEVICE_STATUS)));
  }

  #readAddressHalf(offset: number): number {
    const field = addressField(offset);
    const address = field && this.#queue ? this.#queue.addresses[field] : 0;
    return offset % 8 === 0 ? address % UINT32 : Math.floor(address / UINT32);
  }

  #write32(offset: number, value: number): void {
    if (offset === DEVICE_FEATURE_SELECT) this.#state.deviceFeatureSelect = value;
    else if (offset === DRIVER_FEATURE_SELECT) this.#state.driverFeatureSelect = value;
    else if (offset === DRIVER_FEATURE) this.#writeDriverFeatures(value);
    else this.#writeAddressHalf(offset, value);
  }

  #write16(offset: number, value: number): void {
    const state = this.#state;
    if (offset === CONFIG_MSIX_VECTOR) state.configVector = this.#checkedVector(value);
    else if (offset === QUEUE_SELECT) state.queueSelect = value;
    else if (this.#queue) this.#writeQueue(this.#queue, offset, value);
  }

  #writeQueue(queue: SplitQueue, offset: number, value: number): void {
    if (offset === QUEUE_MSIX_VECTOR) {
      this.#state.queueVectors[this.#state.queueSelect] = this.#checkedVector(value);
    }
    // Size and enabling are fixed once the queue is enabled; a 0 written to queue_enable means nothing.
    if (queue.isEnabled) return;
    if (offset === QUEUE_SIZE) queue.setSize(value);
    else if (offset === QUEUE_ENABLE && value === 1) queue.enable();
  }

  /** A vector that does not exist reads back as "no vector", which tells the driver that mapping failed. */
  #checkedVector(vector: number): number {
    return vector < this.#vectorCount ? vector : NO_VECTOR;
  }

  #writeStatus(value: number): void {
    this.#device.writeStatus(value);
    if (value === 0) this.reset();
  }

  #writeDriverFeatures(value: number): void {
    const select = this.#state.driverFeatureSelect;
    if (select > 1) return;
    const shift = BigInt(32 * select);
    const kept = this.#device.driverFeatures & ~(0xffffffffn << shift);
    this.#device.setDriverFeatures(kept | (BigInt(value) << shift));
  }

  #writeAddressHalf(offset: number, value: number): void {
    const field = addressField(offset & ~3);
    if (!field || !this.#queue || this.#queue.isEnabled || offset % 4 !== 0) return;
    const { addresses } = this.#queue;
    const old = addresses[field];
    addresses[field] =
      offset % 8 === 0 ? Math.floor(old / UINT32) * UINT32 + value : (old % UINT32) + value * UINT32;
  }
}

/** The 4 bytes that hold `low` and, at the upper half's offset, `high`. */
function pack(low: number, high: number, highOffset: number): number {
  return low + high * 2 ** (8 * (highOffset & 3));
}

function featureWord(features: bigint, select: number): number {
  return select > 1 ? 0 : Number((features >> BigInt(32 * select)) & 0xffffffffn);
}

function addressField(offset: number): keyof QueueAddresses | undefined {
  switch (offset & ~7) {
    case QUEUE_DESC:
      return "descriptorTable";
    case QUEUE_DRIVER:
      return "driverArea";
    case QUEUE_DEVICE:
      return "deviceArea";
    default:
      return undefined;
  }
}

function initialState(queueCount: number): SelectorState {
  return {
    deviceFeatureSelect: 0,
    driverFeatureSelect: 0,
    queueSelect: 0,
    configVector: NO_VECTOR,
    queueVectors: Array.from({ length: queueCount }, () => NO_VECTOR),
  };
}
