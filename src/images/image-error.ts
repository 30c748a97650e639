/** What went wrong while an image was built. */
export type ImageErrorCode =
  | "unknown-image"
  | "tool-missing"
  | "package-missing"
  | "download-failed"
  | "package-damaged"
  | "file-missing"
  | "library-missing"
  | "module-missing"
  | "cache-unusable";

/** An image cannot be built: `message` says what was expected and found, `hint` what to do about it. */
export class ImageError extends Error {
  override readonly name = "ImageError";

  constructor(
    readonly code: ImageErrorCode,
    message: string,
    readonly hint: string,
    options: { cause?: unknown } = {},
  ) {
    super(message, options);
  }
}
