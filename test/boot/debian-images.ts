/** Debian guest images for tests: built from packages into the cache, or a reason to skip. */
import { readFileSync } from "node:fs";
import { buildImage, ImageError } from "../../src/images/index.js";

export interface GuestImage {
  readonly kernel: Uint8Array;
  readonly initrd: Uint8Array;
  readonly commandLine: string;
}

/** The image, or why it cannot be had here (no apt, no packages, no network). */
export async function guestImage(name: string): Promise<GuestImage | { readonly skip: string }> {
  try {
    const { kernelPath, initrdPath, commandLine } = await buildImage(name, {});
    return { kernel: readFileSync(kernelPath), initrd: readFileSync(initrdPath), commandLine };
  } catch (error) {
    if (error instanceof ImageError) return { skip: `image ${name} cannot be built here: ${error.message}` };
    throw error;
  }
}
