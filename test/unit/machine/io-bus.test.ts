import assert from "node:assert/strict";
import { test } from "node:test";
import type { AccessSize, MmioHandler, PortHandler } from "../../../src/devices/contracts.js";
import { MachineBus } from "../../../src/machine/io-bus.js";

const PAGE = 4096;

function busWithLog() {
  const changes: string[] = [];
  const bus = new MachineBus((page, isMmio) => changes.push(`${page}:${isMmio}`));
  return { bus, changes };
}

/** Answers with its offset or port plus `base` and keeps what was written. */
function recorder(base: number) {
  const writes: string[] = [];
  const read = (at: number): number => base + at;
  const write = (at: number, size: AccessSize, value: number): void =>
    void writes.push(`${at}/${size}=${value}`);
  const handler: PortHandler & MmioHandler = {
    readPort: read,
    writePort: write,
    readMmio: read,
    writeMmio: write,
  };
  return { handler, writes };
}

test("a port that nobody claims reads as all ones of the access's size", () => {
  const { bus } = busWithLog();
  assert.deepEqual(
    ([1, 2, 4] as const).map((size) => bus.readPort(0x80, size)),
    [0xff, 0xffff, 0xffffffff],
  );
  bus.writePort(0x80, 1, 5);
});

test("a claimed port is answered under its absolute number until it is released", () => {
  const { bus } = busWithLog();
  const { handler, writes } = recorder(0);
  const release = bus.mapPorts(0x3f8, 8, handler);
  assert.equal(bus.readPort(0x3ff, 1), 0x3ff);
  bus.writePort(0x3f8, 2, 0x1234);
  assert.deepEqual(writes, [`${0x3f8}/2=${0x1234}`]);
  release();
  assert.equal(bus.readPort(0x3ff, 1), 0xff);
});

test("a port has one device only, and a refused claim takes no port", () => {
  const { bus } = busWithLog();
  bus.mapPorts(0x64, 1, recorder(0).handler);
  assert.throws(() => bus.mapPorts(0x60, 8, recorder(1).handler), /port 64H has a device already/);
  assert.equal(bus.readPort(0x60, 1), 0xff);
});

test("the last port can be claimed", () => {
  const { bus } = busWithLog();
  bus.mapPorts(0xffff, 1, recorder(0).handler);
  assert.equal(bus.readPort(0xffff, 1), 0xffff);
});

test("memory-mapped registers are answered by offset and say which pages they take", () => {
  const { bus, changes } = busWithLog();
  const { handler, writes } = recorder(0);
  const release = bus.mapMmio(0xfed00000, 2 * PAGE, handler);
  assert.equal(bus.readMmio(0xfed01010, 4), 0x1010);
  bus.writeMmio(0xfed00008, 4, 7);
  assert.deepEqual(writes, ["8/4=7"]);
  release();
  assert.equal(bus.readMmio(0xfed01010, 4), 0xffffffff);
  const page = 0xfed00;
  assert.deepEqual(changes, [`${page}:true`, `${page + 1}:true`, `${page}:false`, `${page + 1}:false`]);
});

test("addresses above 4 GiB can be mapped", () => {
  const { bus } = busWithLog();
  bus.mapMmio(2 ** 36, PAGE, recorder(0).handler);
  assert.equal(bus.readMmio(2 ** 36 + 4, 4), 4);
  assert.equal(bus.readMmio(4, 4), 0xffffffff);
});

test("a later mapping lies over an earlier one, which shows again when it goes", () => {
  const { bus, changes } = busWithLog();
  const releaseBelow = bus.mapMmio(PAGE, PAGE, recorder(0x100).handler);
  const releaseAbove = bus.mapMmio(PAGE, PAGE, recorder(0x200).handler);
  assert.equal(bus.readMmio(PAGE, 1), 0x200);
  releaseAbove();
  assert.equal(bus.readMmio(PAGE, 1), 0x100);
  releaseBelow();
  assert.deepEqual(changes, ["1:true", "1:false"]);
});

test("a mapping may go before the one that lies over it", () => {
  const { bus } = busWithLog();
  const releaseBelow = bus.mapMmio(PAGE, PAGE, recorder(0x100).handler);
  const releaseAbove = bus.mapMmio(PAGE, PAGE, recorder(0x200).handler);
  releaseBelow();
  assert.equal(bus.readMmio(PAGE, 1), 0x200);
  releaseAbove();
  assert.equal(bus.readMmio(PAGE, 1), 0xff);
});

test("a mapping is made of whole pages", () => {
  const { bus } = busWithLog();
  assert.throws(() => bus.mapMmio(PAGE + 1, PAGE, recorder(0).handler), RangeError);
  assert.throws(() => bus.mapMmio(PAGE, 100, recorder(0).handler), RangeError);
});
