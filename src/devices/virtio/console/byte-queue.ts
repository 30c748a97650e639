/** Bytes waiting for the guest, first in, first out, of any number. */
export class ByteQueue {
  #chunks: Uint8Array[] = [];
  #offset = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#chunks.push(bytes.slice());
    this.#length += bytes.length;
  }

  /** Takes up to `count` bytes from the front. */
  take(count: number): Uint8Array {
    const taken = new Uint8Array(Math.min(count, this.#length));
    for (let done = 0; done < taken.length;) {
      const rest = this.#chunks[0]!.subarray(this.#offset);
      const part = rest.subarray(0, taken.length - done);
      taken.set(part, done);
      done += part.length;
      this.#consume(part.length);
    }
    return taken;
  }

  /** All bytes, which stay in the queue. */
  peekAll(): Uint8Array {
    const all = new Uint8Array(this.#length);
    let at = -this.#offset;
    for (const chunk of this.#chunks) {
      all.set(at < 0 ? chunk.subarray(-at) : chunk, Math.max(at, 0));
      at += chunk.length;
    }
    return all;
  }

  clear(): void {
    this.#chunks = [];
    this.#offset = this.#length = 0;
  }

  #consume(count: number): void {
    this.#offset += count;
    this.#length -= count;
    if (this.#offset < this.#chunks[0]!.length) return;
    this.#chunks.shift();
    this.#offset = 0;
  }
}
