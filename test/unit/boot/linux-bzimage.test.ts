import assert from "node:assert/strict";
import { test } from "node:test";
import type { BootPlan, MemoryWrite } from "../../../src/machine/boot/boot-plan.js";
import { buildE820 } from "../../../src/machine/boot/e820.js";
import { planLinuxBoot } from "../../../src/machine/boot/linux-bzimage.js";
import { expectDisjoint, expectVmError } from "./expect-vm-error.js";
import { buildBzImage } from "./synthetic-images.js";

const mib = 2 ** 20;
const gib = 2 ** 30;

function memoryOf(memoryBytes: number, acpiRsdp = 0xe0000) {
  return { memoryBytes, e820: buildE820(memoryBytes), acpiRsdp };
}

function writeAt(plan: BootPlan, address: number): MemoryWrite {
  const write = plan.writes.find((candidate) => candidate.address === address);
  assert.ok(write, `nothing is written at ${address.toString(16)}`);
  return write;
}

function viewAt(plan: BootPlan, address: number): DataView {
  const { bytes } = writeAt(plan, address);
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

test("a 64-bit kernel starts in 64-bit mode, 200H past its load address", () => {
  const plan = planLinuxBoot({ kernel: buildBzImage() }, memoryOf(64 * mib));
  assert.equal(plan.description, "Linux bzImage 6.1.0-test");
  assert.equal(plan.entry.kind, "long64");
  assert.equal(plan.entry.rip, 0x1000200);
  assert.equal(plan.entry.cr0, 0x80000011);
  assert.equal(plan.entry.cr4, 0x20);
  assert.equal(plan.entry.efer, 0x500);
  assert.equal(plan.entry.rflags & 0x200, 0);
  assert.equal(plan.entry.cs.selector, 0x10);
  assert.equal(plan.entry.cs.accessRights, 0xa09b);
  assert.equal(plan.entry.data.selector, 0x18);
  expectDisjoint(plan.writes);
});

test("a 32-bit kernel starts in protected mode at its load address, paging off", () => {
  const plan = planLinuxBoot({ kernel: buildBzImage({ extendedLoadFlags: 0 }) }, memoryOf(64 * mib));
  assert.equal(plan.entry.kind, "protected32");
  assert.equal(plan.entry.rip, 0x1000000);
  assert.equal(plan.entry.cr0, 0x11);
  assert.equal(plan.entry.efer, 0);
  assert.equal(plan.entry.cs.accessRights, 0xc09b);
  assert.equal(plan.entry.cs.limit, 0xffffffff);
  expectDisjoint(plan.writes);
});

test("the 32-bit entry of a 64-bit kernel can be asked for, a missing 64-bit one is an error", () => {
  const plan = planLinuxBoot({ kernel: buildBzImage(), entry: "protected32" }, memoryOf(64 * mib));
  assert.equal(plan.entry.rip, 0x1000000);
  const kernel = buildBzImage({ extendedLoadFlags: 0 });
  expectVmError("kernel-no-64bit-entry", /XLF_KERNEL_64/, () =>
    planLinuxBoot({ kernel, entry: "long64" }, memoryOf(64 * mib)),
  );
});

test("the GDT's descriptors say what the hidden parts say", () => {
  for (const [entry, code] of [
    ["long64", 0x00af9b000000ffffn],
    ["protected32", 0x00cf9b000000ffffn],
  ] as const) {
    const plan = planLinuxBoot({ kernel: buildBzImage(), entry }, memoryOf(64 * mib));
    const gdt = viewAt(plan, plan.entry.gdtr.base);
    assert.equal(gdt.getBigUint64(0x10, true), code);
    assert.equal(gdt.getBigUint64(0x18, true), 0x00cf93000000ffffn);
    assert.equal(gdt.getBigUint64(0x20, true), 0x00008b0000000067n);
    assert.equal(plan.entry.gdtr.limit, gdt.byteLength - 1);
  }
});

test("the page tables map the first 4 GiB to themselves", () => {
  const plan = planLinuxBoot({ kernel: buildBzImage() }, memoryOf(64 * mib));
  const tables = viewAt(plan, plan.entry.cr3);
  const tableOffset = (entry: bigint): number => Number(entry & ~0xfffn) - plan.entry.cr3;
  const walk = (address: number): number => {
    const directories = tableOffset(tables.getBigUint64(0, true));
    const directory = tableOffset(tables.getBigUint64(directories + Math.floor(address / gib) * 8, true));
    const page = tables.getBigUint64(directory + (Math.floor(address / (2 * mib)) % 512) * 8, true);
    assert.equal(page & 0x83n, 0x83n);
    return Number(page & ~0x1fffffn) + (address % (2 * mib));
  };
  for (const address of [0, 0x1000200, gib - 1, gib, 3 * gib + 5, 4 * gib - 1]) {
    assert.equal(walk(address), address);
  }
  assert.equal(plan.entry.cr3 % 4096, 0);
});

test("the zero page has the kernel's header, the loader's answers and the memory map", () => {
  const kernel = buildBzImage();
  const initrd = new Uint8Array(5000).fill(7);
  const plan = planLinuxBoot({ kernel, initrd, commandLine: "console=ttyS0 ü" }, memoryOf(8 * gib));
  const page = viewAt(plan, plan.entry.rsi);
  assert.equal(page.byteLength, 4096);
  assert.equal(page.getUint32(0x202, true), 0x53726448);
  assert.equal(page.getUint8(0x210), 0xff);
  assert.equal(page.getUint8(0x211), 0x01);
  assert.equal(page.getUint8(0x1ef), 0, "the sentinel must be 0");
  assert.equal(page.getBigUint64(0x70, true), 0xe0000n);
  assert.equal(page.getUint32(0x214, true), 0x1000000);
  const commandLine = writeAt(plan, page.getUint32(0x228, true)).bytes;
  assert.equal(new TextDecoder().decode(commandLine), "console=ttyS0 ü\0");
  assert.deepEqual(writeAt(plan, page.getUint32(0x218, true)).bytes, initrd);
  assert.equal(page.getUint32(0x21c, true), 5000);
  assert.equal(page.getUint8(0x1e8), 5);
  assert.equal(page.getBigUint64(0x2d0 + 4 * 20, true), 0x1_0000_0000n);
  assert.equal(page.getBigUint64(0x2d0 + 4 * 20 + 8, true), BigInt(5 * gib));
  assert.equal(page.getUint32(0x2d0 + 4 * 20 + 16, true), 1);
});

test("the header is copied up to its own end and no further", () => {
  const kernel = buildBzImage();
  kernel.fill(0xee, 0x26c, 0x2f0);
  const plan = planLinuxBoot({ kernel }, memoryOf(64 * mib));
  assert.equal(viewAt(plan, plan.entry.rsi).getUint8(0x26b), 0);
  assert.equal(viewAt(plan, plan.entry.rsi).getUint8(0x26c), 0);
});

test("the initrd lies as high as the kernel and the memory allow, on a page", () => {
  const initrd = new Uint8Array(5000);
  const addressOf = (memoryBytes: number, initrdAddressMax: number): number => {
    const plan = planLinuxBoot({ kernel: buildBzImage({ initrdAddressMax }), initrd }, memoryOf(memoryBytes));
    return viewAt(plan, plan.entry.rsi).getUint32(0x218, true);
  };
  assert.equal(addressOf(64 * mib, 0x7fffffff), 64 * mib - 8192);
  assert.equal(addressOf(8 * gib, 0x7fffffff), 2 * gib - 8192);
  assert.equal(addressOf(8 * gib, 0xffffffff), 3 * gib - 8192);
  assert.equal(addressOf(64 * mib, 0x1ffffff), 0x2000000 - 8192);
});

test("an initrd that finds no room above the kernel goes below it", () => {
  const plan = planLinuxBoot({ kernel: buildBzImage(), initrd: new Uint8Array(mib) }, memoryOf(20 * mib));
  const address = viewAt(plan, plan.entry.rsi).getUint32(0x218, true);
  assert.equal(address, 15 * mib);
  expectDisjoint(plan.writes);
});

test("an initrd larger than the memory is a clear error", () => {
  const initrd = new Uint8Array(64 * mib);
  const error = expectVmError("memory-no-room", /the initrd \(64 MiB\) does not fit.*64 MiB/, () =>
    planLinuxBoot({ kernel: buildBzImage(), initrd }, memoryOf(64 * mib)),
  );
  assert.match(error.hint ?? "", /more memory/);
});

test("a kernel whose init_size is larger than the memory is a clear error", () => {
  expectVmError("memory-not-ram", /the kernel needs .* not all RAM in a machine with 16 MiB/, () =>
    planLinuxBoot({ kernel: buildBzImage() }, memoryOf(16 * mib)),
  );
});

test("the command line may have cmdline_size bytes and not one more", () => {
  const kernel = buildBzImage({ commandLineSize: 10 });
  planLinuxBoot({ kernel, commandLine: "0123456789" }, memoryOf(64 * mib));
  expectVmError("command-line-too-long", /has 11 bytes.*at most 10/, () =>
    planLinuxBoot({ kernel, commandLine: "0123456789a" }, memoryOf(64 * mib)),
  );
  expectVmError("command-line-invalid", /position 1/, () =>
    planLinuxBoot({ kernel, commandLine: "a\0b" }, memoryOf(64 * mib)),
  );
});

test("broken headers are refused, each with its own code", () => {
  const plan = (kernel: Uint8Array) => () => planLinuxBoot({ kernel }, memoryOf(64 * mib));
  expectVmError("kernel-not-linux", /AA55H/, plan(buildBzImage({ bootFlag: 0 })));
  expectVmError("kernel-not-linux", /HdrS/, plan(buildBzImage({ magic: 0 })));
  expectVmError("kernel-not-linux", /HdrS/, plan(new Uint8Array(0)));
  expectVmError("kernel-too-old", /protocol 2.05, at least 2.06/, plan(buildBzImage({ version: 0x0205 })));
  expectVmError("kernel-not-bzimage", /LOADED_HIGH/, plan(buildBzImage({ loadFlags: 0 })));
  expectVmError(
    "kernel-truncated",
    /asks for 1024 bytes, the file has 600/,
    plan(buildBzImage().subarray(0, 600)),
  );
  const whole = buildBzImage();
  expectVmError(
    "kernel-truncated",
    /asks for 10240 bytes, the file has 10224/,
    plan(whole.subarray(0, whole.length - 16)),
  );
});

test("an incomplete last paragraph and bytes after the kernel are accepted", () => {
  const odd = planLinuxBoot({ kernel: buildBzImage({ codeBytes: 0x1ff9 }) }, memoryOf(64 * mib));
  assert.equal(writeAt(odd, 0x1000000).bytes.length, 0x1ff9);
  const signed = new Uint8Array([...buildBzImage(), ...new Uint8Array(100).fill(1)]);
  const plan = planLinuxBoot({ kernel: signed }, memoryOf(64 * mib));
  assert.equal(writeAt(plan, 0x1000000).bytes.length, 0x2000);
});

test("zero setup sectors mean four", () => {
  const plan = planLinuxBoot({ kernel: buildBzImage({ setupSectors: 0 }) }, memoryOf(64 * mib));
  assert.ok(writeAt(plan, 0x1000000).bytes.every((byte) => byte === 0x90));
});

test("a kernel before protocol 2.10 is loaded at 1 MiB", () => {
  const plan = planLinuxBoot({ kernel: buildBzImage({ version: 0x0209 }) }, memoryOf(64 * mib));
  assert.equal(plan.entry.rip, 0x100000);
  assert.equal(plan.entry.kind, "protected32");
});
