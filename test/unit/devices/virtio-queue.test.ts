import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { VirtioRng } from "../../../src/devices/virtio/rng/virtio-rng.js";
import { VirtioConsole } from "../../../src/devices/virtio/console/virtio-console.js";
import { FakeMemory, FakeSink } from "./fakes.js";
import * as virtio from "./virtio-driver.js";

const RAM_BYTES = 0x100000;
const NEEDS_RESET = 64;
const DATA = 0x40000;

function createRng() {
  const memory = new FakeMemory(RAM_BYTES);
  const device = new VirtioRng({ name: "rng", memory, entropy: { fill: (bytes) => void bytes.fill(0xa5) } });
  return new virtio.VirtioTestDriver(memory, device);
}

function createConsole() {
  const memory = new FakeMemory(RAM_BYTES);
  const sink = new FakeSink();
  const device = new VirtioConsole({ name: "console", memory, sink });
  return { driver: new virtio.VirtioTestDriver(memory, device), sink, memory };
}

/** The fault that a chain leads to on a started device; fails when there is none. */
function faultOf(prepare: (driver: virtio.VirtioTestDriver) => void, features = virtio.VERSION_1): string {
  const driver = createRng();
  driver.start(features);
  prepare(driver);
  driver.makeAvailable(0, 0);
  driver.notify();
  assert.equal(driver.status & NEEDS_RESET, NEEDS_RESET);
  assert.equal(driver.usedIndex(), 0);
  return driver.device.faults.lastMessage ?? "";
}

const { descriptors } = virtio.queueLayout(0);

describe("A split virtqueue", () => {
  it("fills a device-writable buffer and reports its length", () => {
    const driver = createRng();
    driver.start();
    driver.submit(0, [{ address: DATA, length: 32, flags: virtio.WRITE }]);
    assert.equal(driver.usedIndex(), 1);
    assert.deepEqual(driver.usedEntry(0, 0), { id: 0, length: 32 });
    assert.equal(driver.memory.readU8(DATA + 31), 0xa5);
    assert.equal(driver.memory.readU8(DATA + 32), 0);
  });

  it("follows chains, across several buffers", () => {
    const { driver, sink, memory } = createConsole();
    driver.start();
    memory.write(DATA, new TextEncoder().encode("hello, world"));
    driver.submit(1, [
      { address: DATA, length: 5 },
      { address: DATA + 5, length: 7 },
    ]);
    assert.equal(sink.text, "hello, world");
    assert.deepEqual(driver.usedEntry(1, 0), { id: 0, length: 0 });
  });

  it("follows an indirect table, whatever its descriptor's write flag says", () => {
    const { driver, sink, memory } = createConsole();
    driver.start(virtio.VERSION_1 | virtio.INDIRECT_DESC);
    memory.write(DATA, new TextEncoder().encode("abcd"));
    driver.writeDescriptor(0x50000, 0, { address: DATA, length: 2, flags: virtio.NEXT, next: 1 });
    driver.writeDescriptor(0x50000, 1, { address: DATA + 2, length: 2 });
    driver.submit(1, [{ address: 0x50000, length: 32, flags: virtio.INDIRECT | virtio.WRITE }]);
    assert.equal(sink.text, "abcd");
  });

  it("takes normal descriptors in front of an indirect one", () => {
    const { driver, sink, memory } = createConsole();
    driver.start(virtio.VERSION_1 | virtio.INDIRECT_DESC);
    memory.write(DATA, new TextEncoder().encode("abcd"));
    driver.writeDescriptor(0x50000, 0, { address: DATA + 1, length: 3 });
    driver.submit(1, [
      { address: DATA, length: 1 },
      { address: 0x50000, length: 16, flags: virtio.INDIRECT },
    ]);
    assert.equal(sink.text, "abcd");
  });

  it("works on through the wrap of its 16-bit indices", () => {
    const driver = createRng();
    driver.start();
    driver.writeChain(0, [{ address: DATA, length: 1, flags: virtio.WRITE }]);
    for (let count = 0; count < 0x10003; count++) {
      driver.makeAvailable(0, 0);
      driver.notify();
    }
    assert.equal(driver.usedIndex(), 3);
    assert.equal(driver.device.faults.count, 0);
  });

  it("leaves buffers alone before DRIVER_OK and in queues that are not enabled", () => {
    const driver = createRng();
    driver.status = 1;
    driver.setUpQueue(0);
    driver.submit(0, [{ address: DATA, length: 4, flags: virtio.WRITE }]);
    assert.equal(driver.usedIndex(), 0);
    driver.start(virtio.VERSION_1, 0);
    driver.notify();
    assert.equal(driver.usedIndex(), 0);
  });

  it("does not interrupt when the available ring's flag forbids it", () => {
    const driver = createRng();
    driver.start();
    driver.memory.writeU16(virtio.queueLayout(0).available, 1);
    driver.submit(0, [{ address: DATA, length: 4, flags: virtio.WRITE }]);
    assert.equal(driver.readIsr(), 0);
    driver.memory.writeU16(virtio.queueLayout(0).available, 0);
    driver.makeAvailable(0, 0);
    driver.notify();
    assert.equal(driver.readIsr(), 1);
  });

  it("with event indices interrupts when used_event is passed, whatever the flag says", () => {
    const driver = createRng();
    driver.start(virtio.VERSION_1 | virtio.EVENT_IDX);
    const { available, used } = virtio.queueLayout(0);
    driver.memory.writeU16(available, 1);
    driver.memory.writeU16(available + 4 + 2 * driver.queueSize, 1);
    driver.submit(0, [{ address: DATA, length: 4, flags: virtio.WRITE }]);
    assert.equal(driver.readIsr(), 0);
    driver.makeAvailable(0, 0);
    driver.notify();
    assert.equal(driver.readIsr(), 1);
    assert.equal(driver.memory.readU16(used + 4 + 8 * driver.queueSize), 2);
  });

  it("is restored with its indices", () => {
    const first = createRng();
    first.start();
    first.submit(0, [{ address: DATA, length: 4, flags: virtio.WRITE }]);
    const second = createRng();
    second.memory.bytes.set(first.memory.bytes);
    second.pciFunction.restoreState(first.pciFunction.saveState());
    second.makeAvailable(0, 0);
    second.makeAvailable(0, 0);
    second.notify();
    assert.equal(second.usedIndex(), 2);
    assert.equal(second.device.faults.count, 0);
  });
});

describe("A driver that breaks a rule stops the device", () => {
  it("for a head outside the table", () => {
    const fault = faultOf((driver) => {
      driver.makeAvailable(0, 8);
    });
    assert.match(fault, /descriptor 8 is outside a table of 8/);
  });

  it("for a next descriptor outside the table", () => {
    const chain = { address: DATA, length: 4, flags: virtio.NEXT | virtio.WRITE, next: 200 };
    assert.match(
      faultOf((driver) => driver.writeDescriptor(descriptors, 0, chain)),
      /descriptor 200 is outside/,
    );
  });

  it("for a chain that loops", () => {
    const chain = { address: DATA, length: 4, flags: virtio.NEXT | virtio.WRITE, next: 0 };
    assert.match(
      faultOf((driver) => driver.writeDescriptor(descriptors, 0, chain)),
      /loops/,
    );
  });

  it("for a descriptor of length 0", () => {
    const chain = { address: DATA, length: 0, flags: virtio.WRITE };
    assert.match(
      faultOf((driver) => driver.writeDescriptor(descriptors, 0, chain)),
      /length 0/,
    );
  });

  it("for a buffer that is not, or not wholly, in RAM", () => {
    for (const address of [RAM_BYTES, RAM_BYTES - 3, 0xfee00000, 2 ** 52, Number.MAX_SAFE_INTEGER]) {
      const chain = { address, length: 4, flags: virtio.WRITE };
      assert.match(
        faultOf((driver) => driver.writeDescriptor(descriptors, 0, chain)),
        /not in RAM/,
      );
    }
  });

  it("for a buffer at the very end of the address space", () => {
    const fault = faultOf((driver) => {
      driver.memory.writeU64(descriptors, 0xffffffffffffffffn);
      driver.memory.writeU32(descriptors + 8, 0xffffffff);
    });
    assert.match(fault, /not in RAM/);
  });

  it("for a device-readable buffer behind a device-writable one", () => {
    const fault = faultOf((driver) =>
      driver.writeChain(0, [
        { address: DATA, length: 4, flags: virtio.WRITE },
        { address: DATA, length: 4 },
      ]),
    );
    assert.match(fault, /device-readable descriptor behind/);
  });

  it("for a chain of 2^32 bytes or more", () => {
    const driver = createRng();
    driver.start();
    Object.defineProperty(driver.memory, "isRam", { value: () => true });
    driver.writeChain(0, [
      { address: 0, length: 0xffffffff, flags: virtio.WRITE },
      { address: 0, length: 1, flags: virtio.WRITE },
    ]);
    driver.makeAvailable(0, 0);
    driver.notify();
    assert.match(driver.device.faults.lastMessage ?? "", /2\^32/);
  });

  it("for more chains available than the queue holds", () => {
    const driver = createRng();
    driver.start();
    driver.memory.writeU16(virtio.queueLayout(0).available + 2, 9);
    driver.notify();
    assert.match(driver.device.faults.lastMessage ?? "", /9 chains available in a queue of 8/);
  });

  it("for an indirect descriptor that was not negotiated", () => {
    const chain = { address: 0x50000, length: 16, flags: virtio.INDIRECT };
    const fault = faultOf((driver) => driver.writeDescriptor(descriptors, 0, chain));
    assert.match(fault, /without VIRTIO_F_INDIRECT_DESC/);
  });

  const indirect = virtio.VERSION_1 | virtio.INDIRECT_DESC;

  it("for an indirect descriptor within an indirect table", () => {
    const chain = { address: 0x50000, length: 16, flags: virtio.INDIRECT };
    const fault = faultOf((driver) => {
      driver.writeDescriptor(descriptors, 0, chain);
      driver.writeDescriptor(0x50000, 0, chain);
    }, indirect);
    assert.match(fault, /within an indirect table/);
  });

  it("for an indirect descriptor with a next one", () => {
    const chain = { address: 0x50000, length: 16, flags: virtio.INDIRECT | virtio.NEXT, next: 1 };
    assert.match(
      faultOf((driver) => driver.writeDescriptor(descriptors, 0, chain), indirect),
      /with a next one/,
    );
  });

  it("for an indirect table of no whole number of descriptors, or of none", () => {
    for (const length of [0, 8, 24]) {
      const chain = { address: 0x50000, length, flags: virtio.INDIRECT };
      assert.match(
        faultOf((driver) => driver.writeDescriptor(descriptors, 0, chain), indirect),
        /no whole number/,
      );
    }
  });

  it("for an indirect table outside RAM", () => {
    const chain = { address: RAM_BYTES, length: 16, flags: virtio.INDIRECT };
    assert.match(
      faultOf((driver) => driver.writeDescriptor(descriptors, 0, chain), indirect),
      /not in RAM/,
    );
  });

  it("for an indirect chain longer than the queue", () => {
    const fault = faultOf((driver) => {
      driver.writeDescriptor(descriptors, 0, { address: 0x50000, length: 16 * 9, flags: virtio.INDIRECT });
      for (let at = 0; at < 9; at++) {
        const flags = virtio.WRITE | (at < 8 ? virtio.NEXT : 0);
        driver.writeDescriptor(0x50000, at, { address: DATA, length: 1, flags, next: at + 1 });
      }
    }, indirect);
    assert.match(fault, /longer than the queue/);
  });

  it("for queue areas that are not aligned or not in RAM", () => {
    for (const overrides of [{ descriptors: 0x10008 }, { available: 0x12001 }, { used: 0x13002 }]) {
      assert.match(startWith(overrides), /is not aligned/);
    }
    for (const overrides of [{ descriptors: 0xffff0 }, { available: 0xffffe }, { used: 2 ** 40 }]) {
      assert.match(startWith(overrides), /is not in RAM/);
    }
  });

  it("for a queue size that is no power of two or too large", () => {
    for (const size of [0, 3, 16]) {
      const driver = createRng();
      driver.queueSize = size;
      driver.start();
      assert.match(driver.device.faults.lastMessage ?? "", /no power of two up to 8/);
    }
  });

  it("and the device works again after a reset", () => {
    const driver = createRng();
    driver.start();
    driver.submit(0, [{ address: DATA, length: 0, flags: virtio.WRITE }]);
    assert.equal(driver.status & NEEDS_RESET, NEEDS_RESET);
    driver.status = 0;
    assert.equal(driver.status, 0);
    driver.start();
    driver.submit(0, [{ address: DATA, length: 4, flags: virtio.WRITE }]);
    // The ring still holds the first chain, now mended, and the device starts at its beginning again.
    assert.equal(driver.status, 15);
    assert.equal(driver.usedIndex(), 2);
    assert.equal(driver.device.faults.count, 1);
  });

  it("and hears of it by a configuration interrupt", () => {
    const driver = createRng();
    driver.start();
    driver.useMsiX();
    driver.submit(0, [{ address: DATA, length: 0, flags: virtio.WRITE }]);
    assert.deepEqual(driver.messages.messages, [{ address: 0xfee00000, data: 0x40 }]);
  });

  it("and a ring that its own device refills ends", () => {
    const driver = createRng();
    // Each answer of the "entropy source" overwrites the available index with one more than was consumed.
    let consumed = 0;
    const memory = driver.memory;
    const device = new VirtioRng({
      name: "rng",
      memory,
      entropy: { fill: (bytes) => new DataView(bytes.buffer).setUint16(0, (++consumed + 1) & 0xffff, true) },
    });
    const evil = new virtio.VirtioTestDriver(memory, device);
    evil.start();
    evil.submit(0, [{ address: virtio.queueLayout(0).available + 2, length: 2, flags: virtio.WRITE }]);
    assert.match(device.faults.lastMessage ?? "", /never runs dry/);
  });
});

function startWith(overrides: Partial<ReturnType<typeof virtio.queueLayout>>): string {
  const driver = createRng();
  driver.start(virtio.VERSION_1, 0);
  driver.status = 0;
  driver.status = 3;
  driver.acceptFeatures(virtio.VERSION_1);
  driver.status = 11;
  driver.setUpQueue(0, overrides);
  driver.status = 15;
  return driver.device.faults.lastMessage ?? "";
}
