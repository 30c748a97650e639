import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { runDirectly } from "./direct-engine.js";
import type { Engine } from "./engine.js";

const program = fileURLToPath(new URL("../../src/cli/main.js", import.meta.url)); // from dist/bench/engines/
const packageFile = new URL("../../../package.json", import.meta.url);

/** Innervisor, through its command line and with the settings that it has by itself. */
export const ours: Engine = {
  id: "ours",
  title: "Innervisor",
  loopScale: 400,
  async describe() {
    const { version } = JSON.parse(await readFile(packageFile, "utf8")) as { version: string };
    return `Innervisor ${version} on Node.js ${process.version}`;
  },
  run(request) {
    const args = ["run", "--kernel", request.kernelPath, "--initrd", request.initrdPath];
    args.push("--append", request.commandLine, "--memory", `${request.memoryMiB}M`, "--clock", "real");
    if (request.nested) args.push("--nested");
    return runDirectly(process.execPath, [program, ...args], request);
  },
};
