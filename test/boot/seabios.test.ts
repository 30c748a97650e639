/** SeaBIOS: from the reset vector to a boot sector that uses its services. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import {
  createMachine,
  MemoryBlockBackend,
  restoreMachine,
  type BootSource,
  type Machine,
} from "../../src/index.js";
import {
  assembleGuest,
  assembleTo,
  GUEST_DONE,
  runGuest,
  SEABIOS_PATH,
  skipWithout,
  skipWithoutSeabios,
  withFolder,
} from "./boot-guests.js";
import { runQemu } from "./qemu.js";

const MIB = 2 ** 20;
const SECTOR_BYTES = 512;
const WRITTEN_SECTOR = 6;
const SECTOR_TEXT = "sector 5 is read";

function firmware(): BootSource {
  return { kind: "firmware", rom: new Uint8Array(readFileSync(SEABIOS_PATH)) };
}

function sectorText(disk: Uint8Array, sector: number): string {
  return Buffer.from(disk.subarray(sector * SECTOR_BYTES, (sector + 1) * SECTOR_BYTES)).toString("latin1");
}

/** Presses Escape when SeaBIOS offers its menu; returns its text. */
async function openMenu(machine: Machine): Promise<string> {
  await machine.serial.waitFor(/Press ESC for boot menu/);
  machine.serial.send("\x1b");
  const [text] = await machine.serial.waitFor(/Select boot device:[^]*\n1\. [^]*?\n/);
  return text;
}

describe("SeaBIOS", { skip: skipWithoutSeabios() }, () => {
  it("shows itself on the serial console and resets the machine when nothing can be booted", async () => {
    const { end, text } = await runGuest(firmware());
    assert.match(text, /SeaBIOS \(version /);
    assert.match(text, /Press ESC for boot menu\.[^]*No bootable device\./);
    assert.equal(end.reason, "reset");
  });

  it("says on its debug port which devices and how much memory it found", async () => {
    let log = "";
    const debugSink = { write: (bytes: Uint8Array) => void (log += Buffer.from(bytes).toString("latin1")) };
    const disks = [new MemoryBlockBackend(new Uint8Array(MIB))];
    await runGuest(firmware(), { debugSink, disks, cpuCount: 3 });
    assert.match(log, /Running on QEMU \(i440fx\)/);
    assert.match(log, /Found 3 cpu\(s\) max supported 3 cpu\(s\)/);
    assert.match(log, /table\(50434146\)=0x\w+ \(via xsdt\)/, "the FADT was linked");
    assert.match(log, /drive 0x\w+: PCHS=0\/0\/0 translation=lba LCHS=\d+\/\d+\/\d+ s=2048/);
    assert.doesNotMatch(log, /WARNING|panic|timeout/i);
  });

  it("puts memory above 4 GiB into its map", async () => {
    let log = "";
    const debugSink = { write: (bytes: Uint8Array) => void (log += Buffer.from(bytes).toString("latin1")) };
    await runGuest(firmware(), { debugSink, memoryBytes: 3328 * MIB });
    assert.match(log, /: 0000000100000000 - 0000000110000000 = 1 RAM/);
  });
});

describe("SeaBIOS with a disk", { skip: skipWithoutSeabios() || skipWithout("nasm") }, () => {
  for (const cpuCount of [1, 2, 4]) {
    it(`boots it, reads and writes for the boot sector (${cpuCount} processors)`, async () => {
      const disk = await assembleGuest("disk");
      const { end, text } = await runGuest(firmware(), { disks: [new MemoryBlockBackend(disk)], cpuCount });
      assert.match(
        text,
        /the boot sector runs\r\nmemory at 0 and at 1 MiB\r\nsector 5 is read\r\nsector 6 is written\r\n$/,
      );
      assert.deepEqual(end, { reason: "exit-port", exitValue: GUEST_DONE });
      assert.ok(sectorText(disk, WRITTEN_SECTOR).startsWith(SECTOR_TEXT));
    });
  }

  it("offers the disk in its boot menu and boots it from there", async () => {
    const disk = await assembleGuest("disk");
    const machine = await createMachine({
      memoryBytes: 64 * MIB,
      exitPort: true,
      boot: firmware(),
      disks: [new MemoryBlockBackend(disk)],
    });
    const ended = machine.run();
    assert.match(await openMenu(machine), /1\. Virtio disk PCI:/);
    machine.serial.send("1");
    assert.deepEqual(await ended, { reason: "exit-port", exitValue: GUEST_DONE });
    assert.match(machine.serial.text, /sector 6 is written/);
  });

  it("prints the same as on QEMU", { skip: skipWithout("qemu-system-x86_64") }, async () => {
    const onQemu = await withFolder(async (folder) => {
      await assembleTo("disk", join(folder, "disk.img"));
      const drive = ["-drive", "file=disk.img,format=raw,if=virtio", "-bios", SEABIOS_PATH];
      return runQemu([...drive, "-machine", "graphics=off", "-boot", "menu=on,splash-time=100"], folder);
    });
    const disks = [new MemoryBlockBackend(await assembleGuest("disk"))];
    assert.equal((await runGuest(firmware(), { disks })).text, onQemu);
  });

  it("goes on after being saved and restored in the middle of its work", async () => {
    const disk = await assembleGuest("disk");
    const options = { exitPort: true, clock: "virtual", disks: [new MemoryBlockBackend(disk)] } as const;
    const first = await createMachine({ ...options, memoryBytes: 64 * MIB, boot: firmware() });
    await first.run({ maxInstructions: 3_000_000 });
    const second = await restoreMachine(first.snapshot(), options);
    assert.deepEqual(await second.run(), { reason: "exit-port", exitValue: GUEST_DONE });
    assert.match(second.serial.text, /SeaBIOS[^]*sector 6 is written/);
  });
});
