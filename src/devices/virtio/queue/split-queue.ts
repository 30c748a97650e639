import type { DeviceState, GuestMemory } from "../../contracts.js";
import { matchState } from "../../saved-state.js";
import { DESCRIPTOR_BYTES, readChain } from "./chain-reader.js";
import { type DescriptorChain, lengthOf } from "./descriptor-chain.js";
import { VirtqueueError } from "./virtqueue-error.js";

/*
 * Available ring, the driver's area:                 Used ring, the device's area:
 *   0          le16 flags (bit 0: no interrupt)        0          le16 flags
 *   2          le16 index                              2          le16 index
 *   4          le16 ring[size]                         4          { le32 id, le32 length } ring[size]
 *   4+2*size   le16 used_event                         4+8*size   le16 avail_event
 */
const INDEX_OFFSET = 2;
const RING_OFFSET = 4;
const AVAILABLE_ENTRY_BYTES = 2;
const USED_ENTRY_BYTES = 8;
const EVENT_BYTES = 2;
const AVAILABLE_NO_INTERRUPT = 1;

/**
 * Chains taken in one batch at most. A driver has no more than the queue's size under way, but a guest may aim
 * a request's buffer at the available ring itself, so that the ring refills while it is drained.
 */
const BATCH_CHAINS_MAX = 0x10000;
/**
 * Bytes of a batch at most, which are moved while the guest waits. Far above what drivers have under way; a chain may
 * name the same buffer many times, so that small memory can be terabytes.
 */
const BATCH_BYTES_MAX = 2 ** 30;

/** Where the driver put the three parts; guest-physical. */
export interface QueueAddresses {
  descriptorTable: number;
  driverArea: number;
  deviceArea: number;
}

/** Features that change the layout's meaning; fixed when the driver is ready. */
export interface QueueFeatures {
  readonly indirectDescriptors: boolean;
  readonly eventIndex: boolean;
}

interface QueueState extends QueueAddresses {
  size: number;
  isEnabled: boolean;
  features: { indirectDescriptors: boolean; eventIndex: boolean };
  nextAvailable: number;
  nextUsed: number;
  signalledUsed: number;
}

/** A split virtqueue (virtio 1.2, "Split Virtqueues"), the device's side of it. */
export class SplitQueue {
  readonly maximumSize: number;
  readonly #memory: GuestMemory;
  #state: QueueState;
  #takenInBatch = 0;
  #bytesInBatch = 0;

  /** `maximumSize`: a power of two up to 32768. */
  constructor(memory: GuestMemory, maximumSize: number) {
    this.#memory = memory;
    this.maximumSize = maximumSize;
    this.#state = initialState(maximumSize);
  }

  get size(): number {
    return this.#state.size;
  }

  get isEnabled(): boolean {
    return this.#state.isEnabled;
  }

  /** To be set before the queue is enabled. */
  get addresses(): QueueAddresses {
    return this.#state;
  }

  /** The size as the driver chose it; checked by `start`. */
  setSize(size: number): void {
    this.#state.size = size;
  }

  enable(): void {
    this.#state.isEnabled = true;
  }

  /**
   * The driver is ready: takes the features and checks size and addresses. Throws VirtqueueError when they
   * break a rule of virtio 1.2, "Split Virtqueues".
   */
  start(features: QueueFeatures): void {
    this.#state.features = { ...features };
    const { size } = this.#state;
    if (size < 1 || size > this.maximumSize || (size & (size - 1)) !== 0) {
      throw new VirtqueueError(`queue size ${size} is no power of two up to ${this.maximumSize}`);
    }
    this.#checkArea("descriptor table", this.#state.descriptorTable, 16, DESCRIPTOR_BYTES * size);
    const ringEnds = RING_OFFSET + (features.eventIndex ? EVENT_BYTES : 0);
    this.#checkArea("driver area", this.#state.driverArea, 2, ringEnds + AVAILABLE_ENTRY_BYTES * size);
    this.#checkArea("device area", this.#state.deviceArea, 4, ringEnds + USED_ENTRY_BYTES * size);
  }

  /** A new notification starts a new batch of chains. */
  startBatch(): void {
    this.#takenInBatch = 0;
    this.#bytesInBatch = 0;
  }

  /**
   * The next chain the driver made available, undefined when there is none. Throws VirtqueueError for one that
   * breaks the rules.
   */
  take(): DescriptorChain | undefined {
    const state = this.#state;
    if (this.#availableCount() === 0) {
      this.#requestNotification();
      // The driver may have added one before it could see the request.
      if (this.#availableCount() === 0) return undefined;
    }
    if (++this.#takenInBatch > BATCH_CHAINS_MAX) throw new VirtqueueError("the queue never runs dry");
    const slot = state.nextAvailable & (state.size - 1);
    const head = this.#memory.readU16(state.driverArea + RING_OFFSET + AVAILABLE_ENTRY_BYTES * slot);
    const { indirectDescriptors } = state.features;
    const chain = readChain(this.#memory, state.descriptorTable, state.size, head, indirectDescriptors);
    this.#bytesInBatch += lengthOf(chain.readable) + lengthOf(chain.writable);
    // A chain that is alone is limited by memory and by the queue's size already.
    if (this.#takenInBatch > 1 && this.#bytesInBatch > BATCH_BYTES_MAX) {
      throw new VirtqueueError(`more than ${BATCH_BYTES_MAX} bytes in one batch`);
    }
    state.nextAvailable = (state.nextAvailable + 1) & 0xffff;
    return chain;
  }

  /** Hands a chain back, its first `writtenLength` device-writable bytes filled. */
  complete(chain: DescriptorChain, writtenLength: number): void {
    const state = this.#state;
    const entry = state.deviceArea + RING_OFFSET + USED_ENTRY_BYTES * (state.nextUsed & (state.size - 1));
    this.#memory.writeU32(entry, chain.head);
    this.#memory.writeU32(entry + 4, Math.min(writtenLength, lengthOf(chain.writable)));
    state.nextUsed = (state.nextUsed + 1) & 0xffff;
    this.#memory.writeU16(state.deviceArea + INDEX_OFFSET, state.nextUsed);
  }

  /**
   * Whether the driver wants an interrupt for what was completed since this was last asked (virtio 1.2, "Used
   * Buffer Notification Suppression").
   */
  takeNotification(): boolean {
    const state = this.#state;
    const completed = (state.nextUsed - state.signalledUsed) & 0xffff;
    state.signalledUsed = state.nextUsed;
    if (completed === 0) return false;
    if (!state.features.eventIndex) return !(this.#memory.readU16(state.driverArea) & AVAILABLE_NO_INTERRUPT);
    const usedEvent = this.#memory.readU16(
      state.driverArea + RING_OFFSET + AVAILABLE_ENTRY_BYTES * state.size,
    );
    return ((state.nextUsed - usedEvent - 1) & 0xffff) < completed;
  }

  reset(): void {
    this.#state = initialState(this.maximumSize);
  }

  saveState(): DeviceState {
    return { ...this.#state, features: { ...this.#state.features } };
  }

  restoreState(state: DeviceState): void {
    this.#state = matchState(this.saveState(), state, "virtqueue") as unknown as QueueState;
  }

  #availableCount(): number {
    const index = this.#memory.readU16(this.#state.driverArea + INDEX_OFFSET);
    const count = (index - this.#state.nextAvailable) & 0xffff;
    if (count > this.#state.size) {
      throw new VirtqueueError(`${count} chains available in a queue of ${this.#state.size}`);
    }
    return count;
  }

  /** With event indices: "notify me of the next one". The flag of the used ring is left at "always notify". */
  #requestNotification(): void {
    const state = this.#state;
    if (!state.features.eventIndex) return;
    const event = state.deviceArea + RING_OFFSET + USED_ENTRY_BYTES * state.size;
    this.#memory.writeU16(event, state.nextAvailable);
  }

  #checkArea(what: string, address: number, alignment: number, length: number): void {
    if (address % alignment !== 0)
      throw new VirtqueueError(`${what} at ${address.toString(16)}H is not aligned`);
    if (!this.#memory.isRam(address, length)) {
      throw new VirtqueueError(`${what} at ${address.toString(16)}H is not in RAM`);
    }
  }
}

function initialState(maximumSize: number): QueueState {
  return {
    size: maximumSize,
    isEnabled: false,
    descriptorTable: 0,
    driverArea: 0,
    deviceArea: 0,
    features: { indirectDescriptors: false, eventIndex: false },
    nextAvailable: 0,
    nextUsed: 0,
    signalledUsed: 0,
  };
}
