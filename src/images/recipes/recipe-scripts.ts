/** The scripts that recipes put into images: the files of the repository's images/ folder. */
import { readFile } from "node:fs/promises";
import { ImageError } from "../image-error.js";

const scriptsFolder = new URL("../../../../images/", import.meta.url); // seen from dist/src/images/recipes/

export async function readScript(path: string): Promise<Uint8Array> {
  const url = new URL(path, scriptsFolder);
  try {
    return await readFile(url);
  } catch (cause) {
    throw new ImageError(
      "file-missing",
      `the recipe's script ${url.pathname} cannot be read`,
      "the installation is incomplete: install Innervisor again",
      { cause },
    );
  }
}
