import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { writeFirmware } from "./bochs-firmware.js";
import { assemble, isInstalled } from "../guest-image.js";
import type { Engine } from "./engine.js";
import { memoryMiB, timeoutMs } from "./engine.js";

const program = "bochs";
const pollMs = 200;
const sectorBytes = 512;
/** Disk geometry that every BIOS accepts: a cylinder of 16 heads with 63 sectors each. */
const cylinderBytes = 16 * 63 * sectorBytes;
/** Offset of the entry point in a multiboot header with addresses. */
const entryOffset = 28;

/** Debian's build of Bochs, which has its debugger: that is told to go on. It boots from a disk with our own loader. */
export const bochs: Engine = {
  name: "bochs",
  missing: async () => ((await isInstalled(program)) ? undefined : `${program} is not installed`),
  async run(image, { cpuCount }) {
    const folder = await mkdtemp(join(tmpdir(), "innervisor-bochs-"));
    try {
      await prepare(folder, image, cpuCount);
      await runIn(folder);
      const text = await readFile(join(folder, "serial.txt"), "latin1");
      return isComplete(text) ? text : `${text}\n[stopped]\n`;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function prepare(folder: string, image: Uint8Array, cpuCount: number): Promise<void> {
  await writeFirmware(folder);
  await writeFile(join(folder, "disk.img"), await makeDisk(image));
  await writeFile(join(folder, "commands"), "continue\n");
  await writeFile(join(folder, "serial.txt"), "");
  await writeFile(join(folder, "bochsrc"), configuration(folder, cpuCount));
}

/** Sector 0: the loader, which is told how many sectors follow and where to enter. */
async function makeDisk(image: Uint8Array): Promise<Uint8Array> {
  const loader = Buffer.from(await assemble("lib/disk-loader.asm"));
  const sectors = Math.ceil(image.length / sectorBytes);
  loader.writeUInt32LE(sectors, 4);
  loader.writeUInt32LE(Buffer.from(image).readUInt32LE(entryOffset), 8);
  const bytes = (sectors + 1) * sectorBytes;
  const disk = Buffer.alloc(Math.ceil(bytes / cylinderBytes) * cylinderBytes);
  disk.set(loader, 0);
  disk.set(image, sectorBytes);
  return disk;
}

function configuration(folder: string, cpuCount: number): string {
  return [
    "config_interface: textconfig",
    'display_library: rfb, options="timeout=0"',
    "plugin_ctrl: serial=true, biosdev=true, unmapped=true, extfpuirq=true",
    `cpu: model=tigerlake, count=${cpuCount}, ips=50000000, reset_on_triple_fault=0, ignore_bad_msrs=0`,
    `memory: guest=${memoryMiB}, host=${memoryMiB}`,
    `romimage: file="${join(folder, "bios.bin")}"`,
    `vgaromimage: file="${join(folder, "vgabios.bin")}"`,
    "pci: enabled=1, chipset=i440fx",
    "ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14",
    `ata0-master: type=disk, path="${join(folder, "disk.img")}", mode=flat, cylinders=0`,
    "boot: disk",
    `com1: enabled=1, mode=file, dev="${join(folder, "serial.txt")}"`,
    "clock: sync=none, time0=utc",
    `log: "${join(folder, "bochs.log")}"`,
    "panic: action=fatal",
    "error: action=ignore",
    "info: action=ignore",
    "debug: action=ignore",
    "",
  ].join("\n");
}

function isComplete(text: string): boolean {
  return text.endsWith("end\n");
}

/** Bochs does not always notice that it was shut down: it is ended when the guest's last line is there. */
async function runIn(folder: string): Promise<void> {
  const args = ["-q", "-f", join(folder, "bochsrc"), "-rc", join(folder, "commands")];
  const child = spawn(program, args, { stdio: "ignore" });
  const exit = new Promise<void>((resolve) => child.once("close", () => resolve()));
  let hasEnded = false;
  void exit.then(() => (hasEnded = true));
  const end = Date.now() + timeoutMs;
  while (!hasEnded && Date.now() < end && !isComplete(await readFile(join(folder, "serial.txt"), "latin1"))) {
    await delay(pollMs);
  }
  child.kill("SIGKILL");
  await exit;
}
