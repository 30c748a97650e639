import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { mapBytePorts } from "../../../src/devices/byte-ports.js";
import { FakeBus } from "./fakes.js";

describe("mapBytePorts", () => {
  function startDevice() {
    const bus = new FakeBus();
    const writes: [number, number][] = [];
    const release = mapBytePorts(bus, 0x20, 3, {
      readByte: (port) => port,
      writeByte: (port, value) => writes.push([port, value]),
    });
    return { bus, writes, release };
  }

  it("splits wide accesses over consecutive ports, low byte first", () => {
    const { bus, writes } = startDevice();
    assert.equal(bus.in(0x20, 2), 0x2120);
    bus.out(0x21, 0xbbaa, 2);
    assert.deepEqual(writes, [
      [0x21, 0xaa],
      [0x22, 0xbb],
    ]);
  });

  it("reads FFH and drops writes beyond the claimed ports", () => {
    const { bus, writes } = startDevice();
    assert.equal(bus.in(0x20, 4), 0xff222120);
    bus.out(0x22, 0x11223344, 4);
    assert.deepEqual(writes, [[0x22, 0x44]]);
  });

  it("gives what releases the ports", () => {
    const { bus, release } = startDevice();
    release();
    assert.equal(bus.in(0x20), 0xff);
  });
});
