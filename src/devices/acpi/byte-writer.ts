/** Builds a little-endian byte sequence. */
export class ByteWriter {
  readonly #bytes: number[] = [];

  get length(): number {
    return this.#bytes.length;
  }

  u8(...values: number[]): this {
    for (const value of values) this.#bytes.push(value & 0xff);
    return this;
  }

  u16(value: number): this {
    return this.#number(value, 2);
  }

  u32(value: number): this {
    return this.#number(value, 4);
  }

  /** 0 … 2^53-1. */
  u64(value: number): this {
    return this.#number(value, 8);
  }

  /** ASCII, cut or filled with `fill` to exactly `length` bytes. */
  text(value: string, length: number, fill = 0): this {
    for (let at = 0; at < length; at++) this.u8(at < value.length ? value.charCodeAt(at) : fill);
    return this;
  }

  bytes(values: Iterable<number>): this {
    for (const value of values) this.u8(value);
    return this;
  }

  zeros(count: number): this {
    for (let at = 0; at < count; at++) this.u8(0);
    return this;
  }

  /** Zeros up to the next multiple of `alignment`. */
  align(alignment: number): this {
    return this.zeros((alignment - (this.length % alignment)) % alignment);
  }

  toBytes(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }

  #number(value: number, size: number): this {
    let rest = value;
    for (let at = 0; at < size; at++) {
      this.u8(rest % 256);
      rest = Math.floor(rest / 256);
    }
    return this;
  }
}
