import { execFile } from "node:child_process";
import { mkdtemp, open, rm, writeFile } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { bochsConfiguration, bochsFiles, writeFirmware } from "./bochs-files.js";
import { makeBootDisk } from "./boot-disk.js";
import { ConsoleLog } from "./console-log.js";
import { describeFailure } from "./direct-engine.js";
import { EmulatorProcess } from "./emulator-process.js";
import { powerDownLine } from "./engine.js";
import type { Engine, GuestRequest, GuestRun } from "./engine.js";

const program = "bochs";
/** What our boot sector prints when it has loaded the kernel. */
const kernelLoadedLine = "boot disk: kernel loaded";
const serialPollMs = 10;

/** Debian's build of Bochs, which has its debugger: that is told to continue, once. */
export const bochs: Engine = {
  id: "bochs",
  title: "Bochs",
  loopScale: 40,
  async describe() {
    const help = promisify(execFile)(program, ["--help"]).catch(
      (error: { stdout?: string; code?: string }) => {
        if (error.code === "ENOENT") throw new Error("bochs is not installed");
        return { stdout: error.stdout ?? "" };
      },
    );
    const { stdout } = await help;
    return /Bochs x86 Emulator [\d.]+/.exec(stdout)?.[0] ?? "Bochs";
  },
  async run(request) {
    const folder = await mkdtemp(join(tmpdir(), "innervisor-bochs-"));
    try {
      await prepare(folder, request);
      return await runIn(folder, request);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function prepare(folder: string, request: GuestRequest): Promise<void> {
  await writeFirmware(folder);
  await writeFile(join(folder, bochsFiles.disk), await makeBootDisk(request));
  await writeFile(join(folder, bochsFiles.configuration), bochsConfiguration(folder, request.memoryMiB));
  await writeFile(join(folder, bochsFiles.debuggerCommands), "continue\n");
  await writeFile(join(folder, bochsFiles.serial), "");
}

/** Its exit code says nothing: a power-off is a panic to it. So the kernel's last line counts. */
async function runIn(folder: string, request: GuestRequest): Promise<GuestRun> {
  const file = (name: keyof typeof bochsFiles): string => join(folder, bochsFiles[name]);
  const args = ["-q", "-f", file("configuration"), "-rc", file("debuggerCommands")];
  const console = new ConsoleLog();
  const process = new EmulatorProcess({ program, args, timeoutMs: request.timeoutMs });
  const follower = await SerialFile.open(file("serial"), console);
  const end = await process.end.finally(() => follower.close());
  const loaded = console.find(kernelLoadedLine);
  if (loaded === undefined || console.find(powerDownLine) === undefined || end.timedOut) {
    throw new Error(describeFailure(end, console));
  }
  return { console, elapsedMs: end.endedMs - loaded.atMs, peakMemoryKiB: end.peakMemoryKiB };
}

/** Follows the file that Bochs writes its serial line to. */
class SerialFile {
  private reading: Promise<void> = Promise.resolve();
  private readonly buffer = Buffer.alloc(65536);
  private readonly poll: NodeJS.Timeout;

  private constructor(
    private readonly handle: FileHandle,
    private readonly console: ConsoleLog,
  ) {
    this.poll = setInterval(() => this.readMore(), serialPollMs);
  }

  static async open(path: string, console: ConsoleLog): Promise<SerialFile> {
    return new SerialFile(await open(path, "r"), console);
  }

  async close(): Promise<void> {
    clearInterval(this.poll);
    this.readMore();
    await this.reading;
    await this.handle.close();
  }

  private readMore(): void {
    this.reading = this.reading.then(() => this.readNow());
  }

  private async readNow(): Promise<void> {
    for (;;) {
      const { bytesRead } = await this.handle.read(this.buffer, 0, this.buffer.length);
      if (bytesRead === 0) return;
      this.console.append(this.buffer.subarray(0, bytesRead));
    }
  }
}
