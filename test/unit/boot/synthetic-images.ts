/** Small kernel images with just what a boot protocol reads. */

export interface BzImageOptions {
  version?: number;
  bootFlag?: number;
  magic?: number;
  loadFlags?: number;
  setupSectors?: number;
  codeBytes?: number;
  extendedLoadFlags?: number;
  commandLineSize?: number;
  initrdAddressMax?: number;
  preferredAddress?: number;
  initSize?: number;
  kernelVersion?: string;
}

const sectorBytes = 512;

/** A bzImage of protocol 2.15 whose protected-mode code is `codeBytes` bytes of 90H. */
export function buildBzImage(options: BzImageOptions = {}): Uint8Array {
  const setupSectors = options.setupSectors ?? 3;
  const codeBytes = options.codeBytes ?? 0x2000;
  const setupBytes = ((setupSectors || 4) + 1) * sectorBytes;
  const image = new Uint8Array(setupBytes + codeBytes).fill(0x90, setupBytes);
  const view = new DataView(image.buffer);
  view.setUint8(0x1f1, setupSectors);
  view.setUint32(0x1f4, Math.ceil(codeBytes / 16), true);
  view.setUint16(0x1fe, options.bootFlag ?? 0xaa55, true);
  view.setUint8(0x200, 0xeb);
  view.setUint8(0x201, 0x6a);
  view.setUint32(0x202, options.magic ?? 0x53726448, true);
  view.setUint16(0x206, options.version ?? 0x020f, true);
  view.setUint8(0x211, options.loadFlags ?? 0x01);
  view.setUint32(0x22c, options.initrdAddressMax ?? 0x7fffffff, true);
  view.setUint16(0x236, options.extendedLoadFlags ?? 0x01, true);
  view.setUint32(0x238, options.commandLineSize ?? 2047, true);
  view.setBigUint64(0x258, BigInt(options.preferredAddress ?? 0x1000000), true);
  view.setUint32(0x260, options.initSize ?? 0x400000, true);
  writeKernelVersion(image, view, options.kernelVersion ?? "6.1.0-test");
  return image;
}

function writeKernelVersion(image: Uint8Array, view: DataView, text: string): void {
  view.setUint16(0x20e, 0x300 - sectorBytes, true);
  image.set(new TextEncoder().encode(`${text}\0`), 0x300);
}

export interface ElfSegment {
  /** Default 1, PT_LOAD; 4 is PT_NOTE. */
  type?: number;
  physical: number;
  virtual?: number;
  bytes: Uint8Array;
  /** Default: as many as `bytes` has. */
  memoryBytes?: number;
  alignment?: number;
}

export interface ElfOptions {
  is64Bit: boolean;
  entry: number;
  segments: ElfSegment[];
  machine?: number;
}

/** An ELF executable whose headers lie in the first page and whose segments follow it. */
export function buildElf(options: ElfOptions): Uint8Array {
  const headerBytes = options.is64Bit ? 64 : 52;
  const entryBytes = options.is64Bit ? 56 : 32;
  const contentBytes = options.segments.reduce((sum, segment) => sum + segment.bytes.length, 0);
  const image = new Uint8Array(0x400 + contentBytes);
  const view = new DataView(image.buffer);
  image.set([0x7f, 0x45, 0x4c, 0x46, options.is64Bit ? 2 : 1, 1, 1]);
  view.setUint16(16, 2, true);
  view.setUint16(18, options.machine ?? (options.is64Bit ? 62 : 3), true);
  view.setUint32(20, 1, true);
  writeElfHeaderTail(view, options, headerBytes, entryBytes);
  let offset = 0x400;
  options.segments.forEach((segment, index) => {
    writeProgramHeader(view, headerBytes + index * entryBytes, segment, offset, options.is64Bit);
    image.set(segment.bytes, offset);
    offset += segment.bytes.length;
  });
  return image;
}

function writeElfHeaderTail(
  view: DataView,
  options: ElfOptions,
  headerBytes: number,
  entryBytes: number,
): void {
  if (options.is64Bit) {
    view.setBigUint64(24, BigInt(options.entry), true);
    view.setBigUint64(32, BigInt(headerBytes), true);
  } else {
    view.setUint32(24, options.entry, true);
    view.setUint32(28, headerBytes, true);
  }
  const sizes = options.is64Bit ? 52 : 40;
  view.setUint16(sizes, headerBytes, true);
  view.setUint16(sizes + 2, entryBytes, true);
  view.setUint16(sizes + 4, options.segments.length, true);
}

function writeProgramHeader(
  view: DataView,
  at: number,
  segment: ElfSegment,
  offset: number,
  is64Bit: boolean,
): void {
  const virtual = segment.virtual ?? segment.physical;
  const memoryBytes = segment.memoryBytes ?? segment.bytes.length;
  view.setUint32(at, segment.type ?? 1, true);
  if (is64Bit) {
    const words = [
      offset,
      virtual,
      segment.physical,
      segment.bytes.length,
      memoryBytes,
      segment.alignment ?? 0,
    ];
    words.forEach((word, index) => view.setBigUint64(at + 8 + index * 8, BigInt(word), true));
  } else {
    const words = [
      offset,
      virtual,
      segment.physical,
      segment.bytes.length,
      memoryBytes,
      5,
      segment.alignment ?? 0,
    ];
    words.forEach((word, index) => view.setUint32(at + 4 + index * 4, word, true));
  }
}

/** The note a PVH kernel names its entry point with. */
export function buildPvhNote(entry: number, descriptorBytes: 4 | 8 = 4): Uint8Array {
  const note = new Uint8Array(16 + descriptorBytes);
  const view = new DataView(note.buffer);
  view.setUint32(0, 4, true);
  view.setUint32(4, descriptorBytes, true);
  view.setUint32(8, 18, true);
  note.set(new TextEncoder().encode("Xen\0"), 12);
  view.setUint32(16, entry, true);
  return note;
}
