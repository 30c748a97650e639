import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RealTime } from "../../../src/machine/real-time.js";

const MS = 1e6;

/** A host whose clock the test turns. */
function fakeHost(): { now: number; monotonicNs(): number } {
  return {
    now: 1000 * MS,
    monotonicNs() {
      return this.now;
    },
  };
}

describe("the real clock", () => {
  it("goes as the host's does", () => {
    const host = fakeHost();
    const time = new RealTime(host, 5 * MS);
    host.now += 2 * MS;
    assert.equal(time.nowNs(), 7 * MS);
  });

  it("shows a long gap in small steps and catches up afterwards", () => {
    const host = fakeHost();
    const time = new RealTime(host, 0);
    host.now += 40 * MS;
    let last = time.nowNs();
    assert.equal(last, 3.375 * MS);
    for (let i = 0; i < 400; i++) {
      host.now += MS;
      const now = time.nowNs();
      assert.ok(now - last >= 0.999 * MS && now - last <= 1.2 * MS);
      last = now;
    }
    assert.ok(Math.abs(last - 440 * MS) < 10, `${last}`);
  });

  it("counts idle time in full and time of standstill not at all", () => {
    const host = fakeHost();
    const time = new RealTime(host, 0);
    host.now += 50 * MS;
    time.passIdle();
    host.now += 1000 * MS;
    time.skip();
    assert.equal(time.nowNs(), 50 * MS);
  });
});
