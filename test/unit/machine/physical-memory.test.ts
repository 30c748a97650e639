import assert from "node:assert/strict";
import { test } from "node:test";
import { exitGuest } from "./guests.js";
import { MIB, testMachine } from "./test-machine.js";

const RAM = 4 * MIB;
const memoryOf = async () => (await testMachine(exitGuest(0))).memory;

test("RAM starts as zeros and keeps what is written, in little-endian order", async () => {
  const memory = await memoryOf();
  assert.equal(memory.readU64(RAM), 0n);
  memory.writeU64(RAM, 0x8877665544332211n);
  assert.equal(memory.readU8(RAM), 0x11);
  assert.equal(memory.readU16(RAM + 1), 0x3322);
  assert.equal(memory.readU32(RAM + 4), 0x88776655);
  assert.equal(memory.readU64(RAM), 0x8877665544332211n);
  memory.writeU8(RAM, 0x1ff);
  memory.writeU16(RAM + 2, 0xabcd);
  assert.equal(memory.readU32(RAM), 0xabcd22ff);
});

test("accesses may lie on two pages and on odd addresses", async () => {
  const memory = await memoryOf();
  memory.writeU64(RAM + 4093, 0x0807060504030201n);
  assert.equal(memory.readU64(RAM + 4093), 0x0807060504030201n);
  assert.equal(memory.readU32(RAM + 4095), 0x06050403);
  assert.equal(memory.readU16(RAM + 4095), 0x0403);
});

test("blocks of bytes are copied in and out over many pages", async () => {
  const memory = await memoryOf();
  const source = Uint8Array.from({ length: 20_000 }, (_, index) => index % 251);
  memory.write(RAM + 100, source);
  const target = new Uint8Array(source.length);
  memory.readInto(RAM + 100, target);
  assert.deepEqual(target, source);
});

test("where no memory is, reads give all ones and writes are dropped", async () => {
  const memory = await memoryOf();
  for (const address of [0xa0000, 32 * MIB, 2 ** 32, 2 ** 38]) {
    memory.writeU32(address, 0x12345678);
    assert.equal(memory.readU32(address), 0xffffffff, address.toString(16));
    assert.equal(memory.readU64(address), 0xffff_ffff_ffff_ffffn);
  }
  const target = new Uint8Array(16);
  memory.readInto(32 * MIB - 8, target);
  assert.deepEqual([...target], [...new Array<number>(8).fill(0), ...new Array<number>(8).fill(0xff)]);
});

test("it knows what is RAM", async () => {
  const memory = await memoryOf();
  assert.equal(memory.limit, 32 * MIB);
  assert.ok(memory.isRam(0, 0xa0000));
  assert.ok(!memory.isRam(0x9ffff, 2));
  assert.ok(!memory.isRam(0xa0000, 1));
  assert.ok(memory.isRam(0xc0000, 32 * MIB - 0xc0000));
  assert.ok(!memory.isRam(32 * MIB - 1, 2));
  assert.ok(!memory.isRam(-1, 1));
  assert.ok(!memory.isRam(NaN, 1));
});

test("memory above the hole below 4 GiB goes on at 4 GiB", async () => {
  const { memory } = await testMachine(exitGuest(0), { memoryBytes: 3456 * MIB });
  assert.ok(memory.limit > 2 ** 32);
  assert.ok(memory.isRam(2 ** 32, 4096));
  memory.writeU32(2 ** 32 + 8, 77);
  assert.equal(memory.readU32(2 ** 32 + 8), 77);
  assert.equal(memory.readU32(8), 0);
});

test("a ROM shows its image, and later writes from outside still reach it", async () => {
  const memory = await memoryOf();
  memory.mapRom(RAM, new Uint8Array(4096).fill(0x5a));
  assert.equal(memory.readU32(RAM + 4092), 0x5a5a5a5a);
});

test("an instruction that is overwritten from outside is not executed any more", async () => {
  const machine = await testMachine({
    address: 0x7c00,
    mode: "real",
    image: Uint8Array.of(0xb0, 1, 0xeb, 0xfc),
  });
  await machine.run({ maxInstructions: 1000 });
  assert.equal(machine.readRegister("RAX") & 0xffn, 1n);
  machine.memory.writeU8(0x7c01, 2);
  await machine.run({ maxInstructions: 1000 });
  assert.equal(machine.readRegister("RAX") & 0xffn, 2n);
});
