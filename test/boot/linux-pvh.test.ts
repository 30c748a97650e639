/** Debian's kernel by its other entry: the ELF file within the bzImage, started as PVH has it. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createMachine } from "../../src/index.js";
import { guestImage } from "./debian-images.js";
import { extractKernel } from "./kernel-payload.js";

const MIB = 2 ** 20;
const image = await guestImage("debian-minimal");

describe("Debian's kernel as a PVH kernel", { skip: "skip" in image ? image.skip : false }, () => {
  it("boots with its initrd and powers the machine off", async () => {
    assert.ok(!("skip" in image));
    const { initrd, commandLine } = image;
    const machine = await createMachine({
      memoryBytes: 512 * MIB,
      cpuCount: 2,
      clock: "virtual",
      maxInstructions: 20e9,
      boot: { kind: "kernel", kernel: extractKernel(image.kernel), initrd, commandLine },
    });
    assert.equal(machine.bootDescription, "PVH kernel (ELF64)");
    const end = await machine.run();
    const { text } = machine.serial;
    assert.equal(end.reason, "power-off", text.slice(-2000));
    assert.match(text, /L1: uname: Linux .*cloud-amd64/);
    assert.match(text, /L1: processors: 2\b/);
    assert.doesNotMatch(text, /WARNING:|BUG:|Oops|Call Trace/);
  });
});
