import { VmError } from "../errors.js";
import type { MemoryPlanner } from "./memory-planner.js";

/*
 * As much of an ELF executable as a boot loader reads
 * (System V ABI, "Object Files": "ELF Header" and "Program Header").
 */
export interface ElfImage {
  is64Bit: boolean;
  /** e_entry: a virtual address. */
  entry: number;
  segments: ElfSegment[];
}

export interface ElfSegment {
  type: number;
  virtualAddress: number;
  physicalAddress: number;
  /** What the file has of the segment. */
  bytes: Uint8Array;
  /** Size in memory; what exceeds `bytes` is zero. */
  memoryBytes: number;
  alignment: number;
}

export const segmentLoad = 1;
export const segmentNote = 4;

const elfMagic = 0x464c457f;
const class64 = 2;
const littleEndian = 1;
const machine386 = 3;
const machineX8664 = 62;
const header32Bytes = 52;
const header64Bytes = 64;

/** True when `image` begins as an ELF file does. */
export function isElf(image: Uint8Array): boolean {
  return image.length >= 4 && viewOf(image).getUint32(0, true) === elfMagic;
}

/**
 * Reads an ELF file for x86.
 * @throws VmError `kernel-elf-invalid` (not for this processor, or headers out of the file), `kernel-truncated`
 */
export function readElf(image: Uint8Array): ElfImage {
  const view = viewOf(image);
  if (!isElf(image) || image.length < header32Bytes) throw invalidElfError("expected an ELF header");
  const is64Bit = view.getUint8(4) === class64;
  if (is64Bit && image.length < header64Bytes) throw invalidElfError("the ELF header is incomplete");
  if (view.getUint8(5) !== littleEndian) throw invalidElfError("expected little-endian data");
  const machine = view.getUint16(18, true);
  if (machine !== machine386 && machine !== machineX8664) {
    throw invalidElfError(`expected machine 3 (80386) or 62 (x86-64), found ${machine}`);
  }
  const entry = is64Bit ? readAddress(view, 24) : view.getUint32(24, true);
  return { is64Bit, entry, segments: readSegments(image, view, is64Bit) };
}

function readSegments(image: Uint8Array, view: DataView, is64Bit: boolean): ElfSegment[] {
  const tableOffset = is64Bit ? readAddress(view, 32) : view.getUint32(28, true);
  const entryBytes = view.getUint16(is64Bit ? 54 : 42, true);
  const count = view.getUint16(is64Bit ? 56 : 44, true);
  if (count > 0 && entryBytes < (is64Bit ? 56 : 32)) {
    throw invalidElfError(`a program header of ${entryBytes} bytes is too short`);
  }
  if (tableOffset + count * entryBytes > image.length) {
    throw truncatedElfError("program headers", tableOffset + count * entryBytes, image.length);
  }
  const segments: ElfSegment[] = [];
  for (let index = 0; index < count; index++) {
    const at = tableOffset + index * entryBytes;
    segments.push(is64Bit ? readSegment64(image, view, at) : readSegment32(image, view, at));
  }
  return segments;
}

function readSegment64(image: Uint8Array, view: DataView, at: number): ElfSegment {
  return {
    type: view.getUint32(at, true),
    bytes: sliceSegment(image, readAddress(view, at + 8), readAddress(view, at + 32)),
    virtualAddress: readAddress(view, at + 16),
    physicalAddress: readAddress(view, at + 24),
    memoryBytes: readAddress(view, at + 40),
    alignment: readAddress(view, at + 48),
  };
}

function readSegment32(image: Uint8Array, view: DataView, at: number): ElfSegment {
  return {
    type: view.getUint32(at, true),
    bytes: sliceSegment(image, view.getUint32(at + 4, true), view.getUint32(at + 16, true)),
    virtualAddress: view.getUint32(at + 8, true),
    physicalAddress: view.getUint32(at + 12, true),
    memoryBytes: view.getUint32(at + 20, true),
    alignment: view.getUint32(at + 28, true),
  };
}

function sliceSegment(image: Uint8Array, offset: number, length: number): Uint8Array {
  if (offset + length > image.length) throw truncatedElfError("segment", offset + length, image.length);
  return image.subarray(offset, offset + length);
}

/** A 64-bit field; virtual addresses of kernels exceed 2^53 and are rounded, which only `entry` could notice. */
function readAddress(view: DataView, offset: number): number {
  return Number(view.getBigUint64(offset, true));
}

/**
 * Places the PT_LOAD segments at their physical addresses.
 * @returns the end of the highest one
 * @throws VmError `kernel-elf-invalid` when there is none, and those of `MemoryPlanner`
 */
export function placeElfSegments(elf: ElfImage, planner: MemoryPlanner): number {
  const loadable = elf.segments.filter((segment) => segment.type === segmentLoad && segment.memoryBytes > 0);
  if (loadable.length === 0) throw invalidElfError("it has no loadable segment");
  let end = 0;
  for (const segment of loadable) {
    planner.placeAt("kernel", segment.physicalAddress, segment.bytes, segment.memoryBytes);
    end = Math.max(end, segment.physicalAddress + segment.memoryBytes);
  }
  return end;
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function invalidElfError(found: string): VmError {
  return new VmError({
    code: "kernel-elf-invalid",
    message: `the kernel is no ELF file that can be started: ${found}`,
    hint: "give an x86 executable that was linked for a physical address",
  });
}

function truncatedElfError(what: string, expectedBytes: number, fileBytes: number): VmError {
  return new VmError({
    code: "kernel-truncated",
    message: `the kernel is truncated: a ${what} ends at byte ${expectedBytes}, the file has ${fileBytes}`,
    hint: "copy or download the kernel again",
    context: { expectedBytes, fileBytes },
  });
}
