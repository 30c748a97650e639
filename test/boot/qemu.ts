/** QEMU as another machine that runs the same guests. */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

const TIMEOUT_MS = 60_000;
/** The machine of `runGuest`. A file gets all of the serial line's output; a pipe misses the last bytes before an exit. */
const OPTIONS =
  "-machine pc,accel=tcg -m 64 -display none -nodefaults -serial file:serial -device isa-debug-exit,iobase=0xf4,iosize=1";

/** What the guest prints on COM1 until it ends by the exit port. Rejects with QEMU's messages. */
export async function runQemu(options: readonly string[], folder: string): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    const settings = { cwd: folder, timeout: TIMEOUT_MS };
    execFile("qemu-system-x86_64", [...OPTIONS.split(" "), ...options], settings, (error, _, stderr) => {
      // The guest's exit value makes QEMU's exit code, never 0.
      if (error?.killed === true || stderr !== "") reject(new Error(`QEMU: ${stderr || "timed out"}`));
      else resolve();
    });
  });
  return readFile(join(folder, "serial"), "latin1");
}
