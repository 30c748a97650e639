import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Rtc } from "../../../src/devices/rtc/rtc.js";
import { FakeBus, FakeClock, FakeLine } from "./fakes.js";

const ms = 1e6;
const second = 1e9;

/** Starts on Thursday 29 February 2024, 12:34:56 UTC. */
function startRtc() {
  const bus = new FakeBus();
  const clock = new FakeClock();
  const irq8 = new FakeLine();
  const rtc = new Rtc({ bus, clock, irq8 });
  const read = (index: number): number => {
    bus.out(0x70, index);
    return bus.in(0x71);
  };
  const write = (index: number, value: number): void => {
    bus.out(0x70, index);
    bus.out(0x71, value);
  };
  return { bus, clock, irq8, rtc, read, write };
}

const timeRegisters = [0x32, 9, 8, 7, 6, 4, 2, 0];

describe("Rtc", () => {
  it("gives wall-clock time in BCD and 24 hours", () => {
    const { read } = startRtc();
    assert.deepEqual(timeRegisters.map(read), [0x20, 0x24, 0x02, 0x29, 5, 0x12, 0x34, 0x56]);
  });

  it("gives binary and 12-hour time when register B says so", () => {
    const { read, write, clock } = startRtc();
    write(0x0b, 0x04);
    assert.deepEqual(timeRegisters.map(read), [20, 24, 2, 29, 5, 12 | 0x80, 34, 56]);
    clock.advance(12 * 3600 * second);
    assert.equal(read(4), 12);
    clock.advance(3600 * second);
    assert.equal(read(4), 1);
  });

  it("rolls over month and leap day", () => {
    const { read, clock } = startRtc();
    clock.advance(24 * 3600 * second);
    assert.deepEqual([read(8), read(7)], [0x03, 0x01]);
  });

  it("takes a time set under SET and runs on from it", () => {
    const { read, write, clock } = startRtc();
    write(0x0b, 0x82);
    for (const [index, value] of [
      [0x32, 0x19],
      [9, 0x99],
      [8, 0x12],
      [7, 0x31],
      [4, 0x23],
      [2, 0x59],
      [0, 0x58],
    ] as const) {
      write(index, value);
    }
    clock.advance(10 * second);
    assert.equal(read(0), 0x58);
    write(0x0b, 0x02);
    clock.advance(2 * second);
    assert.deepEqual(timeRegisters.map(read), [0x20, 0x00, 0x01, 0x01, 7, 0x00, 0x00, 0x00]);
  });

  it("sets UIP for the last 2.228 ms of each second, and never under SET", () => {
    const { read, write, clock } = startRtc();
    assert.equal(read(0x0a), 0x26);
    clock.advance(998 * ms);
    assert.equal(read(0x0a), 0xa6);
    clock.advance(2 * ms);
    assert.equal(read(0x0a), 0x26);
    write(0x0b, 0x82);
    clock.advance(999 * ms);
    assert.equal(read(0x0a), 0x26);
  });

  it("interrupts after every update when UIE is set, until register C is read", () => {
    const { read, write, clock, irq8 } = startRtc();
    write(0x0b, 0x12);
    read(0x0c);
    clock.advance(999 * ms);
    assert.equal(irq8.level, false);
    clock.advance(1 * ms + 1000);
    assert.equal(irq8.level, true);
    assert.equal(read(0x0c) & 0x90, 0x90);
    assert.equal(irq8.level, false);
    assert.equal(read(0x0c) & 0x90, 0);
    clock.advance(second);
    assert.equal(irq8.risingEdges, 2);
  });

  it("interrupts at the periodic rate", () => {
    const { read, write, clock, irq8 } = startRtc();
    write(0x0b, 0x42);
    clock.advance(1000);
    for (let i = 0; i < 1024; i++) {
      clock.advance(second / 1024);
      read(0x0c);
    }
    assert.ok(Math.abs(irq8.risingEdges - 1024) <= 1, String(irq8.risingEdges));
  });

  it("shows periodic and update flags without any interrupt enabled", () => {
    const { read, clock, irq8 } = startRtc();
    read(0x0c);
    assert.equal(read(0x0c), 0);
    clock.advance(2 * ms);
    assert.equal(read(0x0c), 0x40);
    clock.advance(second);
    assert.equal(read(0x0c), 0x50);
    assert.equal(irq8.level, false);
    assert.deepEqual(clock.armedDeadlinesNs(), []);
  });

  it("interrupts when the alarm matches", () => {
    const { read, write, clock, irq8 } = startRtc();
    for (const [index, value] of [
      [1, 0x10],
      [3, 0x35],
      [5, 0x12],
    ] as const) {
      write(index, value);
    }
    write(0x0b, 0x22);
    clock.advance(13 * second);
    assert.equal(irq8.level, false);
    clock.advance(second + 1000);
    assert.equal(irq8.level, true);
    assert.equal(read(0x0c) & 0xa0, 0xa0);
  });

  it("matches any value for an alarm byte of C0H and above", () => {
    const { write, read, clock, irq8 } = startRtc();
    write(1, 0x00);
    write(3, 0xff);
    write(5, 0xc0);
    write(0x0b, 0x22);
    clock.advance(5 * second);
    read(0x0c);
    clock.advance(60 * second);
    assert.equal(irq8.risingEdges, 2);
  });

  it("keeps CMOS bytes over a reset and takes those the machine sets", () => {
    const { rtc, read, write } = startRtc();
    rtc.setCmos(0x15, 0x80);
    write(0x60, 0x55);
    write(0x0b, 0x72);
    rtc.reset();
    assert.deepEqual([read(0x15), read(0x60), read(0x0b)], [0x80, 0x55, 0x02]);
  });

  it("shows valid RAM, keeps C and D read-only, and masks NMI by bit 7 of port 70H", () => {
    const { rtc, bus, read, write } = startRtc();
    write(0x0d, 0x00);
    assert.equal(read(0x0d), 0x80);
    assert.equal(rtc.isNmiMasked, false);
    bus.out(0x70, 0x8d);
    assert.equal(rtc.isNmiMasked, true);
    assert.equal(bus.in(0x71), 0x80);
  });

  it("goes on from a saved state with its interrupt armed", () => {
    const { rtc, write, clock } = startRtc();
    write(0x0b, 0x12);
    const irq8 = new FakeLine();
    const other = new Rtc({ bus: new FakeBus(), clock, irq8 });
    other.restoreState(rtc.saveState());
    clock.advance(second + 1000);
    assert.equal(irq8.level, true);
  });
});
