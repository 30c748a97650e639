import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { I8042 } from "../../../src/devices/i8042/i8042.js";
import { FakeBus, FakeLine, FakeMachineControl } from "./fakes.js";

function startController() {
  const bus = new FakeBus();
  const irq1 = new FakeLine();
  const machine = new FakeMachineControl();
  const a20: boolean[] = [];
  const controller = new I8042({ bus, irq1, machine, setA20: (enabled) => a20.push(enabled) });
  const command = (...bytes: number[]): void => {
    bus.out(0x64, bytes[0]!);
    for (const byte of bytes.slice(1)) bus.out(0x60, byte);
  };
  /** All bytes in the output buffer, one after the other. */
  const drain = (): number[] => {
    const bytes: number[] = [];
    while (bus.in(0x64) & 1) bytes.push(bus.in(0x60));
    return bytes;
  };
  return { bus, irq1, machine, a20, controller, command, drain };
}

describe("I8042", () => {
  it("passes its tests and sets the system flag by the self test", () => {
    const { bus, command, drain } = startController();
    assert.equal(bus.in(0x64) & 0x04, 0);
    command(0xaa);
    assert.deepEqual(drain(), [0x55]);
    assert.equal(bus.in(0x64) & 0x04, 0x04);
    command(0xab);
    assert.deepEqual(drain(), [0x00]);
  });

  it("resets the machine by FEH, by bit 0 of the output port and by port 92H", () => {
    const { bus, machine, command } = startController();
    command(0xff);
    assert.equal(machine.resets, 0);
    command(0xfe);
    assert.equal(machine.resets, 1);
    command(0xd1, 0xde);
    assert.equal(machine.resets, 2);
    bus.out(0x92, 0x01);
    bus.out(0x92, 0x01);
    assert.equal(machine.resets, 3);
  });

  it("opens A20 while output port or port 92H says so", () => {
    const { bus, a20, command, drain } = startController();
    command(0xd1, 0xdd);
    assert.deepEqual(a20, [false]);
    command(0xd0);
    assert.equal(drain()[0]! & 0x02, 0);
    bus.out(0x92, 0x02);
    assert.equal(bus.in(0x92), 0x02);
    command(0xd1, 0xdf);
    bus.out(0x92, 0x00);
    assert.deepEqual(a20, [false, true]);
  });

  it("keeps the command byte, with the auxiliary interface disabled for good", () => {
    const { command, drain } = startController();
    command(0x60, 0x45);
    command(0x20);
    assert.deepEqual(drain(), [0x65]);
    command(0xa8);
    command(0x20);
    assert.deepEqual(drain(), [0x65]);
  });

  it("loops D3H back as from the auxiliary device", () => {
    const { bus, command } = startController();
    command(0xd3, 0x5a);
    assert.equal(bus.in(0x64) & 0x21, 0x21);
    assert.equal(bus.in(0x60), 0x5a);
  });

  it("resets and identifies the keyboard, translated as the command byte says", () => {
    const { bus, command, drain } = startController();
    command(0x60, 0x04);
    bus.out(0x60, 0xff);
    assert.deepEqual(drain(), [0xfa, 0xaa]);
    bus.out(0x60, 0xf2);
    assert.deepEqual(drain(), [0xfa, 0xab, 0x83]);
    command(0x60, 0x44);
    bus.out(0x60, 0xf2);
    assert.deepEqual(drain(), [0xfa, 0xab, 0x41]);
  });

  it("acknowledges keyboard commands and their parameters, and refuses unknown ones", () => {
    const { bus, drain } = startController();
    for (const byte of [0xed, 0x07, 0xf3, 0x20, 0xf4, 0xf5, 0xf6]) {
      bus.out(0x60, byte);
      assert.deepEqual(drain(), [0xfa], byte.toString(16));
    }
    bus.out(0x60, 0xf0);
    bus.out(0x60, 0x00);
    assert.deepEqual(drain(), [0xfa, 0xfa, 0x02]);
    bus.out(0x60, 0xee);
    bus.out(0x60, 0x11);
    assert.deepEqual(drain(), [0xee, 0xfe]);
  });

  it("interrupts once for each byte while that is enabled", () => {
    const { bus, irq1, command, drain } = startController();
    bus.out(0x60, 0xf2);
    drain();
    assert.equal(irq1.risingEdges, 0);
    command(0x60, 0x45);
    bus.out(0x60, 0xf2);
    drain();
    assert.equal(irq1.risingEdges, 3);
    assert.equal(irq1.level, false);
  });

  it("holds the keyboard's bytes while its interface is disabled", () => {
    const { bus, command } = startController();
    bus.out(0x60, 0xf2);
    command(0xad);
    assert.equal(bus.in(0x60), 0xfa);
    assert.equal(bus.in(0x64) & 1, 0);
    command(0xae);
    assert.equal(bus.in(0x60), 0xab);
  });

  it("goes on from a saved state", () => {
    const { bus, controller } = startController();
    bus.out(0x60, 0xf2);
    const other = startController();
    other.controller.restoreState(controller.saveState());
    assert.deepEqual(other.drain(), [0xfa, 0xab, 0x41]);
  });
});
