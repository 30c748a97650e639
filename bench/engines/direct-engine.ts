import { ConsoleLog } from "./console-log.js";
import { EmulatorProcess } from "./emulator-process.js";
import type { ProcessEnd } from "./emulator-process.js";
import { powerDownLine } from "./engine.js";
import type { GuestRequest, GuestRun } from "./engine.js";

/** Runs an emulator that loads a kernel itself, has the console on standard output, and ends at power-off. */
export async function runDirectly(
  program: string,
  args: readonly string[],
  request: GuestRequest,
): Promise<GuestRun> {
  const console = new ConsoleLog();
  const onOutput = (chunk: Uint8Array): void => console.append(chunk);
  const process = new EmulatorProcess({ program, args, timeoutMs: request.timeoutMs, onOutput });
  const end = await process.end;
  if (!isPowerOff(end, console)) throw new Error(describeFailure(end, console));
  return { console, elapsedMs: end.endedMs - process.startedMs, peakMemoryKiB: end.peakMemoryKiB };
}

function isPowerOff(end: ProcessEnd, console: ConsoleLog): boolean {
  return end.exitCode === 0 && console.find(powerDownLine) !== undefined;
}

/** One line that says how the run ended, with the last that was seen of it. */
export function describeFailure(end: ProcessEnd, console: ConsoleLog): string {
  const how = end.timedOut ? "timed out" : `ended with exit code ${end.exitCode ?? "none (killed)"}`;
  const complaint = end.stderr === "" ? "" : `; stderr: ${errorLine(end.stderr)}`;
  return `${how}; console: ${console.tail() || "empty"}${complaint}`;
}

/** The line that says most: one that speaks of an error, else the last. */
function errorLine(stderr: string): string {
  const lines = stderr.split("\n").filter((line) => line.trim() !== "");
  return lines.find((line) => /error/i.test(line)) ?? lines.at(-1) ?? "";
}
