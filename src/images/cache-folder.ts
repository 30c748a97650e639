/**
 * The folder that keeps downloaded packages and built images:
 *
 *   packages/NAME_VERSION_ARCH.deb     as the archive has them
 *   images/NAME-RECIPE-PACKAGES/       one built image, with digests of its recipe and of its packages
 *   apt/                               package lists, only where the host has none
 *
 * An image folder is made under a temporary name and renamed when it is complete, so that a folder with its
 * final name is always whole, whoever builds at the same time and wherever a build is interrupted.
 */
import { chmod, mkdir, mkdtemp, readFile, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { ImageError } from "./image-error.js";

/** INNERVISOR_CACHE, else innervisor/ in the user's cache folder (XDG Base Directory Specification). */
export function defaultCacheDir(): string {
  const { INNERVISOR_CACHE: own, XDG_CACHE_HOME: shared } = process.env;
  if (own) return own;
  return join(shared ? shared : join(homedir(), ".cache"), "innervisor");
}

/** The file that describes a built image, in its folder. */
export const manifestName = "image.json";

/** The place of one built image. */
export class ImageFolder {
  readonly path: string;

  constructor(
    private readonly cacheDir: string,
    private readonly folderName: string,
  ) {
    this.path = join(cacheDir, "images", folderName);
  }

  /** The image's manifest, or undefined when it has not been built. */
  async readManifest(): Promise<string | undefined> {
    return readFile(join(this.path, manifestName), "utf8").catch(() => undefined);
  }

  /** Writes all files and gives the folder its final name. Throws `cache-unusable`. */
  async publish(files: ReadonlyMap<string, Uint8Array | string>): Promise<void> {
    try {
      await this.writeAndRename(files);
    } catch (cause) {
      throw cacheUnusable(this.cacheDir, cause);
    }
  }

  private async writeAndRename(files: ReadonlyMap<string, Uint8Array | string>): Promise<void> {
    const images = join(this.cacheDir, "images");
    await mkdir(images, { recursive: true });
    const temporary = await mkdtemp(join(images, `.${this.folderName}-`));
    try {
      for (const [name, content] of files) await writeFile(join(temporary, name), content);
      await chmod(temporary, 0o755);
      await rename(temporary, this.path).catch((cause: NodeJS.ErrnoException) => this.acceptOther(cause));
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
  }

  /** Another process may have published the same image meanwhile; it has the same content. */
  private async acceptOther(cause: NodeJS.ErrnoException): Promise<void> {
    if ((await this.readManifest()) === undefined) throw cause;
  }
}

/** The newest complete image whose folder's name starts so, or undefined. */
export async function findNewestImage(cacheDir: string, prefix: string): Promise<ImageFolder | undefined> {
  const names = await readdir(join(cacheDir, "images")).catch(() => []);
  const folders = names
    .filter((name) => name.startsWith(prefix))
    .map((name) => new ImageFolder(cacheDir, name));
  const times = await Promise.all(
    folders.map(({ path }) => stat(join(path, manifestName)).catch(() => undefined)),
  );
  const timeOf = (i: number): number => times[i]?.mtimeMs ?? 0;
  const newest = folders.map((_, i) => i).reduce((best, i) => (timeOf(i) > timeOf(best) ? i : best), 0);
  return timeOf(newest) > 0 ? folders[newest] : undefined;
}

/** Makes sure that the cache folder exists and can be written to. Throws `cache-unusable`. */
export async function openCache(cacheDir: string): Promise<void> {
  try {
    await mkdir(cacheDir, { recursive: true });
    await rm(await mkdtemp(join(cacheDir, ".probe-")), { recursive: true });
  } catch (cause) {
    throw cacheUnusable(cacheDir, cause);
  }
}

function cacheUnusable(cacheDir: string, cause: unknown): ImageError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ImageError(
    "cache-unusable",
    `cannot write to the cache folder ${cacheDir}: ${reason}`,
    "free some space there, or set INNERVISOR_CACHE to another folder",
    { cause },
  );
}
