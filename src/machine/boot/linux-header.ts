import { VmError, formatHex } from "../errors.js";

/*
 * The setup header of a Linux/x86 kernel (Linux/x86 boot protocol, "The Real-Mode Kernel Header" and
 * "Details of Header Fields"). Offsets are those in the file and, alike, in the zero page.
 */
export const headerOffset = {
  setupSectors: 0x1f1,
  systemSize: 0x1f4,
  videoMode: 0x1fa,
  bootFlag: 0x1fe,
  jumpDisplacement: 0x201,
  magic: 0x202,
  version: 0x206,
  kernelVersion: 0x20e,
  typeOfLoader: 0x210,
  loadFlags: 0x211,
  code32Start: 0x214,
  ramdiskImage: 0x218,
  ramdiskSize: 0x21c,
  commandLinePointer: 0x228,
  initrdAddressMax: 0x22c,
  kernelAlignment: 0x230,
  relocatableKernel: 0x234,
  extendedLoadFlags: 0x236,
  commandLineSize: 0x238,
  preferredAddress: 0x258,
  initSize: 0x260,
} as const;

export const headerStart = headerOffset.setupSectors;
const bootFlag = 0xaa55;
/** "HdrS" read as a little-endian word. */
const headerMagic = 0x53726448;
const minimumVersion = 0x0206;
const preferredAddressVersion = 0x020a;
const extendedLoadFlagsVersion = 0x020c;
const loadedHigh = 0x01;
const kernel64 = 0x01;
const sectorBytes = 512;
const paragraphBytes = 16;
/** Setup sectors of a kernel that says 0: "for backwards compatibility". */
const defaultSetupSectors = 4;
const legacyLoadAddress = 0x100000;
/** The shortest file whose header has all fields of protocol 2.06. */
const minimumFileBytes = 2 * sectorBytes;

export interface LinuxHeader {
  /** Protocol version, 020CH for 2.12. */
  version: number;
  /** `6.1.0-40-cloud-amd64 (…) …`, or empty. */
  kernelVersion: string;
  /** Offset behind the last header byte, within the first two sectors. */
  headerEnd: number;
  loadFlags: number;
  /** The protected-mode kernel, without setup code and without anything appended to the file. */
  protectedModeCode: Uint8Array;
  /** Where it is to be loaded. */
  preferredAddress: number;
  /** Memory in bytes it needs from there before it has read the memory map. */
  initSize: number;
  /** The highest address an initrd byte may have. */
  initrdAddressMax: number;
  /** The longest command line in bytes, without the terminating zero. */
  commandLineSize: number;
  has64BitEntry: boolean;
}

/** True when `image` has the boot flag and the magic of a Linux setup header. */
export function isLinuxImage(image: Uint8Array): boolean {
  if (image.length < headerOffset.version) return false;
  const view = new DataView(image.buffer, image.byteOffset, image.byteLength);
  return (
    view.getUint16(headerOffset.bootFlag, true) === bootFlag &&
    view.getUint32(headerOffset.magic, true) === headerMagic
  );
}

/**
 * Reads and checks the header of a bzImage.
 * @throws VmError `kernel-not-linux`, `kernel-truncated`, `kernel-too-old`, `kernel-not-bzimage`
 */
export function parseLinuxHeader(image: Uint8Array): LinuxHeader {
  if (!isLinuxImage(image)) throw notLinuxError(image);
  if (image.length < minimumFileBytes) throw truncatedError(image.length, minimumFileBytes);
  const view = new DataView(image.buffer, image.byteOffset, image.byteLength);
  const version = view.getUint16(headerOffset.version, true);
  if (version < minimumVersion) throw tooOldError(version);
  const loadFlags = view.getUint8(headerOffset.loadFlags);
  if ((loadFlags & loadedHigh) === 0) throw notBzImageError(loadFlags);
  const protectedModeCode = sliceProtectedModeCode(image, view);
  return {
    version,
    kernelVersion: readKernelVersion(image, view),
    headerEnd: headerOffset.magic + view.getUint8(headerOffset.jumpDisplacement),
    loadFlags,
    protectedModeCode,
    ...readPlacement(view, version, protectedModeCode.length),
    initrdAddressMax: view.getUint32(headerOffset.initrdAddressMax, true),
    commandLineSize: view.getUint32(headerOffset.commandLineSize, true),
    has64BitEntry:
      version >= extendedLoadFlagsVersion &&
      (view.getUint16(headerOffset.extendedLoadFlags, true) & kernel64) !== 0,
  };
}

function sliceProtectedModeCode(image: Uint8Array, view: DataView): Uint8Array {
  const setupSectors = view.getUint8(headerOffset.setupSectors) || defaultSetupSectors;
  const start = (setupSectors + 1) * sectorBytes;
  const end = start + view.getUint32(headerOffset.systemSize, true) * paragraphBytes;
  // The size counts whole paragraphs: the last one may be incomplete in the file.
  if (image.length <= end - paragraphBytes || end <= start) throw truncatedError(image.length, end);
  return image.subarray(start, Math.min(end, image.length));
}

function readPlacement(
  view: DataView,
  version: number,
  codeBytes: number,
): Pick<LinuxHeader, "preferredAddress" | "initSize"> {
  if (version < preferredAddressVersion) {
    // Before 2.10 the header does not say what decompression needs; a kernel shrinks to no less than a fourth.
    return { preferredAddress: legacyLoadAddress, initSize: codeBytes * 4 };
  }
  const preferredAddress = Number(view.getBigUint64(headerOffset.preferredAddress, true));
  const initSize = view.getUint32(headerOffset.initSize, true);
  return { preferredAddress, initSize: Math.max(initSize, codeBytes) };
}

function readKernelVersion(image: Uint8Array, view: DataView): string {
  const pointer = view.getUint16(headerOffset.kernelVersion, true);
  if (pointer === 0) return "";
  const start = pointer + sectorBytes;
  const end = image.indexOf(0, start);
  if (end < 0 || end - start > 256) return "";
  return String.fromCharCode(...image.subarray(start, end));
}

function notLinuxError(image: Uint8Array): VmError {
  return new VmError({
    code: "kernel-not-linux",
    message: 'the kernel is no Linux image: expected boot flag AA55H at 1FEH and "HdrS" at 202H',
    hint: "give a bzImage, such as /boot/vmlinuz of a Linux distribution",
    context: { fileBytes: image.length },
  });
}

function truncatedError(fileBytes: number, expectedBytes: number): VmError {
  return new VmError({
    code: "kernel-truncated",
    message: `the kernel is truncated: its header asks for ${expectedBytes} bytes, the file has ${fileBytes}`,
    hint: "copy or download the kernel again",
    context: { fileBytes, expectedBytes },
  });
}

function tooOldError(version: number): VmError {
  return new VmError({
    code: "kernel-too-old",
    message: `the kernel speaks boot protocol ${formatVersion(version)}, at least 2.06 (Linux 2.6.22) is needed`,
    hint: "use a newer kernel, or boot this one from a disk through firmware",
    context: { version },
  });
}

function notBzImageError(loadFlags: number): VmError {
  return new VmError({
    code: "kernel-not-bzimage",
    message: `the kernel is a zImage (loadflags ${formatHex(loadFlags)}: LOADED_HIGH is clear), expected a bzImage`,
    hint: 'build the kernel with "make bzImage"',
    context: { loadFlags },
  });
}

/** 020FH as `2.15`. */
export function formatVersion(version: number): string {
  return `${version >> 8}.${(version & 0xff).toString().padStart(2, "0")}`;
}
