import type { FileTree } from "../archive/file-tree.js";
import type { PackageRecord } from "../packages/package-record.js";
import type { PackageSource } from "../packages/package-source.js";
import type { ProgressListener } from "../progress.js";

/** What a recipe works with. */
export interface RecipeContext {
  readonly source: PackageSource;
  readonly progress: ProgressListener;
}

/** What a recipe makes. */
export interface ImageContent {
  /** The Linux kernel (a bzImage), unchanged from its package. */
  readonly kernel: Uint8Array;
  readonly tree: FileTree;
}

/** How an image is made from packages. */
export interface Recipe {
  readonly name: string;
  readonly description: string;
  /** The kernel command line with which the image is meant to be started at level 1. */
  readonly commandLine: string;
  /** The least memory in MiB with which the image does its work. */
  readonly memoryMiB: number;
  /** Our own files in the image: their content is part of the image's key. Paths are under images/. */
  readonly scripts: readonly string[];
  /** All packages that may go in; their versions are part of the image's key. */
  plan(source: PackageSource): Promise<PackageRecord[]>;
  build(packages: readonly PackageRecord[], context: RecipeContext): Promise<ImageContent>;
}
