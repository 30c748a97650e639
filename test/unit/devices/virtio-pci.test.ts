import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { VirtioConsole } from "../../../src/devices/virtio/console/virtio-console.js";
import { FakeLine, FakeMemory, FakeSink } from "./fakes.js";
import * as virtio from "./virtio-driver.js";

const DATA = 0x40000;

function createDriver() {
  const memory = new FakeMemory(0x100000);
  const device = new VirtioConsole({ name: "console", memory, sink: new FakeSink(), columns: 132, rows: 50 });
  const driver = new virtio.VirtioTestDriver(memory, device);
  const pin = new FakeLine();
  driver.pciFunction.connectInterruptPin((level) => pin.set(level));
  return { driver, device, pin };
}

/** Capabilities as [id, configuration type or -1, offset in configuration space]. */
function capabilities(driver: virtio.VirtioTestDriver): number[][] {
  const found: number[][] = [];
  for (
    let at = driver.pciFunction.readConfig(0x34, 1);
    at !== 0;
    at = driver.pciFunction.readConfig(at + 1, 1)
  ) {
    const id = driver.pciFunction.readConfig(at, 1);
    found.push([id, id === 9 ? driver.pciFunction.readConfig(at + 3, 1) : -1, at]);
  }
  return found;
}

describe("A virtio device on PCI", () => {
  it("has the modern device id, revision and subsystem id", () => {
    const { driver } = createDriver();
    assert.equal(driver.pciFunction.readConfig(0, 4), 0x10431af4);
    assert.equal(driver.pciFunction.readConfig(8, 1), 1);
    assert.ok(driver.pciFunction.readConfig(0x2e, 2) >= 0x40);
  });

  it("lists all structures and MSI-X among its capabilities", () => {
    const { driver } = createDriver();
    const types = capabilities(driver).map(([id, type]) => `${id}:${type}`);
    assert.deepEqual(types, ["9:1", "9:3", "9:4", "9:2", "9:5", "17:-1"]);
  });

  it("says where its structures are", () => {
    const { driver } = createDriver();
    const notify = capabilities(driver).find(([, type]) => type === 2)?.[2] ?? 0;
    assert.equal(driver.pciFunction.readConfig(notify + 2, 1), 20);
    assert.equal(driver.pciFunction.readConfig(notify + 4, 1), 4);
    assert.equal(driver.pciFunction.readConfig(notify + 8, 4), 0x3000);
    assert.equal(driver.pciFunction.readConfig(notify + 16, 4), 4);
  });

  it("offers VERSION_1 and the ring features, and nothing beyond 64 bits", () => {
    const { driver } = createDriver();
    const offered = driver.offeredFeatures();
    assert.equal(offered, virtio.VERSION_1 | virtio.INDIRECT_DESC | virtio.EVENT_IDX | 0b101n);
    driver.setCommon(0x00, 2);
    assert.equal(driver.common(0x04), 0);
  });

  it("refuses FEATURES_OK without VERSION_1", () => {
    const { driver } = createDriver();
    driver.status = 3;
    driver.acceptFeatures(1n);
    driver.status = 11;
    assert.equal(driver.status, 3);
  });

  it("refuses FEATURES_OK for a feature it does not offer", () => {
    const { driver } = createDriver();
    driver.status = 3;
    driver.acceptFeatures(virtio.VERSION_1 | (1n << 34n));
    driver.status = 11;
    assert.equal(driver.status, 3);
  });

  it("ignores changes of features after FEATURES_OK", () => {
    const { driver, device } = createDriver();
    driver.start();
    driver.acceptFeatures(1n);
    assert.equal(device.driverFeatures, virtio.VERSION_1);
  });

  it("needs a reset when started without FEATURES_OK", () => {
    const { driver, device } = createDriver();
    driver.status = 3;
    driver.status = 7;
    assert.equal(driver.status & 64, 64);
    assert.match(device.faults.lastMessage ?? "", /DRIVER_OK without FEATURES_OK/);
  });

  it("does not let the driver clear status bits or set DEVICE_NEEDS_RESET", () => {
    const { driver } = createDriver();
    driver.start();
    driver.status = 64 | 1;
    assert.equal(driver.status, 15);
  });

  it("shows a queue size of 0 for queues that do not exist", () => {
    const { driver } = createDriver();
    assert.equal(driver.common(0x12, 2), 2);
    driver.setCommon(0x16, 1, 2);
    assert.equal(driver.common(0x18, 2), 64);
    assert.equal(driver.common(0x1e, 2), 1);
    driver.setCommon(0x16, 2, 2);
    assert.equal(driver.common(0x18, 2), 0);
    driver.setCommon(0x1c, 1, 2);
    assert.equal(driver.common(0x1c, 2), 0);
  });

  it("reads 64-bit queue addresses back in halves", () => {
    const { driver } = createDriver();
    driver.setCommon(0x20, 0x89abc000);
    driver.setCommon(0x24, 0x00012345);
    assert.equal(driver.common(0x20), 0x89abc000);
    assert.equal(driver.common(0x24), 0x00012345);
  });

  it("does not move an enabled queue", () => {
    const { driver } = createDriver();
    driver.start();
    driver.setCommon(0x16, 0, 2);
    driver.setCommon(0x20, 0x70000);
    driver.setCommon(0x18, 2, 2);
    assert.equal(driver.common(0x20), virtio.queueLayout(0).descriptors);
    assert.equal(driver.common(0x18, 2), 8);
  });

  it("answers NO_VECTOR for a vector it does not have", () => {
    const { driver } = createDriver();
    driver.setCommon(0x10, 2, 2);
    assert.equal(driver.common(0x10, 2), 2);
    driver.setCommon(0x10, 3, 2);
    assert.equal(driver.common(0x10, 2), 0xffff);
  });

  it("asserts its pin with the ISR until that is read", () => {
    const { driver, pin } = createDriver();
    driver.start();
    driver.submit(1, [{ address: DATA, length: 1 }]);
    assert.equal(pin.level, true);
    assert.equal(driver.readIsr(), 1);
    assert.equal(pin.level, false);
    assert.equal(driver.readIsr(), 0);
  });

  it("sends the queue's message instead, with MSI-X enabled", () => {
    const { driver, pin } = createDriver();
    driver.start();
    driver.useMsiX();
    driver.submit(1, [{ address: DATA, length: 1 }]);
    assert.equal(pin.level, false);
    assert.deepEqual(driver.messages.messages, [{ address: 0xfee00000, data: 0x42 }]);
  });

  it("holds messages back while it is no bus master", () => {
    const { driver } = createDriver();
    driver.start();
    driver.useMsiX();
    driver.pciFunction.writeConfig(4, 2, 2);
    driver.submit(1, [{ address: DATA, length: 1 }]);
    assert.equal(driver.messages.messages.length, 0);
    driver.pciFunction.writeConfig(4, 2, 6);
    assert.equal(driver.messages.messages.length, 1);
  });

  it("takes back its interrupt and its set-up when reset by the driver", () => {
    const { driver, pin } = createDriver();
    driver.start();
    driver.submit(1, [{ address: DATA, length: 1 }]);
    driver.status = 0;
    assert.equal(driver.status, 0);
    assert.equal(pin.level, false);
    assert.equal(driver.common(0x1c, 2), 0);
    assert.equal(driver.common(0x10, 2), 0xffff);
  });

  it("can be reached through configuration space alone", () => {
    const { driver } = createDriver();
    const window = capabilities(driver).find(([, type]) => type === 5)?.[2] ?? 0;
    const { pciFunction } = driver;
    pciFunction.writeConfig(window + 4, 1, 4);
    pciFunction.writeConfig(window + 8, 4, 0x14);
    pciFunction.writeConfig(window + 12, 4, 1);
    pciFunction.writeConfig(window + 16, 1, 3);
    assert.equal(driver.status, 3);
    assert.equal(pciFunction.readConfig(window + 16, 1), 3);
    pciFunction.writeConfig(window + 8, 4, 0x3fff);
    pciFunction.writeConfig(window + 12, 4, 4);
    assert.doesNotThrow(() => pciFunction.readConfig(window + 16, 4));
  });

  it("tells of configuration changes with a new generation", () => {
    const { driver, device } = createDriver();
    driver.start();
    assert.equal(driver.deviceConfig(0, 4), 132 | (50 << 16));
    const generation = driver.common(0x15, 1);
    device.resize(80, 24);
    assert.equal(driver.readIsr(), 2);
    assert.notEqual(driver.common(0x15, 1), generation);
    assert.equal(driver.deviceConfig(0, 2), 80);
  });

  it("is restored with features, vectors, ISR and pin", () => {
    const first = createDriver();
    first.driver.start();
    first.driver.submit(1, [{ address: DATA, length: 1 }]);
    const second = createDriver();
    second.driver.pciFunction.restoreState(first.driver.pciFunction.saveState());
    assert.equal(second.pin.level, true);
    assert.equal(second.driver.readIsr(), 1);
    assert.equal(second.driver.status, 15);
    assert.equal(second.device.driverFeatures, virtio.VERSION_1);
  });
});
