/**
 * The parts of 64-bit little-endian ELF files that an image builder needs: sections, the dynamic section's
 * names, and the module information of Linux kernel modules.
 * Source: System V ABI, "Object Files" and "Dynamic Linking"; for .modinfo the kernel's
 * include/linux/moduleparam.h (NUL-terminated "name=value" strings).
 */

const classOffset = 4;
const class64 = 2;
const sectionHeaderBytes = 64;
const typeDynamic = 6;
const tagNull = 0;
const tagNeeded = 1;

interface Section {
  readonly name: string;
  readonly type: number;
  readonly bytes: Uint8Array;
  /** The index of the section that this one refers to: a dynamic section's string table. */
  readonly link: number;
}

/** True when the bytes start like a 64-bit ELF file. */
export function isElf64(bytes: Uint8Array): boolean {
  const isElf = bytes[0] === 0x7f && bytes[1] === 0x45 && bytes[2] === 0x4c && bytes[3] === 0x46;
  return isElf && bytes[classOffset] === class64;
}

/** The sonames that the dynamic linker has to load for this file (DT_NEEDED), in their order. */
export function neededLibraries(bytes: Uint8Array): string[] {
  const sections = readSections(bytes);
  const dynamic = sections.find((section) => section.type === typeDynamic);
  const strings = dynamic && sections[dynamic.link];
  if (dynamic === undefined || strings === undefined) return [];
  const view = viewOf(dynamic.bytes);
  const names: string[] = [];
  for (let at = 0; at + 16 <= view.byteLength; at += 16) {
    const tag = u64(view, at);
    if (tag === tagNull) break;
    if (tag === tagNeeded) names.push(stringAt(strings.bytes, u64(view, at + 8)));
  }
  return names;
}

/** The program interpreter's path (the dynamic linker), or undefined for a static file or a library. */
export function interpreterOf(bytes: Uint8Array): string | undefined {
  const section = readSections(bytes).find((candidate) => candidate.name === ".interp");
  return section && stringAt(section.bytes, 0);
}

/** A kernel module's information, such as `name` and `depends`. */
export function moduleInformation(bytes: Uint8Array): Map<string, string> {
  const section = readSections(bytes).find((candidate) => candidate.name === ".modinfo");
  const text = new TextDecoder().decode(section?.bytes ?? new Uint8Array(0));
  const pairs = text.split("\0").filter((item) => item.includes("="));
  return new Map(pairs.map((item) => [item.slice(0, item.indexOf("=")), item.slice(item.indexOf("=") + 1)]));
}

/** An empty list when the file has no (readable) section headers. */
function readSections(bytes: Uint8Array): Section[] {
  if (!isElf64(bytes) || bytes.length < 64) return [];
  const view = viewOf(bytes);
  const tableOffset = u64(view, 0x28); // e_shoff
  const count = view.getUint16(0x3c, true); // e_shnum
  const namesIndex = view.getUint16(0x3e, true); // e_shstrndx
  if (tableOffset + count * sectionHeaderBytes > bytes.length) return [];
  const headers = Array.from({ length: count }, (_, i) => tableOffset + i * sectionHeaderBytes);
  const names = contentOf(bytes, view, headers[namesIndex] ?? 0);
  return headers.map((header) => ({
    name: stringAt(names, view.getUint32(header, true)),
    type: view.getUint32(header + 4, true),
    bytes: contentOf(bytes, view, header),
    link: view.getUint32(header + 40, true),
  }));
}

function contentOf(bytes: Uint8Array, view: DataView, header: number): Uint8Array {
  const offset = u64(view, header + 24);
  return bytes.subarray(offset, offset + u64(view, header + 32));
}

function stringAt(bytes: Uint8Array, offset: number): string {
  const end = bytes.indexOf(0, offset);
  return new TextDecoder().decode(bytes.subarray(offset, end < 0 ? bytes.length : end));
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** File offsets and addresses stay far below 2^53. */
function u64(view: DataView, offset: number): number {
  return Number(view.getBigUint64(offset, true));
}
