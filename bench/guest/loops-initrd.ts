import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packCpio } from "../../src/images/archive/cpio-writer.js";
import { FileTree } from "../../src/images/archive/file-tree.js";
import { assemble } from "./assemble.js";

/**
 * Calls `use` with an initial RAM disk that is the image's and the loops program: archives one after the
 * other make one file system. The program is in bench/loops; bench/initrd.cpio is an archive with only that,
 * for the image to give to its own guest. Throws when nasm is missing.
 */
export async function withLoopsInitrd<T>(imageInitrd: string, use: (path: string) => Promise<T>): Promise<T> {
  const loops = await assemble("loops.asm");
  const inner = packCpio(loopsTree(loops));
  const outer = loopsTree(loops);
  outer.addFile("bench/initrd.cpio", inner);
  const folder = await mkdtemp(join(tmpdir(), "innervisor-bench-"));
  try {
    const path = join(folder, "initrd.cpio");
    await writeFile(path, Buffer.concat([await readFile(imageInitrd), packCpio(outer)]));
    return await use(path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function loopsTree(loops: Uint8Array): FileTree {
  const tree = new FileTree();
  tree.addFile("bench/loops", loops, 0o755);
  return tree;
}
