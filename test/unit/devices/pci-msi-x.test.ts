import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MSI_X_PENDING_OFFSET, MsiX } from "../../../src/devices/pci/msi-x.js";
import { FakeMessagePort } from "./fakes.js";

function createMsiX() {
  const port = new FakeMessagePort();
  const msiX = new MsiX(3, port);
  return { port, msiX };
}

function program(msiX: MsiX, vector: number, data: number, control = 0): void {
  msiX.writeMmio(vector * 16, 4, 0xfee01000);
  msiX.writeMmio(vector * 16 + 8, 4, data);
  msiX.writeMmio(vector * 16 + 12, 4, control);
}

describe("MSI-X", () => {
  it("sends a vector's message when enabled and unmasked", () => {
    const { port, msiX } = createMsiX();
    msiX.setSending(true);
    program(msiX, 1, 0x41);
    msiX.trigger(1);
    assert.deepEqual(port.messages, [{ address: 0xfee01000, data: 0x41 }]);
  });

  it("masks every vector after reset", () => {
    const { msiX } = createMsiX();
    for (let vector = 0; vector < 3; vector++) assert.equal(msiX.readMmio(vector * 16 + 12, 4), 1);
  });

  it("remembers a masked vector as pending, once, and sends it when unmasked", () => {
    const { port, msiX } = createMsiX();
    msiX.setSending(true);
    program(msiX, 2, 0x42, 1);
    msiX.trigger(2);
    msiX.trigger(2);
    assert.equal(msiX.readMmio(MSI_X_PENDING_OFFSET, 4), 0b100);
    assert.equal(port.messages.length, 0);
    msiX.writeMmio(2 * 16 + 12, 4, 0);
    assert.equal(port.messages.length, 1);
    assert.equal(msiX.readMmio(MSI_X_PENDING_OFFSET, 4), 0);
  });

  it("holds everything back while the function may not send", () => {
    const { port, msiX } = createMsiX();
    program(msiX, 0, 0x40);
    msiX.trigger(0);
    assert.equal(port.messages.length, 0);
    msiX.setSending(true);
    assert.equal(port.messages.length, 1);
  });

  it("ignores vectors it does not have, and writes to the pending bits", () => {
    const { port, msiX } = createMsiX();
    msiX.setSending(true);
    msiX.trigger(3);
    msiX.trigger(0xffff);
    msiX.writeMmio(MSI_X_PENDING_OFFSET, 4, 0xff);
    assert.equal(msiX.readMmio(MSI_X_PENDING_OFFSET, 4), 0);
    assert.equal(port.messages.length, 0);
  });

  it("keeps table and pending bits in a saved state", () => {
    const first = createMsiX();
    program(first.msiX, 1, 0x55, 1);
    first.msiX.trigger(1);
    const second = createMsiX();
    second.msiX.restoreState(first.msiX.saveState());
    second.msiX.setSending(true);
    second.msiX.writeMmio(1 * 16 + 12, 4, 0);
    assert.deepEqual(second.port.messages, [{ address: 0xfee01000, data: 0x55 }]);
  });
});
