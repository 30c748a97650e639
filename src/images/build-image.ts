/**
 * Builds guest images: a Linux kernel and an initial RAM file system, made from Debian packages.
 *
 *   const image = await buildImage("debian-minimal", { progress: (stage, detail) => … });
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { packCpio } from "./archive/cpio-writer.js";
import { ImageFolder, defaultCacheDir, findNewestImage, manifestName, openCache } from "./cache-folder.js";
import { findRecipe } from "./image-catalog.js";
import { ImageError } from "./image-error.js";
import type { ImageErrorCode } from "./image-error.js";
import type { PackageRecord } from "./packages/package-record.js";
import { PackageSource } from "./packages/package-source.js";
import type { ProgressListener } from "./progress.js";
import { readScript } from "./recipes/recipe-scripts.js";
import type { Recipe } from "./recipes/recipe.js";

/** Increased when the builder itself makes different images of the same inputs. */
const builderVersion = 1;
const digestDigits = 12;

export interface BuildOptions {
  /** Where packages and images are kept; by default `defaultCacheDir()`. */
  readonly cacheDir?: string;
  readonly progress?: ProgressListener;
}

/** An image in the cache, ready to start. */
export interface BuiltImage {
  readonly name: string;
  /** A Linux bzImage. */
  readonly kernelPath: string;
  /** An uncompressed newc cpio archive. */
  readonly initrdPath: string;
  readonly commandLine: string;
  /** The least memory in MiB with which the image does its work. */
  readonly memoryMiB: number;
  /** The versions of the packages that went in, by name. */
  readonly packages: Readonly<Record<string, string>>;
}

/**
 * The image of that name, from the cache or newly built of the packages that are current. Where packages
 * cannot be had (no network, no apt) the newest image that was built by the same recipe is good enough.
 * Throws ImageError.
 */
export async function buildImage(name: string, options: BuildOptions = {}): Promise<BuiltImage> {
  const recipe = findRecipe(name);
  const cacheDir = options.cacheDir ?? defaultCacheDir();
  const progress = options.progress ?? (() => undefined);
  await openCache(cacheDir);
  const source = new PackageSource(cacheDir, progress);
  const prefix = `${name}-${await digestOfRecipe(recipe)}-`;
  try {
    progress("resolve", `the packages of ${name}`);
    const packages = await recipe.plan(source);
    const folder = new ImageFolder(cacheDir, prefix + digestOfPackages(packages));
    const image = describe(recipe, packages, folder.path);
    if ((await folder.readManifest()) === undefined)
      await build(recipe, packages, folder, image, { source, progress });
    progress("ready", folder.path);
    return image;
  } catch (error) {
    return fallBack(error, await findNewestImage(cacheDir, prefix), progress);
  }
}

/** Errors that say something about the host or its network rather than about the image. */
const temporaryErrors: readonly ImageErrorCode[] = ["tool-missing", "package-missing", "download-failed"];

/** The image of an earlier build; throws the error when there is none or it is no reason to use that. */
async function fallBack(
  error: unknown,
  earlier: ImageFolder | undefined,
  progress: ProgressListener,
): Promise<BuiltImage> {
  const manifest = await earlier?.readManifest();
  const isTemporary = error instanceof ImageError && temporaryErrors.includes(error.code);
  if (!isTemporary || earlier === undefined || manifest === undefined) throw error;
  progress("ready", `${earlier.path}, which was built earlier: ${error.message}`);
  return { ...(JSON.parse(manifest) as BuiltImage), ...pathsIn(earlier.path) };
}

async function build(
  recipe: Recipe,
  packages: readonly PackageRecord[],
  folder: ImageFolder,
  image: BuiltImage,
  context: { source: PackageSource; progress: ProgressListener },
): Promise<void> {
  const { kernel, tree } = await recipe.build(packages, context);
  const initrd = packCpio(tree);
  context.progress("pack", `initrd of ${(initrd.length / 2 ** 20).toFixed(1)} MiB`);
  const manifest = `${JSON.stringify(image, undefined, 2)}\n`;
  await folder.publish(
    new Map<string, Uint8Array | string>([
      [fileNames.kernel, kernel],
      [fileNames.initrd, initrd],
      [manifestName, manifest],
    ]),
  );
}

const fileNames = { kernel: "vmlinuz", initrd: "initrd.cpio" };

function pathsIn(folder: string): Pick<BuiltImage, "kernelPath" | "initrdPath"> {
  return { kernelPath: join(folder, fileNames.kernel), initrdPath: join(folder, fileNames.initrd) };
}

function describe(recipe: Recipe, packages: readonly PackageRecord[], path: string): BuiltImage {
  return {
    name: recipe.name,
    ...pathsIn(path),
    commandLine: recipe.commandLine,
    memoryMiB: recipe.memoryMiB,
    packages: Object.fromEntries(packages.map((record) => [record.name, record.version])),
  };
}

/** A digest of all that decides an image's content but its packages. */
async function digestOfRecipe(recipe: Recipe): Promise<string> {
  const hash = createHash("sha256");
  hash.update(JSON.stringify([builderVersion, recipe.name, recipe.commandLine, recipe.memoryMiB]));
  for (const script of recipe.scripts) hash.update(`\n${script}\n`).update(await readScript(script));
  return hash.digest("hex").slice(0, digestDigits);
}

function digestOfPackages(packages: readonly PackageRecord[]): string {
  const hash = createHash("sha256");
  for (const record of packages) hash.update(`${record.name} ${record.sha256}\n`);
  return hash.digest("hex").slice(0, digestDigits);
}
