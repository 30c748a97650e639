import assert from "node:assert/strict";
import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import {
  ImageFolder,
  defaultCacheDir,
  findNewestImage,
  openCache,
} from "../../../src/images/cache-folder.js";

async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "innervisor-test-"));
  try {
    await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const files = new Map([
  ["vmlinuz", "kernel"],
  ["image.json", "{}"],
]);

test("a published image has its files and leaves nothing temporary behind", () =>
  withFolder(async (cacheDir) => {
    const image = new ImageFolder(cacheDir, "a-1");
    assert.equal(await image.readManifest(), undefined);
    await image.publish(files);
    assert.equal(await image.readManifest(), "{}");
    assert.equal(await readFile(join(image.path, "vmlinuz"), "utf8"), "kernel");
    assert.deepEqual(await readdir(join(cacheDir, "images")), ["a-1"]);
  }));

test("publishing what another process has published meanwhile is no error", () =>
  withFolder(async (cacheDir) => {
    await new ImageFolder(cacheDir, "a-1").publish(files);
    await new ImageFolder(cacheDir, "a-1").publish(files);
    assert.deepEqual(await readdir(join(cacheDir, "images")), ["a-1"]);
  }));

test("only a complete image with the right prefix is found", () =>
  withFolder(async (cacheDir) => {
    assert.equal(await findNewestImage(cacheDir, "a-"), undefined);
    await new ImageFolder(cacheDir, "b-1").publish(files);
    assert.equal(await findNewestImage(cacheDir, "a-"), undefined);
    await new ImageFolder(cacheDir, "a-1").publish(new Map([["vmlinuz", "kernel"]]));
    assert.equal(await findNewestImage(cacheDir, "a-"), undefined);
    await new ImageFolder(cacheDir, "a-2").publish(files);
    assert.equal((await findNewestImage(cacheDir, "a-"))?.path, join(cacheDir, "images", "a-2"));
  }));

test("a cache folder that cannot be made is an error with a hint", () =>
  withFolder(async (folder) => {
    const file = join(folder, "file");
    await writeFile(file, "");
    await assert.rejects(openCache(join(file, "cache")), {
      code: "cache-unusable",
      hint: /INNERVISOR_CACHE/,
    });
  }));

test("INNERVISOR_CACHE goes before the user's cache folder", () => {
  const { INNERVISOR_CACHE: before } = process.env;
  process.env["INNERVISOR_CACHE"] = "/elsewhere";
  assert.equal(defaultCacheDir(), "/elsewhere");
  delete process.env["INNERVISOR_CACHE"];
  assert.match(defaultCacheDir(), /\/innervisor$/);
  if (before !== undefined) process.env["INNERVISOR_CACHE"] = before;
});
