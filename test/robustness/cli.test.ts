/** What a user may get wrong, through the real command line: one error with a hint, exit code 2, nothing else. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

const cli = fileURLToPath(new URL("../../src/cli/main.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "innervisor-robustness-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const file = (name: string, content: Uint8Array | string): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

/** A bzImage header: "HdrS" at 202H, boot flag, as much of a kernel as its first sectors. */
function kernelHeader(): Uint8Array {
  const bytes = new Uint8Array(1024);
  const view = new DataView(bytes.buffer);
  bytes[0x1f1] = 4;
  view.setUint16(0x1fe, 0xaa55, true);
  view.setUint32(0x202, 0x53726448, true);
  view.setUint16(0x206, 0x20f, true);
  bytes[0x211] = 1;
  return bytes;
}

/** An ELF header of a 64-bit executable whose program headers lie behind the end of the file. */
function elfHeader(): Uint8Array {
  const bytes = new Uint8Array(64);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  const view = new DataView(bytes.buffer);
  view.setUint16(16, 2, true);
  view.setUint16(18, 0x3e, true);
  view.setBigUint64(32, 0xffff_ffff_ffff_ff00n, true);
  view.setUint16(54, 56, true);
  view.setUint16(56, 0xffff, true);
  return bytes;
}

const halt = file("halt.bin", Uint8Array.of(0xfa, 0xf4));
const flat = `${halt}@0x7c00`;
const empty = file("empty", "");
const text = file("text", "no kernel\n".repeat(100));
const missing = join(folder, "missing");
const unreadable = file("unreadable", "secret");
chmodSync(unreadable, 0);
const truncated = file("truncated", kernelHeader());
const elf = file("elf", elfHeader());
const multiboot = file(
  "multiboot",
  Uint8Array.of(0x02, 0xb0, 0xad, 0x1b, 0, 0, 1, 0, 0xfe, 0x4f, 0x51, 0xe4),
);
const bigInitrd = file("big-initrd", new Uint8Array(8 * 2 ** 20));
const oddDisk = file("odd-disk", new Uint8Array(513));
mkdirSync(join(folder, "a-directory"));
const directory = join(folder, "a-directory");
const isRoot = process.getuid?.() === 0;

const cases: readonly (readonly [what: string, args: readonly string[]])[] = [
  ["text for a kernel", ["--kernel", text]],
  ["an empty kernel", ["--kernel", empty]],
  ["a truncated bzImage", ["--kernel", truncated]],
  ["an ELF file without its program headers", ["--kernel", elf]],
  ["a multiboot header alone", ["--kernel", multiboot]],
  ["a kernel that is missing", ["--kernel", missing]],
  ["a directory for a kernel", ["--kernel", directory]],
  ["a device for a kernel", ["--kernel", "/dev/null"]],
  ["a missing initrd", ["--kernel", truncated, "--initrd", missing]],
  ["an initrd larger than memory", ["--kernel", truncated, "--initrd", bigInitrd, "--memory", "4M"]],
  ["a directory for a disk", ["--flat", flat, "--disk", directory]],
  ["a disk of odd size", ["--flat", flat, "--disk", oddDisk]],
  ["an empty disk", ["--flat", flat, "--disk", empty]],
  ["text for firmware", ["--firmware", text]],
  ["empty firmware", ["--firmware", empty]],
  ["an empty flat image", ["--flat", `${empty}@0x7c00`]],
  ["a flat image without an address", ["--flat", halt]],
  ["a flat image beyond memory", ["--flat", `${halt}@0xfff00000`, "--memory", "16M"]],
  ["a flat image at no number", ["--flat", `${halt}@here`]],
  ...["0", "1M", "3000001", "2.5M", "-1", "33G", "1000000G", "9007199254740993", "NaN", ""].map(
    (memory) => [`${JSON.stringify(memory)} of memory`, ["--flat", flat, "--memory", memory]] as const,
  ),
  ...["0", "-1", "65", "1.5", "many", "1e1", ""].map(
    (cpus) => [`${JSON.stringify(cpus)} processors`, ["--flat", flat, "--cpus", cpus]] as const,
  ),
  ["an unknown profile", ["--flat", flat, "--cpu-profile", "z80"]],
  ["a profile named like a property", ["--flat", flat, "--cpu-profile", "__proto__"]],
  ["an unknown clock", ["--flat", flat, "--clock", "sundial"]],
  ["an unknown option", ["--flat", flat, "--bogus"]],
  ["two things to boot", ["--flat", flat, "--kernel", text]],
  ["nothing to boot", []],
];

interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

function run(args: readonly string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [cli, "run", ...args],
      { cwd: directory, timeout: 30_000 },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
        resolve({ code, stdout, stderr });
      },
    );
  });
}

async function expectOneError(args: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = await run(args);
  assert.equal(code, 2, stderr);
  assert.equal(stdout, "");
  assert.match(stderr, /^error: [^\n]+\n(hint: |\(?Did you mean)[^\n]+\n$/);
  assert.deepEqual(readdirSync(directory), [], "something was written");
}

for (const [what, args] of cases) test(`${what} is one error with a hint`, () => expectOneError(args));

test(
  "a file that may not be read is one error with a hint",
  { skip: isRoot && "root may read everything" },
  () => expectOneError(["--kernel", unreadable]),
);
