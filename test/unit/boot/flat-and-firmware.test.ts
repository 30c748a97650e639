import assert from "node:assert/strict";
import { test } from "node:test";
import { buildE820 } from "../../../src/machine/boot/e820.js";
import { planFirmwareBoot } from "../../../src/machine/boot/firmware.js";
import { planFlatBoot } from "../../../src/machine/boot/flat.js";
import { expectDisjoint, expectVmError } from "./expect-vm-error.js";

const kib = 2 ** 10;
const mib = 2 ** 20;
const memory = { memoryBytes: 16 * mib, e820: buildE820(16 * mib) };
const image = new Uint8Array(512).fill(0xf4);

test("a flat image below 1 MiB starts in real mode at its own segment", () => {
  const plan = planFlatBoot({ image, address: 0x7c05 }, memory);
  assert.deepEqual(plan.writes, [{ address: 0x7c05, bytes: image }]);
  assert.equal(plan.entry.kind, "real");
  assert.deepEqual(plan.entry.cs, { selector: 0x7c0, base: 0x7c00, limit: 0xffff, accessRights: 0x9b });
  assert.equal(plan.entry.rip, 5);
  assert.equal(plan.entry.cr0, 0x60000010);
  assert.deepEqual(plan.entry.idtr, { base: 0, limit: 0xffff });
});

test("a flat image may lie at address 0", () => {
  const { entry } = planFlatBoot({ image, address: 0 }, memory);
  assert.equal(entry.cs.base + entry.rip, 0);
});

test("a flat image at 1 MiB or above starts in protected mode with a stack at the end of RAM", () => {
  const { entry } = planFlatBoot({ image, address: mib }, memory);
  assert.equal(entry.kind, "protected32");
  assert.equal(entry.rip, mib);
  assert.equal(entry.rsp, 16 * mib);
});

test("a flat image may ask for 64-bit mode; GDT and page tables keep off it", () => {
  for (const address of [0, 0x1000, 0x7c00, mib]) {
    const plan = planFlatBoot({ image, address, mode: "long64" }, memory);
    assert.equal(plan.entry.kind, "long64");
    assert.equal(plan.entry.rip, address);
    assert.equal(plan.writes.length, 3);
    expectDisjoint(plan.writes);
  }
});

test("flat images that are empty or lie outside RAM are refused", () => {
  const plan = (address: number, mode?: "real" | "long64", bytes = image) => {
    return () => planFlatBoot({ image: bytes, address, ...(mode && { mode }) }, memory);
  };
  expectVmError("flat-image-empty", /empty/, plan(0x7c00, "real", new Uint8Array(0)));
  expectVmError("flat-address-invalid", /below 100000H, found 100000H/, plan(mib, "real"));
  expectVmError("flat-address-invalid", /found -1/, plan(-1));
  expectVmError("flat-address-invalid", /found NaN/, plan(NaN));
  expectVmError("flat-address-invalid", /below 100000000H/, plan(2 ** 32, "long64"));
  expectVmError("memory-not-ram", /the image needs guest-physical FFFF00H/, plan(16 * mib - 256));
  expectVmError("memory-not-ram", /the image needs guest-physical A0000H/, plan(0xa0000));
});

test("a ROM ends at 4 GiB, its last 128 KiB at 1 MiB, and starts at the reset vector", () => {
  const rom = Uint8Array.from({ length: 256 * kib }, (_, index) => index >> 16);
  const { roms, writes, entry } = planFirmwareBoot(rom);
  assert.deepEqual(writes, []);
  assert.deepEqual(
    roms.map(({ address, bytes }) => [address, bytes.length, bytes[0]]),
    [
      [0xfffc0000, 256 * kib, 0],
      [0xe0000, 128 * kib, 2],
    ],
  );
  assert.deepEqual(entry.cs, { selector: 0xf000, base: 0xffff0000, limit: 0xffff, accessRights: 0x9b });
  assert.equal(entry.rip, 0xfff0);
});

test("a ROM of 64 KiB is seen at F0000H", () => {
  assert.deepEqual(
    planFirmwareBoot(new Uint8Array(64 * kib)).roms.map((rom) => rom.address),
    [0xffff0000, 0xf0000],
  );
});

test("ROMs of other sizes are refused", () => {
  planFirmwareBoot(new Uint8Array(16 * mib));
  for (const size of [0, 1, 32 * kib, 64 * kib + 1, 96 * kib, 16 * mib + 64 * kib]) {
    expectVmError("firmware-size-invalid", /multiple of 64 KiB/, () =>
      planFirmwareBoot(new Uint8Array(size)),
    );
  }
});
