/** What a run of Bochs needs in its folder: firmware from Debian's packages, and its configuration. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { defaultCacheDir } from "../../src/images/cache-folder.js";
import { fileAt, readPackageFiles } from "../../src/images/packages/package-files.js";
import { PackageSource } from "../../src/images/packages/package-source.js";

const firmware = {
  bios: { packageName: "bochsbios", path: "usr/share/bochs/BIOS-bochs-latest" },
  vgaBios: { packageName: "vgabios", path: "usr/share/vgabios/vgabios.bin" },
};

/** The names of the files in a run's folder. */
export const bochsFiles = {
  configuration: "bochsrc",
  debuggerCommands: "commands",
  bios: "bios.bin",
  vgaBios: "vgabios.bin",
  disk: "disk.img",
  serial: "serial.txt",
  log: "bochs.log",
};

/** Writes the system and the video BIOS. */
export async function writeFirmware(folder: string): Promise<void> {
  const source = new PackageSource(defaultCacheDir(), () => undefined);
  for (const [file, { packageName, path }] of Object.entries(firmware)) {
    const [deb] = await source.download(await source.resolve([packageName]));
    const files = await readPackageFiles(deb!, (member) => member === path);
    await writeFile(
      join(folder, bochsFiles[file as keyof typeof firmware]),
      fileAt(files, path, packageName).content,
    );
  }
}

/**
 * The configuration. Time passes by executed instructions (`ips` per second), idle time is skipped; a guest's
 * waiting loops (of its UART driver, for one) take the more instructions the higher `ips` is, so that it is
 * set below what Bochs reaches. rfb with no waiting time is the one display that needs no display server.
 */
export function bochsConfiguration(folder: string, memoryMiB: number): string {
  const file = (name: keyof typeof bochsFiles): string => join(folder, bochsFiles[name]);
  return [
    "config_interface: textconfig",
    'display_library: rfb, options="timeout=0"',
    "plugin_ctrl: serial=true, biosdev=true, unmapped=true, extfpuirq=true",
    "cpu: model=corei7_haswell_4770, count=1, ips=50000000, reset_on_triple_fault=0",
    `memory: guest=${memoryMiB}, host=${memoryMiB}`,
    `romimage: file="${file("bios")}"`,
    `vgaromimage: file="${file("vgaBios")}"`,
    "pci: enabled=1, chipset=i440fx",
    "ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14",
    `ata0-master: type=disk, path="${file("disk")}", mode=flat, cylinders=0`,
    "boot: disk",
    `com1: enabled=1, mode=file, dev="${file("serial")}"`,
    "clock: sync=none, time0=utc",
    `log: "${file("log")}"`,
    "panic: action=fatal",
    "error: action=ignore",
    "info: action=ignore",
    "debug: action=ignore",
    "",
  ].join("\n");
}
