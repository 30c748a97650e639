import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { enable, enableX2Apic, read, startApics, write } from "./apic-fakes.js";

const tpr = 0x80;
const ppr = 0xa0;
const eoi = 0xb0;
const svr = 0xf0;
const esr = 0x280;
const lvtLint0 = 0x350;
const lvtLint1 = 0x360;
const lvtError = 0x370;

/** A fixed interrupt to the first processor. */
function fixed(vector: number, isLevel = false) {
  return { destination: 0, isX2Apic: false, isLogical: false, deliveryMode: 0, vector, isLevel };
}

describe("LocalApic registers", () => {
  it("start as the SDM says for power-up", () => {
    const { apic } = startApics(1);
    assert.deepEqual(apic.readMsr(0x1b), { lo: 0xfee00900, hi: 0 });
    assert.equal(apic.baseAddress, 0xfee00000);
    assert.equal(apic.mode, "xapic");
    assert.equal(read(apic, 0x30), 0x01050014);
    assert.equal(read(apic, svr), 0xff);
    assert.equal(read(apic, 0xe0), 0xffffffff);
    for (let lvt = 0x320; lvt <= 0x370; lvt += 0x10) assert.equal(read(apic, lvt), 0x10000);
    for (const zero of [tpr, ppr, 0xd0, 0x100, 0x170, 0x200, esr, 0x300, 0x380, 0x390])
      assert.equal(read(apic, zero), 0);
  });

  it("mark only the bootstrap processor in IA32_APIC_BASE and give each its ID in bits 31:24", () => {
    const { apics } = startApics(3);
    assert.equal(apics[2]!.readMsr(0x1b)!.lo, 0xfee00800);
    assert.equal(read(apics[2]!, 0x20), 0x02000000);
  });

  it("give parts of a register to small reads, 0 between registers, and drop odd writes", () => {
    const { apic } = startApics(1);
    assert.equal(apic.readMmio(0x32, 1), 0x05);
    assert.equal(apic.readMmio(0x30, 2), 0x0014);
    assert.equal(apic.readMmio(0x34, 4), 0);
    apic.writeMmio(tpr, 1, 0x20);
    apic.writeMmio(tpr + 4, 4, 0x20);
    assert.equal(read(apic, tpr), 0);
  });

  it("keep LVT entries masked while disabled by software", () => {
    const { apic } = startApics(1);
    write(apic, lvtLint0, 0x700);
    assert.equal(read(apic, lvtLint0), 0x10700);
    enable(apic);
    write(apic, lvtLint0, 0x700);
    assert.equal(read(apic, lvtLint0), 0x700);
    write(apic, svr, 0xff);
    assert.equal(read(apic, lvtLint0), 0x10700);
  });

  it("log accesses to reserved offsets in the ESR, readable after it is written", () => {
    const { apic } = startApics(1);
    enable(apic);
    write(apic, lvtError, 0xfe);
    read(apic, 0x3d0);
    assert.equal(read(apic, esr), 0);
    write(apic, esr, 0);
    assert.equal(read(apic, esr), 0x80);
    assert.equal(apic.acknowledge(), 0xfe);
    write(apic, esr, 0);
    assert.equal(read(apic, esr), 0);
  });
});

describe("LocalApic interrupt delivery", () => {
  it("delivers by priority, and holds back what is not above the class in service", () => {
    const { apic, bus } = startApics(1);
    enable(apic);
    bus.deliver(fixed(0x41));
    bus.deliver(fixed(0x61));
    assert.equal(apic.acknowledge(), 0x61);
    assert.equal(read(apic, ppr), 0x60);
    bus.deliver(fixed(0x6f));
    assert.equal(apic.hasInterrupt(), false);
    bus.deliver(fixed(0x70));
    assert.equal(apic.acknowledge(), 0x70);
    write(apic, eoi, 0);
    write(apic, eoi, 0);
    assert.equal(apic.acknowledge(), 0x6f);
    write(apic, eoi, 0);
    assert.equal(apic.acknowledge(), 0x41);
  });

  it("shows IRR and ISR in their registers", () => {
    const { apic, bus } = startApics(1);
    enable(apic);
    bus.deliver(fixed(0xef));
    assert.equal(read(apic, 0x270), 0x8000);
    apic.acknowledge();
    assert.equal(read(apic, 0x270), 0);
    assert.equal(read(apic, 0x170), 0x8000);
  });

  it("holds back by the task priority, through TPR and CR8 alike", () => {
    const { apic, bus } = startApics(1);
    enable(apic);
    bus.deliver(fixed(0x51));
    apic.taskPriority = 5;
    assert.equal(read(apic, tpr), 0x50);
    assert.equal(apic.hasInterrupt(), false);
    write(apic, tpr, 0x4f);
    assert.equal(apic.taskPriority, 4);
    assert.equal(apic.hasInterrupt(), true);
  });

  it("gives the spurious vector when the interrupt went below the TPR before INTA", () => {
    const { apic, bus } = startApics(1);
    write(apic, svr, 0x1ef);
    bus.deliver(fixed(0x51));
    apic.taskPriority = 15;
    assert.equal(apic.acknowledge(), 0xef);
    assert.equal(read(apic, 0x170), 0);
    apic.taskPriority = 0;
    assert.equal(apic.acknowledge(), 0x51);
  });

  it("takes no fixed interrupt while disabled by software, but NMI, INIT and SIPI", () => {
    const { apic, bus, processor } = startApics(1);
    assert.equal(bus.deliver(fixed(0x51)), false);
    assert.equal(read(apic, 0x220), 0);
    for (const deliveryMode of [4, 5, 6]) bus.deliver({ ...fixed(0x9f), deliveryMode });
    assert.deepEqual([processor.nmis, processor.inits, processor.startups], [1, 1, [0x9f]]);
  });

  it("refuses vectors below 16 and logs them", () => {
    const { apic, bus } = startApics(1);
    enable(apic);
    assert.equal(bus.deliver(fixed(0x0f)), false);
    write(apic, esr, 0);
    assert.equal(read(apic, esr), 0x40);
  });

  it("broadcasts the EOI of level-triggered interrupts only, and not when suppressed", () => {
    const { apic, bus } = startApics(1);
    const ended: number[] = [];
    bus.attachIoApic({ endOfInterrupt: (vector) => ended.push(vector) });
    enable(apic);
    for (const [isLevel, vector] of [
      [false, 0x41],
      [true, 0x42],
    ] as const) {
      bus.deliver(fixed(vector, isLevel));
      apic.acknowledge();
      write(apic, eoi, 0);
    }
    assert.deepEqual(ended, [0x42]);
    write(apic, svr, 0x11ff);
    bus.deliver(fixed(0x43, true));
    apic.acknowledge();
    write(apic, eoi, 0);
    assert.deepEqual(ended, [0x42]);
  });
});

describe("LocalApic pins", () => {
  it("passes ExtINT from LINT0 through to the 8259's vector", () => {
    const { apic } = startApics(1);
    apic.enableVirtualWireMode();
    apic.lint0.set(true);
    assert.equal(apic.hasInterrupt(), true);
    assert.equal(apic.acknowledge(), 0x30);
    assert.equal(read(apic, 0x110), 0);
    apic.lint0.set(false);
    assert.equal(apic.hasInterrupt(), false);
  });

  it("holds ExtINT back while LINT0 is masked", () => {
    const { apic } = startApics(1);
    apic.lint0.set(true);
    assert.equal(apic.hasInterrupt(), false);
    apic.enableVirtualWireMode();
    assert.equal(apic.hasInterrupt(), true);
  });

  it("makes LINT0 and LINT1 the INTR and NMI pins when IA32_APIC_BASE disables the APIC", () => {
    const { apic, processor } = startApics(1);
    assert.equal(apic.writeMsr(0x1b, 0xfee00100, 0), true);
    assert.equal(apic.isEnabled, false);
    apic.lint0.set(true);
    assert.equal(apic.hasInterrupt(), true);
    assert.equal(apic.acknowledge(), 0x30);
    apic.lint1.set(true);
    assert.equal(processor.nmis, 1);
  });

  it("makes an edge on LINT1 what its LVT entry says", () => {
    const { apic, processor } = startApics(1);
    enable(apic);
    write(apic, lvtLint1, 0x400);
    apic.lint1.set(true);
    assert.equal(processor.nmis, 1);
    apic.lint1.set(false);
    write(apic, lvtLint1, 0x55);
    apic.lint1.set(true);
    assert.equal(apic.acknowledge(), 0x55);
  });

  it("sends a level on LINT0 again after its EOI while it lasts", () => {
    const { apic } = startApics(1);
    enable(apic);
    write(apic, lvtLint0, 0x8055);
    apic.lint0.set(true);
    assert.equal(read(apic, lvtLint0), 0xc055);
    assert.equal(apic.acknowledge(), 0x55);
    write(apic, eoi, 0);
    assert.equal(apic.acknowledge(), 0x55);
    apic.lint0.set(false);
    write(apic, eoi, 0);
    assert.equal(apic.hasInterrupt(), false);
    assert.equal(read(apic, lvtLint0), 0x8055);
  });
});

describe("LocalApic modes", () => {
  const base = 0xfee00100;
  const legal: [number, number, boolean][] = [
    [0x000, 0x000, true],
    [0x000, 0x800, true],
    [0x000, 0xc00, false],
    [0x000, 0x400, false],
    [0x800, 0x000, true],
    [0x800, 0xc00, true],
    [0x800, 0x400, false],
    [0xc00, 0xc00, true],
    [0xc00, 0x000, true],
    [0xc00, 0x800, false],
    [0xc00, 0x400, false],
  ];
  for (const [from, to, isLegal] of legal) {
    const name = (bits: number): string => `EN=${(bits >> 11) & 1} EXTD=${(bits >> 10) & 1}`;
    it(`${isLegal ? "allow" : "refuse"} IA32_APIC_BASE to go from ${name(from)} to ${name(to)}`, () => {
      const { apic } = startApics(1);
      assert.equal(apic.writeMsr(0x1b, (base | from) >>> 0, 0), true);
      assert.equal(apic.writeMsr(0x1b, (base | to) >>> 0, 0), isLegal);
      assert.equal(apic.readMsr(0x1b)!.lo, (base | (isLegal ? to : from)) >>> 0);
    });
  }

  it("refuse reserved bits of IA32_APIC_BASE and addresses beyond the physical ones", () => {
    const { apic } = startApics(1);
    assert.equal(apic.writeMsr(0x1b, 0xfee00900 | 1, 0), false);
    assert.equal(apic.writeMsr(0x1b, 0xfee00b00, 0), false);
    assert.equal(apic.writeMsr(0x1b, 0xfee00900, 0x100), false);
    assert.equal(apic.writeMsr(0x1b, 0x00000900, 0xff), true);
    assert.equal(apic.baseAddress, 0xff00000000);
  });

  it("lose what the APIC held when it is disabled", () => {
    const { apic } = startApics(1);
    enable(apic);
    apic.writeMsr(0x1b, 0xfee00100, 0);
    apic.writeMsr(0x1b, 0xfee00900, 0);
    assert.equal(read(apic, svr), 0xff);
  });

  it("keep IA32_APIC_BASE over INIT and set it anew on RESET", () => {
    const { apic } = startApics(1);
    enableX2Apic(apic);
    apic.writeMsr(0x80f, 0x1ff, 0);
    apic.resetByInit();
    assert.equal(apic.mode, "x2apic");
    assert.equal(apic.readMsr(0x80f)!.lo, 0xff);
    apic.reset();
    assert.equal(apic.mode, "xapic");
  });
});

describe("LocalApic in x2APIC mode", () => {
  it("takes the page away and gives the MSRs instead", () => {
    const { apic } = startApics(1);
    assert.equal(apic.readMsr(0x802), undefined);
    assert.equal(apic.writeMsr(0x808, 0x10, 0), false);
    enableX2Apic(apic);
    assert.equal(read(apic, 0x30), 0xffffffff);
    assert.deepEqual(apic.readMsr(0x803), { lo: 0x01050014, hi: 0 });
  });

  it("derives the 32-bit logical ID from the ID", () => {
    const { apics } = startApics(19);
    const apic = apics[18]!;
    enableX2Apic(apic);
    assert.equal(apic.readMsr(0x802)!.lo, 18);
    assert.equal(apic.readMsr(0x80d)!.lo, 0x00010004);
  });

  it("faults on reads of write-only, removed and reserved registers", () => {
    const { apic } = startApics(1);
    enableX2Apic(apic);
    for (const msr of [0x800, 0x809, 0x80b, 0x80c, 0x80e, 0x831, 0x83a, 0x83f, 0x8ff]) {
      assert.equal(apic.readMsr(msr), undefined, msr.toString(16));
    }
  });

  it("faults on writes to read-only registers and of reserved bits", () => {
    const { apic } = startApics(1);
    enableX2Apic(apic);
    for (const msr of [0x802, 0x803, 0x80a, 0x80d, 0x810, 0x818, 0x820, 0x839, 0x831]) {
      assert.equal(apic.writeMsr(msr, 0, 0), false, msr.toString(16));
    }
    for (const [msr, lo, hi] of [
      [0x808, 0x100, 0],
      [0x808, 0, 1],
      [0x80b, 1, 0],
      [0x80f, 0x400, 0],
      [0x828, 1, 0],
      [0x832, 0x80000, 0],
      [0x837, 0x100, 0],
      [0x83e, 0x10, 0],
      [0x83f, 0x100, 0],
      [0x830, 0x2000, 0],
    ] as const) {
      assert.equal(apic.writeMsr(msr, lo, hi), false, `${msr.toString(16)} ${lo.toString(16)}`);
    }
  });

  it("sends a self IPI through MSR 83FH", () => {
    const { apic } = startApics(1);
    enableX2Apic(apic);
    apic.writeMsr(0x80f, 0x1ff, 0);
    assert.equal(apic.writeMsr(0x83f, 0xf2, 0), true);
    assert.equal(apic.acknowledge(), 0xf2);
    assert.equal(apic.writeMsr(0x80b, 0, 0), true);
  });

  it("keeps both halves of the ICR in one MSR", () => {
    const { apic } = startApics(1);
    enableX2Apic(apic);
    assert.equal(apic.writeMsr(0x830, 0x000000f1, 7), true);
    assert.deepEqual(apic.readMsr(0x830), { lo: 0xf1, hi: 7 });
  });
});

describe("LocalApic state", () => {
  it("is the same after save and restore", () => {
    const { apic, bus, clock } = startApics(1);
    enable(apic);
    write(apic, 0x320, 0x200ef);
    write(apic, 0x3e0, 0xb);
    write(apic, 0x380, 1000);
    bus.deliver(fixed(0x41, true));
    bus.deliver(fixed(0x61));
    apic.acknowledge();
    const other = startApics(1);
    other.clock.advance(clock.nowNs());
    write(other.apic, 0x380, 0);
    other.apic.restoreState(apic.saveState());
    assert.deepEqual(other.apic.saveState(), apic.saveState());
    other.clock.advance(40_000);
    assert.equal(other.apic.acknowledge(), 0xef);
  });
});
