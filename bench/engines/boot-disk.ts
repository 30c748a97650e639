/**
 * A disk image that starts a Linux kernel with an initial RAM disk: for emulators that cannot load a kernel
 * themselves. The boot sector (guest/boot-disk.asm) only copies; everything else is decided here.
 * Source: Linux, Documentation/arch/x86/boot.rst.
 */
import { readFile } from "node:fs/promises";
import { assemble } from "../guest/assemble.js";

const sectorBytes = 512;
const mebibyte = 2 ** 20;
/** Disk geometry that every BIOS accepts: a cylinder of 16 heads with 63 sectors each. */
const cylinderBytes = 16 * 63 * sectorBytes;

const setupAddress = 0x90000;
const commandLineAddress = 0x9e000;
const kernelAddress = 0x100000;
/** The BIOS keeps its ACPI tables at the end of the memory. */
const reservedAtEndBytes = 16 * mebibyte;

/** Offsets of the setup header's fields, as boot.rst gives them. */
const field = {
  setupSectors: 0x1f1,
  loader: 0x210,
  flags: 0x211,
  initrd: 0x218,
  heapEnd: 0x224,
  commandLine: 0x228,
};
const loaderUnknown = 0xff;
const canUseHeap = 0x80;

export interface BootDiskOptions {
  readonly kernelPath: string;
  readonly initrdPath: string;
  readonly commandLine: string;
  readonly memoryMiB: number;
}

interface Part {
  readonly address: number;
  readonly content: Uint8Array;
}

/** The whole disk. Throws when nasm is missing. */
export async function makeBootDisk(options: BootDiskOptions): Promise<Uint8Array> {
  const [kernel, initrd, bootSector] = await Promise.all([
    readFile(options.kernelPath),
    readFile(options.initrdPath),
    assemble("boot-disk.asm"),
  ]);
  const setupBytes = ((kernel[field.setupSectors]! || 4) + 1) * sectorBytes;
  const end = options.memoryMiB * mebibyte - reservedAtEndBytes;
  const initrdAddress = Math.floor((end - initrd.length) / 4096) * 4096;
  const setup = patchSetup(kernel.subarray(0, setupBytes), initrdAddress, initrd.length);
  return layOut(bootSector, [
    { address: setupAddress, content: setup },
    { address: commandLineAddress, content: Buffer.from(`${options.commandLine}\0`) },
    { address: kernelAddress, content: kernel.subarray(setupBytes) },
    { address: initrdAddress, content: initrd },
  ]);
}

/** The fields that boot.rst makes a boot loader write. */
function patchSetup(original: Uint8Array, initrdAddress: number, initrdBytes: number): Uint8Array {
  const setup = Buffer.from(original);
  setup[field.loader] = loaderUnknown;
  setup[field.flags]! |= canUseHeap;
  setup.writeUInt32LE(initrdAddress, field.initrd);
  setup.writeUInt32LE(initrdBytes, field.initrd + 4);
  setup.writeUInt16LE(commandLineAddress - setupAddress - 0x200, field.heapEnd);
  setup.writeUInt32LE(commandLineAddress, field.commandLine);
  return setup;
}

/** Sector 0: the boot sector; sector 1: the table of parts; from sector 2: the parts. */
function layOut(bootSector: Uint8Array, parts: readonly Part[]): Uint8Array {
  const table = Buffer.alloc(sectorBytes);
  const contents: Uint8Array[] = [];
  let sector = 2;
  parts.forEach(({ address, content }, i) => {
    const sectors = Math.ceil(content.length / sectorBytes);
    [sector, sectors, address].forEach((value, word) => table.writeUInt32LE(value, i * 16 + word * 4));
    contents.push(padTo(content, sectors * sectorBytes));
    sector += sectors;
  });
  const disk = Buffer.concat([bootSector, table, ...contents]);
  return padTo(disk, Math.ceil(disk.length / cylinderBytes) * cylinderBytes);
}

function padTo(content: Uint8Array, length: number): Uint8Array {
  return Buffer.concat([content, Buffer.alloc(length - content.length)]);
}
