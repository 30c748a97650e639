/** Debian's own kernel, from its first instruction to power-off; and KVM in it, with the same kernel as its guest. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createMachine, type MachineEnd, type MachineOptions } from "../../src/index.js";
import { guestImage, type GuestImage } from "./debian-images.js";

const MIB = 2 ** 20;
const minimal = await guestImage("debian-minimal");
const kvm = await guestImage("debian-kvm");
const skipOf = (image: GuestImage | { readonly skip: string }): string | false =>
  "skip" in image ? image.skip : false;

interface BootResult {
  readonly end: MachineEnd;
  readonly text: string;
  readonly instructions: number;
}

async function boot(
  image: GuestImage | { readonly skip: string },
  options: Partial<MachineOptions> = {},
): Promise<BootResult> {
  assert.ok(!("skip" in image));
  const { kernel, initrd, commandLine } = image;
  const machine = await createMachine({
    memoryBytes: 1024 * MIB,
    clock: "virtual",
    maxInstructions: 20e9,
    boot: { kind: "kernel", kernel, initrd, commandLine },
    ...options,
  });
  const end = await machine.run();
  return { end, text: machine.serial.text, instructions: machine.statistics()["instructions"] as number };
}

describe("Debian's kernel", { skip: skipOf(minimal) }, () => {
  let first: BootResult | undefined;

  it("boots to its init, tells what it sees, and powers the machine off", async () => {
    first = await boot(minimal);
    assert.equal(first.end.reason, "power-off", first.text.slice(-2000));
    assert.match(first.text, /L1: uname: Linux .*cloud-amd64/);
    assert.match(first.text, /L1: flags: .*\bhypervisor\b/);
    assert.doesNotMatch(first.text, /L1: flags: .*\bvmx\b/);
    assert.match(first.text, /reboot: Power down/);
    assert.doesNotMatch(first.text, /WARNING:|BUG:|Oops|Call Trace/);
  });

  it("runs the same way twice under a virtual clock", async () => {
    const second = await boot(minimal);
    assert.equal(second.instructions, first?.instructions);
    assert.equal(second.text, first?.text);
  });

  for (const cpuCount of [2, 4]) {
    it(`brings up ${cpuCount} processors`, async () => {
      const { end, text } = await boot(minimal, { cpuCount });
      assert.equal(end.reason, "power-off", text.slice(-2000));
      assert.match(text, new RegExp(`L1: processors: ${cpuCount}\\b`));
      assert.doesNotMatch(text, /WARNING:|BUG:|Oops|Call Trace|Marking TSC unstable/);
    });
  }

  it("boots under the real clock", async () => {
    const { end, text } = await boot(minimal, { clock: "real" });
    assert.equal(end.reason, "power-off", text.slice(-2000));
  });
});

describe("KVM in Debian", { skip: skipOf(kvm) }, () => {
  it("boots the same kernel as its guest when VT-x is exposed, and all power off in order", async () => {
    const { end, text } = await boot(kvm, { exposeVirtualizationExtensions: true });
    assert.equal(end.reason, "power-off", text.slice(-3000));
    assert.match(text, /L1: flags: .*\bvmx\b/);
    const order = [
      /L1: uname: Linux .*cloud-amd64/,
      /L2: uname: Linux .*cloud-amd64/,
      /L2: flags: .*\bhypervisor\b/,
      /L2: time: /,
      /L2: powering off/,
      /L1: level 2 ended with exit code 0/,
      /L1: powering off/,
    ];
    let from = 0;
    for (const pattern of order) {
      const found = pattern.exec(text.slice(from));
      assert.ok(found, `${pattern.toString()} after character ${from} of:\n${text.slice(-3000)}`);
      from += found.index;
    }
    assert.doesNotMatch(text, /WARNING:|BUG:|Oops|Call Trace|KVM internal error|unhandled exit/);
  });

  it("refuses in KVM's own words when VT-x is not exposed", async () => {
    const { end, text } = await boot(kvm);
    assert.equal(end.reason, "power-off", text.slice(-2000));
    assert.doesNotMatch(text, /L2: /);
    assert.match(
      text,
      /L1: kvm: kvm-intel refused: .*(not supported|No such device|Operation not supported)/i,
    );
  });
});
