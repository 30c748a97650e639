import assert from "node:assert/strict";
import { test } from "node:test";
import {
  echoGuest,
  exitGuest,
  pagesGuest,
  pagesGuestOutput,
  timerGuest,
  tripleFaultGuest,
} from "./guests.js";
import { MIB, testMachine } from "./test-machine.js";

test("a guest ends its machine by the exit port", async () => {
  const machine = await testMachine(exitGuest(42));
  assert.equal(machine.bootDescription, "flat image at 7C00H");
  assert.deepEqual(await machine.run(), { reason: "exit-port", exitValue: 42 });
});

test("a 64-bit guest computes and prints", async () => {
  const machine = await testMachine(pagesGuest);
  assert.deepEqual(await machine.run(), { reason: "exit-port", exitValue: 4 });
  assert.equal(machine.serial.text, pagesGuestOutput());
});

test("a triple fault ends the machine with a report", async () => {
  const machine = await testMachine(tripleFaultGuest);
  const end = await machine.run();
  assert.equal(end.reason, "triple-fault");
  assert.equal(end.report?.processor, 0);
  assert.equal(end.report?.bitness, 32);
  assert.equal(end.report?.linearRip, 0x100000n);
  assert.equal(end.report?.exceptions[0]?.vector, 6);
});

test("a run ends after the instructions of its own limit or of the machine's, and can go on", async () => {
  const machine = await testMachine(timerGuest, { maxInstructions: 250_000 });
  const count = (): number => machine.statistics()["instructions"] as number;
  assert.deepEqual(await machine.run({ maxInstructions: 100_000 }), { reason: "instruction-limit" });
  assert.ok(Math.abs(count() - 100_000) < 100, `${count()}`);
  assert.deepEqual(await machine.run({ maxInstructions: 100_000 }), { reason: "instruction-limit" });
  assert.ok(Math.abs(count() - 200_000) < 200, `${count()}`);
  assert.deepEqual(await machine.run(), { reason: "instruction-limit" });
  assert.ok(Math.abs(count() - 250_000) < 200, `${count()}`);
});

test("two runs of a machine with a virtual clock are the same", async () => {
  const [one, other] = await Promise.all([testMachine(timerGuest), testMachine(timerGuest)]);
  await Promise.all([one.run({ maxInstructions: 3e6 }), other.run({ maxInstructions: 3e6 })]);
  assert.ok(one.serial.text.length > 50);
  assert.equal(one.serial.text, other.serial.text);
  assert.equal(one.readRegister("RSI"), other.readRegister("RSI"));
});

test("the host talks with a guest over the serial line while it runs", async () => {
  const machine = await testMachine(echoGuest, { clock: "real" });
  const ended = machine.run();
  machine.serial.send("hello");
  await machine.serial.waitFor(/hello$/);
  machine.stop();
  assert.deepEqual(await ended, { reason: "stopped" });
});

test("a paused machine goes on where it was", async () => {
  const machine = await testMachine(echoGuest, { clock: "real" });
  let ended = machine.run();
  machine.pause();
  assert.deepEqual(await ended, { reason: "paused" });
  ended = machine.run();
  machine.serial.send("again");
  await machine.serial.waitFor(/again/);
  machine.stop();
  await ended;
});

test("waiting for output ends when the machine does", async () => {
  const machine = await testMachine(exitGuest(1));
  const waiting = assert.rejects(machine.serial.waitFor(/login:/), { code: "serial-closed" });
  await machine.run();
  await waiting;
});

test("a machine runs once at a time", async () => {
  const machine = await testMachine(echoGuest, { clock: "real" });
  const ended = machine.run();
  await assert.rejects(machine.run(), { code: "already-running" });
  machine.stop();
  await ended;
});

test("single steps move the instruction pointer, and registers can be read and written", async () => {
  const machine = await testMachine(exitGuest(7));
  machine.step();
  assert.equal(machine.readRegister("RIP"), 2n);
  assert.equal(machine.readRegister("RAX") & 0xffn, 7n);
  machine.writeRegister("RAX", 9n);
  assert.deepEqual(await machine.run(), { reason: "exit-port", exitValue: 9 });
});

test("memory and number of processors are checked", async () => {
  await assert.rejects(testMachine(exitGuest(0), { memoryBytes: MIB + 1 }), { name: "VmError" });
  await assert.rejects(testMachine(exitGuest(0), { memoryBytes: 33 * 1024 * MIB }), { name: "VmError" });
  for (const cpuCount of [0, 65, 1.5]) {
    await assert.rejects(testMachine(exitGuest(0), { cpuCount }), { code: "cpu-count" });
  }
});
