import assert from "node:assert/strict";
import { test } from "node:test";
import type { BootPlan } from "../../../src/machine/boot/boot-plan.js";
import { buildE820 } from "../../../src/machine/boot/e820.js";
import { findPvhEntry, planPvhBoot } from "../../../src/machine/boot/pvh.js";
import { expectDisjoint, expectVmError } from "./expect-vm-error.js";
import { buildElf, buildPvhNote } from "./synthetic-images.js";

const mib = 2 ** 20;
const memory = { memoryBytes: 64 * mib, e820: buildE820(64 * mib), acpiRsdp: 0xe0010 };

function buildPvhKernel(is64Bit = true, note = buildPvhNote(0x1000123)): Uint8Array {
  return buildElf({
    is64Bit,
    entry: 0x1000000,
    segments: [
      { physical: 0x1000000, bytes: new Uint8Array(0x2000).fill(0x90), memoryBytes: 0x5000 },
      { type: 4, physical: 0, bytes: note },
    ],
  });
}

function viewAt(plan: BootPlan, address: number): DataView {
  const write = plan.writes.find((candidate) => candidate.address === address);
  assert.ok(write, `nothing is written at ${address.toString(16)}`);
  return new DataView(write.bytes.buffer, write.bytes.byteOffset, write.bytes.byteLength);
}

function textAt(plan: BootPlan, address: number): string {
  return new TextDecoder().decode(viewAt(plan, address)).replace(/\0$/, "");
}

test("the machine starts at the note's entry with the state the ABI asks for", () => {
  for (const is64Bit of [true, false]) {
    const { entry, writes } = planPvhBoot({ kernel: buildPvhKernel(is64Bit) }, memory);
    assert.equal(entry.kind, "protected32");
    assert.equal(entry.rip, 0x1000123);
    assert.equal(entry.cr0, 0x11);
    assert.equal(entry.cr4, 0);
    assert.equal(entry.rflags, 0x2);
    assert.deepEqual(entry.cs, { selector: 0x10, base: 0, limit: 0xffffffff, accessRights: 0xc09b });
    assert.deepEqual(entry.data, { selector: 0x18, base: 0, limit: 0xffffffff, accessRights: 0xc093 });
    assert.equal(entry.tr.limit, 0x67);
    assert.equal(entry.tr.accessRights, 0x8b);
    assert.equal(writes.find((write) => write.address === 0x1000000)?.bytes.length, 0x2000);
    expectDisjoint(writes);
  }
});

test("the start info has command line, RSDP and memory map", () => {
  const plan = planPvhBoot({ kernel: buildPvhKernel(), commandLine: "quiet" }, memory);
  const info = viewAt(plan, plan.entry.rbx);
  assert.equal(info.getUint32(0, true), 0x336ec578);
  assert.equal(info.getUint32(4, true), 1);
  assert.equal(info.getUint32(12, true), 0);
  assert.equal(info.getBigUint64(16, true), 0n);
  assert.equal(textAt(plan, Number(info.getBigUint64(24, true))), "quiet");
  assert.equal(info.getBigUint64(32, true), 0xe0010n);
  assert.equal(info.getUint32(48, true), memory.e820.length);
  const map = viewAt(plan, Number(info.getBigUint64(40, true)));
  assert.equal(map.byteLength, memory.e820.length * 24);
  assert.equal(map.getBigUint64(3 * 24, true), 0x100000n);
  assert.equal(map.getBigUint64(3 * 24 + 8, true), BigInt(63 * mib));
  assert.equal(map.getUint32(3 * 24 + 16, true), 1);
});

test("modules are listed in order, page-aligned, with their command lines", () => {
  const modules = [
    { bytes: new Uint8Array(10).fill(1), commandLine: "first" },
    { bytes: new Uint8Array(5000) },
  ];
  const plan = planPvhBoot({ kernel: buildPvhKernel(), modules }, memory);
  const info = viewAt(plan, plan.entry.rbx);
  assert.equal(info.getUint32(12, true), 2);
  const list = viewAt(plan, Number(info.getBigUint64(16, true)));
  const first = Number(list.getBigUint64(0, true));
  assert.equal(first % 4096, 0);
  assert.equal(viewAt(plan, first).getUint8(9), 1);
  assert.equal(list.getBigUint64(8, true), 10n);
  assert.equal(textAt(plan, Number(list.getBigUint64(16, true))), "first");
  assert.equal(list.getBigUint64(32 + 8, true), 5000n);
  expectDisjoint(plan.writes);
});

test("the note is found among others, with 8-byte descriptors and in 8-aligned segments", () => {
  const other = buildPvhNote(5);
  new DataView(other.buffer).setUint32(8, 6, true);
  assert.equal(
    findPvhEntry(buildPvhKernel(true, new Uint8Array([...other, ...buildPvhNote(0x200000)]))),
    0x200000,
  );
  assert.equal(findPvhEntry(buildPvhKernel(true, buildPvhNote(0x300000, 8))), 0x300000);
});

test("notes of others, broken notes and files that are no ELF have no entry", () => {
  const foreign = buildPvhNote(5);
  foreign[12] = 0x59;
  assert.equal(findPvhEntry(buildPvhKernel(true, foreign)), undefined);
  assert.equal(findPvhEntry(buildPvhKernel(true, buildPvhNote(5).subarray(0, 17))), undefined);
  const endless = buildPvhNote(5);
  new DataView(endless.buffer).setUint32(0, 0xffffffff, true);
  assert.equal(findPvhEntry(buildPvhKernel(true, endless)), undefined);
  assert.equal(findPvhEntry(new Uint8Array(100)), undefined);
  expectVmError("kernel-no-pvh-entry", /owner Xen and type 18/, () =>
    planPvhBoot({ kernel: buildPvhKernel(true, foreign) }, memory),
  );
});

test("broken ELF files are refused, each with its own code", () => {
  const whole = buildPvhKernel();
  const plan = (kernel: Uint8Array) => () => planPvhBoot({ kernel }, memory);
  expectVmError("kernel-truncated", /segment ends at byte/, plan(whole.subarray(0, whole.length - 1)));
  expectVmError("kernel-truncated", /program headers ends at byte/, plan(whole.subarray(0, 100)));
  expectVmError("kernel-elf-invalid", /incomplete|expected an ELF header/, plan(whole.subarray(0, 60)));
  const arm = whole.slice();
  new DataView(arm.buffer).setUint16(18, 183, true);
  expectVmError("kernel-elf-invalid", /found 183/, plan(arm));
  const empty = buildElf({
    is64Bit: true,
    entry: 0,
    segments: [{ type: 4, physical: 0, bytes: buildPvhNote(1) }],
  });
  expectVmError("kernel-elf-invalid", /no loadable segment/, plan(empty));
});

test("a segment outside RAM is a clear error, counting its zeroed part", () => {
  const kernel = buildElf({
    is64Bit: true,
    entry: 0,
    segments: [
      { physical: 63 * mib, bytes: new Uint8Array(16), memoryBytes: mib + 1 },
      { type: 4, physical: 0, bytes: buildPvhNote(63 * mib) },
    ],
  });
  expectVmError("memory-not-ram", /the kernel needs guest-physical 3F00000H … 4000000H/, () =>
    planPvhBoot({ kernel }, memory),
  );
});
