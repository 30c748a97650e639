import type { Command } from "commander";
import type { CliContext, SetExitCode } from "../cli-context.js";
import { runMachine } from "../run-machine.js";
import type { RunOptionValues } from "./run-options.js";
import { resolveRunOptions } from "./run-options.js";

/** `innervisor run`: starts a machine with its serial line on the terminal. */
export function addRunCommand(program: Command, context: CliContext, setExitCode: SetExitCode): void {
  const collect = (value: string, previous: string[] | undefined): string[] => [...(previous ?? []), value];
  program
    .command("run")
    .summary("start a machine, its serial console on the terminal")
    .description("Starts a machine with its serial console on the terminal. Ctrl-] ends the machine.")
    .option("--kernel <file>", "Linux bzImage, multiboot kernel or PVH kernel (may be gzipped)")
    .option("--initrd <file>", "initial RAM disk; the first module of other kernels than Linux")
    .option("--append <text>", "kernel command line")
    .option(
      "--module <file[=text]>",
      "module with its command line, for multiboot and PVH; repeatable",
      collect,
    )
    .option("--flat <file@address[,bits]>", "bare image, started in 16-, 32- or 64-bit mode")
    .option("--firmware <file>", "firmware ROM that ends at 4 GiB")
    .option("--memory <size>", "RAM: 512M, 2G, or a number of MiB", "512M")
    .option("--cpus <number>", "processors", "1")
    .option("--cpu-profile <name>", "processor model")
    .option("--nested", "expose the virtualization extensions")
    .option("--expose-virtualization-extensions", "the same")
    .option("--disk <file[,ro]>", "raw disk image; repeatable", collect)
    .option("--clock <kind>", "real, or virtual: the same run every time", "real")
    .option("--exit-on-port", "a byte V written to port F4H ends the machine with exit code (V<<1)|1")
    .option("--no-reboot", "end when the guest resets its machine")
    .option("--max-instructions <number>", "end after so many instructions")
    .option("--timeout <seconds>", "end after so much time")
    .option("--stats", "print counters to standard error at the end")
    .action(async (values: RunOptionValues) => {
      const { machine, settings } = await resolveRunOptions(values);
      setExitCode(await runMachine(context, machine, settings));
    });
}
