import assert from "node:assert/strict";
import { test } from "node:test";
import { VmError } from "../../../src/machine/errors.js";
import { packSnapshot, unpackSnapshot } from "../../../src/machine/snapshot/container.js";
import { crc32 } from "../../../src/machine/snapshot/crc32.js";
import { decodeHeader, encodeHeader } from "../../../src/machine/snapshot/header-codec.js";
import { crc32 as referenceCrc32 } from "./reference-crc32.js";

const text = (characters: string): Uint8Array =>
  Uint8Array.from(characters, (character) => character.charCodeAt(0));
const FRAME = 4096;

test("the checksum is the CRC-32 of zip", () => {
  assert.equal(crc32(text("123456789")), 0xcbf43926);
  assert.equal(crc32(new Uint8Array()), 0);
  assert.equal(crc32(new Uint8Array(32)), 0x190a55ad);
});

test("the checksum of any length is that of the bitwise definition", () => {
  const bytes = Uint8Array.from({ length: 100 }, (_, index) => (index * 73 + 11) & 0xff);
  for (let length = 0; length <= bytes.length; length++) {
    assert.equal(
      crc32(bytes.subarray(0, length)),
      referenceCrc32(bytes.subarray(0, length)),
      `${length} bytes`,
    );
  }
});

test("a header comes back as it was: numbers, text, bytes, arrays and objects", () => {
  const header = {
    numbers: [0, -1.5, 2 ** 40, Infinity, -Infinity],
    text: 'a "quoted" \u00e9\u20ac\n',
    flags: [true, false, null],
    bytes: [Uint8Array.of(1, 2, 3), new Uint8Array(), Uint8Array.of(255)],
    nested: { deep: { bytes: Uint8Array.of(9) } },
  };
  assert.deepEqual(decodeHeader(encodeHeader(header)), header);
});

test("a header is plain ASCII", () => {
  const encoded = encodeHeader({ text: "\u00fc\u{1f600}\x7f" });
  assert.ok(encoded.text.every((byte) => byte >= 0x20 && byte < 0x7f));
});

test("byte arrays outside the byte area are refused", () => {
  const bytes = Uint8Array.of(1, 2);
  for (const place of ["[1,2]", "[-1,1]", "[0]", "7"]) {
    assert.throws(() => decodeHeader({ text: text(`{"$bytes":${place}}`), bytes }), RangeError);
  }
});

const frames = new Uint8Array(3 * FRAME).map((_, index) => index * 7);
const runs = [
  { first: 2, count: 1 },
  { first: 9, count: 2 },
];
const pack = (): Uint8Array =>
  packSnapshot({ header: { name: "test", bytes: Uint8Array.of(1, 2) }, runs }, [
    frames.subarray(0, FRAME),
    frames.subarray(FRAME),
  ]);

function codeOf(damaged: Uint8Array): string {
  try {
    unpackSnapshot(damaged);
  } catch (error) {
    assert.ok(error instanceof VmError, String(error));
    return error.code;
  }
  return "none";
}

test("a packed snapshot is unpacked to the same parts, wherever it lies in a buffer", () => {
  const packed = pack();
  const shifted = new Uint8Array(packed.length + 3);
  shifted.set(packed, 3);
  for (const bytes of [packed, shifted.subarray(3)]) {
    const unpacked = unpackSnapshot(bytes);
    assert.deepEqual(unpacked.header, { name: "test", bytes: Uint8Array.of(1, 2) });
    assert.deepEqual(unpacked.runs, runs);
    assert.deepEqual(unpacked.frames, frames);
  }
});

test("bytes that are no snapshot are told apart from damaged ones", () => {
  assert.equal(
    codeOf(text("\x7fELF and so on, long enough to hold all the fixed fields")),
    "snapshot-invalid",
  );
  const packed = pack();
  packed[8] = 2;
  assert.equal(codeOf(packed), "snapshot-version");
});

test("a snapshot is refused at whatever length it was cut off", () => {
  const packed = pack();
  for (const length of [0, 1, 7, 8, 39, 40, 41, packed.length - FRAME, packed.length - 1]) {
    assert.equal(codeOf(packed.subarray(0, length)), "snapshot-truncated", `${length} bytes`);
  }
});

test("a snapshot with anything behind its end is refused", () => {
  const longer = new Uint8Array(pack().length + 1);
  longer.set(pack());
  assert.equal(codeOf(longer), "snapshot-checksum");
});

test("one changed bit anywhere is found", () => {
  const length = pack().length;
  for (const at of [12, 24, 28, 32, 36, 45, length - FRAME, length - 1]) {
    const packed = pack();
    packed[at]! ^= 0x10;
    assert.equal(codeOf(packed), "snapshot-checksum", `byte ${at}`);
  }
});
