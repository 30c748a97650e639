import { VmError } from "../errors.js";
import { isElf } from "./elf.js";
import { isLinuxImage } from "./linux-header.js";
import { findMultibootHeader } from "./multiboot-header.js";
import { findPvhEntry } from "./pvh.js";

export type KernelProtocol = "linux-bzimage" | "multiboot" | "pvh";

/** What else people give as a kernel, by the first bytes of the file. */
const otherFormats: readonly { magic: readonly number[]; name: string; hint: string }[] = [
  { magic: [0x1f, 0x8b], name: "a gzip file", hint: "decompress it first" },
  { magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a], name: "an xz file", hint: "decompress it first" },
  { magic: [0x28, 0xb5, 0x2f, 0xfd], name: "a zstd file", hint: "decompress it first" },
  {
    magic: [0x4d, 0x5a],
    name: "an EFI program without a Linux header",
    hint: "give a kernel for x86, not an EFI boot loader",
  },
  { magic: [0x51, 0x46, 0x49, 0xfb], name: "a qcow2 disk image", hint: "attach it with --disk" },
  { magic: [0x30, 0x37, 0x30, 0x37, 0x30, 0x31], name: "a cpio archive", hint: "attach it with --initrd" },
];

/**
 * The boot protocol of a kernel file. A kernel with several is started as a bzImage first; multiboot goes
 * before PVH, because Xen's image has both and its PVH entry is for running under another Xen.
 * @throws VmError `kernel-not-recognized`, or those of `readElf` for a broken ELF file
 */
export function detectKernel(image: Uint8Array): KernelProtocol {
  if (isLinuxImage(image)) return "linux-bzimage";
  if (findMultibootHeader(image) !== undefined) return "multiboot";
  if (findPvhEntry(image) !== undefined) return "pvh";
  throw notRecognizedError(image);
}

function notRecognizedError(image: Uint8Array): VmError {
  const { name, hint } = describeOther(image);
  return new VmError({
    code: "kernel-not-recognized",
    message:
      `the kernel is of no known kind: it is ${name}; looked for a Linux bzImage ("HdrS" at 202H),` +
      " a multiboot header in the first 8192 bytes and an ELF note with a PVH entry point",
    hint,
    context: { fileBytes: image.length },
  });
}

function describeOther(image: Uint8Array): { name: string; hint: string } {
  if (image.length === 0) return { name: "empty", hint: "copy or download the kernel again" };
  if (isElf(image)) {
    return {
      name: "an ELF file without either",
      hint: "build it with CONFIG_PVH, or with a multiboot header",
    };
  }
  const other = otherFormats.find(({ magic }) => magic.every((byte, index) => image[index] === byte));
  return (
    other ?? {
      name: `a file of ${image.length} bytes`,
      hint: "give a vmlinuz, or use --flat for a bare image",
    }
  );
}
