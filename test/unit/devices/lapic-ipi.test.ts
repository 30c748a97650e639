import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { LocalApic } from "../../../src/devices/lapic/local-apic.js";
import { enable, enableX2Apic, read, startApics, write } from "./apic-fakes.js";

/** Sends by the ICR of xAPIC mode. */
function ipi(apic: LocalApic, destination: number, low: number): void {
  write(apic, 0x310, destination << 24);
  write(apic, 0x300, low);
}

function startEnabled(count: number) {
  const rig = startApics(count);
  for (const apic of rig.apics) enable(apic);
  return rig;
}

/** IDs of the APICs with an interrupt to deliver. */
const interrupted = (apics: LocalApic[]): number[] =>
  apics.filter((apic) => apic.hasInterrupt()).map((apic) => apic.id);

/** A logical ID for each APIC: a bit in the flat model. */
function setLogicalIds(apics: LocalApic[], logicalIds: number[]): void {
  apics.forEach((apic, i) => write(apic, 0xd0, logicalIds[i]! << 24));
}

describe("IPIs in xAPIC mode", () => {
  it("go to the APIC with the physical destination", () => {
    const { apics, apic } = startEnabled(4);
    ipi(apic, 2, 0x40f1);
    assert.deepEqual(interrupted(apics), [2]);
    assert.equal(read(apic, 0x300), 0x40f1);
    assert.equal(read(apic, 0x310), 0x02000000);
  });

  it("go to all for the physical destination FFH", () => {
    const { apics, apic } = startEnabled(3);
    ipi(apic, 0xff, 0x40f1);
    assert.deepEqual(interrupted(apics), [0, 1, 2]);
  });

  for (const [name, shorthand, expected] of [
    ["self", 1, [1]],
    ["all including self", 2, [0, 1, 2]],
    ["all excluding self", 3, [0, 2]],
  ] as const) {
    it(`go to ${name} by shorthand`, () => {
      const { apics } = startEnabled(3);
      ipi(apics[1]!, 0, 0x40f1 | (shorthand << 18));
      assert.deepEqual(interrupted(apics), expected);
    });
  }

  it("go by bits of the logical ID in the flat model", () => {
    const { apics, apic } = startEnabled(4);
    setLogicalIds(apics, [1, 2, 4, 8]);
    ipi(apic, 0x0a, 0x48f1);
    assert.deepEqual(interrupted(apics), [1, 3]);
  });

  it("go by cluster and bits in the cluster model", () => {
    const { apics, apic } = startEnabled(4);
    for (const each of apics) write(each, 0xe0, 0x0fffffff);
    setLogicalIds(apics, [0x11, 0x12, 0x21, 0x22]);
    ipi(apic, 0x23, 0x48f1);
    assert.deepEqual(interrupted(apics), [2, 3]);
  });

  it("go to the one of lowest processor priority in lowest-priority mode", () => {
    const { apics, apic } = startEnabled(3);
    setLogicalIds(apics, [1, 2, 4]);
    apics[0]!.taskPriority = 3;
    apics[1]!.taskPriority = 2;
    apics[2]!.taskPriority = 4;
    ipi(apic, 0x07, 0x49f1);
    assert.deepEqual(interrupted(apics), [1]);
  });

  it("start other processors by INIT, INIT de-assert (ignored) and SIPI, as Linux does", () => {
    const { apic, processors } = startEnabled(2);
    ipi(apic, 1, 0xc500);
    ipi(apic, 1, 0x8500);
    assert.equal(processors[1]!.inits, 1);
    ipi(apic, 1, 0x0699);
    ipi(apic, 1, 0x0699);
    assert.deepEqual(processors[1]!.startups, [0x99, 0x99]);
    assert.equal(processors[0]!.inits, 0);
  });

  it("carry NMIs", () => {
    const { apic, processors } = startEnabled(3);
    ipi(apic, 0, 0xc4400);
    assert.deepEqual(
      processors.map((processor) => processor.nmis),
      [0, 1, 1],
    );
  });

  it("are not sent with a vector below 16, which is logged", () => {
    const { apics, apic } = startEnabled(2);
    ipi(apic, 1, 0x400f);
    assert.deepEqual(interrupted(apics), []);
    write(apic, 0x280, 0);
    assert.equal(read(apic, 0x280), 0x20);
  });
});

describe("IPIs in x2APIC mode", () => {
  function startX2Apics(count: number) {
    const rig = startApics(count);
    for (const apic of rig.apics) {
      enableX2Apic(apic);
      apic.writeMsr(0x80f, 0x1ff, 0);
    }
    return rig;
  }

  it("go to a 32-bit physical destination, FFFFFFFFH being all", () => {
    const { apics, apic } = startX2Apics(3);
    apic.writeMsr(0x830, 0xf1, 2);
    assert.deepEqual(interrupted(apics), [2]);
    apic.writeMsr(0x830, 0xf1, 0xffffffff);
    assert.deepEqual(interrupted(apics), [0, 1, 2]);
  });

  it("do not take FFH for all", () => {
    const { apics, apic } = startX2Apics(3);
    apic.writeMsr(0x830, 0xf1, 0xff);
    assert.deepEqual(interrupted(apics), []);
  });

  it("go by cluster and bits of the logical ID", () => {
    const { apics, apic } = startX2Apics(20);
    apic.writeMsr(0x830, 0x8f1, 0x0001000a);
    assert.deepEqual(interrupted(apics), [17, 19]);
  });
});

describe("ApicBus message-signalled interrupts", () => {
  it("go where address and data say", () => {
    const { apics, bus } = startEnabled(3);
    bus.send(0xfee01000, 0x4041);
    assert.deepEqual(interrupted(apics), [1]);
    assert.equal(apics[1]!.acknowledge(), 0x41);
  });

  it("go to one processor for logical destination with redirection hint", () => {
    const { apics, bus } = startEnabled(3);
    setLogicalIds(apics, [1, 2, 4]);
    apics[0]!.taskPriority = 1;
    bus.send(0xfee0700c, 0x0041);
    assert.deepEqual(interrupted(apics), [1]);
  });

  it("reach APICs in x2APIC mode by their 8-bit IDs", () => {
    const { apics, bus } = startEnabled(2);
    enableX2Apic(apics[1]!);
    bus.send(0xfee01000, 0x4041);
    assert.deepEqual(interrupted(apics), [1]);
  });

  it("carry NMIs and are dropped as deassertions or for other addresses", () => {
    const { apics, bus, processors } = startEnabled(1);
    bus.send(0xfee00000, 0x0400);
    assert.equal(processors[0]!.nmis, 1);
    bus.send(0xfee00000, 0x8041);
    bus.send(0xfed00000, 0x4041);
    bus.send(0x00000000, 0x4041);
    assert.deepEqual(interrupted(apics), []);
  });
});
