import assert from "node:assert/strict";
import { test } from "node:test";
import { parsePackageRecords } from "../../../src/images/packages/package-record.js";

const text = `Package: tool
Version: 1:2.0-3+b1
Architecture: amd64
Pre-Depends: base (>= 1)
Depends: liba1 (>= 0.3), libb2 | libb2-alternative, python3:any
Section: libs
Description: a tool
 with a longer text: and a colon
Size: 1234
SHA256: abcd

Package: other
Version: 1
Architecture: all
`;

test("records are read with the first of each list of alternatives as dependency", () => {
  const [tool, other] = parsePackageRecords(text);
  assert.deepEqual(tool, {
    name: "tool",
    version: "1:2.0-3+b1",
    architecture: "amd64",
    section: "libs",
    size: 1234,
    sha256: "abcd",
    depends: ["base", "liba1", "libb2", "python3"],
  });
  assert.deepEqual(other?.depends, []);
});

test("no output gives no records", () => {
  assert.deepEqual(parsePackageRecords("\n"), []);
});
