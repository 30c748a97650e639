import { VmError } from "../errors.js";
import type { MemoryWrite } from "./boot-plan.js";
import type { BootMemory, E820Entry } from "./e820.js";
import type { LinuxHeader } from "./linux-header.js";
import { headerOffset, headerStart } from "./linux-header.js";

/** Fields of struct boot_params outside the setup header (Linux "Zero Page"). */
const acpiRsdpOffset = 0x070;
const e820CountOffset = 0x1e8;
const e820TableOffset = 0x2d0;
const e820EntryBytes = 20;
const e820MaximumEntries = 128;
/** The header may grow up to here, where the next field (the EDD signatures) begins. */
const headerAreaEnd = 0x290;

const zeroPageBytes = 4096;
/** A boot loader without an assigned number. */
const undefinedLoader = 0xff;
/** vid_mode "normal": the kernel shall not ask. */
const normalVideoMode = 0xffff;
const loadedHigh = 0x01;

export interface ZeroPageInput {
  kernelAddress: number;
  commandLineAddress: number;
  initrd: MemoryWrite | undefined;
  memory: BootMemory;
}

/** The zero page: the kernel's own header, completed as a boot loader must, and the memory map. */
export function buildZeroPage(image: Uint8Array, header: LinuxHeader, input: ZeroPageInput): Uint8Array {
  const page = new Uint8Array(zeroPageBytes);
  const view = new DataView(page.buffer);
  page.set(image.subarray(headerStart, Math.min(header.headerEnd, headerAreaEnd)), headerStart);
  view.setUint16(headerOffset.videoMode, normalVideoMode, true);
  view.setUint8(headerOffset.typeOfLoader, undefinedLoader);
  // Only LOADED_HIGH means something to the 32-bit and 64-bit entry points; there is no setup heap.
  view.setUint8(headerOffset.loadFlags, header.loadFlags & loadedHigh);
  view.setUint32(headerOffset.code32Start, input.kernelAddress, true);
  view.setUint32(headerOffset.commandLinePointer, input.commandLineAddress, true);
  view.setUint32(headerOffset.ramdiskImage, input.initrd?.address ?? 0, true);
  view.setUint32(headerOffset.ramdiskSize, input.initrd?.bytes.length ?? 0, true);
  view.setBigUint64(acpiRsdpOffset, BigInt(input.memory.acpiRsdp ?? 0), true);
  writeE820(view, input.memory.e820);
  return page;
}

function writeE820(view: DataView, entries: readonly E820Entry[]): void {
  if (entries.length > e820MaximumEntries) {
    throw new VmError({
      code: "memory-map-too-long",
      message: `the memory map has ${entries.length} entries, the zero page takes ${e820MaximumEntries}`,
    });
  }
  view.setUint8(e820CountOffset, entries.length);
  entries.forEach((entry, index) => {
    const offset = e820TableOffset + index * e820EntryBytes;
    view.setBigUint64(offset, BigInt(entry.address), true);
    view.setBigUint64(offset + 8, BigInt(entry.length), true);
    view.setUint32(offset + 16, entry.type, true);
  });
}
