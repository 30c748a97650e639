import type { CharacterSink, DeviceState, GuestMemory } from "../../contracts.js";
import { structureOf } from "../little-endian-fields.js";
import { type DescriptorChain, lengthOf } from "../queue/descriptor-chain.js";
import { SegmentCursor } from "../queue/segment-cursor.js";
import type { SplitQueue } from "../queue/split-queue.js";
import { VirtqueueError } from "../queue/virtqueue-error.js";
import { VirtioDevice } from "../virtio-device.js";
import { ByteQueue } from "./byte-queue.js";

const CONSOLE_DEVICE_TYPE = 3;
const RECEIVE_QUEUE = 0;
const TRANSMIT_QUEUE = 1;
const QUEUE_SIZE = 64;

/** Feature bits (virtio 1.2, "Console Device", "Feature bits"). */
export const CONSOLE_SIZE = 1n << 0n;
export const CONSOLE_EMERG_WRITE = 1n << 2n;

/** struct virtio_console_config: columns, rows, most ports, emergency write. */
const ROWS_OFFSET = 2;
const PORTS_OFFSET = 4;
const EMERGENCY_WRITE_OFFSET = 8;
const CONFIGURATION_BYTES = 12;

/** Output is given to the sink in pieces of this many bytes. */
const PIECE_BYTES = 64 * 1024;

export interface VirtioConsoleOptions {
  readonly name: string;
  readonly memory: GuestMemory;
  readonly sink: CharacterSink;
  readonly columns?: number;
  readonly rows?: number;
}

/** A console with one port (virtio 1.2, "Console Device"). */
export class VirtioConsole extends VirtioDevice {
  readonly #sink: CharacterSink;
  readonly #waiting = new ByteQueue();
  #columns: number;
  #rows: number;

  constructor({ name, memory, sink, columns = 80, rows = 25 }: VirtioConsoleOptions) {
    const features = CONSOLE_SIZE | CONSOLE_EMERG_WRITE;
    super({ name, deviceType: CONSOLE_DEVICE_TYPE, features, queueSizes: [QUEUE_SIZE, QUEUE_SIZE] }, memory);
    this.#sink = sink;
    this.#columns = columns;
    this.#rows = rows;
  }

  /** Input for the guest; it waits until the guest has buffers for it. */
  send(bytes: Uint8Array): void {
    this.#waiting.push(bytes);
    this.notify(RECEIVE_QUEUE);
  }

  /** The terminal has a new size, in characters (1 … 65535). */
  resize(columns: number, rows: number): void {
    this.#columns = columns;
    this.#rows = rows;
    this.configurationChanged();
  }

  readConfigByte(offset: number): number {
    const configuration = structureOf(CONFIGURATION_BYTES, [
      { offset: 0, size: 2, value: this.#columns },
      { offset: ROWS_OFFSET, size: 2, value: this.#rows },
      { offset: PORTS_OFFSET, size: 4, value: 1 },
    ]);
    return configuration[offset] ?? 0;
  }

  /** A character for the emergency console works before any driver is ready. */
  override writeConfig(offset: number, _size: number, value: number): void {
    if (offset === EMERGENCY_WRITE_OFFSET) this.#sink.write(Uint8Array.of(value & 0xff));
  }

  protected processQueue(queueIndex: number, queue: SplitQueue): void {
    if (queueIndex === RECEIVE_QUEUE) this.#fillReceiveBuffers(queue);
    else this.#drainTransmitBuffers(queue);
  }

  protected override driverReady(): void {
    this.notify(RECEIVE_QUEUE);
    this.notify(TRANSMIT_QUEUE);
  }

  protected override saveDevice(): DeviceState {
    return { waiting: this.#waiting.peekAll(), columns: this.#columns, rows: this.#rows };
  }

  protected override restoreDevice(state: DeviceState): void {
    const saved = state as { waiting: Uint8Array; columns: number; rows: number };
    this.#waiting.clear();
    this.#waiting.push(saved.waiting);
    this.#columns = saved.columns;
    this.#rows = saved.rows;
  }

  #fillReceiveBuffers(queue: SplitQueue): void {
    while (this.#waiting.length > 0) {
      const chain = queue.take();
      if (!chain) return;
      if (chain.writable.length === 0) throw new VirtqueueError("receive buffer the device may not write");
      const bytes = this.#waiting.take(lengthOf(chain.writable));
      queue.complete(chain, new SegmentCursor(this.memory, chain.writable).write(bytes));
    }
  }

  #drainTransmitBuffers(queue: SplitQueue): void {
    for (let chain = queue.take(); chain; chain = queue.take()) {
      this.#writeOut(chain);
      queue.complete(chain, 0);
    }
  }

  #writeOut(chain: DescriptorChain): void {
    const cursor = new SegmentCursor(this.memory, chain.readable);
    while (cursor.remaining > 0) {
      const bytes = new Uint8Array(Math.min(cursor.remaining, PIECE_BYTES));
      cursor.read(bytes);
      this.#sink.write(bytes);
    }
  }
}
