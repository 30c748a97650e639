import assert from "node:assert/strict";
import { test } from "node:test";
import {
  parseChoice,
  parseDisk,
  parseFlat,
  parseInteger,
  parseMemorySize,
  parseModule,
} from "../../../src/cli/parse-values.js";

const mib = 2 ** 20;
const invalid = { name: "VmError", code: "option-invalid" };

test("memory sizes take the suffixes of QEMU, and MiB without one", () => {
  const sizes = {
    "512M": 512 * mib,
    "2G": 2048 * mib,
    "2g": 2048 * mib,
    "2GiB": 2048 * mib,
    "1.5G": 1536 * mib,
  };
  for (const [text, bytes] of Object.entries(sizes)) assert.equal(parseMemorySize(text), bytes);
  assert.equal(parseMemorySize("256"), 256 * mib);
  assert.equal(parseMemorySize("4096k"), 4 * mib);
  assert.equal(parseMemorySize("0"), 0);
});

test("memory sizes that are none are refused", () => {
  for (const text of ["", "M", "-1G", "2X", "1e3M", "two", "0x10M", "1.3k", "99999999999T"]) {
    assert.throws(() => parseMemorySize(text), invalid, text);
  }
});

test("integers are decimal and within their range", () => {
  assert.equal(parseInteger("--cpus", "4", 1, 64), 4);
  assert.equal(parseInteger("--max-instructions", "1_000_000", 1, 1e9), 1e6);
  for (const text of ["0", "65", "-1", "1.5", "4x", "", "0x4"]) {
    assert.throws(() => parseInteger("--cpus", text, 1, 64), {
      ...invalid,
      message: /--cpus: .*from 1 to 64/,
    });
  }
});

test("choices are named in the error", () => {
  assert.equal(parseChoice("--clock", "real", ["real", "virtual"]), "real");
  assert.throws(() => parseChoice("--clock", "fast", ["real", "virtual"]), {
    message: '--clock: expected real or virtual, found "fast"',
  });
});

test("disks may be read-only", () => {
  assert.deepEqual(parseDisk("a.img"), { path: "a.img", readOnly: false });
  assert.deepEqual(parseDisk("a,b.img,ro"), { path: "a,b.img", readOnly: true });
  assert.throws(() => parseDisk(",ro"), invalid);
});

test("a module's command line begins behind the first equals sign", () => {
  assert.deepEqual(parseModule("vmlinuz"), { path: "vmlinuz", commandLine: "" });
  assert.deepEqual(parseModule("vmlinuz=console=hvc0 quiet"), {
    path: "vmlinuz",
    commandLine: "console=hvc0 quiet",
  });
  assert.throws(() => parseModule("=x"), invalid);
});

test("a flat image has an address and may have a mode", () => {
  assert.deepEqual(parseFlat("a@b.bin@0x7C00"), { path: "a@b.bin", address: 0x7c00 });
  assert.deepEqual(parseFlat("a.bin@7c00h"), { path: "a.bin", address: 0x7c00 });
  assert.deepEqual(parseFlat("a.bin@1048576,64"), { path: "a.bin", address: 2 ** 20, mode: "long64" });
  for (const text of ["a.bin", "a.bin@", "@0x10", "a.bin@7c00", "a.bin@0x10,8", "a.bin@-5"]) {
    assert.throws(() => parseFlat(text), invalid, text);
  }
});
