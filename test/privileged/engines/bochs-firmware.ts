/** Firmware for Bochs, from Debian's packages. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { defaultCacheDir } from "../../../src/images/cache-folder.js";
import { fileAt, readPackageFiles } from "../../../src/images/packages/package-files.js";
import { PackageSource } from "../../../src/images/packages/package-source.js";

const roms = [
  { packageName: "bochsbios", path: "usr/share/bochs/BIOS-bochs-latest", file: "bios.bin" },
  { packageName: "vgabios", path: "usr/share/vgabios/vgabios.bin", file: "vgabios.bin" },
];

/** Writes bios.bin and vgabios.bin into a folder. */
export async function writeFirmware(folder: string): Promise<void> {
  const source = new PackageSource(defaultCacheDir(), () => undefined);
  for (const { packageName, path, file } of roms) {
    const [deb] = await source.download(await source.resolve([packageName]));
    const files = await readPackageFiles(deb!, (member) => member === path);
    await writeFile(join(folder, file), fileAt(files, path, packageName).content);
  }
}
