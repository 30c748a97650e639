import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { runDirectly } from "./direct-engine.js";
import type { Engine } from "./engine.js";

const program = "qemu-system-x86_64";

/** QEMU's translator. It has no VT-x; nested guests run with AMD-V and nested paging. */
export const qemu: Engine = {
  id: "qemu",
  title: "QEMU TCG",
  loopScale: 400,
  async describe() {
    const { stdout } = await promisify(execFile)(program, ["--version"]);
    return stdout.split("\n")[0] ?? program;
  },
  run(request) {
    const cpu = request.nested ? "qemu64,+svm,+npt" : "qemu64";
    const args = ["-accel", "tcg", "-cpu", cpu, "-m", `${request.memoryMiB}`, "-no-reboot"];
    args.push("-nodefaults", "-display", "none", "-vga", "none", "-serial", "stdio");
    args.push("-kernel", request.kernelPath, "-initrd", request.initrdPath, "-append", request.commandLine);
    return runDirectly(program, args, request);
  },
};
