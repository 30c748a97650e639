import assert from "node:assert/strict";
import { test } from "node:test";
import { buildE820, lowMemoryEnd, validateMemorySize } from "../../../src/machine/boot/e820.js";
import { expectVmError } from "./expect-vm-error.js";

const mib = 2 ** 20;
const gib = 2 ** 30;

function ramOf(memoryBytes: number): number {
  return buildE820(memoryBytes)
    .filter((entry) => entry.type === 1)
    .reduce((sum, entry) => sum + entry.length, 0);
}

test("a small machine has conventional memory, reserved areas and extended memory", () => {
  assert.deepEqual(buildE820(2 * mib), [
    { address: 0, length: 0x9fc00, type: 1 },
    { address: 0x9fc00, length: 0x400, type: 2 },
    { address: 0xe0000, length: 0x20000, type: 2 },
    { address: 0x100000, length: 0x100000, type: 1 },
  ]);
});

test("memory up to 3 GiB stays below 4 GiB", () => {
  const map = buildE820(3 * gib);
  assert.deepEqual(map.at(-1), { address: 0x100000, length: 3 * gib - mib, type: 1 });
});

test("memory past 3 GiB continues at 4 GiB", () => {
  const map = buildE820(3 * gib + mib);
  assert.deepEqual(map.at(-1), { address: 4 * gib, length: mib, type: 1 });
});

test("all RAM but the hole below 1 MiB is reported", () => {
  for (const size of [2 * mib, 512 * mib, 3 * gib, 8 * gib]) {
    assert.equal(size - ramOf(size), 0x100000 - 0x9fc00);
  }
});

test("the end of low memory is the memory size up to 3 GiB", () => {
  for (const [size, end] of [
    [64 * mib, 64 * mib],
    [8 * gib, 3 * gib],
  ] as const) {
    assert.equal(lowMemoryEnd({ memoryBytes: size, e820: buildE820(size) }), end);
  }
});

test("sizes within the range are accepted", () => {
  for (const size of [2 * mib, 3 * mib, 512 * mib, 32 * gib]) assert.equal(validateMemorySize(size), size);
});

test("sizes outside the range are refused, each with its own code", () => {
  expectVmError("memory-too-small", /found 0 bytes/, () => validateMemorySize(0));
  expectVmError("memory-too-small", /found 1 MiB/, () => validateMemorySize(mib));
  expectVmError("memory-too-large", /found 33 GiB/, () => validateMemorySize(33 * gib));
  expectVmError("memory-too-large", /between 2 MiB and 1 GiB/, () => validateMemorySize(2 * gib, gib));
  expectVmError("memory-size-unaligned", /found 2097153 bytes/, () => validateMemorySize(2 * mib + 1));
  expectVmError("memory-size-unaligned", /found 67112960 bytes/, () => validateMemorySize(64 * mib + 4096));
  for (const size of [-mib, 2.5, NaN, Infinity]) {
    expectVmError("memory-size-invalid", /found/, () => validateMemorySize(size));
  }
});
