import type { AccessSize, DeviceState } from "../contracts.js";
import { matchState } from "../saved-state.js";
import { CONFIG_SPACE_BYTES } from "./config-registers.js";

/** One register of a configuration space; all fields little-endian. */
export interface ConfigRegister {
  readonly offset: number;
  /** Bytes, 1 … 4. */
  readonly size: AccessSize;
  /** What it holds after reset. */
  readonly value: number;
  /** Bits software can change; none unless given. */
  readonly writable?: number;
  /** Bits that a written 1 clears; none unless given. */
  readonly clearedByOne?: number;
}

/**
 * The 256 bytes of a function's configuration space, each bit read-only, writable or write-one-to-clear.
 *
 * Bytes that no register was defined for read 0 and drop writes, as reserved registers must
 * (PCI Local Bus 3.0, "Configuration Space Organization").
 */
export class ConfigSpace {
  readonly #bytes = new Uint8Array(CONFIG_SPACE_BYTES);
  readonly #resetBytes = new Uint8Array(CONFIG_SPACE_BYTES);
  readonly #writable = new Uint8Array(CONFIG_SPACE_BYTES);
  readonly #clearedByOne = new Uint8Array(CONFIG_SPACE_BYTES);

  define(register: ConfigRegister): void {
    for (let byte = 0; byte < register.size; byte++) {
      const at = register.offset + byte;
      this.#resetBytes[at] = this.#bytes[at] = register.value >>> (8 * byte);
      this.#writable[at] = (register.writable ?? 0) >>> (8 * byte);
      this.#clearedByOne[at] = (register.clearedByOne ?? 0) >>> (8 * byte);
    }
  }

  /** The value at `offset`, unsigned; bytes behind the end read 0. */
  read(offset: number, size: AccessSize): number {
    let value = 0;
    for (let byte = size - 1; byte >= 0; byte--) value = value * 256 + (this.#bytes[offset + byte] ?? 0);
    return value;
  }

  /** A write by software: only writable and write-one-to-clear bits change. */
  write(offset: number, size: AccessSize, value: number): void {
    for (let byte = 0; byte < size; byte++) this.#writeByte(offset + byte, (value >>> (8 * byte)) & 0xff);
  }

  /** A write by the device itself: every bit changes. */
  poke(offset: number, size: AccessSize, value: number): void {
    for (let byte = 0; byte < size; byte++) this.#bytes[offset + byte] = value >>> (8 * byte);
  }

  reset(): void {
    this.#bytes.set(this.#resetBytes);
  }

  saveState(): DeviceState {
    return this.#bytes.slice();
  }

  restoreState(state: DeviceState): void {
    this.#bytes.set(matchState(this.#bytes, state, "configuration space"));
  }

  #writeByte(at: number, value: number): void {
    const writable = this.#writable[at] ?? 0;
    const old = this.#bytes[at] ?? 0;
    const cleared = value & (this.#clearedByOne[at] ?? 0);
    this.#bytes[at] = ((old & ~writable) | (value & writable)) & ~cleared;
  }
}
