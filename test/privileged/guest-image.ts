/** Guests: sources in guests/, assembled by nasm; what they are to print, in goldens/. */
import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** Of the sources, seen from dist/test/privileged/. */
const sourceFolder = fileURLToPath(new URL("../../../test/privileged/", import.meta.url));
const guestFolder = join(sourceFolder, "guests");
const sourceSuffix = ".asm";

/** The names of all guests. */
export function guestNames(): string[] {
  const names = readdirSync(guestFolder).filter((name) => name.endsWith(sourceSuffix));
  return names.map((name) => name.slice(0, -sourceSuffix.length)).sort();
}

export function goldenPath(guest: string): string {
  return join(sourceFolder, "goldens", `${guest}.txt`);
}

/** What `guest` prints on a processor that does as the manual says. Throws an Error when there is no such file. */
export function readGolden(guest: string): string {
  const path = goldenPath(guest);
  if (!existsSync(path)) throw new Error(`guest "${guest}" has no golden: ${path} is missing`);
  return readFileSync(path, "utf8");
}

/** The flat multiboot image of a guest. Throws an Error with nasm's messages. */
export async function assembleGuest(guest: string): Promise<Uint8Array> {
  return assemble(`${guest}${sourceSuffix}`);
}

/** Assembles a file of guests/ to a flat binary. */
export async function assemble(source: string): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), "innervisor-guest-"));
  try {
    const output = join(folder, "output.bin");
    const { stderr } = await promisify(execFile)("nasm", ["-f", "bin", "-Werror", "-o", output, source], {
      cwd: guestFolder,
    });
    if (stderr !== "") throw new Error(`nasm on ${source}: ${stderr}`);
    return await readFile(output);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Whether a program is installed. */
export async function isInstalled(program: string): Promise<boolean> {
  const code = await promisify(execFile)("which", [program]).then(
    () => 0,
    () => 1,
  );
  return code === 0;
}
