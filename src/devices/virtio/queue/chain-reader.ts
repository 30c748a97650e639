import type { GuestMemory } from "../../contracts.js";
import type { DescriptorChain, Segment } from "./descriptor-chain.js";
import { VirtqueueError } from "./virtqueue-error.js";

/*
 * A descriptor (virtio 1.2, "The Virtqueue Descriptor Table"):
 *   0  le64 address    8  le32 length    12  le16 flags    14  le16 next
 */
export const DESCRIPTOR_BYTES = 16;
const LENGTH_OFFSET = 8;
const FLAGS_OFFSET = 12;
const NEXT_OFFSET = 14;

const FLAG_NEXT = 1;
const FLAG_WRITE = 2;
const FLAG_INDIRECT = 4;

const CHAIN_LENGTH_LIMIT = 2 ** 32;

interface Descriptor {
  readonly address: number;
  readonly length: number;
  readonly flags: number;
  readonly next: number;
}

interface DescriptorTable {
  readonly address: number;
  /** Descriptors in it. */
  readonly size: number;
  readonly isIndirect: boolean;
}

/**
 * Reads the chain that starts at `head` and checks every rule the driver is bound to by the virtio 1.2
 * specification, "The Virtqueue Descriptor Table" and "Indirect Descriptors".
 *
 * Throws VirtqueueError for a chain that breaks one: it never reads more than 2 × queue size descriptors.
 */
export function readChain(
  memory: GuestMemory,
  tableAddress: number,
  queueSize: number,
  head: number,
  allowsIndirect: boolean,
): DescriptorChain {
  const builder = new ChainBuilder(memory, queueSize, allowsIndirect);
  return builder.build({ address: tableAddress, size: queueSize, isIndirect: false }, head);
}

class ChainBuilder {
  readonly #readable: Segment[] = [];
  readonly #writable: Segment[] = [];
  #totalLength = 0;

  constructor(
    readonly memory: GuestMemory,
    readonly queueSize: number,
    readonly allowsIndirect: boolean,
  ) {}

  build(ring: DescriptorTable, head: number): DescriptorChain {
    let table = ring;
    let index: number | undefined = head;
    while (index !== undefined) {
      const descriptor = this.#readDescriptor(table, index);
      if (descriptor.flags & FLAG_INDIRECT) {
        table = this.#enterIndirectTable(table, descriptor);
        index = 0;
      } else {
        this.#addSegment(descriptor);
        index = descriptor.flags & FLAG_NEXT ? descriptor.next : undefined;
      }
    }
    return { head, readable: this.#readable, writable: this.#writable };
  }

  #readDescriptor(table: DescriptorTable, index: number): Descriptor {
    if (index >= table.size)
      throw new VirtqueueError(`descriptor ${index} is outside a table of ${table.size}`);
    const at = table.address + index * DESCRIPTOR_BYTES;
    return {
      address: readAddress(this.memory, at),
      length: this.memory.readU32(at + LENGTH_OFFSET),
      flags: this.memory.readU16(at + FLAGS_OFFSET),
      next: this.memory.readU16(at + NEXT_OFFSET),
    };
  }

  /** The write flag of the descriptor that refers to the table is ignored, as the device must. */
  #enterIndirectTable(from: DescriptorTable, { address, length, flags }: Descriptor): DescriptorTable {
    if (!this.allowsIndirect) throw new VirtqueueError("indirect descriptor without VIRTIO_F_INDIRECT_DESC");
    if (from.isIndirect) throw new VirtqueueError("indirect descriptor within an indirect table");
    if (flags & FLAG_NEXT) throw new VirtqueueError("indirect descriptor with a next one");
    if (length === 0 || length % DESCRIPTOR_BYTES !== 0) {
      throw new VirtqueueError(`indirect table of ${length} bytes holds no whole number of descriptors`);
    }
    this.#checkRam(address, length);
    return { address, size: length / DESCRIPTOR_BYTES, isIndirect: true };
  }

  #addSegment({ address, length, flags }: Descriptor): void {
    if (length === 0) throw new VirtqueueError("descriptor of length 0");
    this.#checkRam(address, length);
    const isWritable = (flags & FLAG_WRITE) !== 0;
    if (!isWritable && this.#writable.length > 0) {
      throw new VirtqueueError("device-readable descriptor behind a device-writable one");
    }
    (isWritable ? this.#writable : this.#readable).push({ address, length });
    this.#checkChainLimits(length);
  }

  /** The count also ends chains that loop. */
  #checkChainLimits(addedLength: number): void {
    const count = this.#readable.length + this.#writable.length;
    if (count > this.queueSize) throw new VirtqueueError("chain longer than the queue, or one that loops");
    this.#totalLength += addedLength;
    if (this.#totalLength >= CHAIN_LENGTH_LIMIT) throw new VirtqueueError("chain of 2^32 bytes or more");
  }

  #checkRam(address: number, length: number): void {
    if (this.memory.isRam(address, length)) return;
    throw new VirtqueueError(`buffer at ${address.toString(16)}H of ${length} bytes is not in RAM`);
  }
}

/** A little-endian 64-bit address; those a number cannot hold exactly are no RAM either way. */
function readAddress(memory: GuestMemory, at: number): number {
  return memory.readU32(at + 4) * 2 ** 32 + memory.readU32(at);
}
