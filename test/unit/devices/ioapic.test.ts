import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { IoApic } from "../../../src/devices/ioapic/io-apic.js";
import { enable, startApics, write } from "./apic-fakes.js";
import { FakeBus } from "./fakes.js";

const base = 0xfec00000;

function startIoApic(processorCount = 1) {
  const rig = startApics(processorCount);
  for (const apic of rig.apics) enable(apic);
  const memory = new FakeBus();
  const ioApic = new IoApic({ bus: memory, apicBus: rig.bus });
  const readIndirect = (index: number): number => {
    memory.write(base, index);
    return memory.read(base + 0x10);
  };
  const writeIndirect = (index: number, value: number): void => {
    memory.write(base, index);
    memory.write(base + 0x10, value);
  };
  const program = (pin: number, low: number, destination = 0): void => {
    writeIndirect(0x11 + 2 * pin, destination << 24);
    writeIndirect(0x10 + 2 * pin, low);
  };
  return { ...rig, memory, ioApic, readIndirect, writeIndirect, program };
}

const level = 0x8000;
const masked = 0x10000;

describe("IoApic", () => {
  it("shows version 20H, 24 pins, all masked after reset", () => {
    const { readIndirect } = startIoApic();
    assert.equal(readIndirect(1), 0x00170020);
    assert.equal(readIndirect(0x10), 0x10000);
    assert.equal(readIndirect(0x3e), 0x10000);
    assert.equal(readIndirect(0x40), 0);
  });

  it("keeps its ID and the writable bits of entries", () => {
    const { readIndirect, writeIndirect } = startIoApic();
    writeIndirect(0, 0xff000000);
    assert.equal(readIndirect(0), 0x0f000000);
    writeIndirect(0x11, 0xffffffff);
    writeIndirect(0x10, 0xffffffff);
    assert.equal(readIndirect(0x11), 0xff000000);
    assert.equal(readIndirect(0x10), 0x0001afff);
  });

  it("delivers an edge once", () => {
    const { ioApic, program, apic } = startIoApic();
    program(4, 0x34);
    ioApic.line(4).set(true);
    assert.equal(apic.acknowledge(), 0x34);
    write(apic, 0xb0, 0);
    assert.equal(apic.hasInterrupt(), false);
    ioApic.line(4).set(false);
    ioApic.line(4).set(true);
    assert.equal(apic.hasInterrupt(), true);
  });

  it("neither delivers nor keeps an edge on a masked pin", () => {
    const { ioApic, program, apic } = startIoApic();
    program(4, 0x34 | masked);
    ioApic.line(4).set(true);
    program(4, 0x34);
    assert.equal(apic.hasInterrupt(), false);
  });

  it("delivers a level with remote IRR until EOI, and again while it lasts", () => {
    const { ioApic, program, apic, readIndirect } = startIoApic();
    program(10, 0x3a | level);
    ioApic.line(10).set(true);
    assert.equal(readIndirect(0x24), 0x3a | level | 0x4000);
    assert.equal(apic.acknowledge(), 0x3a);
    assert.equal(apic.hasInterrupt(), false);
    write(apic, 0xb0, 0);
    assert.equal(apic.acknowledge(), 0x3a);
    ioApic.line(10).set(false);
    write(apic, 0xb0, 0);
    assert.equal(apic.hasInterrupt(), false);
    assert.equal(readIndirect(0x24), 0x3a | level);
  });

  it("delivers a level that is there when its pin is unmasked", () => {
    const { ioApic, program, apic } = startIoApic();
    program(10, 0x3a | level | masked);
    ioApic.line(10).set(true);
    assert.equal(apic.hasInterrupt(), false);
    program(10, 0x3a | level);
    assert.equal(apic.acknowledge(), 0x3a);
  });

  it("takes EOIs through its EOI register as well", () => {
    const { ioApic, program, memory, readIndirect } = startIoApic();
    program(10, 0x3a | level);
    ioApic.line(10).set(true);
    ioApic.line(10).set(false);
    memory.write(base + 0x40, 0x3b);
    assert.equal(readIndirect(0x24) & 0x4000, 0x4000);
    memory.write(base + 0x40, 0x3a);
    assert.equal(readIndirect(0x24) & 0x4000, 0);
  });

  it("drops remote IRR when the pin is made edge-triggered", () => {
    const { ioApic, program, readIndirect } = startIoApic();
    program(10, 0x3a | level);
    ioApic.line(10).set(true);
    program(10, 0x3a | masked);
    assert.equal(readIndirect(0x24), 0x3a | masked);
  });

  it("delivers to logical destinations, and to the lowest priority of them", () => {
    const { ioApic, program, apics } = startIoApic(2);
    apics.forEach((apic, i) => write(apic, 0xd0, 0x01000000 << i));
    program(5, 0x35 | 0x800, 0x03);
    ioApic.line(5).set(true);
    assert.deepEqual(
      apics.map((apic) => apic.acknowledge()),
      [0x35, 0x35],
    );
    program(6, 0x36 | 0x900, 0x03);
    for (const apic of apics) write(apic, 0xb0, 0);
    apics[0]!.taskPriority = 1;
    ioApic.line(6).set(true);
    assert.deepEqual(
      apics.map((apic) => apic.hasInterrupt()),
      [false, true],
    );
  });

  it("passes ExtINT on to the processor's INTA", () => {
    const { ioApic, program, apic } = startIoApic();
    program(0, 0x700);
    ioApic.line(0).set(true);
    assert.equal(apic.hasInterrupt(), true);
    assert.equal(apic.acknowledge(), 0x30);
    assert.equal(apic.hasInterrupt(), false);
  });

  it("delivers NMI mode as an NMI without a vector", () => {
    const { ioApic, program, processor } = startIoApic();
    program(3, 0x400);
    ioApic.line(3).set(true);
    assert.equal(processor.nmis, 1);
  });

  it("goes on from a saved state", () => {
    const { ioApic, program } = startIoApic();
    program(10, 0x3a | level);
    ioApic.line(10).set(true);
    const other = startIoApic();
    other.ioApic.restoreState(ioApic.saveState());
    other.ioApic.endOfInterrupt(0x3a);
    assert.equal(other.apic.acknowledge(), 0x3a);
  });
});
