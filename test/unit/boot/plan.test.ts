import assert from "node:assert/strict";
import { test } from "node:test";
import { detectKernel } from "../../../src/machine/boot/detect.js";
import { buildE820 } from "../../../src/machine/boot/e820.js";
import { planBoot } from "../../../src/machine/boot/plan.js";
import { expectVmError } from "./expect-vm-error.js";
import { buildBzImage, buildElf, buildPvhNote } from "./synthetic-images.js";

const mib = 2 ** 20;
const memory = { memoryBytes: 64 * mib, e820: buildE820(64 * mib) };

function buildKernel(withMultiboot: boolean, withNote: boolean): Uint8Array {
  const text = new Uint8Array(0x1000);
  if (withMultiboot) new Uint32Array(text.buffer).set([0x1badb002, 0, -0x1badb002 >>> 0]);
  const note = { type: 4, physical: 0, bytes: buildPvhNote(0x100000) };
  const segments = [{ physical: 0x100000, bytes: text }, ...(withNote ? [note] : [])];
  return buildElf({ is64Bit: false, entry: 0x100000, segments });
}

test("each protocol is recognized, multiboot before PVH", () => {
  assert.equal(detectKernel(buildBzImage()), "linux-bzimage");
  assert.equal(detectKernel(buildKernel(true, false)), "multiboot");
  assert.equal(detectKernel(buildKernel(false, true)), "pvh");
  assert.equal(detectKernel(buildKernel(true, true)), "multiboot");
});

test("other files are refused by the name of what they are", () => {
  const detect = (bytes: readonly number[]) => () => detectKernel(Uint8Array.from(bytes));
  expectVmError("kernel-not-recognized", /it is empty; looked for a Linux bzImage/, detect([]));
  expectVmError("kernel-not-recognized", /it is a gzip file/, detect([0x1f, 0x8b, 8, 0]));
  expectVmError("kernel-not-recognized", /it is a file of 5 bytes/, detect([1, 2, 3, 4, 5]));
  expectVmError("kernel-not-recognized", /an ELF file without either/, () =>
    detectKernel(buildKernel(false, false)),
  );
});

test("random bytes never crash the detection", () => {
  let seed = 1;
  for (let round = 0; round < 200; round++) {
    const bytes = Uint8Array.from({ length: round * 7 }, () => (seed = (seed * 16807) % 2147483647) & 0xff);
    bytes.set([0x7f, 0x45, 0x4c, 0x46, round & 3, 1].slice(0, bytes.length));
    assert.throws(() => detectKernel(bytes), { name: "VmError" });
  }
});

test("the initrd is the first module of kernels that take modules", () => {
  const source = {
    kind: "kernel" as const,
    kernel: buildKernel(false, true),
    initrd: new Uint8Array(3).fill(1),
    modules: [{ bytes: new Uint8Array(3).fill(2), commandLine: "second" }],
  };
  const { writes } = planBoot(source, memory);
  const text = writes.map((write) => new TextDecoder().decode(write.bytes)).join("|");
  assert.match(text, /\x01\x01\x01.*\x02\x02\x02/s);
  assert.match(text, /initrd\0.*second\0/s);
});

test("a bzImage refuses modules", () => {
  const source = { kind: "kernel" as const, kernel: buildBzImage(), modules: [{ bytes: new Uint8Array(1) }] };
  expectVmError("modules-not-supported", /takes no modules, found 1/, () => planBoot(source, memory));
});

test("flat images and firmware are planned by their kind", () => {
  const flat = planBoot({ kind: "flat", image: new Uint8Array(1), address: 0x7c00 }, memory);
  assert.equal(flat.description, "flat image at 7C00H");
  const firmware = planBoot({ kind: "firmware", rom: new Uint8Array(0x40000) }, memory);
  assert.equal(firmware.description, "firmware of 256 KiB");
});
