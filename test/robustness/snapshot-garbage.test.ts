import assert from "node:assert/strict";
import { test } from "node:test";
import { createMachine, restoreMachine, VmError } from "../../src/index.js";
import { Random } from "../native/random.js";

const MIB = 2 ** 20;

async function snapshot(): Promise<Uint8Array> {
  const image = Uint8Array.of(0x40, 0xeb, 0xfd);
  const machine = await createMachine({
    memoryBytes: 4 * MIB,
    clock: "virtual",
    boot: { kind: "flat", address: 0x7c00, image, mode: "real" },
  });
  await machine.run({ maxInstructions: 10_000 });
  return machine.snapshot();
}

async function expectRefused(bytes: Uint8Array, what: string): Promise<void> {
  await assert.rejects(restoreMachine(bytes), (error) => {
    assert.ok(error instanceof VmError, `${what}: ${String(error)}`);
    assert.match(error.code, /^snapshot-/, what);
    return true;
  });
}

test("a snapshot that ends early is refused with a VmError", async () => {
  const whole = await snapshot();
  const random = new Random(1);
  const lengths = [
    0,
    1,
    7,
    8,
    15,
    16,
    whole.length - 1,
    ...Array.from({ length: 40 }, () => random.below(whole.length)),
  ];
  for (const length of lengths) await expectRefused(whole.slice(0, length), `${length} bytes`);
});

test("a snapshot with a bit the other way round is refused with a VmError", async () => {
  const whole = await snapshot();
  const random = new Random(2);
  for (let count = 0; count < 150; count++) {
    const at = count < 64 ? count : random.below(whole.length);
    const bit = random.below(8);
    const damaged = whole.slice();
    damaged[at] = (damaged[at] as number) ^ (1 << bit);
    await expectRefused(damaged, `bit ${bit} of byte ${at}`);
  }
});

test("garbage for a snapshot is refused with a VmError", async () => {
  const random = new Random(3);
  for (let count = 0; count < 50; count++) {
    const bytes = Uint8Array.from({ length: random.below(4096) }, () => random.next());
    await expectRefused(bytes, `garbage ${count}`);
  }
});
