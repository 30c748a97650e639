import type { BlockBackend, GuestMemory } from "../../contracts.js";
import type { SplitQueue } from "../queue/split-queue.js";
import { VirtioDevice } from "../virtio-device.js";
import { BLOCK_QUEUE_SIZE, blockConfiguration, blockFeatures } from "./block-configuration.js";
import { BlockRequestExecutor } from "./block-request.js";

const BLOCK_DEVICE_TYPE = 2;

export interface VirtioBlockOptions {
  readonly name: string;
  readonly memory: GuestMemory;
  readonly backend: BlockBackend;
  /** ASCII, up to 20 characters; empty unless given. */
  readonly serialNumber?: string;
}

/** A disk (virtio 1.2, "Block Device"). Requests complete before the driver's notification returns. */
export class VirtioBlock extends VirtioDevice {
  readonly #executor: BlockRequestExecutor;
  readonly #configuration: Uint8Array;

  constructor({ name, memory, backend, serialNumber = "" }: VirtioBlockOptions) {
    const features = blockFeatures(backend);
    super({ name, deviceType: BLOCK_DEVICE_TYPE, features, queueSizes: [BLOCK_QUEUE_SIZE] }, memory);
    this.#executor = new BlockRequestExecutor({ backend, memory, serialNumber });
    this.#configuration = blockConfiguration(backend);
  }

  readConfigByte(offset: number): number {
    return this.#configuration[offset] ?? 0;
  }

  protected processQueue(_queueIndex: number, queue: SplitQueue): void {
    for (let chain = queue.take(); chain; chain = queue.take()) {
      queue.complete(chain, this.#executor.execute(chain));
    }
  }
}
