import assert from "node:assert/strict";
import { test } from "node:test";
import type { BootPlan } from "../../../src/machine/boot/boot-plan.js";
import { buildE820 } from "../../../src/machine/boot/e820.js";
import { planMultibootBoot } from "../../../src/machine/boot/multiboot.js";
import { expectDisjoint, expectVmError } from "./expect-vm-error.js";
import { buildElf } from "./synthetic-images.js";

const mib = 2 ** 20;
const memory = { memoryBytes: 64 * mib, e820: buildE820(64 * mib) };
const magic = 0x1badb002;

/** A header with a right checksum and, with flags bit 16, the address fields. */
function buildHeader(flags: number, addresses: readonly number[] = []): Uint8Array {
  const words = [magic, flags, -(magic + flags), ...addresses];
  return new Uint8Array(Uint32Array.from(words, (word) => word >>> 0).buffer);
}

function buildElfKernel(flags = 3, is64Bit = false): Uint8Array {
  const bytes = new Uint8Array(0x1000);
  bytes.set(buildHeader(flags), 0x20);
  const segment = { physical: 0x100000, virtual: 0xc0100000, bytes, memoryBytes: 0x3000 };
  return buildElf({ is64Bit, entry: 0xc0100040, segments: [segment] });
}

/** `front` bytes, then the header with addresses, then code. */
function buildFlatKernel(front: number, addresses: readonly number[]): Uint8Array {
  const image = new Uint8Array(0x800).fill(0x90);
  image.set(buildHeader(0x10003, addresses), front);
  return image;
}

function viewAt(plan: BootPlan, address: number): DataView {
  const write = plan.writes.find((candidate) => candidate.address === address);
  assert.ok(write, `nothing is written at ${address.toString(16)}`);
  return new DataView(write.bytes.buffer, write.bytes.byteOffset, write.bytes.byteLength);
}

function textAt(plan: BootPlan, address: number): string {
  return new TextDecoder().decode(viewAt(plan, address)).replace(/\0$/, "");
}

test("an ELF kernel starts in protected mode at its physical entry with the magic in EAX", () => {
  const plan = planMultibootBoot({ kernel: buildElfKernel() }, memory);
  assert.equal(plan.entry.kind, "protected32");
  assert.equal(plan.entry.rip, 0x100040);
  assert.equal(plan.entry.rax, 0x2badb002);
  assert.equal(plan.entry.cr0, 0x11);
  assert.equal(viewAt(plan, 0x100000).byteLength, 0x1000);
  expectDisjoint(plan.writes);
});

test("the information has memory sizes, command line, loader name and memory map", () => {
  const plan = planMultibootBoot(
    { kernel: buildElfKernel(), kernelName: "xen", commandLine: "com1=115200" },
    memory,
  );
  const info = viewAt(plan, plan.entry.rbx);
  assert.equal(info.getUint32(0, true), 0x24d);
  assert.equal(info.getUint32(4, true), 639);
  assert.equal(info.getUint32(8, true), 63 * 1024);
  assert.equal(textAt(plan, info.getUint32(16, true)), "xen com1=115200");
  assert.equal(textAt(plan, info.getUint32(64, true)), "Innervisor");
  assert.equal(info.getUint32(20, true), 0);
  const map = viewAt(plan, info.getUint32(48, true));
  assert.equal(info.getUint32(44, true), map.byteLength);
  assert.equal(map.getUint32(0, true), 20);
  assert.equal(map.getBigUint64(12, true), 0x9fc00n);
  assert.equal(map.getUint32(20, true), 1);
  assert.equal(map.byteLength, memory.e820.length * 24);
});

test("without a command line the kernel's name stands alone", () => {
  const plan = planMultibootBoot({ kernel: buildElfKernel() }, memory);
  assert.equal(textAt(plan, viewAt(plan, plan.entry.rbx).getUint32(16, true)), "kernel");
});

test("modules follow the kernel's zeroed memory, page-aligned, with their strings", () => {
  const modules = [
    { bytes: new Uint8Array(5000).fill(1), commandLine: "vmlinuz console=hvc0" },
    { bytes: new Uint8Array(10).fill(2) },
  ];
  const plan = planMultibootBoot({ kernel: buildElfKernel(), modules }, memory);
  const info = viewAt(plan, plan.entry.rbx);
  assert.equal(info.getUint32(20, true), 2);
  const list = viewAt(plan, info.getUint32(24, true));
  assert.equal(list.getUint32(0, true), 0x103000);
  assert.equal(list.getUint32(4, true), 0x103000 + 5000);
  assert.equal(textAt(plan, list.getUint32(8, true)), "vmlinuz console=hvc0");
  assert.equal(list.getUint32(16, true), 0x105000);
  assert.equal(list.getUint32(20, true), 0x10500a);
  assert.equal(viewAt(plan, 0x105000).getUint8(0), 2);
  expectDisjoint(plan.writes);
});

test("a kernel with address fields is loaded by them", () => {
  // The header at 100H of the file belongs at 200100H, the text at 200000H.
  const kernel = buildFlatKernel(0x100, [0x200100, 0x200000, 0x200400, 0x200900, 0x200120]);
  const plan = planMultibootBoot({ kernel }, memory);
  assert.equal(plan.entry.rip, 0x200120);
  assert.equal(viewAt(plan, 0x200000).byteLength, 0x400);
  const modules = [{ bytes: new Uint8Array(1) }];
  const withModule = planMultibootBoot({ kernel, modules }, memory);
  assert.ok(
    withModule.writes.some((write) => write.address === 0x201000),
    "behind bss_end_addr",
  );
});

test("load_end_addr 0 means to the end of the file", () => {
  const plan = planMultibootBoot(
    { kernel: buildFlatKernel(0x100, [0x200000, 0x200000, 0, 0, 0x200020]) },
    memory,
  );
  assert.equal(viewAt(plan, 0x200000).byteLength, 0x700);
});

test("the header counts only in the first 8192 bytes, aligned, with a right checksum", () => {
  const kernelWithHeaderAt = (offset: number, header = buildHeader(3)): Uint8Array => {
    const image = new Uint8Array(0x4000);
    image.set(header, offset);
    return image;
  };
  const plan = (kernel: Uint8Array) => () => planMultibootBoot({ kernel }, memory);
  expectVmError("multiboot-header-invalid", /no ELF/, plan(kernelWithHeaderAt(8192 - 12)));
  expectVmError("kernel-not-multiboot", /first 8192 bytes/, plan(kernelWithHeaderAt(8192 - 8)));
  expectVmError("kernel-not-multiboot", /first 8192 bytes/, plan(kernelWithHeaderAt(2)));
  const wrong = buildHeader(3);
  wrong[8]!++;
  expectVmError("kernel-not-multiboot", /checksum/, plan(kernelWithHeaderAt(0, wrong)));
  expectVmError("kernel-not-multiboot", /checksum/, plan(new Uint8Array(3)));
});

test("unknown required features are refused, a wish for a video mode is not", () => {
  planMultibootBoot({ kernel: buildElfKernel(7) }, memory);
  expectVmError("multiboot-unsupported-flags", /flags 8H/, () =>
    planMultibootBoot({ kernel: buildElfKernel(0xb) }, memory),
  );
});

test("a 64-bit ELF file is refused with the way to convert it", () => {
  const error = expectVmError("multiboot-elf64", /expected a 32-bit one/, () =>
    planMultibootBoot({ kernel: buildElfKernel(3, true) }, memory),
  );
  assert.match(error.hint ?? "", /objcopy/);
});

test("address fields that do not agree with the file are refused", () => {
  const plan = (addresses: readonly number[]) => () =>
    planMultibootBoot({ kernel: buildFlatKernel(0x100, addresses) }, memory);
  expectVmError("multiboot-header-invalid", /do not agree/, plan([0x200000, 0x200100, 0, 0, 0]));
  expectVmError("multiboot-header-invalid", /do not agree/, plan([0x200000, 0x100000, 0, 0, 0]));
  expectVmError(
    "multiboot-header-invalid",
    /not behind load_addr/,
    plan([0x200000, 0x200000, 0x1ff000, 0, 0]),
  );
  expectVmError("kernel-truncated", /asks for 4352 bytes/, plan([0x200000, 0x200000, 0x201000, 0, 0]));
  expectVmError("memory-not-ram", /the kernel needs/, plan([0xa0000, 0xa0000, 0, 0, 0]));
});
