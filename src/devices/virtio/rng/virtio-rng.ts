import type { EntropySource, GuestMemory } from "../../contracts.js";
import { lengthOf } from "../queue/descriptor-chain.js";
import { SegmentCursor } from "../queue/segment-cursor.js";
import type { SplitQueue } from "../queue/split-queue.js";
import { VirtqueueError } from "../queue/virtqueue-error.js";
import { VirtioDevice } from "../virtio-device.js";

const ENTROPY_DEVICE_TYPE = 4;
const QUEUE_SIZE = 8;
/** At most this many bytes a request: a driver may be given less than it asked for. */
const BYTES_PER_REQUEST_MAX = 64 * 1024;

export interface VirtioRngOptions {
  readonly name: string;
  readonly memory: GuestMemory;
  readonly entropy: EntropySource;
}

/** An entropy source (virtio 1.2, "Entropy Device"). */
export class VirtioRng extends VirtioDevice {
  readonly #entropy: EntropySource;

  constructor({ name, memory, entropy }: VirtioRngOptions) {
    super({ name, deviceType: ENTROPY_DEVICE_TYPE, features: 0n, queueSizes: [QUEUE_SIZE] }, memory);
    this.#entropy = entropy;
  }

  /** There is no configuration. */
  readConfigByte(): number {
    return 0;
  }

  protected processQueue(_queueIndex: number, queue: SplitQueue): void {
    for (let chain = queue.take(); chain; chain = queue.take()) {
      if (chain.writable.length === 0) throw new VirtqueueError("entropy request with nothing to fill");
      const bytes = new Uint8Array(Math.min(lengthOf(chain.writable), BYTES_PER_REQUEST_MAX));
      this.#entropy.fill(bytes);
      queue.complete(chain, new SegmentCursor(this.memory, chain.writable).write(bytes));
    }
  }
}
