import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FwCfg } from "../../../src/devices/fw-cfg/fw-cfg.js";
import { addPcItems } from "../../../src/devices/fw-cfg/pc-items.js";
import { FakeBus, FakeMemory } from "./fakes.js";

function createFwCfg() {
  const bus = new FakeBus();
  const memory = new FakeMemory(0x10000);
  return { bus, memory, fwCfg: new FwCfg({ bus, memory }) };
}

function readItem(bus: FakeBus, key: number, count: number): Buffer {
  bus.out(0x510, key, 2);
  return Buffer.from(Array.from({ length: count }, () => bus.in(0x511)));
}

/** The directory as name -> [key, size]. */
function readDirectory(bus: FakeBus): Record<string, [number, number]> {
  const count = readItem(bus, 0x19, 4).readUInt32BE();
  const bytes = readItem(bus, 0x19, 4 + 64 * count).subarray(4);
  const entries = Array.from({ length: count }, (_, at) => bytes.subarray(64 * at, 64 * at + 64));
  return Object.fromEntries(
    entries.map((entry) => {
      const name = entry.toString("latin1", 8).replace(/\0.*/s, "");
      return [name, [entry.readUInt16BE(4), entry.readUInt32BE(0)]];
    }),
  );
}

function startDma(
  bus: FakeBus,
  memory: FakeMemory,
  control: number,
  length: number,
  address: number,
): number {
  const descriptor = Buffer.alloc(16);
  descriptor.writeUInt32BE(control);
  descriptor.writeUInt32BE(length, 4);
  descriptor.writeBigUInt64BE(BigInt(address), 8);
  memory.write(0x100, descriptor);
  bus.out(0x514, 0, 4);
  bus.out(0x518, 0x00010000, 4);
  return Buffer.from(memory.bytes.subarray(0x100, 0x104)).readUInt32BE();
}

describe("fw_cfg", () => {
  it("has QEMU's signature and both interfaces", () => {
    const { bus } = createFwCfg();
    assert.equal(readItem(bus, 0, 4).toString(), "QEMU");
    assert.equal(readItem(bus, 1, 4).readUInt32LE(), 3);
    assert.equal(bus.in(0x514, 4), Buffer.from("QEMU").readUInt32LE());
    assert.equal(bus.in(0x518, 4), Buffer.from(" CFG").readUInt32LE());
  });

  it("reads 0 behind an item's end and for items that do not exist", () => {
    const { bus } = createFwCfg();
    assert.deepEqual([...readItem(bus, 0, 6).subarray(4)], [0, 0]);
    assert.deepEqual([...readItem(bus, 0x7777, 2)], [0, 0]);
  });

  it("lists files with keys, sizes and names", () => {
    const { bus, fwCfg } = createFwCfg();
    fwCfg.addFile("etc/a", Uint8Array.of(1, 2, 3));
    fwCfg.addFile("opt/b", Uint8Array.of(4));
    fwCfg.addFile("etc/a", Uint8Array.of(5, 6));
    assert.deepEqual(readDirectory(bus), { "etc/a": [0x20, 2], "opt/b": [0x21, 1] });
    assert.deepEqual([...readItem(bus, 0x20, 2)], [5, 6]);
  });

  it("refuses names that are too long", () => {
    const { fwCfg } = createFwCfg();
    assert.throws(() => fwCfg.addFile("x".repeat(56), new Uint8Array(1)), /must have 1 to 55 characters/);
  });

  it("selects, reads and fills up with zeros by DMA", () => {
    const { bus, memory, fwCfg } = createFwCfg();
    fwCfg.addItem(0x1234, Uint8Array.of(1, 2, 3));
    memory.bytes.fill(0xee, 0x200, 0x210);
    assert.equal(startDma(bus, memory, 0x12340000 | 8 | 2, 5, 0x200), 0);
    assert.deepEqual([...memory.bytes.subarray(0x200, 0x206)], [1, 2, 3, 0, 0, 0xee]);
  });

  it("skips by DMA", () => {
    const { bus, memory, fwCfg } = createFwCfg();
    fwCfg.addItem(0x1234, Uint8Array.of(1, 2, 3));
    assert.equal(startDma(bus, memory, 0x12340000 | 8 | 4, 2, 0), 0);
    assert.equal(bus.in(0x511), 3);
  });

  it("reports an error for DMA writes and for targets outside RAM", () => {
    const { bus, memory } = createFwCfg();
    assert.equal(startDma(bus, memory, 16, 1, 0x200), 1);
    assert.equal(startDma(bus, memory, 8 | 2, 4, 0xfffe), 1);
    assert.equal(startDma(bus, memory, 8 | 2, 0xffffffff, 2 ** 40), 1);
  });

  it("ignores a DMA descriptor outside RAM", () => {
    const { bus } = createFwCfg();
    bus.out(0x514, 0xffffffff, 4);
    assert.doesNotThrow(() => bus.out(0x518, 0xffffffff, 4));
  });

  it("restores selection and position", () => {
    const first = createFwCfg();
    readItem(first.bus, 0, 2);
    const second = createFwCfg();
    second.fwCfg.restoreState(first.fwCfg.saveState());
    assert.equal(String.fromCharCode(second.bus.in(0x511)), "M");
  });

  it("gives firmware memory, processors, boot menu, order and serial console", () => {
    const { bus, fwCfg } = createFwCfg();
    addPcItems(fwCfg, {
      memoryBytes: 5 * 2 ** 30,
      processorCount: 3,
      memoryMap: [{ address: 0, length: 0xc0000000, type: 1 }],
      bootMenuWaitMs: 1000,
      serialConsolePort: 0x3f8,
      bootOrder: ["/pci@i0cf8/scsi@2/disk@0,0"],
    });
    assert.equal(readItem(bus, 3, 8).readBigUInt64LE(), 5n << 30n);
    assert.equal(readItem(bus, 5, 2).readUInt16LE(), 3);
    const directory = readDirectory(bus);
    assert.equal(directory["etc/e820"]?.[1], 20);
    assert.equal(readItem(bus, directory["etc/sercon-port"]![0], 2).readUInt16LE(), 0x3f8);
    assert.equal(readItem(bus, directory["etc/boot-menu-wait"]![0], 2).readUInt16LE(), 1000);
    assert.equal(readItem(bus, directory["bootorder"]![0], 27).toString(), "/pci@i0cf8/scsi@2/disk@0,0\0");
  });
});
