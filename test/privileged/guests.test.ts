import assert from "node:assert/strict";
import { test } from "node:test";
import { ours } from "./engines/ours.js";
import { assembleGuest, guestNames, isInstalled, readGolden } from "./guest-image.js";
import { cpuCountOf } from "./guest-options.js";

const skip = (await isInstalled("nasm")) ? false : "nasm is not installed";

for (const guest of guestNames()) {
  test(`our processor does what the manual says in the guest "${guest}"`, { skip }, async () => {
    const image = await assembleGuest(guest);
    const printed = await ours.run(image, { cpuCount: cpuCountOf(guest) });
    assert.deepEqual(printed.split("\n"), readGolden(guest).split("\n"));
  });
}
