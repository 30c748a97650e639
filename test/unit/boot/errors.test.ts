import assert from "node:assert/strict";
import { test } from "node:test";
import { VmError, formatHex, formatSize } from "../../../src/machine/errors.js";

test("a VmError carries code, hint, context and cause", () => {
  const cause = new Error("disk full");
  const error = new VmError({ code: "x", message: "m", hint: "h", context: { size: 1 }, cause });
  assert.ok(error instanceof Error);
  assert.equal(error.name, "VmError");
  assert.deepEqual([error.code, error.message, error.hint, error.cause], ["x", "m", "h", cause]);
  assert.deepEqual(error.context, { size: 1 });
});

test("hint, context and cause may be left out", () => {
  const error = new VmError({ code: "x", message: "m" });
  assert.equal(error.hint, undefined);
  assert.deepEqual(error.context, {});
  assert.ok(!("cause" in error));
});

test("addresses are printed as manuals print them", () => {
  assert.equal(formatHex(0xa0000), "A0000H");
  assert.equal(formatHex(2 ** 32), "100000000H");
});

test("sizes are printed in the unit that fits", () => {
  assert.deepEqual([0, 17, 1024, 1536 * 1024, 2 ** 21, 3 * 2 ** 30].map(formatSize), [
    "0 bytes",
    "17 bytes",
    "1 KiB",
    "1.5 MiB",
    "2 MiB",
    "3 GiB",
  ]);
});
