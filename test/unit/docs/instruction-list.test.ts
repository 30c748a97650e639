import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { instructions } from "../../../isa/instructions/index.js";
import { generateInstructionList } from "../../../tools/generate/instruction-list.js";

const committed = new URL("../../../../docs/instructions.md", import.meta.url);

test("docs/instructions.md is what npm run docs makes", () => {
  const isSame = readFileSync(committed, "utf8") === generateInstructionList();
  assert.ok(isSame, "docs/instructions.md is out of date: run npm run docs");
});

test("the instruction list has a line for every form", () => {
  const lines = generateInstructionList()
    .split("\n")
    .filter((line) => line.startsWith("| ") && !line.startsWith("| Mnemonic") && !line.startsWith("| ---"));
  assert.equal(lines.length, instructions.length);
});

test("a line of the instruction list tells mnemonic, opcode, operands, feature and remarks", () => {
  const lines = generateInstructionList().split("\n");
  assert.ok(lines.includes("| ADD | `01 /r` | `Ev, Gv` |  | LOCK |"));
  assert.ok(lines.some((line) => line.startsWith("| RDRAND | ") && line.includes(" | RDRAND | ")));
});
