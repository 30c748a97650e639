import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { AccessSize, MmioHandler } from "../../../src/devices/contracts.js";
import { assignResources } from "../../../src/devices/pci/assign-resources.js";
import type { BarLayout } from "../../../src/devices/pci/base-address-register.js";
import { PciConfigPorts } from "../../../src/devices/pci/config-ports.js";
import { HostBridge } from "../../../src/devices/pci/host-bridge.js";
import { PciInterruptRouter } from "../../../src/devices/pci/interrupt-router.js";
import { IsaBridge } from "../../../src/devices/pci/isa-bridge.js";
import { PciBus } from "../../../src/devices/pci/pci-bus.js";
import { PciFunction } from "../../../src/devices/pci/pci-function.js";
import { FakeBus, FakeLine, FakeMachineControl } from "./fakes.js";

const COMMAND = 0x04;
const STATUS = 0x06;
const BAR_0 = 0x10;

class EchoRegisters implements MmioHandler {
  lastWrite: { offset: number; value: number } | undefined;
  readMmio(offset: number): number {
    return offset;
  }
  writeMmio(offset: number, _size: AccessSize, value: number): void {
    this.lastWrite = { offset, value };
  }
}

class TestCard extends PciFunction {
  readonly registers = new EchoRegisters();

  constructor(bus: FakeBus, ...bars: Omit<BarLayout, "handler">[]) {
    super("card", { vendorId: 0x1234, deviceId: 0x5678, classCode: 0xff0000, interruptPin: 1 }, bus);
    for (const bar of bars) this.addBar({ ...bar, handler: this.registers });
  }

  raise(level: boolean): void {
    this.setInterrupt(level);
  }

  addTestCapability(id: number, ...body: number[]): number {
    return this.addCapability(id, Uint8Array.from(body));
  }
}

function createPci() {
  const bus = new FakeBus();
  const machine = new FakeMachineControl();
  const lines = Array.from({ length: 16 }, () => new FakeLine());
  const router = new PciInterruptRouter(lines);
  const pci = new PciBus(router);
  const ports = new PciConfigPorts({ bus, pci, machine });
  const shadows = new Map<number, string>();
  const hostBridge = new HostBridge({
    bus,
    setShadow: (segment, readable, writable) =>
      void shadows.set(segment.address, `${readable ? "r" : "-"}${writable ? "w" : "-"}`),
  });
  const isaBridge = new IsaBridge({ bus, router });
  pci.attach({ device: 0, function: 0 }, hostBridge);
  pci.attach({ device: 1, function: 0 }, isaBridge);
  return { bus, machine, lines, router, pci, ports, shadows, hostBridge, isaBridge };
}

function selectConfig(bus: FakeBus, device: number, register: number): void {
  bus.out(0xcf8, (0x80000000 | (device << 11) | (register & 0xfc)) >>> 0, 4);
}

describe("PCI configuration mechanism #1", () => {
  it("reads vendor and device of the host bridge and the ISA bridge", () => {
    const { bus } = createPci();
    selectConfig(bus, 0, 0);
    assert.equal(bus.in(0xcfc, 4), 0x12378086);
    selectConfig(bus, 1, 0);
    assert.equal(bus.in(0xcfe, 2), 0x7000);
  });

  it("takes accesses of one, two and four bytes at every byte of the register", () => {
    const { bus } = createPci();
    selectConfig(bus, 0, 0x2c);
    assert.equal(bus.in(0xcfc, 4), 0x11001af4);
    assert.equal(bus.in(0xcfd, 1), 0x1a);
    assert.equal(bus.in(0xcfd, 2), 0x001a);
  });

  it("keeps the address register readable, its reserved bits 0", () => {
    const { bus } = createPci();
    bus.out(0xcf8, 0xffffffff, 4);
    assert.equal(bus.in(0xcf8, 4), 0x80fffffc);
  });

  it("reads all ones where no function answers, on other buses and while disabled", () => {
    const { bus } = createPci();
    selectConfig(bus, 5, 0);
    assert.equal(bus.in(0xcfc, 4), 0xffffffff);
    bus.out(0xcf8, 0x80010000, 4);
    assert.equal(bus.in(0xcfc, 2), 0xffff);
    bus.out(0xcf8, 0x00000000, 4);
    assert.equal(bus.in(0xcfc, 1), 0xff);
  });

  it("does not take a one-byte write to CF8H for an address", () => {
    const { bus } = createPci();
    selectConfig(bus, 1, 0);
    bus.out(0xcf8, 0, 1);
    assert.equal(bus.in(0xcfc, 4), 0x70008086);
  });

  it("resets the machine when bit 2 of CF9H goes from 0 to 1", () => {
    const { bus, machine } = createPci();
    bus.out(0xcf9, 2);
    assert.equal(machine.resets, 0);
    assert.equal(bus.in(0xcf9), 2);
    bus.out(0xcf9, 6);
    assert.equal(machine.resets, 1);
  });

  it("gives back a saved address", () => {
    const first = createPci();
    selectConfig(first.bus, 1, 0);
    const second = createPci();
    second.ports.restoreState(first.ports.saveState());
    assert.equal(second.bus.in(0xcfc, 4), 0x70008086);
  });
});

describe("A base address register", () => {
  const memory = { index: 0, kind: "memory32", size: 0x4000 } as const;

  it("gives its size to who writes ones", () => {
    const card = new TestCard(new FakeBus(), memory, { index: 1, kind: "io", size: 32 });
    card.writeConfig(BAR_0, 4, 0xffffffff);
    assert.equal(card.readConfig(BAR_0, 4), 0xffffc000);
    card.writeConfig(BAR_0 + 4, 4, 0xffffffff);
    assert.equal(card.readConfig(BAR_0 + 4, 4), 0xffffffe1);
  });

  it("of 64 bits says so and takes the next register for the upper half", () => {
    const card = new TestCard(new FakeBus(), { ...memory, kind: "memory64", prefetchable: true });
    assert.equal(card.readConfig(BAR_0, 4), 0b1100);
    card.writeConfig(BAR_0 + 4, 4, 0xffffffff);
    assert.equal(card.readConfig(BAR_0 + 4, 4), 0xffffffff);
  });

  it("is decoded only while the command register allows it", () => {
    const bus = new FakeBus();
    const card = new TestCard(bus, memory);
    card.writeConfig(BAR_0, 4, 0xd0000000);
    assert.equal(bus.read(0xd0000010), 0xffffffff);
    card.writeConfig(COMMAND, 2, 2);
    assert.equal(bus.read(0xd0000010), 0x10);
    card.writeConfig(COMMAND, 2, 1);
    assert.equal(bus.read(0xd0000010), 0xffffffff);
  });

  it("moves with its address, above 4 GiB too", () => {
    const bus = new FakeBus();
    const card = new TestCard(bus, { ...memory, kind: "memory64" });
    card.writeConfig(COMMAND, 2, 2);
    card.writeConfig(BAR_0, 4, 0xd0000000);
    card.writeConfig(BAR_0 + 4, 4, 1);
    assert.equal(bus.read(0xd0000010), 0xffffffff);
    assert.equal(bus.read(0x1d0000010), 0x10);
  });

  it("is not decoded at 0 nor while it is being sized", () => {
    const bus = new FakeBus();
    const card = new TestCard(bus, memory);
    card.writeConfig(COMMAND, 2, 2);
    assert.equal(bus.mmio.length, 0);
    card.writeConfig(BAR_0, 4, 0xffffffff);
    assert.equal(bus.mmio.length, 0);
  });

  it("hands offsets, not ports, to the registers behind it", () => {
    const bus = new FakeBus();
    const card = new TestCard(bus, { index: 0, kind: "io", size: 16 });
    card.writeConfig(BAR_0, 4, 0xc000);
    card.writeConfig(COMMAND, 2, 1);
    assert.equal(bus.in(0xc004), 4);
    bus.out(0xc008, 7);
    assert.deepEqual(card.registers.lastWrite, { offset: 8, value: 7 });
  });

  it("put over another device's ports stays undecoded and does no harm", () => {
    const { bus, pci } = createPci();
    const card = new TestCard(bus, { index: 0, kind: "io", size: 16 });
    pci.attach({ device: 3, function: 0 }, card);
    card.writeConfig(COMMAND, 2, 1);
    card.writeConfig(BAR_0, 4, 0xcf0);
    assert.equal(bus.in(0xcf0), 0xff);
    card.writeConfig(BAR_0, 4, 0xc000);
    assert.equal(bus.in(0xc001), 1);
  });

  it("is mapped again by a restored state, and unmapped by a reset", () => {
    const source = new TestCard(new FakeBus(), memory);
    source.writeConfig(BAR_0, 4, 0xd0000000);
    source.writeConfig(COMMAND, 2, 2);
    const bus = new FakeBus();
    const card = new TestCard(bus, memory);
    card.restoreState(source.saveState());
    assert.equal(bus.read(0xd0000004), 4);
    card.reset();
    assert.equal(bus.mmio.length, 0);
  });
});

describe("A PCI function", () => {
  it("keeps its identity from being written", () => {
    const card = new TestCard(new FakeBus());
    card.writeConfig(0, 4, 0);
    assert.equal(card.readConfig(0, 4), 0x56781234);
  });

  it("links its capabilities, last added first", () => {
    const card = new TestCard(new FakeBus());
    assert.equal(card.readConfig(STATUS, 2) & 0x10, 0);
    const first = card.addTestCapability(0x09, 1, 2, 3);
    const second = card.addTestCapability(0x11, 4);
    assert.equal(card.readConfig(STATUS, 2) & 0x10, 0x10);
    assert.equal(card.readConfig(0x34, 1), second);
    assert.equal(card.readConfig(second, 2), 0x11 | (first << 8));
    assert.equal(card.readConfig(first, 4), 0x02010009);
    assert.equal(second % 4, 0);
  });

  it("shows a pending interrupt in its status even when the pin is disabled", () => {
    const card = new TestCard(new FakeBus());
    const pin = new FakeLine();
    card.connectInterruptPin((level) => pin.set(level));
    card.writeConfig(COMMAND, 2, 1 << 10);
    card.raise(true);
    assert.equal(card.readConfig(STATUS, 2) & 8, 8);
    assert.equal(pin.level, false);
    card.writeConfig(COMMAND, 2, 0);
    assert.equal(pin.level, true);
  });

  it("refuses a saved state of the wrong shape", () => {
    const card = new TestCard(new FakeBus());
    assert.throws(() => card.restoreState({ interruptLevel: 3, config: null }), /saved state of card/);
  });
});

describe("PCI interrupt routing", () => {
  it("is off after reset, and follows the ISA bridge's route control registers", () => {
    const { bus, pci, lines, isaBridge } = createPci();
    const card = new TestCard(bus);
    pci.attach({ device: 1, function: 1 }, card);
    card.raise(true);
    assert.ok(lines.every((line) => !line.level));
    isaBridge.writeConfig(0x60, 1, 11);
    assert.equal(lines[11]?.level, true);
    isaBridge.writeConfig(0x60, 1, 5);
    assert.equal(lines[11]?.level, false);
    assert.equal(lines[5]?.level, true);
    isaBridge.writeConfig(0x60, 1, 0x80);
    assert.equal(lines[5]?.level, false);
  });

  it("does not route to interrupts reserved for the board", () => {
    const { bus, pci, lines, isaBridge } = createPci();
    const card = new TestCard(bus);
    pci.attach({ device: 1, function: 1 }, card);
    card.raise(true);
    for (const irq of [0, 1, 2, 8, 13]) isaBridge.writeConfig(0x60, 1, irq);
    assert.ok(lines.every((line) => !line.level));
  });

  it("keeps a shared line asserted until the last function lets go", () => {
    const { bus, pci, lines, isaBridge } = createPci();
    const [first, second] = [new TestCard(bus), new TestCard(bus)];
    pci.attach({ device: 3, function: 0 }, first);
    pci.attach({ device: 7, function: 0 }, second);
    isaBridge.programAsFirmware();
    first.raise(true);
    second.raise(true);
    first.raise(false);
    assert.equal(lines[11]?.level, true);
    second.raise(false);
    assert.equal(lines[11]?.level, false);
  });
});

describe("All of PCI", () => {
  it("can be reset and restored as a whole", () => {
    const { bus, pci, lines, ports } = createPci();
    const card = new TestCard(bus, { index: 0, kind: "memory32", size: 0x1000 });
    pci.attach({ device: 2, function: 0 }, card);
    assignResources(pci);
    card.raise(true);
    const devices = [ports, ...pci.slots().map((slot) => slot.function)];
    const saved = devices.map((device) => device.saveState());
    for (const device of devices) device.reset();
    assert.equal(bus.mmio.length, 0);
    assert.equal(lines[10]?.level, false);
    devices.forEach((device, at) => device.restoreState(saved[at] ?? null));
    assert.equal(bus.mmio.length, 1);
    assert.equal(lines[10]?.level, true);
  });
});

describe("The host bridge", () => {
  it("switches shadow RAM by its attribute registers", () => {
    const { hostBridge, shadows } = createPci();
    hostBridge.writeConfig(0x59, 1, 0x30);
    assert.equal(shadows.get(0xf0000), "rw");
    hostBridge.writeConfig(0x5a, 1, 0x12);
    assert.equal(shadows.get(0xc0000), "-w");
    assert.equal(shadows.get(0xc4000), "r-");
    assert.equal(shadows.has(0xc8000), false);
    hostBridge.writeConfig(0x5f, 1, 0x10);
    assert.equal(shadows.get(0xec000), "r-");
  });

  it("takes all shadow RAM away at reset", () => {
    const { hostBridge, shadows } = createPci();
    hostBridge.programAsFirmware();
    assert.equal(shadows.size, 13);
    assert.ok([...shadows.values()].every((access) => access === "rw"));
    hostBridge.reset();
    assert.ok([...shadows.values()].every((access) => access === "--"));
  });
});

describe("Assigning resources", () => {
  it("gives every register an aligned address of its own, and every pin its interrupt", () => {
    const { bus, pci } = createPci();
    const cards = [1, 2].map(() => {
      const small = { index: 0, kind: "memory32", size: 0x1000 } as const;
      return new TestCard(
        bus,
        small,
        { index: 2, kind: "memory64", size: 0x4000 },
        { index: 1, kind: "io", size: 64 },
      );
    });
    cards.forEach((card, at) => pci.attach({ device: 2 + at, function: 0 }, card));
    assignResources(pci);
    assert.deepEqual(
      cards.map((card) => card.bars.map((bar) => bar.address.toString(16))),
      [
        ["c0004000", "c0000000", "c000"],
        ["c000c000", "c0008000", "c040"],
      ],
    );
    assert.deepEqual(
      cards.map((card) => card.readConfig(0x3c, 1)),
      [10, 11],
    );
    assert.ok(cards.every((card) => card.bars.every((bar) => bus.read(bar.address) !== undefined)));
    assert.ok(cards.every((card) => (card.readConfig(COMMAND, 2) & 3) === 3));
  });

  it("says so when a window is too small", () => {
    const { bus, pci } = createPci();
    pci.attach({ device: 2, function: 0 }, new TestCard(bus, { index: 0, kind: "memory32", size: 0x10000 }));
    const windows = { memory: { start: 0xc0000000, end: 0xc0008000 }, io: { start: 0xc000, end: 0xd000 } };
    assert.throws(() => assignResources(pci, windows), /no room for 65536 bytes of card/);
  });
});
