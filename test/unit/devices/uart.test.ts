import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Uart } from "../../../src/devices/uart/uart.js";
import { FakeBus, FakeClock, FakeLine, FakeSink } from "./fakes.js";

const base = 0x3f8;
const [data, ier, iir, lcr, mcr, lsr, msr, scratch] = [0, 1, 2, 3, 4, 5, 6, 7].map((i) => base + i) as [
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
];

function startUart() {
  const bus = new FakeBus();
  const clock = new FakeClock();
  const line = new FakeLine();
  const sink = new FakeSink();
  const uart = new Uart({ bus, clock, line, sink });
  bus.out(mcr, 0x0b);
  return { bus, clock, line, sink, uart };
}

const bytes = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

describe("Uart", () => {
  it("sends what is written to THR, and is empty again at once", () => {
    const { bus, sink } = startUart();
    for (const byte of bytes("Hi\n")) bus.out(data, byte);
    assert.equal(sink.text, "Hi\n");
    assert.equal(bus.in(lsr), 0x60);
  });

  it("keeps the divisor behind DLAB and the scratch register apart", () => {
    const { bus, sink } = startUart();
    bus.out(lcr, 0x83);
    bus.out(data, 0x0c);
    bus.out(ier, 0x01);
    bus.out(scratch, 0xa5);
    assert.deepEqual([bus.in(data), bus.in(ier)], [0x0c, 0x01]);
    bus.out(lcr, 0x03);
    assert.equal(bus.in(ier), 0);
    assert.equal(bus.in(scratch), 0xa5);
    assert.equal(sink.text, "");
  });

  it("reads IER's upper four and MCR's upper three bits as 0", () => {
    const { bus } = startUart();
    bus.out(ier, 0xff);
    bus.out(mcr, 0xff);
    assert.deepEqual([bus.in(ier), bus.in(mcr)], [0x0f, 0x1f]);
  });

  it("says by IIR that it has FIFOs, when they are enabled", () => {
    const { bus } = startUart();
    assert.equal(bus.in(iir), 0x01);
    bus.out(iir, 0x01);
    assert.equal(bus.in(iir), 0xc1);
    bus.out(iir, 0x00);
    assert.equal(bus.in(iir), 0x01);
  });

  it("interrupts when THRE is enabled with THR empty, each time anew (Linux's THRE test)", () => {
    const { bus, line } = startUart();
    for (let i = 0; i < 2; i++) {
      bus.out(ier, 0x02);
      assert.equal(line.level, true);
      assert.equal(bus.in(iir), 0x02);
      assert.equal(line.level, false);
      assert.equal(bus.in(iir), 0x01);
      bus.out(ier, 0x00);
    }
  });

  it("gives a new edge for every write to THR after IIR was read", () => {
    const { bus, line } = startUart();
    bus.out(ier, 0x02);
    bus.in(iir);
    const before = line.risingEdges;
    bus.out(data, 0x41);
    assert.equal(line.risingEdges, before + 1);
    bus.out(data, 0x42);
    assert.equal(line.risingEdges, before + 2);
  });

  it("does not reset THRE by an IIR read that shows another source", () => {
    const { bus, uart } = startUart();
    bus.out(ier, 0x03);
    uart.receive(bytes("x"));
    assert.equal(bus.in(iir), 0x04);
    bus.in(data);
    assert.equal(bus.in(iir), 0x02);
  });

  it("gives received bytes in order and loses none however many come", () => {
    const { bus, uart, line } = startUart();
    bus.out(iir, 0xc7);
    bus.out(ier, 0x01);
    const text = "0123456789".repeat(1000);
    uart.receive(bytes(text));
    assert.equal(line.level, true);
    let received = "";
    while (bus.in(lsr) & 1) received += String.fromCharCode(bus.in(data));
    assert.equal(received, text);
    assert.equal(line.level, false);
  });

  it("interrupts at the trigger level, and below it after four character times", () => {
    const { bus, uart, clock, line } = startUart();
    bus.out(iir, 0x81);
    bus.out(ier, 0x01);
    uart.receive(bytes("1234567"));
    assert.equal(line.level, false);
    clock.advance(340_000);
    assert.equal(line.level, false);
    clock.advance(10_000);
    assert.equal(bus.in(iir), 0xcc);
    bus.in(data);
    assert.equal(bus.in(iir), 0xc1);
    uart.receive(bytes("89"));
    assert.equal(bus.in(iir), 0xc4);
  });

  it("lets nothing out to the wire without OUT2", () => {
    const { bus, uart, line } = startUart();
    bus.out(mcr, 0x03);
    bus.out(ier, 0x01);
    uart.receive(bytes("x"));
    assert.equal(line.level, false);
    bus.out(mcr, 0x0b);
    assert.equal(line.level, true);
  });

  it("loops back data and modem control lines, and cuts off the world", () => {
    const { bus, uart, sink } = startUart();
    bus.out(mcr, 0x10);
    uart.receive(bytes("later"));
    bus.out(data, 0x5a);
    assert.equal(sink.text, "");
    assert.equal(bus.in(data), 0x5a);
    assert.equal(bus.in(lsr) & 1, 0);
    bus.in(msr);
    for (const [control, status] of [
      [0x11, 0x20],
      [0x12, 0x10],
      [0x14, 0x40],
      [0x18, 0x80],
    ] as const) {
      bus.out(mcr, control);
      assert.equal(bus.in(msr) & 0xf0, status);
    }
    bus.out(mcr, 0x0b);
    assert.equal(bus.in(data), "l".charCodeAt(0));
  });

  it("shows an overrun in loopback when the FIFO is full, and clears it by reading LSR", () => {
    const { bus } = startUart();
    bus.out(iir, 0x01);
    bus.out(mcr, 0x10);
    for (let i = 0; i < 17; i++) bus.out(data, i);
    assert.equal(bus.in(lsr) & 0x02, 0x02);
    assert.equal(bus.in(lsr) & 0x02, 0);
    for (let i = 0; i < 16; i++) assert.equal(bus.in(data), i);
  });

  it("reports modem changes as deltas, RI by its trailing edge only", () => {
    const { bus } = startUart();
    bus.out(mcr, 0x10);
    bus.in(msr);
    bus.out(mcr, 0x14);
    assert.equal(bus.in(msr), 0x40);
    bus.out(mcr, 0x10);
    assert.equal(bus.in(msr), 0x04);
    bus.out(mcr, 0x11);
    assert.equal(bus.in(msr), 0x22);
    assert.equal(bus.in(msr), 0x20);
  });

  it("brings a break in the order of the data, as a line status interrupt of highest priority", () => {
    const { bus, uart } = startUart();
    bus.out(iir, 0x01);
    bus.out(ier, 0x07);
    uart.receive(bytes("a"));
    uart.receiveBreak();
    uart.receive(bytes("h"));
    assert.equal(bus.in(lsr) & 0x90, 0x80);
    bus.in(data);
    assert.equal(bus.in(iir), 0xc6);
    assert.equal(bus.in(lsr) & 0x11, 0x11);
    assert.equal(bus.in(lsr) & 0x10, 0);
    assert.equal(bus.in(data), 0);
    assert.equal(bus.in(data), "h".charCodeAt(0));
  });

  it("goes on from a saved state with what waits on its line", () => {
    const { bus, uart, clock } = startUart();
    bus.out(iir, 0x01);
    uart.receive(bytes("abcdefghijklmnopqrstuvwxyz"));
    bus.in(data);
    const otherBus = new FakeBus();
    const other = new Uart({ bus: otherBus, clock, line: new FakeLine(), sink: new FakeSink() });
    other.restoreState(uart.saveState());
    let received = "";
    while (otherBus.in(lsr) & 1) received += String.fromCharCode(otherBus.in(data));
    assert.equal(received, "bcdefghijklmnopqrstuvwxyz");
  });
});
