import { readFile, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { BuiltImage } from "../images/index.js";
import { recipes } from "../images/index.js";
import { VmError } from "../machine/errors.js";

export interface StoredImage {
  image: BuiltImage;
  folder: string;
}

/** The complete images in the cache, by name. An absent cache has none. */
export async function listStoredImages(cacheDir: string): Promise<StoredImage[]> {
  const images = join(cacheDir, "images");
  const names = await readdir(images).catch(() => []);
  const stored = await Promise.all(
    names.filter((name) => !name.startsWith(".")).map((name) => read(join(images, name))),
  );
  return stored
    .filter((entry) => entry !== undefined)
    .sort((a, b) => a.image.name.localeCompare(b.image.name) || a.folder.localeCompare(b.folder));
}

async function read(folder: string): Promise<StoredImage | undefined> {
  try {
    return { image: JSON.parse(await readFile(join(folder, "image.json"), "utf8")) as BuiltImage, folder };
  } catch {
    return undefined;
  }
}

/**
 * Removes every build of the image from the cache; downloaded packages stay.
 * @returns the folders removed
 * @throws VmError `unknown-image`, `image-not-built`
 */
export async function removeStoredImage(cacheDir: string, name: string): Promise<string[]> {
  const folders = (await listStoredImages(cacheDir))
    .filter((entry) => entry.image.name === name)
    .map((entry) => entry.folder);
  if (folders.length === 0) throw notBuiltError(name);
  for (const folder of folders) await rm(folder, { recursive: true });
  return folders;
}

function notBuiltError(name: string): VmError {
  const known = recipes.map((recipe) => recipe.name);
  if (known.includes(name)) {
    return new VmError({
      code: "image-not-built",
      message: `the image ${name} has not been built`,
      hint: "nothing to do",
    });
  }
  return new VmError({
    code: "unknown-image",
    message: `there is no image named "${name}"`,
    hint: `the images are: ${known.join(", ")}`,
  });
}
