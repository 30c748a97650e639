import type { GuestMemory } from "../../contracts.js";
import { lengthOf, type Segment } from "./descriptor-chain.js";

/**
 * A position in a list of segments that moves on as bytes are read or written; how the driver cut its data into
 * buffers makes no difference (virtio 1.2, "Message Framing").
 */
export class SegmentCursor {
  readonly #memory: GuestMemory;
  readonly #segments: readonly Segment[];
  #index = 0;
  #offset = 0;
  #remaining: number;

  constructor(memory: GuestMemory, segments: readonly Segment[]) {
    this.#memory = memory;
    this.#segments = segments;
    this.#remaining = lengthOf(segments);
  }

  /** Bytes left. */
  get remaining(): number {
    return this.#remaining;
  }

  /** Fills `target` from guest memory; returns how many bytes there were, fewer when the segments end. */
  read(target: Uint8Array): number {
    return this.#move(target, (address, part) => this.#memory.readInto(address, part));
  }

  /** Copies `source` to guest memory; returns how many bytes found room. */
  write(source: Uint8Array): number {
    return this.#move(source, (address, part) => this.#memory.write(address, part));
  }

  /** Moves on over `count` bytes, which keep their contents. */
  skip(count: number): void {
    let left = Math.min(count, this.#remaining);
    for (let segment = this.#segments[this.#index]; segment && left > 0;) {
      const length = Math.min(left, segment.length - this.#offset);
      this.#advance(segment, length);
      left -= length;
      segment = this.#segments[this.#index];
    }
  }

  #move(bytes: Uint8Array, copy: (address: number, part: Uint8Array) => void): number {
    let done = 0;
    for (let segment = this.#segments[this.#index]; segment && done < bytes.length;) {
      const length = Math.min(bytes.length - done, segment.length - this.#offset);
      copy(segment.address + this.#offset, bytes.subarray(done, done + length));
      done += length;
      this.#advance(segment, length);
      segment = this.#segments[this.#index];
    }
    return done;
  }

  #advance(segment: Segment, length: number): void {
    this.#offset += length;
    this.#remaining -= length;
    if (this.#offset < segment.length) return;
    this.#index++;
    this.#offset = 0;
  }
}
