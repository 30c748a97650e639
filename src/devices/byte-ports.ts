/**
 * Ports of 8-bit chips. A wider access reaches consecutive ports, low byte first, as the ISA bus splits it
 * (PCI Local Bus Specification 3.0, "I/O Space Decoding"). Ports outside the claimed range read as FFH.
 */
import type { AccessSize, IoBus, PortHandler } from "./contracts.js";

/** A chip whose registers are all one byte wide. `port` is absolute. */
export interface BytePortDevice {
  readByte(port: number): number;
  writeByte(port: number, value: number): void;
}

class BytePortSplitter implements PortHandler {
  constructor(
    private readonly first: number,
    private readonly count: number,
    private readonly device: BytePortDevice,
  ) {}

  readPort(port: number, size: AccessSize): number {
    let value = 0;
    for (let i = 0; i < size; i++) {
      const byte = this.isClaimed(port + i) ? this.device.readByte(port + i) : 0xff;
      value |= byte << (8 * i);
    }
    return value >>> 0;
  }

  writePort(port: number, size: AccessSize, value: number): void {
    for (let i = 0; i < size; i++) {
      if (this.isClaimed(port + i)) this.device.writeByte(port + i, (value >>> (8 * i)) & 0xff);
    }
  }

  private isClaimed(port: number): boolean {
    return port >= this.first && port < this.first + this.count;
  }
}

/** Claims ports [first, first+count) for `device`. Throws what `IoBus.mapPorts` throws. Returns what releases them. */
export function mapBytePorts(bus: IoBus, first: number, count: number, device: BytePortDevice): () => void {
  return bus.mapPorts(first, count, new BytePortSplitter(first, count, device));
}
