import { conventionalMemoryEnd } from "./e820.js";

const biosDataAreaAddress = 0x400;
const biosDataAreaBytes = 0x100;
const com1PortOffset = 0x00;
const ebdaSegmentOffset = 0x0e;
const baseMemoryOffset = 0x13;
const com1Port = 0x3f8;

/**
 * What kernels that start without firmware still read of the BIOS data area: COM1's port, the segment of the
 * EBDA and the conventional memory in KiB. Returned as address and bytes.
 */
export function buildBiosDataArea(): [address: number, bytes: Uint8Array] {
  const bytes = new Uint8Array(biosDataAreaBytes);
  const view = new DataView(bytes.buffer);
  view.setUint16(com1PortOffset, com1Port, true);
  view.setUint16(ebdaSegmentOffset, conventionalMemoryEnd >> 4, true);
  view.setUint16(baseMemoryOffset, conventionalMemoryEnd >> 10, true);
  return [biosDataAreaAddress, bytes];
}
