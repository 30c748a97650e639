import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runReason } from "../../src/processor/exports.js";
import { CODE_ADDRESS, CaseRecord, DATA_MAP_ADDRESS, NO_EXCEPTION, RECORD } from "./case-record.js";
import { EmulatedMachine } from "./emulated-machine.js";

const [RAX, RCX, RSI, RDI] = [0, 1, 6, 7] as const;
/** More than one page: a page is moved at a time. */
const COUNT = 8000;
const BUDGET = 100;

function prepared(machine: EmulatedMachine, code: readonly number[]): CaseRecord {
  const record = new CaseRecord(new Uint8Array(RECORD.BYTES), 0);
  record.rip = CODE_ADDRESS;
  record.rflags = 2;
  record.setCode(Uint8Array.from(code));
  record.setGpr(RCX, BigInt(COUNT));
  record.setGpr(RSI, BigInt(DATA_MAP_ADDRESS + 1));
  record.setGpr(RDI, BigInt(DATA_MAP_ADDRESS));
  machine.loadCode([record]);
  return record;
}

/** Runs in slices; returns rCX after each slice that did not finish. */
function runInSlices(machine: EmulatedMachine, record: CaseRecord): number[] {
  const left: number[] = [];
  machine.begin(record);
  while (machine.processor.exports.run(BUDGET) === runReason.budget)
    left.push(Number(machine.processor.readGpr(0, "RCX")));
  machine.end(record);
  return left;
}

describe("repeated string instructions", () => {
  const machine = EmulatedMachine.load(1);

  for (const [name, code] of [
    ["MOVSB", [0xf3, 0xa4]],
    ["STOSB", [0xf3, 0xaa]],
    ["SCASB", [0xf3, 0xae]],
  ] as const) {
    it(`REP ${name} stops when the slice is used up and goes on where it stopped`, () => {
      const record = prepared(machine, code);
      record.setGpr(RAX, 0n);
      const left = runInSlices(machine, record);
      assert.ok(left.length > 0, `it was never interrupted: ${left.join(" ")}`);
      assert.deepEqual(
        left,
        [...left].sort((a, b) => b - a),
        "rCX counts down",
      );
      assert.equal(record.vector, NO_EXCEPTION);
      assert.equal(record.gpr(RCX), 0n);
      assert.equal(record.gpr(RDI), BigInt(DATA_MAP_ADDRESS + COUNT));
      assert.equal(record.rip, CODE_ADDRESS + code.length);
    });
  }
});
