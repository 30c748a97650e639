import assert from "node:assert/strict";
import { test } from "node:test";
import { createMachine } from "../../src/index.js";

const MIB = 2 ** 20;
/** 1: mov [rdi], al; add rdi, 4096; jmp 1b, from 2 MiB on. */
const image = Uint8Array.from([0xbf, 0, 0, 0x20, 0, 0x88, 0x07, 0x48, 0x81, 0xc7, 0, 0x10, 0, 0, 0xeb, 0xf5]);

test("a guest that touches more than the engine's memory holds ends with out-of-memory", async () => {
  const machine = await createMachine({
    memoryBytes: 64 * MIB,
    clock: "virtual",
    maxInstructions: 1_000_000,
    boot: { kind: "flat", address: 0x100000, image, mode: "long64" },
  });
  // As if all but the last MiB were taken already: to touch 3 GiB would take long.
  machine.processor.writeMachineWord("FRAME_NEXT", 0xfff00000);
  assert.equal((await machine.run()).reason, "out-of-memory");
});
