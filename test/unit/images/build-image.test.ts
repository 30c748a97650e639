import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { buildImage } from "../../../src/images/index.js";
import { runCommand } from "../../../src/images/packages/run-command.js";

/** Runs with a folder of its own, in which `programs` are shell scripts and PATH's only programs. */
async function withPrograms(
  programs: Readonly<Record<string, string>>,
  use: (cacheDir: string) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "innervisor-test-"));
  const path = process.env["PATH"];
  try {
    await mkdir(join(folder, "bin"));
    for (const [name, script] of Object.entries(programs)) {
      await writeFile(join(folder, "bin", name), `#!/bin/sh\n${script}\n`);
      await chmod(join(folder, "bin", name), 0o755);
    }
    process.env["PATH"] = join(folder, "bin");
    await use(join(folder, "cache"));
  } finally {
    process.env["PATH"] = path;
    await rm(folder, { recursive: true, force: true });
  }
}

test("an unknown image is refused with the names of those that are known", async () => {
  await assert.rejects(buildImage("windows"), { code: "unknown-image", hint: /debian-minimal/ });
});

test("a program that is not installed is named, with what to do", async () => {
  await assert.rejects(runCommand("no-such-program-here", []), {
    code: "tool-missing",
    message: /no-such-program-here/,
    hint: /Debian/,
  });
});

test("without apt and without an earlier image, building says that apt is missing", () =>
  withPrograms({}, async (cacheDir) => {
    await assert.rejects(buildImage("debian-minimal", { cacheDir }), {
      code: "tool-missing",
      message: /apt-cache/,
    });
  }));

test("a package that no archive has is named", () =>
  withPrograms({ "apt-cache": "exit 100", "apt-get": "exit 0" }, async (cacheDir) => {
    await assert.rejects(buildImage("debian-minimal", { cacheDir }), {
      code: "package-missing",
      message: /linux-image-cloud-amd64|busybox-static/,
    });
  }));

const records = `case "$*" in
  *cloud-amd64*) printf 'Package: linux-image-cloud-amd64\\nVersion: 1\\nDepends: linux-image-6\\n\\n' ;;
esac
case "$*" in
  *busybox*) printf 'Package: busybox-static\\nVersion: 1\\nSize: 1\\nSHA256: 00\\n\\n' ;;
  *linux-image-6*) printf 'Package: linux-image-6\\nVersion: 1\\nSize: 1\\nSHA256: 00\\n\\n' ;;
esac`;

test("a failed download tells apt's reason and leaves nothing half done", () =>
  withPrograms(
    { "apt-cache": records, "apt-get": "echo 'E: Could not connect to the archive' >&2; exit 100" },
    async (cacheDir) => {
      await assert.rejects(buildImage("debian-minimal", { cacheDir }), {
        code: "download-failed",
        message: /Could not connect/,
      });
      assert.deepEqual(await readdir(join(cacheDir, "packages")), []);
    },
  ));

test("a downloaded package with another digest than the archive's record is refused", () =>
  withPrograms(
    { "apt-cache": records, "apt-get": "echo x >busybox-static_1_.deb; echo x >linux-image-6_1_.deb" },
    async (cacheDir) => {
      await assert.rejects(buildImage("debian-minimal", { cacheDir }), {
        code: "package-damaged",
        message: /SHA-256/,
      });
    },
  ));
