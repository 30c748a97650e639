import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MemoryBlockBackend } from "../../../src/devices/virtio/block/memory-block-backend.js";
import { VirtioBlock } from "../../../src/devices/virtio/block/virtio-block.js";
import { VirtioConsole } from "../../../src/devices/virtio/console/virtio-console.js";
import type { VirtioDevice } from "../../../src/devices/virtio/virtio-device.js";
import { FakeMemory, FakeSink } from "./fakes.js";
import * as virtio from "./virtio-driver.js";

const RAM_BYTES = 0x80000;
const FEATURES = virtio.VERSION_1 | virtio.INDIRECT_DESC | virtio.EVENT_IDX;

/** Numbers 0 … 2^32-1 that are the same in every run (xorshift32). */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

const deviceMakers: Record<string, (memory: FakeMemory) => VirtioDevice> = {
  block: (memory) => {
    const backend = new MemoryBlockBackend(new Uint8Array(64 * 512));
    return new VirtioBlock({ name: "disk", memory, backend });
  },
  console: (memory) => new VirtioConsole({ name: "console", memory, sink: new FakeSink() }),
};

/** Descriptors that are plausible more often than not, so that deep paths are reached too. */
function scribbleDescriptors(driver: virtio.VirtioTestDriver, random: () => number, table: number): void {
  for (let index = 0; index < driver.queueSize; index++) {
    const isWild = random() % 8 === 0;
    driver.writeDescriptor(table, index, {
      address: isWild ? random() * 2 ** (random() % 20) : random() % RAM_BYTES,
      length: isWild ? random() : random() % 2048,
      flags: random() % 8,
      next: isWild ? random() & 0xffff : random() % (driver.queueSize + 1),
    });
  }
}

function attack(driver: virtio.VirtioTestDriver, random: () => number): void {
  driver.start(random() % 2 ? FEATURES : virtio.VERSION_1);
  for (let index = 0; index < driver.device.queues.length; index++) {
    const { descriptors, available } = virtio.queueLayout(index);
    scribbleDescriptors(driver, random, descriptors);
    for (let slot = 0; slot < driver.queueSize; slot++) {
      driver.memory.writeU16(available + 4 + 2 * slot, random() % (driver.queueSize + 1));
    }
    driver.memory.writeU16(available + 2, random() % (driver.queueSize + 2));
    driver.notify(index);
  }
}

describe("Virtio devices survive hostile drivers", () => {
  for (const [name, make] of Object.entries(deviceMakers)) {
    it(`${name}: random rings end in completions or in a request for a reset`, () => {
      const random = createRandom(0x1badb002);
      const memory = new FakeMemory(RAM_BYTES);
      const victim = new virtio.VirtioTestDriver(memory, make(memory));
      for (let round = 0; round < 500; round++) attack(victim, random);
      assert.ok(victim.device.faults.count > 0);
    });

    it(`${name}: random register accesses never throw`, () => {
      const random = createRandom(0xcafe);
      const memory = new FakeMemory(RAM_BYTES);
      const { pciFunction } = new virtio.VirtioTestDriver(memory, make(memory));
      for (let round = 0; round < 20000; round++) {
        const size = ([1, 2, 4] as const)[random() % 3]!;
        const offset = (random() % 0x40) | ((random() % 4) << 12);
        if (random() % 2) pciFunction.writeMmio(offset, size, random() % 2 ** (8 * size));
        else assert.ok(pciFunction.readMmio(offset, size) < 2 ** (8 * size));
        const register = (random() % 256) & ~(size - 1);
        if (random() % 4 === 0) pciFunction.writeConfig(register, size, random() % 2 ** (8 * size));
        assert.ok(pciFunction.readConfig(register, size) >= 0);
      }
    });
  }
});
