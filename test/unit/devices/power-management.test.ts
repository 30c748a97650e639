import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PowerManagement } from "../../../src/devices/acpi/power-management.js";
import { FakeBus, FakeClock, FakeLine, FakeMachineControl } from "./fakes.js";

const STATUS = 0x600;
const ENABLE = 0x602;
const CONTROL = 0x604;
const TIMER = 0x608;

function createPowerManagement() {
  const [bus, clock, sci, machine] = [
    new FakeBus(),
    new FakeClock(),
    new FakeLine(),
    new FakeMachineControl(),
  ];
  const device = new PowerManagement({ bus, clock, sci, machine });
  device.programAsFirmware();
  return { bus, clock, sci, machine, device };
}

describe("The power management function", () => {
  it("is a PIIX4 one with SMM marked as set up", () => {
    const { device } = createPowerManagement();
    assert.equal(device.readConfig(0, 4), 0x71138086);
    assert.equal(device.readConfig(0x5b, 1), 0x02);
  });

  it("decodes its ports where firmware puts them, and nowhere after reset", () => {
    const { bus, device } = createPowerManagement();
    assert.equal(device.readConfig(0x40, 4), 0x601);
    assert.equal(bus.in(CONTROL, 2), 0);
    device.writeConfig(0x40, 4, 0xb001);
    assert.equal(bus.in(CONTROL, 2), 0xffff);
    assert.equal(bus.in(0xb004, 2), 0);
    device.reset();
    assert.equal(bus.in(0xb004, 2), 0xffff);
  });

  it("counts 3579545 ticks a second", () => {
    const { bus, clock } = createPowerManagement();
    assert.equal(bus.in(TIMER, 4), 0);
    clock.advance(10e9);
    assert.equal(bus.in(TIMER, 4), 35795450);
    assert.equal(bus.in(TIMER + 1, 1), (35795450 >> 8) & 0xff);
  });

  it("turns ACPI mode on and off by the SMI command port", () => {
    const { bus } = createPowerManagement();
    bus.out(0xb2, 0xf1);
    assert.equal(bus.in(CONTROL, 2), 1);
    bus.out(CONTROL, 0, 2);
    assert.equal(bus.in(CONTROL, 2), 1);
    bus.out(0xb2, 0xf0);
    assert.equal(bus.in(CONTROL, 2), 0);
    assert.equal(bus.in(0xb2), 0xf0);
  });

  it("keeps the SMI status port as a scratch register", () => {
    const { bus } = createPowerManagement();
    bus.out(0xb3, 0x5a);
    assert.equal(bus.in(0xb3), 0x5a);
  });

  it("raises the SCI for the power button when enabled, until the status is cleared", () => {
    const { bus, sci, device } = createPowerManagement();
    device.pressPowerButton();
    assert.equal(sci.level, false);
    bus.out(ENABLE, 0x100, 2);
    assert.equal(sci.level, false);
    bus.out(0xb2, 0xf1);
    assert.equal(sci.level, true);
    assert.equal(bus.in(STATUS, 2), 0x100);
    bus.out(STATUS + 1, 0x01, 1);
    assert.equal(sci.level, false);
    assert.equal(bus.in(STATUS, 2), 0);
  });

  it("raises the timer's event when bit 31 changes, in time when enabled", () => {
    const { bus, clock, sci } = createPowerManagement();
    const toggleNs = (2 ** 31 / 3579545) * 1e9;
    bus.out(0xb2, 0xf1);
    bus.out(ENABLE, 1, 2);
    clock.advance(toggleNs - 1000);
    assert.equal(sci.level, false);
    clock.advance(2000);
    assert.equal(sci.level, true);
    bus.out(STATUS, 1, 2);
    assert.equal(sci.level, false);
    clock.advance(toggleNs);
    assert.equal(sci.level, true);
    bus.out(ENABLE, 0, 2);
    assert.deepEqual(clock.armedDeadlinesNs(), []);
  });

  it("powers off for soft off only", () => {
    const { bus, machine } = createPowerManagement();
    bus.out(CONTROL, (1 << 10) | (1 << 13), 2);
    assert.equal(machine.powerOffs, 0);
    bus.out(CONTROL, 0, 2);
    assert.equal(machine.powerOffs, 0);
    bus.out(CONTROL, 1 << 13, 2);
    assert.equal(machine.powerOffs, 1);
    assert.equal(bus.in(CONTROL, 2) & (1 << 13), 0);
  });

  it("reads and writes status and enable as one doubleword", () => {
    const { bus, device } = createPowerManagement();
    device.pressPowerButton();
    bus.out(STATUS, 0x01210000, 4);
    assert.equal(bus.in(STATUS, 4), 0x01210100);
  });

  it("restores registers, mode and interrupt", () => {
    const first = createPowerManagement();
    first.bus.out(0xb2, 0xf1);
    first.bus.out(ENABLE, 0x100, 2);
    first.device.pressPowerButton();
    const second = createPowerManagement();
    second.device.restoreState(first.device.saveState());
    assert.equal(second.sci.level, true);
    assert.equal(second.bus.in(STATUS, 4), 0x01000100);
  });
});
