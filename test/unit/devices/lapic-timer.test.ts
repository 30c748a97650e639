import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { LocalApic } from "../../../src/devices/lapic/local-apic.js";
import { enable, read, startApics, write } from "./apic-fakes.js";

const lvtTimer = 0x320;
const initialCount = 0x380;
const currentCount = 0x390;
const divide = 0x3e0;
const oneShot = 0xef;
const periodic = 0x200ef;
const tscDeadline = 0x400ef;
const divideBy1 = 0xb;

/** INTA and EOI: whether there was an interrupt. */
function take(apic: LocalApic): boolean {
  if (!apic.hasInterrupt()) return false;
  apic.acknowledge();
  write(apic, 0xb0, 0);
  return true;
}

function startTimer(mode: number, divideCode = divideBy1) {
  const rig = startApics(1);
  enable(rig.apic);
  write(rig.apic, divide, divideCode);
  write(rig.apic, lvtTimer, mode);
  return rig;
}

describe("ApicTimer", () => {
  it("counts down once at 25 MHz", () => {
    const { apic, clock } = startTimer(oneShot);
    write(apic, initialCount, 1000);
    clock.advance(20_000);
    assert.equal(read(apic, currentCount), 500);
    assert.equal(take(apic), false);
    clock.advance(20_000);
    assert.equal(take(apic), true);
    assert.equal(read(apic, currentCount), 0);
    clock.advance(1e9);
    assert.equal(take(apic), false);
  });

  for (const [code, divisor] of [
    [0x0, 2],
    [0x1, 4],
    [0x2, 8],
    [0x3, 16],
    [0x8, 32],
    [0x9, 64],
    [0xa, 128],
    [0xb, 1],
  ] as const) {
    it(`divides by ${divisor} for code ${code.toString(16)}H`, () => {
      const { apic, clock } = startTimer(oneShot, code);
      write(apic, initialCount, 1000);
      clock.advance(100 * 40 * divisor);
      assert.equal(read(apic, currentCount), 900);
    });
  }

  it("repeats in periodic mode, coalescing what a jump left out", () => {
    const { apic, clock } = startTimer(periodic);
    write(apic, initialCount, 25_000);
    for (let i = 0; i < 5; i++) {
      clock.advance(1e6);
      assert.equal(take(apic), true);
    }
    clock.jump(10.25e6);
    assert.equal(take(apic), true);
    assert.equal(take(apic), false);
    assert.equal(read(apic, currentCount), 18_750);
    clock.advance(0.75e6);
    assert.equal(take(apic), true);
  });

  it("stops on an initial count of 0", () => {
    const { apic, clock } = startTimer(periodic);
    write(apic, initialCount, 1000);
    write(apic, initialCount, 0);
    clock.advance(1e9);
    assert.equal(take(apic), false);
    assert.deepEqual(clock.armedDeadlinesNs(), []);
  });

  it("counts but does not interrupt while masked", () => {
    const { apic, clock } = startTimer(oneShot | 0x10000);
    write(apic, initialCount, 1000);
    clock.advance(20_000);
    assert.equal(read(apic, currentCount), 500);
    clock.advance(1e6);
    assert.equal(take(apic), false);
  });

  it("fires at the TSC deadline, once, and reads 0 after", () => {
    const { apic, clock, processor } = startTimer(tscDeadline);
    processor.tscOffset = 1_000_000n;
    assert.equal(apic.writeMsr(0x6e0, 1_050_000, 0), true);
    assert.deepEqual(apic.readMsr(0x6e0), { lo: 1_050_000, hi: 0 });
    clock.advance(49_999);
    assert.equal(take(apic), false);
    clock.advance(1);
    assert.equal(take(apic), true);
    assert.deepEqual(apic.readMsr(0x6e0), { lo: 0, hi: 0 });
    clock.advance(1e9);
    assert.equal(take(apic), false);
  });

  it("fires at once for a deadline in the past, and is disarmed by 0", () => {
    const { apic, clock } = startTimer(tscDeadline);
    clock.advance(1000);
    apic.writeMsr(0x6e0, 1, 0);
    clock.advance(0);
    assert.equal(take(apic), true);
    apic.writeMsr(0x6e0, 5000, 0);
    apic.writeMsr(0x6e0, 0, 0);
    clock.advance(1e6);
    assert.equal(take(apic), false);
  });

  it("follows the TSC when that is set", () => {
    const { apic, clock, processor } = startTimer(tscDeadline);
    apic.writeMsr(0x6e0, 1_000_000, 0);
    processor.tscOffset = 900_000n;
    apic.tscChanged();
    clock.advance(100_000);
    assert.equal(take(apic), true);
  });

  it("ignores the deadline outside TSC-deadline mode and the initial count within it", () => {
    const { apic, clock } = startTimer(oneShot);
    apic.writeMsr(0x6e0, 1000, 0);
    assert.deepEqual(apic.readMsr(0x6e0), { lo: 0, hi: 0 });
    write(apic, lvtTimer, tscDeadline);
    write(apic, initialCount, 10);
    assert.equal(read(apic, initialCount), 0);
    clock.advance(1e6);
    assert.equal(take(apic), false);
  });

  it("is disarmed by going to or from TSC-deadline mode", () => {
    const { apic, clock } = startTimer(oneShot);
    write(apic, initialCount, 1000);
    write(apic, lvtTimer, tscDeadline);
    apic.writeMsr(0x6e0, 5000, 0);
    write(apic, lvtTimer, oneShot);
    clock.advance(1e6);
    assert.equal(take(apic), false);
  });
});
