import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { copyState, matchState, partOfState } from "../../../src/devices/saved-state.js";

describe("copyState", () => {
  it("shares nothing with its source", () => {
    const source = { list: [1, 2], bytes: Uint8Array.of(3), inner: { value: true } };
    const copy = copyState(source);
    source.list[0] = source.bytes[0] = 9;
    source.inner.value = false;
    assert.deepEqual(copy, { list: [1, 2], bytes: Uint8Array.of(3), inner: { value: true } });
  });
});

describe("matchState", () => {
  const template = {
    count: 0,
    name: "",
    optional: null as number | null,
    list: [0],
    bytes: new Uint8Array(2),
  };
  const good = { count: 7, name: "x", optional: 5, list: [1, 2, 3], bytes: Uint8Array.of(1, 2) };

  it("takes what has the template's shape", () => {
    assert.deepEqual(matchState(template, good, "uart"), good);
    assert.equal(matchState(template, { ...good, optional: null }, "uart").optional, null);
  });

  it("names the place and both kinds when a type differs", () => {
    assert.throws(() => matchState(template, { ...good, list: [1, "2"] }, "uart"), {
      message: "The saved state of uart.list[1] is damaged: expected number, found string.",
    });
  });

  it("refuses missing keys and byte arrays of another length", () => {
    const { count: _, ...rest } = good;
    assert.throws(() => matchState(template, rest, "uart"), /uart\.count .* found nothing/);
    assert.throws(
      () => matchState(template, { ...good, bytes: new Uint8Array(3) }, "uart"),
      /2 bytes, found 3 bytes/,
    );
    assert.throws(() => matchState(template, null, "uart"), /expected object, found null/);
  });
});

describe("partOfState", () => {
  it("gives the part, or names what is not there", () => {
    assert.equal(partOfState({ timer: 5 }, "timer", "lapic0"), 5);
    assert.throws(() => partOfState({}, "timer", "lapic0"), /lapic0\.timer .* found nothing/);
    assert.throws(() => partOfState(null, "timer", "lapic0"), /lapic0 .* expected object, found null/);
  });
});
