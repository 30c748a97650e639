/** Typing: at a shell in Debian through the library, and on a terminal through the command-line program. */
import assert from "node:assert/strict";
import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { join } from "node:path";
import { describe, it } from "node:test";
import { createMachine } from "../../src/index.js";
import { assembleTo, CLI_PATH, skipWithout, withFolder } from "./boot-guests.js";
import { guestImage } from "./debian-images.js";

const MIB = 2 ** 20;
const WAIT = { timeoutMs: 240_000 };
const CONTROL_C = "\x03";
/** Ctrl-], which ends the machine. */
const ESCAPE = "\x1d";
const TERMINAL_TIMEOUT_MS = 60_000;

const image = await guestImage("debian-minimal");

describe("a shell in Debian", { skip: "skip" in image ? image.skip : false }, () => {
  it("runs what is typed on the serial line and powers off when told to", async () => {
    assert.ok(!("skip" in image));
    const { kernel, initrd } = image;
    const commandLine = `${image.commandLine} innervisor.shell`;
    const machine = await createMachine({
      memoryBytes: 512 * MIB,
      boot: { kind: "kernel", kernel, initrd, commandLine },
    });
    const ended = machine.run();
    await machine.serial.waitFor(/\/ # /, WAIT);
    machine.serial.send("uname -a\n");
    // The first is the echo.
    await machine.serial.waitFor(/uname -a\r\nLinux .*cloud-amd64.*\r\n[^]*\/ # /, WAIT);
    machine.serial.send("echo $((6 * 7))\n");
    await machine.serial.waitFor(/\r\n42\r\n/, WAIT);
    machine.serial.send("poweroff -f\n");
    assert.equal((await ended).reason, "power-off");
  });
});

/** A program on a terminal of its own, by script(1). */
class TerminalSession {
  text = "";
  readonly #process: ChildProcessWithoutNullStreams;
  #lookAgain: () => void = () => undefined;

  constructor(command: string, cwd: string) {
    this.#process = spawn("script", ["-qec", command, "/dev/null"], { cwd });
    this.#process.stdout.on("data", (bytes: Buffer) => {
      this.text += bytes.toString("latin1");
      this.#lookAgain();
    });
  }

  type(text: string): void {
    this.#process.stdin.write(text, "latin1");
  }

  /** Rejects when the program does not print `pattern` in time. */
  async waitFor(pattern: RegExp): Promise<void> {
    const deadlineMs = Date.now() + TERMINAL_TIMEOUT_MS;
    while (!pattern.test(this.text)) {
      const leftMs = deadlineMs - Date.now();
      if (leftMs <= 0) throw new Error(`no ${pattern.toString()} in ${JSON.stringify(this.text)}`);
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.#lookAgain = resolve;
        timer = setTimeout(resolve, leftMs);
      });
      clearTimeout(timer);
    }
  }

  async close(): Promise<void> {
    this.#process.stdin.end();
    if (this.#process.exitCode === null) {
      this.#process.kill();
      await new Promise((resolve) => this.#process.once("close", resolve));
    }
  }
}

describe(
  "the command-line program on a terminal",
  { skip: skipWithout("nasm") || skipWithout("script") },
  () => {
    const run = `'${process.execPath}' '${CLI_PATH}' run --flat guest@0x7c00 --exit-on-port`;

    async function withTerminal(work: (session: TerminalSession) => Promise<void>): Promise<void> {
      await withFolder(async (folder) => {
        await assembleTo("flat-real", join(folder, "guest"));
        const session = new TerminalSession(`${run}; echo "status $?"; stty -a`, folder);
        try {
          await session.waitFor(/MSW: /);
          await work(session);
        } finally {
          await session.close();
        }
      });
    }

    /** The terminal echoes, edits lines and makes signals again. */
    function assertCooked(text: string): void {
      for (const flag of ["isig", "icanon", "echo"]) assert.match(text, new RegExp(`(?<!-)\\b${flag}\\b`));
    }

    it("passes every key to the guest, Ctrl-C too, and none of them to the screen", async () => {
      await withTerminal(async (session) => {
        assert.match(session.text, /Ctrl-\] ends the machine/);
        session.type(`${CONTROL_C}a\r`);
        await session.waitFor(/0003\r?\n0061\r?\n000D\r?\n/);
        assert.doesNotMatch(session.text, /\^C|a\r?\n0061/);
        session.type("q");
        await session.waitFor(/status 33[^]*cstopb/);
        assertCooked(session.text);
      });
    });

    it("ends the machine with Ctrl-] and gives the terminal back as it was", async () => {
      await withTerminal(async (session) => {
        session.type(`b${ESCAPE}c`);
        await session.waitFor(/status 10[^]*cstopb/);
        assert.doesNotMatch(session.text, /0063/);
        assertCooked(session.text);
      });
    });
  },
);
