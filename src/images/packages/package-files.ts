import { ImageError } from "../image-error.js";
import { readTar } from "../archive/tar-reader.js";
import type { TarEntry } from "../archive/tar-reader.js";
import { exitOf, readAll, startCommand } from "./run-command.js";

/** The members of a .deb that `wants` accepts, by path without a leading slash. */
export async function readPackageFiles(
  debPath: string,
  wants: (path: string) => boolean,
): Promise<Map<string, TarEntry>> {
  const child = startCommand("dpkg-deb", ["--fsys-tarfile", debPath]);
  const members = collect(child.stdout, wants);
  const [files, stderr, exitCode] = await Promise.all([
    members,
    readAll(child.stderr),
    exitOf("dpkg-deb", child),
  ]);
  if (exitCode === 0) return files;
  throw new ImageError(
    "package-damaged",
    `dpkg-deb cannot read ${debPath}: ${stderr.trim()}`,
    "remove that file and build again",
  );
}

/** The one file at `path`; throws `file-missing` when the package does not have it. */
export function fileAt(files: Map<string, TarEntry>, path: string, packageName: string): TarEntry {
  const file = files.get(path);
  if (file !== undefined) return file;
  throw new ImageError(
    "file-missing",
    `the package ${packageName} has no file /${path}`,
    "its layout is not the one of Debian 12: use a host whose apt sources are Debian 12's",
  );
}

async function collect(
  stream: AsyncIterable<Uint8Array>,
  wants: (path: string) => boolean,
): Promise<Map<string, TarEntry>> {
  const files = new Map<string, TarEntry>();
  for await (const entry of readTar(stream, wants)) if (wants(entry.path)) files.set(entry.path, entry);
  return files;
}
