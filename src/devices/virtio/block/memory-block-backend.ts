import type { BlockBackend } from "../../contracts.js";
import { SECTOR_BYTES } from "./block-configuration.js";

/** A disk in host memory. */
export class MemoryBlockBackend implements BlockBackend {
  readonly sectorCount: number;
  readonly readOnly: boolean;
  readonly #bytes: Uint8Array;

  /** Uses `bytes` itself, no copy. Throws RangeError unless they are whole sectors of 512 bytes. */
  constructor(bytes: Uint8Array, options: { readonly readOnly?: boolean } = {}) {
    if (bytes.length % SECTOR_BYTES !== 0) {
      throw new RangeError(
        `a disk of ${bytes.length} bytes is no whole number of ${SECTOR_BYTES}-byte sectors`,
      );
    }
    this.#bytes = bytes;
    this.sectorCount = bytes.length / SECTOR_BYTES;
    this.readOnly = options.readOnly ?? false;
  }

  read(sector: number, target: Uint8Array): void {
    target.set(this.#range(sector, target.length));
  }

  write(sector: number, source: Uint8Array): void {
    if (this.readOnly) throw new Error("the disk is read-only");
    this.#range(sector, source.length).set(source);
  }

  flush(): void {}

  #range(sector: number, length: number): Uint8Array {
    const start = sector * SECTOR_BYTES;
    if (start + length > this.#bytes.length)
      throw new RangeError(`sector ${sector} is behind the disk's end`);
    return this.#bytes.subarray(start, start + length);
  }
}
