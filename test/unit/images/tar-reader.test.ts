import assert from "node:assert/strict";
import { test } from "node:test";
import { readTar } from "../../../src/images/archive/tar-reader.js";
import type { TarEntry } from "../../../src/images/archive/tar-reader.js";

interface Header {
  name: string;
  type?: string;
  size?: number;
  target?: string;
}

function block({ name, type = "0", size = 0, target = "" }: Header): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write("0000755\0", 100);
  header.write(`${size.toString(8).padStart(11, "0")}\0`, 124);
  header.write("        ", 148);
  header.write(type, 156);
  header.write(target, 157);
  header.write("ustar  \0", 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return header;
}

function member(header: Header, content = ""): Buffer {
  const body = Buffer.alloc(Math.ceil(content.length / 512) * 512);
  body.write(content);
  return Buffer.concat([block({ ...header, size: content.length }), body]);
}

async function read(archive: Buffer, chunkBytes = archive.length): Promise<TarEntry[]> {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < archive.length; at += chunkBytes) yield archive.subarray(at, at + chunkBytes);
  }
  const entries: TarEntry[] = [];
  for await (const entry of readTar(chunks(), (path) => !path.includes("unwanted"))) entries.push(entry);
  return entries;
}

const end = Buffer.alloc(1024);

test("files, folders and links come out with normalized paths", async () => {
  const archive = Buffer.concat([
    member({ name: "./", type: "5" }),
    member({ name: "./usr/bin/", type: "5" }),
    member({ name: "./usr/bin/tool" }, "content"),
    member({ name: "./usr/bin/link", type: "2", target: "tool" }),
    end,
  ]);
  const entries = await read(archive);
  assert.deepEqual(
    entries.map(({ path, kind }) => [path, kind]),
    [
      ["", "directory"],
      ["usr/bin", "directory"],
      ["usr/bin/tool", "file"],
      ["usr/bin/link", "symlink"],
    ],
  );
  assert.equal(Buffer.from(entries[2]!.content).toString(), "content");
  assert.equal(entries[2]!.mode, 0o755);
  assert.equal(entries[3]!.linkTarget, "tool");
});

test("a GNU long name replaces the name of the member that follows it, and only that", async () => {
  const long = `./${"deep/".repeat(40)}file`;
  const archive = Buffer.concat([
    member({ name: "././@LongLink", type: "L" }, `${long}\0`),
    member({ name: long.slice(0, 100) }, "x"),
    member({ name: "./short" }, "y"),
    end,
  ]);
  assert.deepEqual(
    (await read(archive)).map(({ path }) => path),
    [long.slice(2), "short"],
  );
});

test("an archive that arrives a byte at a time reads the same", async () => {
  const archive = Buffer.concat([member({ name: "./a" }, "z".repeat(700)), end]);
  const [entry] = await read(archive, 1);
  assert.equal(entry?.content.length, 700);
});

test("the content of a member that nobody wants is not kept", async () => {
  const [entry] = await read(Buffer.concat([member({ name: "./unwanted" }, "content"), end]));
  assert.equal(entry?.content.length, 0);
});

test("an archive that ends within a member is reported as damaged", async () => {
  const archive = member({ name: "./a" }, "z".repeat(700)).subarray(0, 1000);
  await assert.rejects(read(archive), { code: "package-damaged", message: /ends early/ });
});

test("a header with a wrong checksum is reported as damaged", async () => {
  const archive = member({ name: "./a" }, "z");
  archive[0] = 0x78;
  await assert.rejects(read(archive), { code: "package-damaged", message: /checksum/ });
});
