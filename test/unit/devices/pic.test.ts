import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PicPair } from "../../../src/devices/pic/pic-pair.js";
import { FakeBus } from "./fakes.js";

/** A pair set up as PCs do: vectors 08H and 70H, ICW4 as given, nothing masked. */
function startPair(icw4 = 0x01) {
  const bus = new FakeBus();
  const levels: boolean[] = [];
  const pic = new PicPair({ bus, output: (asserted) => levels.push(asserted) });
  initialize(bus, icw4);
  return { bus, pic, levels };
}

function initialize(bus: FakeBus, icw4: number): void {
  for (const [port, base, icw3] of [
    [0x20, 0x08, 0x04],
    [0xa0, 0x70, 0x02],
  ] as const) {
    bus.out(port, 0x11);
    bus.out(port + 1, base);
    bus.out(port + 1, icw3);
    bus.out(port + 1, icw4);
    bus.out(port + 1, 0x00);
  }
}

describe("PicPair", () => {
  it("asserts INTR on an edge and gives the vector of the input", () => {
    const { pic, levels } = startPair();
    pic.line(1).set(true);
    assert.deepEqual(levels, [true]);
    assert.equal(pic.acknowledge(), 0x09);
    assert.deepEqual(levels, [true, false]);
  });

  it("gives slave interrupts the slave's vector and marks IR2 in service on the master", () => {
    const { bus, pic } = startPair();
    pic.line(12).set(true);
    assert.equal(pic.acknowledge(), 0x74);
    bus.out(0x20, 0x0b);
    assert.equal(bus.in(0x20), 0x04);
    bus.out(0xa0, 0x0b);
    assert.equal(bus.in(0xa0), 0x10);
  });

  it("holds back lower priorities until EOI", () => {
    const { bus, pic } = startPair();
    pic.line(1).set(true);
    pic.acknowledge();
    pic.line(3).set(true);
    assert.equal(pic.hasInterrupt(), false);
    pic.line(0).set(true);
    assert.equal(pic.acknowledge(), 0x08);
    bus.out(0x20, 0x20);
    assert.equal(pic.hasInterrupt(), false);
    bus.out(0x20, 0x20);
    assert.equal(pic.acknowledge(), 0x0b);
  });

  it("raises the cascade again for the slave's next request after both EOIs", () => {
    const { bus, pic } = startPair();
    pic.line(8).set(true);
    pic.line(14).set(true);
    assert.equal(pic.acknowledge(), 0x70);
    bus.out(0xa0, 0x20);
    assert.equal(pic.hasInterrupt(), false);
    bus.out(0x20, 0x20);
    assert.equal(pic.acknowledge(), 0x76);
  });

  it("masks by the IMR and delivers when unmasked", () => {
    const { bus, pic } = startPair();
    bus.out(0x21, 0x10);
    pic.line(4).set(true);
    assert.equal(pic.hasInterrupt(), false);
    assert.equal(bus.in(0x21), 0x10);
    bus.out(0x21, 0x00);
    assert.equal(pic.acknowledge(), 0x0c);
  });

  it("loses an edge request whose wire goes low before INTA, and answers INTA with IR7", () => {
    const { bus, pic } = startPair();
    pic.line(5).set(true);
    pic.line(5).set(false);
    assert.equal(pic.hasInterrupt(), false);
    assert.equal(pic.acknowledge(), 0x0f);
    bus.out(0x20, 0x0b);
    assert.equal(bus.in(0x20), 0x00);
  });

  it("withdraws INTR when the slave's only request is masked", () => {
    const { bus, pic } = startPair();
    pic.line(10).set(true);
    assert.equal(pic.hasInterrupt(), true);
    bus.out(0xa1, 0x04);
    assert.equal(pic.hasInterrupt(), false);
  });

  it("requests again while a level input stays high after EOI", () => {
    const { bus, pic } = startPair();
    bus.out(0x4d1, 0x0c);
    assert.equal(bus.in(0x4d1), 0x0c);
    pic.line(11).set(true);
    assert.equal(pic.acknowledge(), 0x73);
    bus.out(0xa0, 0x20);
    bus.out(0x20, 0x20);
    assert.equal(pic.acknowledge(), 0x73);
    pic.line(11).set(false);
    bus.out(0xa0, 0x20);
    bus.out(0x20, 0x20);
    assert.equal(pic.hasInterrupt(), false);
  });

  it("keeps IRQ 0, 1, 2, 8 and 13 edge-triggered whatever the ELCR is written", () => {
    const { bus } = startPair();
    bus.out(0x4d0, 0xff);
    bus.out(0x4d1, 0xff);
    assert.equal(bus.in(0x4d0), 0xf8);
    assert.equal(bus.in(0x4d1), 0xde);
  });

  it("does not request again for an edge input that stays high", () => {
    const { bus, pic } = startPair();
    pic.line(3).set(true);
    pic.acknowledge();
    bus.out(0x20, 0x20);
    pic.line(3).set(true);
    assert.equal(pic.hasInterrupt(), false);
    pic.line(3).set(false);
    pic.line(3).set(true);
    assert.equal(pic.hasInterrupt(), true);
  });

  it("clears in service at INTA in automatic EOI mode", () => {
    const { bus, pic } = startPair(0x03);
    pic.line(1).set(true);
    pic.acknowledge();
    bus.out(0x20, 0x0b);
    assert.equal(bus.in(0x20), 0);
  });

  it("rotates priorities on non-specific EOI with rotation", () => {
    const { bus, pic } = startPair();
    pic.line(3).set(true);
    pic.acknowledge();
    bus.out(0x20, 0xa0);
    pic.line(1).set(true);
    pic.line(4).set(true);
    assert.equal(pic.acknowledge(), 0x0c);
  });

  it("takes the set-priority command's level as the lowest priority", () => {
    const { bus, pic } = startPair();
    bus.out(0x20, 0xc4);
    pic.line(1).set(true);
    pic.line(5).set(true);
    assert.equal(pic.acknowledge(), 0x0d);
  });

  it("ends the level named by a specific EOI", () => {
    const { bus, pic } = startPair();
    pic.line(4).set(true);
    pic.acknowledge();
    pic.line(1).set(true);
    pic.acknowledge();
    bus.out(0x20, 0x64);
    bus.out(0x20, 0x0b);
    assert.equal(bus.in(0x20), 0x02);
  });

  it("lets masked in-service inputs not block others in the special mask mode", () => {
    const { bus, pic } = startPair();
    pic.line(1).set(true);
    pic.acknowledge();
    pic.line(6).set(true);
    assert.equal(pic.hasInterrupt(), false);
    bus.out(0x21, 0x02);
    bus.out(0x20, 0x68);
    assert.equal(pic.acknowledge(), 0x0e);
  });

  it("lets the slave interrupt itself with a higher priority in the special fully nested mode", () => {
    const { pic } = startPair(0x11);
    pic.line(12).set(true);
    assert.equal(pic.acknowledge(), 0x74);
    pic.line(3).set(true);
    assert.equal(pic.hasInterrupt(), false);
    pic.line(9).set(true);
    assert.equal(pic.acknowledge(), 0x71);
  });

  it("answers a poll with the request and takes it into service", () => {
    const { bus, pic } = startPair();
    bus.out(0x20, 0x0c);
    assert.equal(bus.in(0x20), 0x00);
    pic.line(6).set(true);
    bus.out(0x20, 0x0c);
    assert.equal(bus.in(0x20), 0x86);
    assert.equal(pic.hasInterrupt(), false);
    bus.out(0x20, 0x0b);
    assert.equal(bus.in(0x20), 0x40);
  });

  it("forgets edges, masks and services on ICW1", () => {
    const { bus, pic } = startPair();
    pic.line(1).set(true);
    pic.acknowledge();
    pic.line(0).set(true);
    bus.out(0x21, 0xff);
    initialize(bus, 0x01);
    assert.equal(pic.hasInterrupt(), false);
    assert.equal(bus.in(0x21), 0);
    bus.out(0x20, 0x0b);
    assert.equal(bus.in(0x20), 0);
  });

  it("goes on from a saved state", () => {
    const { pic } = startPair();
    pic.line(12).set(true);
    const state = pic.saveState();
    const other = new PicPair({ bus: new FakeBus(), output: () => {} });
    other.restoreState(state);
    assert.equal(other.hasInterrupt(), true);
    assert.equal(other.acknowledge(), 0x74);
  });

  it("refuses a damaged state and names the place", () => {
    const { pic } = startPair();
    assert.throws(() => pic.restoreState({ master: { irr: "x" }, slave: null }), /pic\.master/);
  });
});
