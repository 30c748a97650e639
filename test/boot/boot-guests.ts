/** Guests that print what a boot protocol gave them: sources in guests/, what they are to print in goldens/. */
import { execFile, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createMachine, type BootSource, type MachineEnd, type MachineOptions } from "../../src/index.js";

/** Of the sources, seen from dist/test/boot/. */
const sourceFolder = fileURLToPath(new URL("../../../test/boot/", import.meta.url));

/** The command-line program. */
export const CLI_PATH = fileURLToPath(new URL("../../src/cli/main.js", import.meta.url));

const MIB = 2 ** 20;
const GUEST_MEMORY_BYTES = 64 * MIB;
/** What guests write to the exit port when all is well. */
export const GUEST_DONE = 0x10;

export const SEABIOS_PATH = "/usr/share/seabios/bios-256k.bin";

/** `false`, or why a test that needs the program must be skipped: what node:test takes as `skip`. */
export function skipWithout(program: string): string | false {
  return spawnSync("which", [program]).status === 0 ? false : `${program} is not installed`;
}

/** As `skipWithout`, for the firmware. */
export function skipWithoutSeabios(): string | false {
  return existsSync(SEABIOS_PATH) ? false : `${SEABIOS_PATH} is not there (Debian package seabios)`;
}

/** Calls `work` with a new folder, which is deleted afterwards. */
export async function withFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "innervisor-boot-"));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Assembles guests/`name`.asm to the file `output`. Rejects with nasm's messages. */
export async function assembleTo(name: string, output: string): Promise<void> {
  const cwd = join(sourceFolder, "guests");
  await promisify(execFile)("nasm", ["-f", "bin", "-Werror", "-o", output, `${name}.asm`], { cwd });
}

/** The image of a guest. */
export async function assembleGuest(name: string): Promise<Uint8Array> {
  return withFolder(async (folder) => {
    const output = join(folder, "output.bin");
    await assembleTo(name, output);
    return new Uint8Array(readFileSync(output));
  });
}

/** What the guest is to print. */
export function readGolden(name: string): string {
  return readFileSync(join(sourceFolder, "goldens", `${name}.txt`), "utf8");
}

export interface GuestResult {
  readonly end: MachineEnd;
  readonly text: string;
}

/** Runs a guest under a virtual clock until it ends. */
export async function runGuest(
  boot: BootSource,
  options: Partial<MachineOptions> = {},
): Promise<GuestResult> {
  const machine = await createMachine({
    memoryBytes: GUEST_MEMORY_BYTES,
    clock: "virtual",
    exitPort: true,
    maxInstructions: 1e9,
    boot,
    ...options,
  });
  const end = await machine.run();
  return { end, text: machine.serial.text };
}
