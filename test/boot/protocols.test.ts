/** Multiboot, PVH and bare images: small kernels that print what they were given. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { BootModule, BootSource, FlatBoot } from "../../src/index.js";
import {
  assembleGuest,
  assembleTo,
  GUEST_DONE,
  readGolden,
  runGuest,
  skipWithout,
  withFolder,
} from "./boot-guests.js";
import { runQemu } from "./qemu.js";

const COMMAND_LINE = "one two=3";
const MODULES: readonly BootModule[] = [
  { bytes: Buffer.from("first module"), commandLine: "first.mod hello module" },
  { bytes: new Uint8Array(5000).fill(0x7a), commandLine: "second.mod" },
];

async function assertGolden(name: string, boot: BootSource): Promise<void> {
  const { end, text } = await runGuest(boot);
  assert.equal(text, readGolden(name));
  assert.deepEqual(end, { reason: "exit-port", exitValue: GUEST_DONE });
}

/** Lines that begin with "=" are what each machine chooses for itself. */
function withoutChoices(text: string): string {
  return text.replace(/^=.*\n/gm, "");
}

/** What QEMU's own boot loader makes the kernel print, with the files called as in `MODULES`. */
async function runByQemu(name: string): Promise<string> {
  return withFolder(async (folder) => {
    await assembleTo(name, join(folder, name));
    const files = MODULES.map(({ bytes, commandLine }) => ({
      bytes,
      file: commandLine?.split(" ")[0] ?? "",
    }));
    for (const { bytes, file } of files) await writeFile(join(folder, file), bytes);
    const modules = MODULES.map(({ commandLine }) => commandLine).join(",");
    return runQemu(["-kernel", name, "-append", COMMAND_LINE, "-initrd", modules], folder);
  });
}

describe("a multiboot kernel", { skip: skipWithout("nasm") }, () => {
  for (const name of ["multiboot-elf", "multiboot-addresses"]) {
    it(`gets its command line, modules and memory map (${name})`, async () => {
      const kernel = await assembleGuest(name);
      await assertGolden(name, {
        kind: "kernel",
        kernel,
        kernelName: name,
        commandLine: COMMAND_LINE,
        modules: MODULES,
      });
    });

    it(`is given the same by QEMU (${name})`, { skip: skipWithout("qemu-system-x86_64") }, async () => {
      assert.equal(withoutChoices(await runByQemu(name)), withoutChoices(readGolden(name)));
    });
  }
});

describe("a PVH kernel", { skip: skipWithout("nasm") }, () => {
  it("gets its command line, modules, RSDP and memory map", async () => {
    const kernel = await assembleGuest("pvh");
    await assertGolden("pvh", { kind: "kernel", kernel, commandLine: COMMAND_LINE, modules: MODULES });
  });
});

describe("a bare image", { skip: skipWithout("nasm") }, () => {
  const places: readonly Omit<FlatBoot, "image">[] = [
    { mode: "protected32", address: 0x100000 },
    { mode: "long64", address: 0x200000 },
  ];
  for (const { mode, address } of places) {
    it(`starts in ${mode} mode`, async () => {
      const image = await assembleGuest(`flat-${mode}`);
      await assertGolden(`flat-${mode}`, {
        kind: "flat",
        image,
        address,
        mode: mode as NonNullable<typeof mode>,
      });
    });
  }

  it("starts in real mode", async () => {
    const image = await assembleGuest("flat-real");
    const { text, end } = await runGuest(
      { kind: "flat", image, address: 0x7c00 },
      { maxInstructions: 100_000 },
    );
    assert.equal(text, readGolden("flat-real"));
    assert.equal(end.reason, "instruction-limit", "it waits for what is typed");
  });
});
