/**
 * A reader of tar streams as `dpkg-deb --fsys-tarfile` writes them: POSIX ustar headers with the GNU
 * extensions for long names (types L and K). deb(5): "data.tar: the filesystem archive".
 */
import { ImageError } from "../image-error.js";

const blockBytes = 512;

/** One member of an archive. `path` has no leading "./" or "/". */
export interface TarEntry {
  readonly path: string;
  readonly kind: "file" | "directory" | "symlink" | "hardlink" | "other";
  /** The permission bits (0o7777). */
  readonly mode: number;
  /** The target of a symbolic or hard link, else empty. */
  readonly linkTarget: string;
  /** A file's bytes when `wants` said yes to its path, else empty. */
  readonly content: Uint8Array;
}

/** Buffers a byte stream so that exact amounts can be taken from it. */
class ByteReader {
  private readonly chunks: Uint8Array[] = [];
  private available = 0;
  private readonly iterator: AsyncIterator<Uint8Array>;

  constructor(stream: AsyncIterable<Uint8Array>) {
    this.iterator = stream[Symbol.asyncIterator]();
  }

  /** Takes exactly `length` bytes; undefined at a clean end of the stream. */
  async take(length: number): Promise<Uint8Array | undefined> {
    while (this.available < length) {
      const next = await this.iterator.next();
      if (next.done) return this.endOfStream(length);
      this.chunks.push(next.value);
      this.available += next.value.length;
    }
    return this.cut(length);
  }

  private endOfStream(length: number): undefined {
    if (this.available === 0) return undefined;
    throw new ImageError(
      "package-damaged",
      `the archive ends early: expected ${length} more bytes, found ${this.available}`,
      "remove the package from the cache's packages folder and build again",
    );
  }

  private cut(length: number): Uint8Array {
    const result = new Uint8Array(length);
    let filled = 0;
    while (filled < length) {
      const chunk = this.chunks[0]!;
      const part = chunk.subarray(0, length - filled);
      result.set(part, filled);
      filled += part.length;
      if (part.length === chunk.length) this.chunks.shift();
      else this.chunks[0] = chunk.subarray(part.length);
    }
    this.available -= length;
    return result;
  }
}

/** Reads all members of a tar stream; file contents are kept only for the paths that `wants` accepts. */
export async function* readTar(
  stream: AsyncIterable<Uint8Array>,
  wants: (path: string) => boolean,
): AsyncGenerator<TarEntry> {
  const reader = new ByteReader(stream);
  let longPath: string | undefined;
  let longTarget: string | undefined;
  for (;;) {
    const block = await reader.take(blockBytes);
    if (block === undefined) return;
    if (block.every((byte) => byte === 0)) continue; // the two zero blocks that end an archive
    const header = parseHeader(block);
    const body = await takeBody(reader, header.size);
    if (header.type === "L") longPath = text(body, 0, body.length);
    else if (header.type === "K") longTarget = text(body, 0, body.length);
    else {
      const path = normalize(longPath ?? header.path);
      const kind = kindOf(header.type);
      const content = kind === "file" && wants(path) ? body : new Uint8Array(0);
      yield { path, kind, mode: header.mode, linkTarget: longTarget ?? header.linkTarget, content };
      longPath = longTarget = undefined;
    }
  }
}

interface TarHeader {
  readonly path: string;
  readonly mode: number;
  readonly size: number;
  readonly type: string;
  readonly linkTarget: string;
}

/** POSIX.1-2017 pax, "ustar Header Block". */
function parseHeader(block: Uint8Array): TarHeader {
  verifyChecksum(block);
  const isPosixUstar = text(block, 257, 6) === "ustar" && block[262] === 0; // GNU has "ustar  \0" and no prefix
  const prefix = isPosixUstar ? text(block, 345, 155) : "";
  const name = text(block, 0, 100);
  return {
    path: prefix === "" ? name : `${prefix}/${name}`,
    mode: octal(block, 100, 8) & 0o7777,
    size: octal(block, 124, 12),
    type: String.fromCharCode(block[156]!),
    linkTarget: text(block, 157, 100),
  };
}

/** The checksum field counts as eight spaces in its own sum. */
function verifyChecksum(block: Uint8Array): void {
  let sum = 8 * 0x20;
  for (let i = 0; i < blockBytes; i++) if (i < 148 || i >= 156) sum += block[i]!;
  const expected = octal(block, 148, 8);
  if (sum === expected) return;
  throw new ImageError(
    "package-damaged",
    `a tar header's checksum is wrong: expected ${expected}, found ${sum}`,
    "remove the package from the cache's packages folder and build again",
  );
}

async function takeBody(reader: ByteReader, size: number): Promise<Uint8Array> {
  if (size === 0) return new Uint8Array(0);
  const padded = await reader.take(Math.ceil(size / blockBytes) * blockBytes);
  if (padded !== undefined) return padded.subarray(0, size);
  throw new ImageError(
    "package-damaged",
    `the archive ends early: expected a member of ${size} bytes, found the end`,
    "remove the package from the cache's packages folder and build again",
  );
}

function kindOf(type: string): TarEntry["kind"] {
  if (type === "0" || type === "\0") return "file";
  if (type === "1") return "hardlink";
  if (type === "2") return "symlink";
  return type === "5" ? "directory" : "other";
}

function normalize(path: string): string {
  return path.replace(/^(\.?\/)+/, "").replace(/\/$/, "");
}

/** The NUL-terminated (or full-width) text of a header field. */
function text(bytes: Uint8Array, offset: number, length: number): string {
  const field = bytes.subarray(offset, offset + length);
  const end = field.indexOf(0);
  return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end));
}

function octal(bytes: Uint8Array, offset: number, length: number): number {
  const digits = text(bytes, offset, length).trim();
  return digits === "" ? 0 : Number.parseInt(digits, 8);
}
