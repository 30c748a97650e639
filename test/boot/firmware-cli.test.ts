/** `run --firmware`: disks on files, several processors, and files that are no firmware. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import {
  assembleTo,
  CLI_PATH,
  SEABIOS_PATH,
  skipWithout,
  skipWithoutSeabios,
  withFolder,
} from "./boot-guests.js";

const TIMEOUT_MS = 120_000;
const SECTOR_BYTES = 512;
const KIB = 1024;
/* Exit codes of docs/cli.md. */
const BAD_INPUT = 2;
const TRIPLE_FAULT = 4;
const INSTRUCTION_LIMIT = 6;
const RESET = 8;
/** The guest's exit values 10H and 1, as exit codes. */
const GUEST_DONE_CODE = 0x21;
const GUEST_FAILED_CODE = 3;

interface RunResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Bytes without order, the same every time: a linear congruential generator's high ones. */
function garbage(length: number): Uint8Array {
  let state = 1;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return state >>> 24;
  });
}

function runCli(cwd: string, options: readonly string[]): Promise<RunResult> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [CLI_PATH, "run", ...options],
      { cwd, timeout: TIMEOUT_MS },
      (_, stdout, stderr) => resolve({ code: child.exitCode, stdout, stderr }),
    );
    child.stdin?.end();
  });
}

describe("run --firmware with a disk", { skip: skipWithoutSeabios() || skipWithout("nasm") }, () => {
  const machine = ["--firmware", SEABIOS_PATH, "--exit-on-port", "--memory", "64"];

  async function sectorAfter(folder: string, sector: number): Promise<string> {
    const disk = await readFile(join(folder, "disk.img"));
    return disk.toString("latin1", sector * SECTOR_BYTES, (sector + 1) * SECTOR_BYTES);
  }

  for (const cpus of ["1", "2"]) {
    it(`boots a disk image and writes to its file (--cpus ${cpus})`, async () => {
      await withFolder(async (folder) => {
        await assembleTo("disk", join(folder, "disk.img"));
        const { code, stdout, stderr } = await runCli(folder, [
          ...machine,
          "--disk",
          "disk.img",
          "--cpus",
          cpus,
        ]);
        assert.equal(stderr, "");
        assert.match(stdout, /SeaBIOS[^]*sector 5 is read\r\nsector 6 is written/);
        assert.equal(code, GUEST_DONE_CODE);
        assert.match(await sectorAfter(folder, 6), /^sector 5 is read/);
      });
    });
  }

  it("lets the guest only read a disk given with ,ro", async () => {
    await withFolder(async (folder) => {
      await assembleTo("disk", join(folder, "disk.img"));
      const { code, stdout } = await runCli(folder, [...machine, "--disk", "disk.img,ro"]);
      assert.match(stdout, /sector 5 is read\r\nsector 6 cannot be written/);
      assert.equal(code, GUEST_FAILED_CODE);
      assert.match(await sectorAfter(folder, 6), /^\0*$/);
    });
  });

  it(`ends with exit code ${RESET} when the guest resets its machine under --no-reboot`, async () => {
    await withFolder(async (folder) => {
      const options = [...machine, "--clock", "virtual", "--no-reboot"];
      const { code, stdout } = await runCli(folder, options);
      assert.match(stdout, /No bootable device/);
      assert.equal(code, RESET);
    });
  });
});

describe("run --firmware with a file that is no firmware", () => {
  const files: readonly { what: string; bytes: Uint8Array; message: RegExp }[] = [
    { what: "empty", bytes: new Uint8Array(0), message: /error: the firmware rom is empty/ },
    {
      what: "too small",
      bytes: new Uint8Array(512),
      message: /multiple of 64 KiB between 64 KiB and 16 MiB/,
    },
    { what: "of an odd size", bytes: new Uint8Array(96 * KIB), message: /multiple of 64 KiB.*found 96 KiB/ },
    { what: "too large", bytes: new Uint8Array(16 * KIB * KIB + 64 * KIB), message: /multiple of 64 KiB/ },
  ];
  for (const { what, bytes, message } of files) {
    it(`explains one that is ${what}, with exit code ${BAD_INPUT}`, async () => {
      await withFolder(async (folder) => {
        await writeFile(join(folder, "rom"), bytes);
        const { code, stdout, stderr } = await runCli(folder, ["--firmware", "rom"]);
        assert.deepEqual({ code, stdout }, { code: BAD_INPUT, stdout: "" });
        assert.match(stderr, message);
        assert.match(stderr, /\nhint: /);
      });
    });
  }

  it("explains a missing one and a folder, with exit code 2", async () => {
    await withFolder(async (folder) => {
      for (const [path, message] of [
        ["nothing", /the firmware nothing does not exist/],
        [".", /the firmware \. cannot be opened: it is a directory/],
      ] as const) {
        const { code, stderr } = await runCli(folder, ["--firmware", path]);
        assert.equal(code, BAD_INPUT);
        assert.match(stderr, message);
      }
    });
  });

  it("ends with a triple fault or a limit, not with an internal error, on one full of garbage", async () => {
    await withFolder(async (folder) => {
      await writeFile(join(folder, "rom"), garbage(256 * KIB));
      const { code } = await runCli(folder, [
        "--firmware",
        "rom",
        "--max-instructions",
        "1000000",
        "--no-reboot",
      ]);
      assert.ok([TRIPLE_FAULT, INSTRUCTION_LIMIT, RESET].includes(code ?? -1), `exit code ${code}`);
    });
  });
});
