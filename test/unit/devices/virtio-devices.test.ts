import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { BlockBackend } from "../../../src/devices/contracts.js";
import { MemoryBlockBackend } from "../../../src/devices/virtio/block/memory-block-backend.js";
import { VirtioBlock } from "../../../src/devices/virtio/block/virtio-block.js";
import { VirtioConsole } from "../../../src/devices/virtio/console/virtio-console.js";
import { FakeMemory, FakeSink } from "./fakes.js";
import * as virtio from "./virtio-driver.js";

const HEADER = 0x40000;
const DATA = 0x41000;
const STATUS = 0x42000;
const SECTORS = 64;

const IN = 0;
const OUT = 1;
const FLUSH = 4;
const GET_ID = 8;
const WRITE_ZEROES = 13;

function createDisk(options: { readOnly?: boolean; backend?: BlockBackend } = {}) {
  const disk = Uint8Array.from({ length: SECTORS * 512 }, (_, at) => (at >> 9) + 1);
  const backend = options.backend ?? new MemoryBlockBackend(disk, options);
  const memory = new FakeMemory(0x100000);
  const device = new VirtioBlock({ name: "disk", memory, backend, serialNumber: "serial-1" });
  const driver = new virtio.VirtioTestDriver(memory, device);
  driver.start();
  return { driver, memory, disk };
}

/** Submits a request and returns its status byte. */
function request(
  { driver, memory }: ReturnType<typeof createDisk>,
  type: number,
  sector: number,
  data: virtio.TestDescriptor[] = [],
): number {
  memory.writeU32(HEADER, type);
  memory.writeU64(HEADER + 8, BigInt(sector));
  memory.writeU8(STATUS, 0xee);
  driver.submit(0, [
    { address: HEADER, length: 16 },
    ...data,
    { address: STATUS, length: 1, flags: virtio.WRITE },
  ]);
  return memory.readU8(STATUS);
}

describe("A virtio block device", () => {
  it("tells its capacity, block size and limits", () => {
    const { driver } = createDisk();
    assert.equal(driver.deviceConfig(0), SECTORS);
    assert.equal(driver.deviceConfig(4), 0);
    assert.equal(driver.deviceConfig(0x0c), 254);
    assert.equal(driver.deviceConfig(0x14), 512);
  });

  it("reads sectors", () => {
    const disk = createDisk();
    const buffer = { address: DATA, length: 1024, flags: virtio.WRITE };
    assert.equal(request(disk, IN, 3, [buffer]), 0);
    assert.equal(disk.memory.readU8(DATA), 4);
    assert.equal(disk.memory.readU8(DATA + 512), 5);
    assert.deepEqual(disk.driver.usedEntry(0, 0), { id: 0, length: 1025 });
  });

  it("writes sectors, cut into buffers anyhow", () => {
    const disk = createDisk();
    disk.memory.bytes.fill(0x77, DATA, DATA + 512);
    const data = [
      { address: DATA, length: 100 },
      { address: DATA + 100, length: 412 },
    ];
    assert.equal(request(disk, OUT, 63, data), 0);
    assert.ok(disk.disk.subarray(63 * 512).every((byte) => byte === 0x77));
    assert.deepEqual(disk.driver.usedEntry(0, 0), { id: 0, length: 1 });
  });

  it("takes header and status from wherever buffers are cut", () => {
    const disk = createDisk();
    const { driver, memory } = disk;
    memory.writeU32(HEADER, IN);
    memory.writeU64(HEADER + 8, 1n);
    driver.submit(0, [
      { address: HEADER, length: 7 },
      { address: HEADER + 7, length: 9 },
      { address: DATA, length: 513, flags: virtio.WRITE },
    ]);
    assert.equal(memory.readU8(DATA), 2);
    assert.equal(memory.readU8(DATA + 512), 0);
    assert.equal(driver.usedEntry(0, 0).length, 513);
  });

  it("fails requests behind its end and of broken sectors with an I/O error", () => {
    const disk = createDisk();
    const buffer = { address: DATA, length: 1024, flags: virtio.WRITE };
    assert.equal(request(disk, IN, SECTORS - 1, [buffer]), 1);
    assert.equal(request(disk, IN, 2 ** 50, [buffer]), 1);
    assert.equal(request(disk, IN, 0, [{ ...buffer, length: 100 }]), 1);
    assert.equal(request(disk, OUT, SECTORS, [{ address: DATA, length: 512 }]), 1);
  });

  it("flushes its backend", () => {
    let flushes = 0;
    const backend = { sectorCount: 8, readOnly: false, read() {}, write() {}, flush: () => void flushes++ };
    assert.equal(request(createDisk({ backend }), FLUSH, 0), 0);
    assert.equal(flushes, 1);
  });

  it("gives its serial number, filled up to 20 bytes", () => {
    const disk = createDisk();
    assert.equal(request(disk, GET_ID, 0, [{ address: DATA, length: 20, flags: virtio.WRITE }]), 0);
    assert.equal(
      Buffer.from(disk.memory.bytes.subarray(DATA, DATA + 20)).toString(),
      "serial-1".padEnd(20, "\0"),
    );
  });

  it("writes zeroes over a range", () => {
    const disk = createDisk();
    disk.memory.writeU64(DATA, 2n);
    disk.memory.writeU32(DATA + 8, 3);
    assert.equal(request(disk, WRITE_ZEROES, 0, [{ address: DATA, length: 16 }]), 0);
    assert.ok(disk.disk.subarray(2 * 512, 5 * 512).every((byte) => byte === 0));
    assert.equal(disk.disk[5 * 512], 6);
    disk.memory.writeU32(DATA + 12, 2);
    assert.equal(request(disk, WRITE_ZEROES, 0, [{ address: DATA, length: 16 }]), 2);
  });

  it("that is read-only says so and fails writes", () => {
    const disk = createDisk({ readOnly: true });
    assert.equal(disk.driver.offeredFeatures() & (1n << 5n), 1n << 5n);
    assert.equal(request(disk, OUT, 0, [{ address: DATA, length: 512 }]), 1);
    assert.equal(disk.disk[0], 1);
  });

  it("does not support unknown requests", () => {
    assert.equal(request(createDisk(), 99, 0), 2);
  });

  it("turns a backend's error into an I/O error", () => {
    const fail = () => {
      throw new Error("the disk is gone");
    };
    const backend = { sectorCount: 8, readOnly: false, read: fail, write: fail, flush: fail };
    const disk = createDisk({ backend });
    assert.equal(request(disk, IN, 0, [{ address: DATA, length: 512, flags: virtio.WRITE }]), 1);
    assert.deepEqual(disk.driver.usedEntry(0, 0), { id: 0, length: 0 });
    assert.equal(request(disk, FLUSH, 0), 1);
  });

  it("needs a reset for a request with no room for its header or status", () => {
    for (const descriptor of [
      { address: HEADER, length: 16 },
      { address: HEADER, length: 16, flags: virtio.WRITE },
    ]) {
      const { driver } = createDisk();
      driver.submit(0, [descriptor]);
      assert.equal(driver.status & 64, 64);
    }
  });

  it("is made from whole sectors only", () => {
    assert.throws(() => new MemoryBlockBackend(new Uint8Array(1000)), /1000 bytes is no whole number/);
  });
});

describe("A virtio console", () => {
  function createConsole() {
    const memory = new FakeMemory(0x100000);
    const sink = new FakeSink();
    const device = new VirtioConsole({ name: "console", memory, sink });
    return { driver: new virtio.VirtioTestDriver(memory, device), memory, sink, device };
  }

  it("delivers input into receive buffers, as much as fits", () => {
    const { driver, memory, device } = createConsole();
    driver.start();
    driver.submit(0, [{ address: DATA, length: 4, flags: virtio.WRITE }]);
    assert.equal(driver.usedIndex(0), 0);
    device.send(new TextEncoder().encode("abcdef"));
    assert.deepEqual(driver.usedEntry(0, 0), { id: 0, length: 4 });
    driver.makeAvailable(0, 0);
    driver.notify(0);
    assert.deepEqual(driver.usedEntry(0, 1), { id: 0, length: 2 });
    assert.equal(Buffer.from(memory.bytes.subarray(DATA, DATA + 4)).toString(), "efcd");
  });

  it("keeps input until the driver is ready, in a saved state too", () => {
    const first = createConsole();
    first.device.send(new TextEncoder().encode("xyz"));
    const second = createConsole();
    second.driver.pciFunction.restoreState(first.driver.pciFunction.saveState());
    second.driver.writeChain(0, [{ address: DATA, length: 16, flags: virtio.WRITE }]);
    second.driver.makeAvailable(0, 0);
    second.driver.start();
    second.driver.notify(0);
    assert.equal(Buffer.from(second.memory.bytes.subarray(DATA, DATA + 3)).toString(), "xyz");
  });

  it("writes emergency characters before any driver is ready", () => {
    const { driver, sink } = createConsole();
    driver.writeDeviceConfig(8, 0x41);
    assert.equal(sink.text, "A");
  });
});
