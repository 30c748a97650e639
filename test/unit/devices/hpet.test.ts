import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Hpet } from "../../../src/devices/hpet/hpet.js";
import { FakeBus, FakeClock, FakeLine, FakeMessagePort } from "./fakes.js";

const base = 0xfed00000;
const config = base + 0x10;
const status = base + 0x20;
const counter = base + 0xf0;
const timerConfig = (n: number): number => base + 0x100 + 0x20 * n;
const comparator = (n: number): number => timerConfig(n) + 8;
const fsbRoute = (n: number): number => timerConfig(n) + 16;
const ms = 1e6;
const ticksPerMs = 100_000;

function startHpet() {
  const bus = new FakeBus();
  const clock = new FakeClock();
  const messages = new FakeMessagePort();
  const pins = Array.from({ length: 24 }, () => new FakeLine());
  const irq0 = new FakeLine();
  const irq8 = new FakeLine();
  const hpet = new Hpet({ bus, clock, messages, ioApicLine: (pin) => pins[pin]!, irq0, irq8 });
  return { bus, clock, messages, pins, irq0, irq8, hpet };
}

describe("Hpet", () => {
  it("shows three timers, a 64-bit counter, legacy replacement and a period of 10 ns", () => {
    const { bus } = startHpet();
    assert.equal(bus.read(base), 0x8086a201);
    assert.equal(bus.read(base + 4), 10_000_000);
    assert.equal(bus.read(timerConfig(0)), 0x8030);
    assert.equal(bus.read(timerConfig(0) + 4), 0x00f00000);
  });

  it("counts only while enabled and takes a written count", () => {
    const { bus, clock } = startHpet();
    clock.advance(ms);
    assert.equal(bus.read(counter), 0);
    bus.write(counter, 0xfffffff0);
    bus.write(config, 1);
    clock.advance(320);
    assert.equal(bus.read(counter), 0x10);
    assert.equal(bus.read(counter + 4), 1);
    bus.write(config, 0);
    clock.advance(ms);
    assert.equal(bus.read(counter), 0x10);
  });

  it("fires a one-shot timer at its comparator, as an edge on the routed pin", () => {
    const { bus, clock, pins } = startHpet();
    bus.write(timerConfig(1), 0x4 | (20 << 9));
    bus.write(comparator(1), ticksPerMs);
    bus.write(comparator(1) + 4, 0);
    bus.write(config, 1);
    clock.advance(ms - 10);
    assert.equal(pins[20]!.risingEdges, 0);
    clock.advance(10);
    assert.equal(pins[20]!.risingEdges, 1);
    clock.advance(1000 * ms);
    assert.equal(pins[20]!.risingEdges, 1);
    assert.equal(bus.read(status), 0);
  });

  it("fires a periodic timer set up as Linux does: accumulator, then period", () => {
    const { bus, clock, irq0 } = startHpet();
    bus.write(config, 3);
    bus.write(timerConfig(0), 0x4 | 0x8 | 0x40 | 0x100);
    bus.write(comparator(0), bus.read(counter) + ticksPerMs);
    bus.write(comparator(0), ticksPerMs);
    clock.advance(100 * ms);
    assert.equal(irq0.risingEdges, 100);
  });

  it("takes both halves of a 64-bit write of the accumulator", () => {
    const { bus } = startHpet();
    bus.write(timerConfig(0), 0x8 | 0x40);
    bus.write(comparator(0), 0x11111111);
    bus.write(comparator(0) + 4, 0x22);
    assert.equal(bus.read(comparator(0)), 0x11111111);
    assert.equal(bus.read(comparator(0) + 4), 0x22);
    bus.write(comparator(0), 0x5);
    assert.equal(bus.read(comparator(0)), 0x11111111);
  });

  it("coalesces the periods of a jump", () => {
    const { bus, clock, irq0 } = startHpet();
    bus.write(config, 3);
    bus.write(timerConfig(0), 0x4 | 0x8 | 0x40);
    bus.write(comparator(0), ticksPerMs);
    bus.write(comparator(0) + 4, 0);
    clock.jump(1000.5 * ms);
    assert.equal(irq0.risingEdges, 1);
    assert.equal(bus.read(comparator(0)), 1001 * ticksPerMs);
  });

  it("holds a level until its status bit is cleared", () => {
    const { bus, clock, pins } = startHpet();
    bus.write(timerConfig(2), 0x2 | 0x4 | (21 << 9));
    bus.write(comparator(2), 100);
    bus.write(comparator(2) + 4, 0);
    bus.write(config, 1);
    clock.advance(ms);
    assert.equal(pins[21]!.level, true);
    assert.equal(bus.read(status), 4);
    bus.write(status, 3);
    assert.equal(pins[21]!.level, true);
    bus.write(status, 4);
    assert.equal(pins[21]!.level, false);
    assert.equal(bus.read(status), 0);
  });

  it("sends its message in place of a wire when FSB delivery is on", () => {
    const { bus, clock, messages, pins } = startHpet();
    bus.write(fsbRoute(1), 0x4041);
    bus.write(fsbRoute(1) + 4, 0xfee01000);
    bus.write(timerConfig(1), 0x4 | 0x4000 | (20 << 9));
    bus.write(comparator(1), 100);
    bus.write(comparator(1) + 4, 0);
    bus.write(config, 1);
    clock.advance(ms);
    assert.deepEqual(messages.messages, [{ address: 0xfee01000, data: 0x4041 }]);
    assert.equal(pins[20]!.risingEdges, 0);
  });

  it("cuts off PIT and RTC while it replaces them", () => {
    const { bus, hpet, irq0, irq8 } = startHpet();
    hpet.pitInput.set(true);
    assert.equal(irq0.level, true);
    bus.write(config, 2);
    assert.equal(irq0.level, false);
    hpet.rtcInput.set(true);
    assert.equal(irq8.level, false);
    bus.write(config, 0);
    assert.deepEqual([irq0.level, irq8.level], [true, true]);
  });

  it("wraps the comparison at 32 bits when told to", () => {
    const { bus, clock, pins } = startHpet();
    bus.write(counter, 0xffffff00);
    bus.write(timerConfig(1), 0x4 | 0x100 | (20 << 9));
    bus.write(comparator(1), 0x10);
    bus.write(config, 1);
    clock.advance(0x110 * 10);
    assert.equal(pins[20]!.risingEdges, 1);
  });

  it("drives no pin that it is not wired to", () => {
    const { bus, clock, pins } = startHpet();
    bus.write(timerConfig(0), 0x4 | (5 << 9));
    bus.write(comparator(0), 100);
    bus.write(comparator(0) + 4, 0);
    bus.write(config, 1);
    clock.advance(ms);
    assert.ok(pins.every((pin) => pin.risingEdges === 0));
  });

  it("goes on from a saved state", () => {
    const { bus, clock, hpet } = startHpet();
    bus.write(config, 3);
    bus.write(timerConfig(0), 0x4 | 0x8 | 0x40);
    bus.write(comparator(0), ticksPerMs);
    clock.advance(ms / 2);
    const irq0 = new FakeLine();
    const other = new Hpet({
      bus: new FakeBus(),
      clock,
      messages: new FakeMessagePort(),
      ioApicLine: () => new FakeLine(),
      irq0,
      irq8: new FakeLine(),
    });
    bus.write(comparator(0) + 4, 0);
    other.restoreState(hpet.saveState());
    clock.advance(10 * ms);
    assert.equal(irq0.risingEdges, 10);
  });
});
