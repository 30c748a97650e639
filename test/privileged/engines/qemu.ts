import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { isInstalled } from "../guest-image.js";
import type { Engine } from "./engine.js";
import { memoryMiB, timeoutMs } from "./engine.js";

const program = "qemu-system-x86_64";
/** How QEMU ends when a guest writes 0 to its exit port. */
const exitPortStatus = 1;

/** QEMU's translator with all features that it has. */
export const qemu: Engine = {
  name: "qemu",
  missing: async () => ((await isInstalled(program)) ? undefined : `${program} is not installed`),
  async run(image, { cpuCount }) {
    const folder = await mkdtemp(join(tmpdir(), "innervisor-qemu-"));
    try {
      const kernel = join(folder, "guest.img");
      const serial = join(folder, "serial.txt");
      await writeFile(kernel, image);
      const args = [
        "-accel",
        "tcg",
        "-cpu",
        "max",
        "-smp",
        `${cpuCount}`,
        "-m",
        `${memoryMiB}`,
        "-no-reboot",
      ];
      args.push("-nodefaults", "-display", "none", "-serial", `file:${serial}`, "-kernel", kernel);
      args.push("-device", "isa-debug-exit,iobase=0xf4,iosize=4");
      const status = await promisify(execFile)(program, args, { timeout: timeoutMs }).then(
        () => 0,
        (error: { code?: number }) => error.code ?? "timeout",
      );
      const text = await readFile(serial, "latin1");
      return status === exitPortStatus ? text : `${text}\n[${status === 0 ? "reset" : status}]\n`;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};
