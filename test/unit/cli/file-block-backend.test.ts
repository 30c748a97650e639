import assert from "node:assert/strict";
import { readFileSync, truncateSync } from "node:fs";
import { test } from "node:test";
import { FileBlockBackend } from "../../../src/cli/file-block-backend.js";
import { TemporaryFolder } from "./temporary-folder.js";

const folder = new TemporaryFolder();

test("sectors are read and written in place", () => {
  const path = folder.write(
    "disk.img",
    Uint8Array.from({ length: 2048 }, (_, index) => index >> 9),
  );
  const disk = new FileBlockBackend(path, false);
  assert.equal(disk.sectorCount, 4);
  const target = new Uint8Array(1024);
  disk.read(1, target);
  assert.deepEqual([target[0], target[511], target[512]], [1, 1, 2]);
  disk.write(3, new Uint8Array(512).fill(9));
  disk.flush();
  disk.close();
  const content = readFileSync(path);
  assert.deepEqual([content.length, content[1535], content[1536], content[2047]], [2048, 2, 9, 9]);
});

test("nothing outside the disk can be reached, and it never grows", () => {
  const path = folder.write("small.img", new Uint8Array(1024));
  const disk = new FileBlockBackend(path, false);
  for (const [sector, length] of [
    [2, 512],
    [1, 1024],
    [-1, 512],
  ] as const) {
    assert.throws(() => disk.write(sector, new Uint8Array(length)), /outside/);
    assert.throws(() => disk.read(sector, new Uint8Array(length)), /outside/);
  }
  assert.equal(readFileSync(path).length, 1024);
  disk.close();
});

test("a read-only disk is not written to", () => {
  const path = folder.write("readonly.img", new Uint8Array(512));
  const disk = new FileBlockBackend(path, true);
  assert.equal(disk.readOnly, true);
  assert.throws(() => disk.write(0, new Uint8Array(512)), /read-only/);
  disk.flush();
  disk.close();
});

test("a disk that is cut while in use is an error, not an endless loop", () => {
  const path = folder.write("cut.img", new Uint8Array(1024));
  const disk = new FileBlockBackend(path, false);
  truncateSync(path, 512);
  assert.throws(() => disk.read(1, new Uint8Array(512)), /became shorter/);
  disk.close();
});

test("files that are no raw disk are refused", () => {
  const open = (path: string) => () => new FileBlockBackend(path, true);
  assert.throws(open(`${folder.path}/missing`), { code: "file-not-found" });
  assert.throws(open(folder.write("empty.img", "")), { code: "disk-size-invalid" });
  assert.throws(open(folder.write("odd.img", new Uint8Array(513))), { code: "disk-size-invalid" });
  const qcow2 = new Uint8Array(512);
  qcow2.set([0x51, 0x46, 0x49, 0xfb]);
  assert.throws(open(folder.write("disk.qcow2", qcow2)), { code: "disk-not-raw" });
});
