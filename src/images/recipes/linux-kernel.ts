import { readPackageFiles } from "../packages/package-files.js";
import type { PackageRecord } from "../packages/package-record.js";
import type { PackageSource } from "../packages/package-source.js";
import { ImageError } from "../image-error.js";

/** A kernel package's kernel and modules. */
export interface LinuxKernel {
  /** As `uname -r` prints it. */
  readonly release: string;
  readonly image: Uint8Array;
  /** Module files by path without a leading slash. */
  readonly modules: ReadonlyMap<string, Uint8Array>;
}

const metapackage = "linux-image-cloud-amd64";

/** The package of Debian's current cloud kernel, which its metapackage names by version. */
export async function resolveKernelPackage(source: PackageSource): Promise<PackageRecord> {
  const [meta] = await source.resolve([metapackage]);
  const name = meta?.depends.find((dependency) => dependency.startsWith("linux-image-"));
  if (name !== undefined) return (await source.resolve([name]))[0]!;
  throw new ImageError(
    "package-missing",
    `the package ${metapackage} depends on no kernel package`,
    "images are made of Debian 12 packages: use a host whose apt sources have them",
  );
}

/** Reads the kernel and, when asked for, all its modules. */
export async function readKernel(debPath: string, options: { withModules: boolean }): Promise<LinuxKernel> {
  const isWanted = (path: string): boolean =>
    path.startsWith("boot/vmlinuz-") || (options.withModules && path.endsWith(".ko"));
  const files = await readPackageFiles(debPath, isWanted);
  const kernel = [...files.values()].find((file) => file.path.startsWith("boot/vmlinuz-"));
  if (kernel === undefined) throw noKernel(debPath);
  const modules = [...files.values()].filter((file) => file.path.endsWith(".ko"));
  return {
    release: kernel.path.slice("boot/vmlinuz-".length),
    image: kernel.content,
    modules: new Map(modules.map((file) => [file.path, file.content])),
  };
}

function noKernel(debPath: string): ImageError {
  return new ImageError(
    "file-missing",
    `${debPath} has no /boot/vmlinuz-*`,
    "its layout is not the one of Debian 12: use a host whose apt sources are Debian 12's",
  );
}
