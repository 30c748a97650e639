import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { TickRate } from "../../../src/devices/tick-rate.js";

describe("TickRate", () => {
  it("counts exactly a second's ticks every second, for years", () => {
    const rate = new TickRate(1_193_182);
    for (const seconds of [1, 2, 3600, 8_000_000]) {
      assert.equal(rate.ticksAt(seconds * 1e9), seconds * 1_193_182);
      assert.equal(rate.ticksAt(seconds * 1e9 - 1), seconds * 1_193_182 - 1);
    }
  });

  it("gives the first nanosecond of each tick", () => {
    const rate = new TickRate(3_579_545);
    for (const tick of [0, 1, 2, 999, 3_579_545, 12_345_678_901]) {
      assert.equal(rate.ticksAt(rate.nsAt(tick)), tick);
      if (tick > 0) assert.equal(rate.ticksAt(rate.nsAt(tick) - 1), tick - 1);
    }
  });
});
