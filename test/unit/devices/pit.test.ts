import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Pit } from "../../../src/devices/pit/pit.js";
import { FakeBus, FakeClock, FakeLine } from "./fakes.js";

const second = 1e9;
/** Time for `n` CLK pulses and a little more. */
const pulses = (n: number): number => Math.ceil((n * second) / 1_193_182) + 1;

function startPit() {
  const bus = new FakeBus();
  const clock = new FakeClock();
  const irq0 = new FakeLine();
  const pit = new Pit({ bus, clock, irq0 });
  return { bus, clock, irq0, pit };
}

function program(bus: FakeBus, counter: number, mode: number, count: number): void {
  bus.out(0x43, (counter << 6) | 0x30 | (mode << 1));
  bus.out(0x40 + counter, count & 0xff);
  bus.out(0x40 + counter, count >> 8);
}

function latched(bus: FakeBus, counter: number): number {
  bus.out(0x43, counter << 6);
  return bus.in(0x40 + counter) | (bus.in(0x40 + counter) << 8);
}

describe("Pit", () => {
  it("gives 100 edges a second for Linux's count of 11932 in mode 2", () => {
    const { bus, clock, irq0 } = startPit();
    program(bus, 0, 2, 11932);
    const before = irq0.risingEdges;
    clock.advance(second);
    assert.ok(Math.abs(irq0.risingEdges - before - 100) <= 1);
  });

  it("coalesces the periods of a jump into one edge and goes on at the old rhythm", () => {
    const { bus, clock, irq0 } = startPit();
    program(bus, 0, 2, 1000);
    const before = irq0.risingEdges;
    clock.jump(second);
    assert.equal(irq0.risingEdges - before, 1);
    assert.equal(clock.armedDeadlinesNs().length, 1);
    assert.ok(clock.armedDeadlinesNs()[0]! > second);
  });

  it("counts down once in mode 0 and raises OUT when it gets to 0", () => {
    const { bus, clock, irq0 } = startPit();
    program(bus, 0, 0, 1000);
    assert.equal(irq0.level, false);
    clock.advance(pulses(500));
    assert.ok(Math.abs(latched(bus, 0) - 500) <= 2);
    assert.equal(irq0.level, false);
    clock.advance(pulses(502));
    assert.equal(irq0.level, true);
    clock.advance(second);
    assert.equal(irq0.risingEdges, 1);
  });

  it("strobes once in mode 4, as Linux's one-shot clock event device needs", () => {
    const { bus, clock, irq0 } = startPit();
    bus.out(0x43, 0x38);
    const before = irq0.risingEdges;
    bus.out(0x40, 0xe8);
    bus.out(0x40, 0x03);
    clock.advance(second);
    assert.equal(irq0.risingEdges - before, 1);
    bus.out(0x40, 0xe8);
    bus.out(0x40, 0x03);
    clock.advance(second);
    assert.equal(irq0.risingEdges - before, 2);
  });

  it("shows OUT of counter 2 in bit 5 of port 61H, as TSC calibration polls it", () => {
    const { bus, clock } = startPit();
    bus.out(0x61, (bus.in(0x61) & ~2) | 1);
    program(bus, 2, 0, 59659);
    assert.equal(bus.in(0x61) & 0x20, 0);
    clock.advance(49_999_000);
    assert.equal(bus.in(0x61) & 0x20, 0);
    clock.advance(3000);
    assert.equal(bus.in(0x61) & 0x20, 0x20);
  });

  it("stops counter 2 while its gate is low and resumes it after", () => {
    const { bus, clock } = startPit();
    bus.out(0x61, 1);
    program(bus, 2, 0, 10_000);
    clock.advance(pulses(1000));
    bus.out(0x61, 0);
    const stopped = latched(bus, 2);
    clock.advance(second);
    assert.equal(latched(bus, 2), stopped);
    bus.out(0x61, 1);
    clock.advance(pulses(1000));
    assert.ok(Math.abs(stopped - latched(bus, 2) - 1000) <= 2);
  });

  it("starts the one-shot of mode 1 by its gate", () => {
    const { bus, clock } = startPit();
    program(bus, 2, 1, 1000);
    assert.equal(bus.in(0x61) & 0x20, 0x20);
    bus.out(0x61, 1);
    clock.advance(pulses(2));
    assert.equal(bus.in(0x61) & 0x20, 0);
    clock.advance(pulses(1000));
    assert.equal(bus.in(0x61) & 0x20, 0x20);
  });

  it("keeps the square wave of mode 3 high for half of each period", () => {
    const { bus, clock } = startPit();
    bus.out(0x61, 1);
    program(bus, 2, 3, 1000);
    clock.advance(pulses(250));
    assert.equal(bus.in(0x61) & 0x20, 0x20);
    clock.advance(pulses(500));
    assert.equal(bus.in(0x61) & 0x20, 0);
    clock.advance(pulses(500));
    assert.equal(bus.in(0x61) & 0x20, 0x20);
  });

  it("uses a new count in mode 2 from the end of the running period", () => {
    const { bus, clock } = startPit();
    bus.out(0x61, 1);
    program(bus, 2, 2, 10_000);
    clock.advance(pulses(5000));
    bus.out(0x42, 0xe8);
    bus.out(0x42, 0x03);
    assert.ok(latched(bus, 2) > 4000);
    clock.advance(pulses(5100));
    assert.ok(latched(bus, 2) <= 1000);
  });

  it("reads back status, then count, each latched until read", () => {
    const { bus, clock } = startPit();
    bus.out(0x61, 1);
    program(bus, 2, 2, 5000);
    clock.advance(pulses(100));
    bus.out(0x43, 0xc0 | 0x08);
    clock.advance(pulses(1000));
    assert.equal(bus.in(0x42), 0xb4);
    const count = bus.in(0x42) | (bus.in(0x42) << 8);
    assert.ok(Math.abs(count - 4900) <= 2);
  });

  it("shows NULL COUNT until the count has been loaded", () => {
    const { bus, clock } = startPit();
    program(bus, 0, 2, 5000);
    bus.out(0x43, 0xe2);
    assert.equal(bus.in(0x40) & 0x40, 0x40);
    clock.advance(pulses(2));
    bus.out(0x43, 0xe2);
    assert.equal(bus.in(0x40) & 0x40, 0);
  });

  it("counts in BCD when told to", () => {
    const { bus, clock } = startPit();
    bus.out(0x61, 1);
    bus.out(0x43, 0xb1);
    bus.out(0x42, 0x00);
    bus.out(0x42, 0x20);
    clock.advance(pulses(500));
    bus.out(0x43, 0x80);
    const value = bus.in(0x42) | (bus.in(0x42) << 8);
    assert.ok(value >= 0x1498 && value <= 0x1502, value.toString(16));
  });

  it("takes a count of 0 for 65536", () => {
    const { bus, clock, irq0 } = startPit();
    program(bus, 0, 2, 0);
    const before = irq0.risingEdges;
    clock.advance(second);
    assert.equal(irq0.risingEdges - before, 18);
  });

  it("toggles the refresh bit of port 61H every 15 µs", () => {
    const { bus, clock } = startPit();
    const first = bus.in(0x61) & 0x10;
    clock.advance(15_085);
    assert.notEqual(bus.in(0x61) & 0x10, first);
  });

  it("goes on from a saved state", () => {
    const { bus, clock, pit } = startPit();
    program(bus, 0, 2, 11932);
    clock.advance(second / 2);
    const state = pit.saveState();
    const irq0 = new FakeLine();
    const other = new Pit({ bus: new FakeBus(), clock, irq0 });
    other.restoreState(state);
    clock.advance(second / 2);
    assert.ok(Math.abs(irq0.risingEdges - 50) <= 1);
  });
});
