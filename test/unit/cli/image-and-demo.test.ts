import assert from "node:assert/strict";
import { existsSync, mkdirSync } from "node:fs";
import { test } from "node:test";
import type { BuiltImage } from "../../../src/images/index.js";
import { ImageError } from "../../../src/images/index.js";
import { FakeContext } from "./fake-context.js";
import { TemporaryFolder } from "./temporary-folder.js";

const folder = new TemporaryFolder();

function builtImage(name: string): BuiltImage {
  return {
    name,
    kernelPath: folder.write("vmlinuz", "kernel"),
    initrdPath: folder.write("initrd.cpio", "initrd"),
    commandLine: "console=ttyS0",
    memoryMiB: 1024,
    packages: {},
  };
}

const demoLines = [
  "L1: uname: Linux",
  "L1: kvm: loaded kvm-intel",
  "L1: starting level 2",
  "L2: uname: Linux",
  "L2: flags: fpu hypervisor lm",
  "L2: powering off",
  "L1: level 2 ended with exit code 0",
  "L1: powering off",
];

function demoContext(lines: readonly string[], reason: "power-off" | "reset" = "power-off"): FakeContext {
  const context = new FakeContext();
  context.buildImage = async (name) => builtImage(name);
  context.script = (machine) => {
    for (const line of lines) machine.print(`${line}\r\n`);
    return { reason };
  };
  return context;
}

test("the demo runs debian-kvm nested with 2 GiB and passes when all lines came in order", async () => {
  const context = demoContext(demoLines);
  assert.equal(await context.run("demo", "--debian"), 0);
  const { options } = context.machines[0]!;
  assert.equal(options.memoryBytes, 2 ** 31);
  assert.equal(options.exposeVirtualizationExtensions, true);
  assert.match(context.stderr, /demo passed/);
});

test("the demo fails when a line is missing, when lines are out of order, or when L1 resets", async () => {
  const cases: readonly (readonly [FakeContext, RegExp])[] = [
    [demoContext(demoLines.filter((line) => !line.includes("kvm"))), /its KVM found/],
    [demoContext([...demoLines].reverse()), /QEMU starts|its KVM found/],
    [demoContext(demoLines.slice(0, -1)), /level 1 powers off/],
    [demoContext(demoLines, "reset"), /reset its machine/],
  ];
  for (const [context, message] of cases) {
    assert.equal(await context.run("demo"), 12);
    assert.match(context.stderr, message);
  }
});

test("a level 2 that ends badly fails the demo", async () => {
  const context = demoContext(demoLines.map((line) => line.replace("exit code 0", "exit code 1")));
  assert.equal(await context.run("demo"), 12);
  assert.match(context.stderr, /level 1 saw level 2 end well/);
});

test("image build prints the files on stdout and progress on stderr", async () => {
  const context = new FakeContext();
  context.buildImage = async (name, options) => {
    options.progress?.("download", "linux");
    return builtImage(name);
  };
  assert.equal(await context.run("image", "build", "debian-minimal"), 0);
  assert.match(context.stdout, /^kernel {2}.*vmlinuz\ninitrd {2}.*initrd.cpio\nappend {2}console=ttyS0\n$/);
  assert.equal(context.stderr, "download: linux\n");
  context.stdout = "";
  await context.run("image", "build", "debian-minimal", "--json");
  assert.equal((JSON.parse(context.stdout) as BuiltImage).name, "debian-minimal");
});

test("an image that cannot be built is one error with its hint", async () => {
  const context = new FakeContext();
  context.buildImage = () =>
    Promise.reject(new ImageError("tool-missing", "apt-get is missing", "install it"));
  assert.equal(await context.run("image", "build", "debian-minimal"), 2);
  assert.equal(context.stderr, "error: apt-get is missing\nhint: install it\n");
});

test("image list shows what is built, image remove removes it", async () => {
  const context = new FakeContext();
  context.cacheDir = folder.path;
  const built = `${folder.path}/images/debian-minimal-0123`;
  mkdirSync(built, { recursive: true });
  folder.write("images/debian-minimal-0123/image.json", JSON.stringify(builtImage("debian-minimal")));
  assert.equal(await context.run("image", "list"), 0);
  assert.match(context.stdout, /^debian-minimal +\/.*debian-minimal-0123$/m);
  assert.match(context.stdout, /^debian-kvm +not built$/m);
  assert.equal(await context.run("image", "remove", "debian-minimal"), 0);
  assert.equal(existsSync(built), false);
  assert.equal(await context.run("image", "remove", "debian-minimal"), 2);
  assert.match(context.stderr, /error: the image debian-minimal has not been built/);
  assert.equal(await context.run("image", "remove", "windows"), 2);
  assert.match(
    context.stderr,
    /error: there is no image named "windows"\nhint: the images are: debian-minimal/,
  );
});
