import { VmError, formatHex } from "../errors.js";
import { viewOf } from "./elf.js";

/* The header of a multiboot 1 kernel (Multiboot Specification 0.6.96, "OS image format"). */

const headerMagic = 0x1badb002;
/** The header lies "completely within the first 8192 bytes of the OS image", 4-byte aligned. */
const searchBytes = 8192;
const minimumHeaderBytes = 12;
const addressFieldsBytes = 32;
/** Bit 0 pages modules, bit 1 asks for memory information, bit 2 for a video mode. */
const knownRequirements = 0x0007;
const requirementBits = 0xffff;
const hasAddressFields = 0x10000;

/** Where a kernel that is no ELF file says it is to be loaded (the "a.out kludge"). */
export interface MultibootAddresses {
  headerAddress: number;
  loadAddress: number;
  /** 0: to the end of the file. */
  loadEndAddress: number;
  /** 0: no zeroed memory behind the loaded part. */
  bssEndAddress: number;
  entryAddress: number;
}

export interface MultibootHeader {
  /** Offset in the file. */
  offset: number;
  flags: number;
  addresses: MultibootAddresses | undefined;
}

/** The first header with a correct checksum, or undefined. */
export function findMultibootHeader(image: Uint8Array): MultibootHeader | undefined {
  const view = viewOf(image);
  const last = Math.min(image.length, searchBytes) - minimumHeaderBytes;
  for (let offset = 0; offset <= last; offset += 4) {
    if (view.getUint32(offset, true) !== headerMagic) continue;
    const flags = view.getUint32(offset + 4, true);
    const sum = headerMagic + flags + view.getUint32(offset + 8, true);
    if (sum % 0x1_0000_0000 === 0) return { offset, flags, addresses: readAddresses(view, offset, flags) };
  }
  return undefined;
}

function readAddresses(view: DataView, offset: number, flags: number): MultibootAddresses | undefined {
  if ((flags & hasAddressFields) === 0 || offset + addressFieldsBytes > view.byteLength) return undefined;
  return {
    headerAddress: view.getUint32(offset + 12, true),
    loadAddress: view.getUint32(offset + 16, true),
    loadEndAddress: view.getUint32(offset + 20, true),
    bssEndAddress: view.getUint32(offset + 24, true),
    entryAddress: view.getUint32(offset + 28, true),
  };
}

/**
 * A boot loader must refuse a kernel that requires what it does not know ("Multiboot header", flags).
 * @throws VmError `multiboot-unsupported-flags`
 */
export function checkMultibootFlags(flags: number): void {
  const unknown = flags & requirementBits & ~knownRequirements;
  if (unknown === 0) return;
  throw new VmError({
    code: "multiboot-unsupported-flags",
    message: `the multiboot kernel requires unknown features (flags ${formatHex(unknown)}), expected only bits 0 to 2`,
    hint: "clear bits 3 to 15 of the flags in the kernel's multiboot header",
    context: { flags },
  });
}
