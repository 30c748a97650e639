import { Command, CommanderError } from "commander";
import type { CliContext, SetExitCode } from "./cli-context.js";
import { addDemoCommand } from "./commands/demo.js";
import { addImageCommand } from "./commands/image.js";
import { addRunCommand } from "./commands/run.js";
import { exitCode } from "./exit-codes.js";
import { reportError } from "./report-error.js";

/**
 * Runs the command line `args` (without node and script). Never throws: errors are printed.
 * @returns the exit code
 */
export async function runCli(args: readonly string[], context: CliContext): Promise<number> {
  let code: number = exitCode.success;
  const program = buildProgram(context, (value) => (code = value));
  try {
    await program.parseAsync(args, { from: "user" });
    return code;
  } catch (error) {
    // Commander has printed its own already; help and version are thrown too, with exit code 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.success : exitCode.badInput;
    return reportError(error, context.stderr);
  }
}

function buildProgram(context: CliContext, setExitCode: SetExitCode): Command {
  const program = new Command("innervisor")
    .description("An x86-64 machine whose processor virtualizes VT-x; needs no hardware help")
    // Before the commands: they inherit both.
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
    })
    .showHelpAfterError('hint: see "innervisor help"');
  addRunCommand(program, context, setExitCode);
  addImageCommand(program, context);
  addDemoCommand(program, context, setExitCode);
  return program;
}
