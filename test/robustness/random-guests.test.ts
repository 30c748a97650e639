import assert from "node:assert/strict";
import { test } from "node:test";
import { runSeeds } from "./guest-watch.js";

test("guests of garbage come back to the host, and leave the engine whole", async () => {
  const { failures, reasons } = await runSeeds({ first: 1, count: 120 });
  assert.deepEqual(failures, []);
  assert.ok((reasons["instruction-limit"] ?? 0) > 40, JSON.stringify(reasons));
});
