/** Guest images: `buildImage` is the way in. */
export { buildImage } from "./build-image.js";
export type { BuildOptions, BuiltImage } from "./build-image.js";
export { defaultCacheDir } from "./cache-folder.js";
export { recipes } from "./image-catalog.js";
export { ImageError } from "./image-error.js";
export type { ImageErrorCode } from "./image-error.js";
export type { BuildStage, ProgressListener } from "./progress.js";
