import type { CliOutput } from "./cli-context.js";
import { exitCode } from "./exit-codes.js";

/** An error that says what to do about it: a VmError or an ImageError. */
interface ExplainedError extends Error {
  code: string;
  hint: string | undefined;
}

/**
 * Prints `error: …` and, where the error has one, `hint: …`; anything but an explained error is a mistake of
 * our own and comes with its stack.
 * @returns the exit code
 */
export function reportError(error: unknown, stderr: CliOutput): number {
  if (!isExplained(error)) {
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    stderr.write(`error: internal error: ${detail}\nhint: this is a bug in Innervisor; please report it\n`);
    return exitCode.internalError;
  }
  stderr.write(`error: ${error.message}\n`);
  if (error.hint !== undefined) stderr.write(`hint: ${error.hint}\n`);
  return exitCode.badInput;
}

function isExplained(error: unknown): error is ExplainedError {
  return error instanceof Error && (error.name === "VmError" || error.name === "ImageError");
}
