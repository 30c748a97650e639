import assert from "node:assert/strict";
import { VmError } from "../../../src/machine/errors.js";

/** Runs `action`, which must throw a VmError with `code` and a message that matches `message`. */
export function expectVmError(code: string, message: RegExp, action: () => unknown): VmError {
  try {
    action();
  } catch (error) {
    assert.ok(error instanceof VmError, `expected a VmError, got ${String(error)}`);
    assert.equal(error.code, code);
    assert.match(error.message, message);
    return error;
  }
  return assert.fail(`expected the error ${code}, nothing was thrown`);
}

/** Fails when two writes overlap. */
export function expectDisjoint(writes: readonly { address: number; bytes: Uint8Array }[]): void {
  const sorted = [...writes].sort((a, b) => a.address - b.address);
  for (let i = 1; i < sorted.length; i++) {
    const before = sorted[i - 1]!;
    assert.ok(before.address + before.bytes.length <= sorted[i]!.address, `overlap at ${before.address}`);
  }
}
