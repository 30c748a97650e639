import { closeSync, fstatSync, fsyncSync, openSync, readSync, writeSync } from "node:fs";
import type { BlockBackend } from "../devices/contracts.js";
import { VmError } from "../machine/errors.js";
import { describeFileError } from "./read-input-file.js";

const sectorBytes = 512;
/** "QFI\xFB". */
const qcow2Magic = 0x514649fb;

/** A raw disk image in a file; the guest's sector n is at byte n * 512. */
export class FileBlockBackend implements BlockBackend {
  readonly sectorCount: number;
  readonly #file: number;

  /**
   * Opens an existing file.
   * @throws VmError `file-not-found`, `file-unreadable`, `disk-not-raw`, `disk-size-invalid`
   */
  constructor(
    readonly path: string,
    readonly readOnly: boolean,
  ) {
    this.#file = open(path, readOnly);
    try {
      this.sectorCount = checkImage(this.#file, path) / sectorBytes;
    } catch (error) {
      closeSync(this.#file);
      throw error;
    }
  }

  read(sector: number, target: Uint8Array): void {
    const position = this.#check(sector, target.length);
    for (let done = 0; done < target.length;) {
      const count = readSync(this.#file, target, done, target.length - done, position + done);
      if (count === 0) throw new Error(`${this.path} became shorter while it was in use`);
      done += count;
    }
  }

  write(sector: number, source: Uint8Array): void {
    if (this.readOnly) throw new Error(`${this.path} is read-only`);
    const position = this.#check(sector, source.length);
    for (let done = 0; done < source.length;) {
      done += writeSync(this.#file, source, done, source.length - done, position + done);
    }
  }

  flush(): void {
    if (!this.readOnly) fsyncSync(this.#file);
  }

  close(): void {
    closeSync(this.#file);
  }

  /** The byte position of `sector`; throws when the access would leave the disk, which must never grow. */
  #check(sector: number, length: number): number {
    if (sector < 0 || sector * sectorBytes + length > this.sectorCount * sectorBytes) {
      throw new Error(`sector ${sector} with ${length} bytes is outside ${this.path}`);
    }
    return sector * sectorBytes;
  }
}

function open(path: string, readOnly: boolean): number {
  try {
    return openSync(path, readOnly ? "r" : "r+");
  } catch (cause) {
    throw describeFileError("disk", path, cause as NodeJS.ErrnoException);
  }
}

/** Returns the size in bytes. */
function checkImage(file: number, path: string): number {
  const { size } = fstatSync(file);
  const magic = Buffer.alloc(4);
  readSync(file, magic, 0, 4, 0);
  if (magic.readUInt32BE() === qcow2Magic) {
    throw new VmError({
      code: "disk-not-raw",
      message: `the disk ${path} is a qcow2 image, expected a raw one`,
      hint: 'convert it with "qemu-img convert -O raw"',
      context: { path },
    });
  }
  if (size > 0 && size % sectorBytes === 0) return size;
  throw new VmError({
    code: "disk-size-invalid",
    message: `the disk ${path} has ${size} bytes, expected a multiple of ${sectorBytes} above 0`,
    hint: `enlarge it with "truncate -s %${sectorBytes}"`,
    context: { path, size },
  });
}
