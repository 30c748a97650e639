import assert from "node:assert/strict";
import { test } from "node:test";
import { VmError } from "../../../src/machine/errors.js";
import { SerialPort } from "../../../src/machine/serial-port.js";
import { FakeHost } from "./fake-host.js";

const bytes = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

function serialPort() {
  const typed: number[] = [];
  const sunk: number[] = [];
  const host = new FakeHost();
  const port = new SerialPort({
    type: (data) => void typed.push(...data),
    sink: { write: (data) => data.forEach((byte) => sunk.push(byte)) },
    host,
  });
  return { port, typed, sunk, host };
}

test("what the guest writes is kept as Latin-1 and given to the sink", () => {
  const { port, sunk } = serialPort();
  port.write(Uint8Array.of(0x41, 0xe9));
  port.write(Uint8Array.of(0x0a));
  assert.equal(port.text, "A\u00e9\n");
  assert.deepEqual(sunk, [0x41, 0xe9, 0x0a]);
});

test("a large piece of output is taken whole", () => {
  const { port } = serialPort();
  port.write(new Uint8Array(300_000).fill(0x61));
  assert.equal(port.text.length, 300_000);
});

test("only the last million characters or more are kept", () => {
  const { port } = serialPort();
  const piece = new Uint8Array(1 << 19).fill(0x61);
  for (let i = 0; i < 8; i++) port.write(piece);
  port.write(bytes("end"));
  assert.ok(port.text.length >= 1 << 20 && port.text.length <= 1 << 21);
  assert.ok(port.text.endsWith("aend"));
});

test("text and bytes are typed into the guest", () => {
  const { port, typed } = serialPort();
  port.send("ls\n");
  port.send(Uint8Array.of(3));
  assert.deepEqual(typed, [0x6c, 0x73, 0x0a, 3]);
});

test("waiting resolves with the match, for output of before and after", async () => {
  const { port } = serialPort();
  port.write(bytes("version 6.1\n"));
  assert.equal((await port.waitFor(/version (\S+)/))[1], "6.1");
  const later = port.waitFor(/login: $/);
  for (const byte of bytes("debian login: ")) port.write(Uint8Array.of(byte));
  assert.equal((await later).index, "version 6.1\ndebian ".length);
});

test("flags g and y of the pattern do not matter, and the pattern is left as it was", async () => {
  const { port } = serialPort();
  port.write(bytes("aab"));
  const pattern = /b/gy;
  await port.waitFor(pattern);
  await port.waitFor(pattern);
  assert.equal(pattern.lastIndex, 0);
});

test("several can wait at once", async () => {
  const { port } = serialPort();
  const both = Promise.all([port.waitFor(/one/), port.waitFor(/two/)]);
  port.write(bytes("two one"));
  assert.deepEqual(
    (await both).map((match) => match[0]),
    ["one", "two"],
  );
});

test("waiting ends with an error after the time-out, and never sleeps long", async () => {
  const { port, host } = serialPort();
  port.write(bytes("Kernel panic"));
  await assert.rejects(port.waitFor(/login:/, { timeoutMs: 120 }), (error: unknown) => {
    assert.ok(error instanceof VmError);
    assert.equal(error.code, "serial-timeout");
    assert.equal(error.message, 'the guest did not print /login:/ within 120 ms; last: "Kernel panic"');
    return true;
  });
  assert.deepEqual(host.sleeps, [50, 50, 20]);
});

test("the time-out is a minute unless another is given", async () => {
  const { port, host } = serialPort();
  await assert.rejects(port.waitFor(/never/), { code: "serial-timeout" });
  assert.equal(host.ns, 60e9);
});

test("who waits is told when the machine has ended, but what it printed last still counts", async () => {
  const { port } = serialPort();
  const hopeless = port.waitFor(/login:/);
  const lastWords = port.waitFor(/Power down/);
  port.write(bytes("reboot: Power down"));
  port.close("power-off");
  await lastWords;
  await assert.rejects(hopeless, { code: "serial-closed" });
  await port.waitFor(/reboot/);
  await assert.rejects(port.waitFor(/login:/), { code: "serial-closed" });
});
