/**
 * The bytes of a snapshot. Numbers are little-endian:
 *
 *  0  8 bytes  magic
 *  8  u32      version
 * 12  u32      CRC-32 of everything from byte 16 on
 * 16  f64      length of the whole snapshot
 * 24  u32      bytes of the header's text
 * 28  u32      bytes of the header's byte arrays
 * 32  u32      number of frame runs
 * 36  u32      0
 * 40  the text, the byte arrays, the runs (u32 first frame, u32 count), then the frames of the runs
 */
import type { DeviceState } from "../../devices/contracts.js";
import { crc32 } from "./crc32.js";
import { decodeHeader, encodeHeader } from "./header-codec.js";
import { FRAME_BYTES, type FrameRun } from "./saved-memory.js";
import { snapshotError } from "./snapshot-error.js";

const MAGIC = Uint8Array.from("INNERVM\x1a", (character) => character.charCodeAt(0));
const VERSION = 1;
const VERSION_OFFSET = 8;
const CHECKSUM_OFFSET = 12;
const CHECKED_FROM = 16;
const LENGTH_OFFSET = 16;
const TEXT_BYTES_OFFSET = 24;
const ARRAY_BYTES_OFFSET = 28;
const RUN_COUNT_OFFSET = 32;
const FIXED_BYTES = 40;
const RUN_BYTES = 8;

export interface SnapshotContent {
  readonly header: DeviceState;
  readonly runs: readonly FrameRun[];
}

export function packSnapshot({ header, runs }: SnapshotContent, frames: Iterable<Uint8Array>): Uint8Array {
  const { text, bytes } = encodeHeader(header);
  const runsAt = FIXED_BYTES + text.length + bytes.length;
  const framesAt = runsAt + runs.length * RUN_BYTES;
  const length = framesAt + runs.reduce((sum, { count }) => sum + count * FRAME_BYTES, 0);
  const packed = new Uint8Array(length);
  const view = new DataView(packed.buffer);
  packed.set(MAGIC);
  view.setUint32(VERSION_OFFSET, VERSION, true);
  view.setFloat64(LENGTH_OFFSET, length, true);
  view.setUint32(TEXT_BYTES_OFFSET, text.length, true);
  view.setUint32(ARRAY_BYTES_OFFSET, bytes.length, true);
  view.setUint32(RUN_COUNT_OFFSET, runs.length, true);
  packed.set(text, FIXED_BYTES);
  packed.set(bytes, FIXED_BYTES + text.length);
  runs.forEach(({ first, count }, index) => {
    view.setUint32(runsAt + index * RUN_BYTES, first, true);
    view.setUint32(runsAt + index * RUN_BYTES + 4, count, true);
  });
  let at = framesAt;
  for (const piece of frames) {
    packed.set(piece, at);
    at += piece.length;
  }
  view.setUint32(CHECKSUM_OFFSET, crc32(packed.subarray(CHECKED_FROM)), true);
  return packed;
}

/**
 * Takes a snapshot apart; `frames` is a view of `packed`.
 * @throws VmError `snapshot-invalid`, `snapshot-version`, `snapshot-truncated`, `snapshot-checksum`, `snapshot-damaged`
 */
export function unpackSnapshot(packed: Uint8Array): SnapshotContent & { readonly frames: Uint8Array } {
  checkEnvelope(packed);
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  const textEnd = FIXED_BYTES + view.getUint32(TEXT_BYTES_OFFSET, true);
  const runsAt = textEnd + view.getUint32(ARRAY_BYTES_OFFSET, true);
  const framesAt = runsAt + view.getUint32(RUN_COUNT_OFFSET, true) * RUN_BYTES;
  try {
    const header = decodeHeader({
      text: packed.subarray(FIXED_BYTES, textEnd),
      bytes: packed.subarray(textEnd, runsAt),
    });
    const runs: FrameRun[] = [];
    for (let at = runsAt; at < framesAt; at += RUN_BYTES) {
      runs.push({ first: view.getUint32(at, true), count: view.getUint32(at + 4, true) });
    }
    const frames = packed.subarray(framesAt);
    const size = runs.reduce((sum, { count }) => sum + count * FRAME_BYTES, 0);
    if (size !== frames.length)
      throw new RangeError(`${size} bytes of frames expected, found ${frames.length}`);
    return { header, runs, frames };
  } catch (cause) {
    throw snapshotError("snapshot-damaged", `the snapshot's parts do not fit: ${(cause as Error).message}`, {
      cause,
    });
  }
}

function checkEnvelope(packed: Uint8Array): void {
  const isOurs = MAGIC.every((byte, at) => at >= packed.length || packed[at] === byte);
  if (!isOurs) throw snapshotError("snapshot-invalid", "the bytes are not the snapshot of a machine");
  if (packed.length < FIXED_BYTES) throw truncated(packed.length, FIXED_BYTES);
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  const version = view.getUint32(VERSION_OFFSET, true);
  if (version !== VERSION) {
    const message = `the snapshot is of version ${version}, expected version ${VERSION}`;
    throw snapshotError("snapshot-version", message, { context: { version } });
  }
  const length = view.getFloat64(LENGTH_OFFSET, true);
  if (packed.length < length) throw truncated(packed.length, length);
  const expected = view.getUint32(CHECKSUM_OFFSET, true);
  const found = crc32(packed.subarray(CHECKED_FROM));
  if (packed.length === length && found === expected) return;
  throw snapshotError("snapshot-checksum", "the snapshot's checksum does not match its contents", {
    context: { expected, found },
  });
}

function truncated(found: number, expected: number): Error {
  const message = `the snapshot ends after ${found} bytes, expected ${expected} or more`;
  return snapshotError("snapshot-truncated", message, { context: { expected, found } });
}
