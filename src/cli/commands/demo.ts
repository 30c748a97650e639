import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import type { BuiltImage } from "../../images/index.js";
import type { CliContext, SetExitCode } from "../cli-context.js";
import { exitCode } from "../exit-codes.js";
import type { ExpectedLine } from "../line-checklist.js";
import { LineChecklist } from "../line-checklist.js";
import { runMachine } from "../run-machine.js";
import { reportProgress } from "./image.js";

const mib = 2 ** 20;
const leastMemoryMiB = 2048;

/** What debian-kvm and the guest within it print, in this order. */
const expectedLines: readonly ExpectedLine[] = [
  { pattern: /L1: uname: Linux/, meaning: "Linux runs at level 1" },
  { pattern: /L1: kvm: loaded/, meaning: "its KVM found the virtualization extensions" },
  { pattern: /L1: starting level 2/, meaning: "QEMU starts with KVM" },
  { pattern: /L2: uname: Linux/, meaning: "Linux runs at level 2" },
  { pattern: /L2: flags: .*\bhypervisor\b/, meaning: "level 2 knows that it is a guest" },
  { pattern: /L2: powering off/, meaning: "level 2 powers off" },
  { pattern: /L1: level 2 ended with exit code 0/, meaning: "level 1 saw level 2 end well" },
  { pattern: /L1: powering off/, meaning: "level 1 powers off" },
];

/** `innervisor demo`: a Debian guest that runs KVM that runs a Debian guest. */
export function addDemoCommand(program: Command, context: CliContext, setExitCode: SetExitCode): void {
  program
    .command("demo")
    .summary("run Linux in KVM in Linux")
    .description(
      "Builds the debian-kvm image and runs it: Linux, whose QEMU/KVM runs Linux. Checks what both print.",
    )
    .option("--debian", "the demo with Debian's kernel and QEMU (there is no other yet)")
    .option("--stats", "print counters to standard error at the end")
    .action(async (options: { stats?: boolean }) => setExitCode(await runDemo(context, options)));
}

async function runDemo(context: CliContext, options: { stats?: boolean }): Promise<number> {
  const { cacheDir } = context;
  const image = await context.buildImage("debian-kvm", { cacheDir, progress: reportProgress(context) });
  const checklist = new LineChecklist(expectedLines);
  const code = await runMachine(context, await describeMachine(image), {
    noReboot: true,
    printStatistics: options.stats === true,
    observe: (bytes) => checklist.add(bytes),
  });
  return judge(context, code, checklist);
}

async function describeMachine(image: BuiltImage): Promise<Parameters<typeof runMachine>[1]> {
  return {
    memoryBytes: Math.max(image.memoryMiB, leastMemoryMiB) * mib,
    cpuCount: 1,
    clock: "real",
    exposeVirtualizationExtensions: true,
    exitPort: false,
    disks: [],
    boot: {
      kind: "kernel",
      kernel: await readFile(image.kernelPath),
      initrd: await readFile(image.initrdPath),
      commandLine: image.commandLine,
    },
  };
}

function judge(context: CliContext, code: number, checklist: LineChecklist): number {
  const { missing } = checklist;
  if (code !== exitCode.success && code !== exitCode.reset) return code;
  if (missing !== undefined) {
    context.stderr.write(
      `error: the demo failed: not seen: ${missing.meaning} (${missing.pattern.source})\n`,
    );
    return exitCode.demoFailed;
  }
  if (code === exitCode.reset) {
    context.stderr.write("error: the demo failed: level 1 reset its machine instead of powering it off\n");
    return exitCode.demoFailed;
  }
  context.stderr.write("demo passed: Linux ran in KVM in Linux, and all powered off in order\n");
  return exitCode.success;
}
