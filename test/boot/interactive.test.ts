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
/** The exit value 10H of the guest as an exit code. */
const GUEST_DONE_CODE = 0x21;
const STOPPED_CODE = 10;
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
    /** The terminal's settings before and after, and the exit code between. */
    const command = `stty echo isig icanon; stty -g; ${run}; echo "status $?"; stty -g; echo finished`;
    const finished = /^([\w:]+)\r?\n[^]*status (\d+)\r?\n([\w:]+)\r?\nfinished/;

    async function withTerminal(work: (session: TerminalSession) => Promise<void>): Promise<void> {
      await withFolder(async (folder) => {
        await assembleTo("flat-real", join(folder, "guest"));
        const session = new TerminalSession(command, folder);
        try {
          await session.waitFor(/MSW: \w+\r?\n/);
          await work(session);
        } finally {
          await session.close();
        }
      });
    }

    async function assertEnd(session: TerminalSession, exitCode: number): Promise<void> {
      await session.waitFor(finished);
      const [, before, status, after] = finished.exec(session.text) ?? [];
      assert.equal(status, `${exitCode}`);
      assert.equal(after, before, "the terminal is as it was");
    }

    it("passes every key to the guest, Ctrl-C too, and none of them to the screen", async () => {
      await withTerminal(async (session) => {
        assert.match(session.text, /Ctrl-\] ends the machine/);
        session.type(`${CONTROL_C}a\r`);
        await session.waitFor(/MSW: \w+\r?\n0003\r?\n0061\r?\n000D\r?\n/);
        session.type("q");
        await assertEnd(session, GUEST_DONE_CODE);
      });
    });

    it("ends the machine with Ctrl-] and gives the terminal back as it was", async () => {
      await withTerminal(async (session) => {
        session.type(`${ESCAPE}b`);
        await assertEnd(session, STOPPED_CODE);
        assert.doesNotMatch(session.text, /0062/, "the guest does not get what is typed behind it");
      });
    });
  },
);
