import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ConfigSpace } from "../../../src/devices/pci/config-space.js";
import { Msi } from "../../../src/devices/pci/msi.js";
import { FakeMessagePort } from "./fakes.js";

const AT = 0x50;

function createMsi() {
  const config = new ConfigSpace();
  const port = new FakeMessagePort();
  const msi = new Msi(config, AT, 2, port);
  config.write(AT + 4, 4, 0xfee00000);
  config.write(AT + 0xc, 2, 0x4048);
  return { config, port, msi };
}

describe("MSI", () => {
  it("says how many vectors it has, and that it can mask and use 64-bit addresses", () => {
    const { config } = createMsi();
    assert.equal(config.read(AT + 2, 2), 0x184);
  });

  it("sends nothing while disabled or without bus mastering", () => {
    const { config, port, msi } = createMsi();
    msi.update(true);
    msi.trigger(0);
    config.write(AT + 2, 2, 1);
    msi.update(false);
    msi.trigger(0);
    assert.deepEqual(port.messages, []);
  });

  it("puts the vector into the low data bits, as far as software enabled vectors", () => {
    const { config, port, msi } = createMsi();
    config.write(AT + 2, 2, 1 | (1 << 4));
    msi.update(true);
    msi.trigger(1);
    msi.trigger(2);
    assert.deepEqual(
      port.messages.map((message) => message.data),
      [0x4049, 0x4048],
    );
  });

  it("keeps masked vectors pending and sends them when unmasked", () => {
    const { config, port, msi } = createMsi();
    config.write(AT + 2, 2, 1 | (2 << 4));
    config.write(AT + 0x10, 4, 0xffffffff);
    assert.equal(config.read(AT + 0x10, 4), 0xf);
    msi.update(true);
    msi.trigger(3);
    assert.equal(config.read(AT + 0x14, 4), 8);
    config.write(AT + 0x10, 4, 0);
    msi.update(true);
    assert.deepEqual(port.messages, [{ address: 0xfee00000, data: 0x404b }]);
    assert.equal(config.read(AT + 0x14, 4), 0);
  });
});
