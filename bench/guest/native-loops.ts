import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { assemble } from "./assemble.js";

/**
 * What the loops compute on the host's own processor, by the loop's name: what every engine has to compute
 * at the same scale. Undefined on a host that cannot run an x86-64 Linux program.
 */
export async function nativeChecks(scale: number): Promise<Map<string, string> | undefined> {
  if (process.platform !== "linux" || process.arch !== "x64") return undefined;
  const folder = await mkdtemp(join(tmpdir(), "innervisor-bench-"));
  try {
    const program = join(folder, "loops");
    await writeFile(program, await assemble("loops.asm"), { mode: 0o755 });
    const { stdout } = await promisify(execFile)(program, [`${scale}`]);
    const matches = stdout.matchAll(/^loop (\S+) instructions=.* check=([0-9a-f]+)$/gm);
    return new Map([...matches].map((match) => [match[1]!, match[2]!]));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
