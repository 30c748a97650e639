/** The ELF file within a Linux bzImage. */
import { execFileSync } from "node:child_process";
import { gunzipSync } from "node:zlib";

/* Linux/x86 Boot Protocol, "Details of Header Fields". */
const SETUP_SECTORS = 0x1f1;
const PAYLOAD_OFFSET = 0x248;
const PAYLOAD_LENGTH = 0x24c;
const SECTOR_BYTES = 512;
/** The payload ends with its uncompressed size (le32), which is no part of the compressed file. */
const SIZE_BYTES = 4;

const MAXIMUM_BYTES = 256 * 2 ** 20;

/** Compressors by the first bytes of what they write, as CONFIG_KERNEL_… offers them. */
const decompressors: readonly { magic: string; decompress: (payload: Buffer) => Buffer }[] = [
  { magic: "1f8b", decompress: (payload) => gunzipSync(payload) },
  { magic: "02214c18", decompress: decompressLz4Legacy },
  { magic: "fd377a58", decompress: (payload) => pipeThrough("xz", payload) },
  { magic: "28b52ffd", decompress: (payload) => pipeThrough("zstd", payload) },
];

/** Throws an Error for a payload of another kind, or when the program it takes is missing. */
export function extractKernel(image: Uint8Array): Uint8Array {
  const bytes = Buffer.from(image.buffer, image.byteOffset, image.length);
  const start = ((bytes[SETUP_SECTORS] ?? 0) + 1) * SECTOR_BYTES + bytes.readUInt32LE(PAYLOAD_OFFSET);
  const payload = bytes.subarray(start, start + bytes.readUInt32LE(PAYLOAD_LENGTH) - SIZE_BYTES);
  const found = decompressors.find(({ magic }) => payload.toString("hex", 0, magic.length / 2) === magic);
  if (found === undefined) throw new Error(`unknown payload ${payload.toString("hex", 0, 6)}`);
  return new Uint8Array(found.decompress(payload));
}

function pipeThrough(program: string, payload: Buffer): Buffer {
  return execFileSync(program, ["-dc"], { input: payload, maxBuffer: MAXIMUM_BYTES });
}

/** Blocks of up to 8 MiB, each behind its compressed size (LZ4 Frame Format Description, "Legacy frame"). */
function decompressLz4Legacy(payload: Buffer): Buffer {
  const output = Buffer.alloc(MAXIMUM_BYTES);
  let length = 0;
  for (let at = 4; at + 4 <= payload.length;) {
    const blockEnd = at + 4 + payload.readUInt32LE(at);
    length = decompressLz4Block(payload.subarray(at + 4, blockEnd), output, length);
    at = blockEnd;
  }
  return output.subarray(0, length);
}

const MATCH_LEAST = 4;
/** A length of 15 goes on in the bytes behind it, as long as they are 255. */
const LENGTH_GOES_ON = 15;

/** LZ4 Block Format Description, "Compressed block format". Returns where the output ends. */
function decompressLz4Block(block: Buffer, output: Buffer, outputStart: number): number {
  let at = 0;
  let length = outputStart;
  const takeLength = (first: number): number => {
    if (first < LENGTH_GOES_ON) return first;
    let sum = first;
    for (let byte = 255; byte === 255; sum += byte) byte = block.readUInt8(at++);
    return sum;
  };
  for (;;) {
    const token = block.readUInt8(at++);
    const literals = takeLength(token >> 4);
    block.copy(output, length, at, at + literals);
    at += literals;
    length += literals;
    if (at >= block.length) return length;
    const distance = block.readUInt16LE(at);
    at += 2;
    const matchEnd = length + takeLength(token & 15) + MATCH_LEAST;
    // Byte by byte: a match may overlap what it writes.
    for (; length < matchEnd; length++) output[length] = output[length - distance] as number;
  }
}
