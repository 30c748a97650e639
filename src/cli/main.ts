#!/usr/bin/env node
import { buildImage, defaultCacheDir } from "../images/index.js";
import { createMachine } from "./create-machine.js";
import { runCli } from "./program.js";

const { stdin, stdout, stderr } = process;

// A reader that went away (`innervisor … | head`) ends us as it ends other programs.
stdout.on("error", () => process.exit(1));
// Whatever ends the process, the terminal is given back.
process.on("exit", () => {
  if (stdin.isTTY && stdin.isRaw) stdin.setRawMode(false);
});

const code = await runCli(process.argv.slice(2), {
  stdin,
  stdout,
  stderr,
  signals: process,
  createMachine,
  buildImage,
  cacheDir: defaultCacheDir(),
});

// Not `process.exitCode`: an inherited standard input that never ends would keep the process alive.
stdout.write("", () => process.exit(code));
