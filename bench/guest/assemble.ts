import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Assembles a source of bench/guest/ to a flat binary. Throws when nasm is not installed or says no. */
export async function assemble(sourceName: string): Promise<Uint8Array> {
  const source = fileURLToPath(new URL(`../../../bench/guest/${sourceName}`, import.meta.url)); // from dist/bench/guest/
  const folder = await mkdtemp(join(tmpdir(), "innervisor-bench-"));
  try {
    const output = join(folder, "output.bin");
    await runNasm(["-f", "bin", "-o", output, source]);
    return await readFile(output);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function runNasm(args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn("nasm", args, { stdio: ["ignore", "ignore", "pipe"] });
    let messages = "";
    child.stderr.on("data", (chunk: Buffer) => (messages += chunk.toString()));
    child.on("error", (cause) => reject(new Error("nasm is not installed", { cause })));
    child.on("close", (code) =>
      code === 0 ? resolve() : reject(new Error(`nasm failed: ${messages.trim()}`)),
    );
  });
}
