import { spawn } from "node:child_process";
import type { ChildProcessByStdio } from "node:child_process";
import type { Readable } from "node:stream";
import { ImageError } from "../image-error.js";

/** What a finished program left behind. */
export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end and keeps its output. Throws `tool-missing` when it is not installed. */
export async function runCommand(
  program: string,
  args: readonly string[],
  options: { cwd?: string } = {},
): Promise<CommandResult> {
  const child = startCommand(program, args, options);
  const [stdout, stderr, exitCode] = await Promise.all([
    readAll(child.stdout),
    readAll(child.stderr),
    exitOf(program, child),
  ]);
  return { exitCode, stdout, stderr };
}

/** Starts a program whose output is read while it runs; C locale, so that messages are in English. */
export function startCommand(
  program: string,
  args: readonly string[],
  options: { cwd?: string } = {},
): ChildProcessByStdio<null, Readable, Readable> {
  const env = { ...process.env, LC_ALL: "C" };
  return spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], env, ...options });
}

/** Resolves with the exit code once all output has been read (128 for a program that a signal ended). */
export function exitOf(
  program: string,
  child: ChildProcessByStdio<null, Readable, Readable>,
): Promise<number> {
  return new Promise((resolve, reject) => {
    child.on("error", (cause) => reject(toolMissing(program, cause)));
    child.on("close", (code) => resolve(code ?? 128));
  });
}

export async function readAll(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function toolMissing(program: string, cause: Error): ImageError {
  return new ImageError(
    "tool-missing",
    `cannot run ${program}: ${cause.message}`,
    `images are made of Debian packages: build them on a Debian system, where ${program} is installed, ` +
      "or copy its cache folder here",
    { cause },
  );
}
