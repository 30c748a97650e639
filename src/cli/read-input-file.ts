import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { VmError } from "../machine/errors.js";

/**
 * The content of a file the user named; `what` says what for ("kernel").
 * @throws VmError `file-not-found`, `file-unreadable`, `file-empty`
 */
export async function readInputFile(what: string, path: string): Promise<Uint8Array> {
  const bytes = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    throw describeFileError(what, path, cause);
  });
  if (bytes.length > 0) return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  throw new VmError({
    code: "file-empty",
    message: `the ${what} ${path} is empty`,
    hint: "copy or download the file again",
    context: { path },
  });
}

/** As `readInputFile`, but a gzip file is decompressed: distributions ship Xen that way, and GRUB takes it so. */
export async function readKernelFile(path: string): Promise<Uint8Array> {
  const bytes = await readInputFile("kernel", path);
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  return promisify(gunzip)(bytes).catch((cause: unknown) => {
    throw new VmError({
      code: "kernel-truncated",
      message: `the kernel ${path} is a damaged gzip file: ${cause instanceof Error ? cause.message : String(cause)}`,
      hint: "copy or download the kernel again",
      cause,
    });
  });
}

/** Why `path` cannot be used, as a VmError. */
export function describeFileError(what: string, path: string, cause: NodeJS.ErrnoException): VmError {
  const context = { path };
  if (cause.code === "ENOENT") {
    const hint = "check the path";
    return new VmError({
      code: "file-not-found",
      message: `the ${what} ${path} does not exist`,
      hint,
      context,
      cause,
    });
  }
  const reasons: Readonly<Record<string, string>> = {
    EISDIR: "it is a directory",
    EACCES: "permission denied",
  };
  return new VmError({
    code: "file-unreadable",
    message: `the ${what} ${path} cannot be opened: ${reasons[cause.code ?? ""] ?? cause.message}`,
    hint: "check the path and its permissions",
    context,
    cause,
  });
}
