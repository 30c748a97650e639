import type { BlockBackend, GuestMemory } from "../../contracts.js";
import { type DescriptorChain, lengthOf } from "../queue/descriptor-chain.js";
import { SegmentCursor } from "../queue/segment-cursor.js";
import { VirtqueueError } from "../queue/virtqueue-error.js";
import { SECTOR_BYTES, WRITE_ZEROES_SECTORS_MAX } from "./block-configuration.js";

/*
 * A request (virtio 1.2, "Block Device", "Device Operation"):
 *   device-readable: le32 type, le32 reserved, le64 sector, data to write
 *   device-writable: data read, u8 status
 */
const HEADER_BYTES = 16;
const STATUS_BYTES = 1;

const TYPE_IN = 0;
const TYPE_OUT = 1;
const TYPE_FLUSH = 4;
const TYPE_GET_ID = 8;
const TYPE_WRITE_ZEROES = 13;

const STATUS_OK = 0;
const STATUS_IO_ERROR = 1;
const STATUS_UNSUPPORTED = 2;

/** Data is moved in pieces of this many bytes. */
const PIECE_BYTES = 128 * SECTOR_BYTES;
const ID_BYTES = 20;
/** Segment of a write-zeroes request: le64 sector, le32 sector count, le32 flags (bit 0: may unmap). */
const RANGE_BYTES = 16;
const RANGE_FLAGS_ALLOWED = 1;

export interface BlockTarget {
  readonly backend: BlockBackend;
  readonly memory: GuestMemory;
  /** ASCII, up to 20 characters. */
  readonly serialNumber: string;
}

/** Executes requests of a virtio block device, one chain at a time. */
export class BlockRequestExecutor {
  readonly #target: BlockTarget;
  readonly #piece = new Uint8Array(PIECE_BYTES);

  constructor(target: BlockTarget) {
    this.#target = target;
  }

  /**
   * Executes the request and returns how many device-writable bytes were written, status included. Whatever
   * the request or the backend gets wrong ends in the status; a chain with no room for header or status throws
   * VirtqueueError.
   */
  execute(chain: DescriptorChain): number {
    const { memory } = this.#target;
    const input = new SegmentCursor(memory, chain.readable);
    const output = new SegmentCursor(memory, chain.writable);
    if (input.remaining < HEADER_BYTES || output.remaining < STATUS_BYTES) {
      throw new VirtqueueError("block request without room for header and status");
    }
    const status = this.#run(input, output);
    const dataLength = lengthOf(chain.writable) - output.remaining;
    output.skip(output.remaining - STATUS_BYTES);
    output.write(Uint8Array.of(status));
    // Only bytes in one piece from the start count as written: a status behind a gap does not.
    const isStatusAdjacent = dataLength + STATUS_BYTES === lengthOf(chain.writable);
    return isStatusAdjacent ? dataLength + STATUS_BYTES : dataLength;
  }

  #run(input: SegmentCursor, output: SegmentCursor): number {
    const header = new Uint8Array(HEADER_BYTES);
    input.read(header);
    const view = new DataView(header.buffer);
    const sector = readUint64(view, 8);
    try {
      return this.#dispatch(view.getUint32(0, true), sector, input, output);
    } catch {
      // A backend says "it did not work" by throwing; to the guest that is an I/O error.
      return STATUS_IO_ERROR;
    }
  }

  #dispatch(type: number, sector: number, input: SegmentCursor, output: SegmentCursor): number {
    switch (type) {
      case TYPE_IN:
        return this.#read(sector, output);
      case TYPE_OUT:
        return this.#write(sector, input);
      case TYPE_FLUSH:
        this.#target.backend.flush();
        return STATUS_OK;
      case TYPE_GET_ID:
        return this.#getId(output);
      case TYPE_WRITE_ZEROES:
        return this.#writeZeroes(input);
      default:
        return STATUS_UNSUPPORTED;
    }
  }

  #read(firstSector: number, output: SegmentCursor): number {
    if (!this.#isInRange(firstSector, output.remaining - STATUS_BYTES)) return STATUS_IO_ERROR;
    for (let sector = firstSector; output.remaining > STATUS_BYTES;) {
      const part = this.#pieceOf(output.remaining - STATUS_BYTES);
      this.#target.backend.read(sector, part);
      output.write(part);
      sector += part.length / SECTOR_BYTES;
    }
    return STATUS_OK;
  }

  #write(firstSector: number, input: SegmentCursor): number {
    if (this.#target.backend.readOnly) return STATUS_IO_ERROR;
    if (!this.#isInRange(firstSector, input.remaining)) return STATUS_IO_ERROR;
    for (let sector = firstSector; input.remaining > 0;) {
      const part = this.#pieceOf(input.remaining);
      input.read(part);
      this.#target.backend.write(sector, part);
      sector += part.length / SECTOR_BYTES;
    }
    return STATUS_OK;
  }

  #getId(output: SegmentCursor): number {
    const id = new Uint8Array(ID_BYTES);
    for (let at = 0; at < ID_BYTES; at++) id[at] = this.#target.serialNumber.charCodeAt(at) || 0;
    output.write(id.subarray(0, output.remaining - STATUS_BYTES));
    return STATUS_OK;
  }

  #writeZeroes(input: SegmentCursor): number {
    if (this.#target.backend.readOnly) return STATUS_IO_ERROR;
    const range = new Uint8Array(RANGE_BYTES);
    if (input.remaining !== RANGE_BYTES) return STATUS_UNSUPPORTED;
    input.read(range);
    const view = new DataView(range.buffer);
    const count = view.getUint32(8, true);
    if (view.getUint32(12, true) & ~RANGE_FLAGS_ALLOWED) return STATUS_UNSUPPORTED;
    if (count > WRITE_ZEROES_SECTORS_MAX) return STATUS_IO_ERROR;
    return this.#zero(readUint64(view, 0), count);
  }

  #zero(firstSector: number, count: number): number {
    if (!this.#isInRange(firstSector, count * SECTOR_BYTES)) return STATUS_IO_ERROR;
    for (let done = 0; done < count;) {
      const part = this.#pieceOf((count - done) * SECTOR_BYTES).fill(0);
      this.#target.backend.write(firstSector + done, part);
      done += part.length / SECTOR_BYTES;
    }
    return STATUS_OK;
  }

  #isInRange(sector: number, length: number): boolean {
    return length % SECTOR_BYTES === 0 && sector + length / SECTOR_BYTES <= this.#target.backend.sectorCount;
  }

  #pieceOf(length: number): Uint8Array {
    return this.#piece.subarray(0, Math.min(length, PIECE_BYTES));
  }
}

/** Values above 2^53 lose low bits; they are far out of any disk's range either way. */
function readUint64(view: DataView, offset: number): number {
  return view.getUint32(offset + 4, true) * 2 ** 32 + view.getUint32(offset, true);
}
