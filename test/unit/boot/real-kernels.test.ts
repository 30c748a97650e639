import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { listStoredImages } from "../../../src/cli/image-store.js";
import { defaultCacheDir } from "../../../src/images/index.js";
import { buildE820 } from "../../../src/machine/boot/e820.js";
import { planBoot } from "../../../src/machine/boot/plan.js";
import { expectDisjoint, expectVmError } from "./expect-vm-error.js";

const mib = 2 ** 20;
const [stored] = await listStoredImages(defaultCacheDir());
const skip = stored === undefined ? "no guest image has been built" : false;

test("Debian's kernel is planned with its 64-bit entry", { skip }, () => {
  const kernel = readFileSync(stored!.image.kernelPath);
  const initrd = readFileSync(stored!.image.initrdPath);
  const memory = { memoryBytes: 1024 * mib, e820: buildE820(1024 * mib) };
  const plan = planBoot({ kind: "kernel", kernel, initrd, commandLine: stored!.image.commandLine }, memory);
  assert.match(plan.description, /^Linux bzImage 6\.\d+\.\d+-\d+-cloud-amd64/);
  assert.equal(plan.entry.kind, "long64");
  assert.equal(plan.entry.rip % 0x1000, 0x200);
  expectDisjoint(plan.writes);
});

test("Debian's kernel refuses a machine that is too small for it", { skip }, () => {
  const kernel = readFileSync(stored!.image.kernelPath);
  const memory = { memoryBytes: 32 * mib, e820: buildE820(32 * mib) };
  expectVmError("memory-not-ram", /the kernel needs .* machine with 32 MiB/, () =>
    planBoot({ kind: "kernel", kernel }, memory),
  );
});
