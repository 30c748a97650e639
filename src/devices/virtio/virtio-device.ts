import type { DeviceState, GuestMemory } from "../contracts.js";
import { matchState } from "../saved-state.js";
import * as status from "./device-status.js";
import { COMMON_FEATURES, RING_EVENT_IDX, RING_INDIRECT_DESC, VERSION_1 } from "./features.js";
import { SplitQueue } from "./queue/split-queue.js";
import { VirtqueueError } from "./queue/virtqueue-error.js";

/** How a device reaches its driver; a transport (PCI) implements it. */
export interface VirtioTransport {
  /** Buffers of the queue were used. */
  notifyQueueUsed(queueIndex: number): void;
  /** The device's configuration or its need for a reset changed. */
  notifyConfigurationChanged(): void;
}

export interface VirtioDeviceTraits {
  readonly name: string;
  /** Device type id (virtio 1.2, "Device Types"). */
  readonly deviceType: number;
  /** The device type's own feature bits; the common ones are added. */
  readonly features: bigint;
  /** Largest size of each queue, powers of two. */
  readonly queueSizes: readonly number[];
}

/** What the driver did wrong, for people who look into a guest's trouble. */
export interface VirtioFaults {
  count: number;
  lastMessage: string | undefined;
}

/**
 * A virtio device without its transport: status, feature negotiation and queues (virtio 1.2, "Basic Facilities
 * of a Virtio Device"). Device types extend it with `processQueue` and their configuration.
 */
export abstract class VirtioDevice {
  readonly name: string;
  readonly deviceType: number;
  readonly offeredFeatures: bigint;
  readonly queues: readonly SplitQueue[];
  readonly faults: VirtioFaults = { count: 0, lastMessage: undefined };
  protected readonly memory: GuestMemory;
  #transport: VirtioTransport | undefined;
  #status = 0;
  #driverFeatures = 0n;
  #configGeneration = 0;

  constructor(traits: VirtioDeviceTraits, memory: GuestMemory) {
    this.name = traits.name;
    this.deviceType = traits.deviceType;
    this.offeredFeatures = traits.features | COMMON_FEATURES;
    this.memory = memory;
    this.queues = traits.queueSizes.map((size) => new SplitQueue(memory, size));
  }

  get status(): number {
    return this.#status;
  }

  get configGeneration(): number {
    return this.#configGeneration;
  }

  /** Features the driver has accepted so far. */
  get driverFeatures(): bigint {
    return this.#driverFeatures;
  }

  /** True from DRIVER_OK until a reset or a fault. */
  get isRunning(): boolean {
    return (this.#status & (status.DRIVER_OK | status.DEVICE_NEEDS_RESET)) === status.DRIVER_OK;
  }

  connectTransport(transport: VirtioTransport): void {
    this.#transport = transport;
  }

  /** A byte of the device-specific configuration; 0 behind its end. */
  abstract readConfigByte(offset: number): number;

  /** The driver wrote to the device-specific configuration; read-only unless overridden. */
  writeConfig(_offset: number, _size: number, _value: number): void {}

  /** The driver's features; ignored once they are agreed upon. */
  setDriverFeatures(features: bigint): void {
    if (!(this.#status & status.FEATURES_OK)) this.#driverFeatures = features;
  }

  /** A write to the status field; 0 resets. */
  writeStatus(value: number): void {
    if (value === 0) return this.reset();
    const added = value & status.DRIVER_STATUS_BITS & ~this.#status;
    this.#status |= added & ~(status.FEATURES_OK | status.DRIVER_OK);
    if (added & status.FEATURES_OK && this.#areFeaturesAcceptable()) this.#status |= status.FEATURES_OK;
    if (added & status.DRIVER_OK) this.#start();
  }

  /** The driver says there are buffers in a queue. */
  notify(queueIndex: number): void {
    const queue = this.queues[queueIndex];
    if (!this.isRunning || !queue?.isEnabled) return;
    queue.startBatch();
    this.#guard(() => this.processQueue(queueIndex, queue));
    if (this.isRunning && queue.takeNotification()) this.#transport?.notifyQueueUsed(queueIndex);
  }

  reset(): void {
    this.#status = 0;
    this.#driverFeatures = 0n;
    for (const queue of this.queues) queue.reset();
    this.resetDevice();
  }

  saveState(): DeviceState {
    return { ...this.#saveCommon(), device: this.saveDevice() };
  }

  restoreState(state: DeviceState): void {
    const saved = matchState(this.#saveCommon(), state, this.name);
    this.#status = saved.status;
    this.#driverFeatures = BigInt(saved.driverFeatures);
    this.#configGeneration = saved.configGeneration;
    this.queues.forEach((queue, at) => queue.restoreState(saved.queues[at] ?? null));
    this.restoreDevice((state as { device: DeviceState }).device);
  }

  /** Takes chains from the queue and completes them; VirtqueueErrors end in DEVICE_NEEDS_RESET. */
  protected abstract processQueue(queueIndex: number, queue: SplitQueue): void;

  /** The driver is ready; devices with something to say at once override it. */
  protected driverReady(): void {}

  protected resetDevice(): void {}

  protected saveDevice(): DeviceState {
    return null;
  }

  protected restoreDevice(_state: DeviceState): void {}

  /** Tells the driver that the device-specific configuration changed. */
  protected configurationChanged(): void {
    this.#configGeneration = (this.#configGeneration + 1) & 0xff;
    if (this.isRunning) this.#transport?.notifyConfigurationChanged();
  }

  protected hasFeature(feature: bigint): boolean {
    return (this.#driverFeatures & feature) !== 0n;
  }

  #saveCommon() {
    return {
      status: this.#status,
      driverFeatures: this.#driverFeatures.toString(),
      configGeneration: this.#configGeneration,
      queues: this.queues.map((queue) => queue.saveState()),
    };
  }

  /** Legacy drivers, which do not know VERSION_1, and drivers that want what is not offered, are refused. */
  #areFeaturesAcceptable(): boolean {
    const unknown = this.#driverFeatures & ~this.offeredFeatures;
    return unknown === 0n && this.hasFeature(VERSION_1);
  }

  #start(): void {
    this.#status |= status.DRIVER_OK;
    this.#guard(() => this.#startQueues());
    if (this.isRunning) this.driverReady();
  }

  #startQueues(): void {
    if (!(this.#status & status.FEATURES_OK)) throw new VirtqueueError("DRIVER_OK without FEATURES_OK");
    const indirectDescriptors = this.hasFeature(RING_INDIRECT_DESC);
    const eventIndex = this.hasFeature(RING_EVENT_IDX);
    for (const queue of this.queues) {
      if (queue.isEnabled) queue.start({ indirectDescriptors, eventIndex });
    }
  }

  #guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof VirtqueueError)) throw error;
      this.#fail(error.message);
    }
  }

  #fail(message: string): void {
    this.faults.count++;
    this.faults.lastMessage = message;
    this.#status |= status.DEVICE_NEEDS_RESET;
    this.#transport?.notifyConfigurationChanged();
  }
}
