/**
 * The bench: the same guests on Innervisor and on its peers, in one run. Numbers go to standard output,
 * progress to standard error.
 *
 *   npm run bench -- [--only ROW,…] [--engines ENGINE,…] [--repeat N]
 */
import { cpus } from "node:os";
import { Command, InvalidArgumentError, Option } from "commander";
import { bochs } from "./engines/bochs.js";
import type { Engine } from "./engines/engine.js";
import { ours } from "./engines/ours.js";
import { qemu } from "./engines/qemu.js";
import { formatReport } from "./report.js";
import type { Outcome } from "./report.js";
import { bootRow, nestedRow } from "./rows/boot-rows.js";
import { loopsRow, nestedLoopsRow } from "./rows/loop-rows.js";
import type { Measurement, Row } from "./rows/row.js";

const allEngines: readonly Engine[] = [ours, qemu, bochs];
const allRows: readonly Row[] = [bootRow, nestedRow, loopsRow, nestedLoopsRow];

interface BenchOptions {
  readonly only: readonly Row[];
  readonly engines: readonly Engine[];
  readonly repeat: number;
}

const command = new Command("bench")
  .description("Compares Innervisor with its peers; prints a markdown table of medians.")
  .addOption(listOption("--only <rows>", "rows to measure", allRows))
  .addOption(listOption("--engines <engines>", "engines to run them on", allEngines))
  .option("--repeat <number>", "runs of each row on each engine", parseRepeat, 3)
  .action(async (options: BenchOptions) => runBench(options));

await command.parseAsync();

async function runBench({ only, engines, repeat }: BenchOptions): Promise<void> {
  const outcomes: Outcome[] = [];
  const present: Engine[] = [];
  console.log(
    `Host: ${cpus()[0]?.model ?? "unknown processor"}, ${cpus().length} processors; ${repeat} runs each.`,
  );
  for (const engine of engines) if (await announce(engine)) present.push(engine);
  for (const row of only) outcomes.push(...(await measureRow(row, present, repeat)));
  console.log(
    `\n${formatReport(
      present,
      only.map((row) => row.id),
      outcomes,
    )}`,
  );
}

/** Prints the engine's version; false, with the reason, when it cannot be used here. */
async function announce(engine: Engine): Promise<boolean> {
  try {
    console.log(`${engine.title}: ${await engine.describe()}`);
    return true;
  } catch (error) {
    console.log(`${engine.title}: skipped, ${messageOf(error)}`);
    return false;
  }
}

/** The engines take turns, so that a host that becomes slower does so for all; one runs at a time. */
async function measureRow(row: Row, engines: readonly Engine[], repeat: number): Promise<Outcome[]> {
  const runs = new Map(engines.map((engine) => [engine, [] as (readonly Measurement[])[]]));
  const failures = new Map<Engine, string>();
  for (let turn = 1; turn <= repeat; turn++) {
    for (const engine of engines) {
      if (failures.has(engine)) continue;
      try {
        const run = await row.measure(engine);
        runs.get(engine)?.push(run);
        console.error(`${row.id} ${turn}/${repeat} ${engine.title}: ${summarize(run)}`);
      } catch (error) {
        failures.set(engine, messageOf(error));
        console.error(`${row.id} ${turn}/${repeat} ${engine.title}: failed, ${messageOf(error)}`);
      }
    }
  }
  return engines.map((engine) =>
    describeOutcome(engine, row.id, runs.get(engine) ?? [], failures.get(engine)),
  );
}

function describeOutcome(
  engine: Engine,
  rowId: string,
  runs: readonly (readonly Measurement[])[],
  failure: string | undefined,
): Outcome {
  return failure === undefined ? { engine, rowId, runs } : { engine, rowId, runs, failure };
}

function summarize(run: readonly Measurement[]): string {
  return run.map(({ title, value, unit }) => `${title} ${value.toFixed(2)} ${unit}`).join("; ");
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}

function idsOf(items: readonly { id: string }[]): string {
  return items.map((item) => item.id).join(",");
}

/** An option that takes some of the items, by their ids; all of them when it is not given. */
function listOption<T extends { id: string }>(
  flags: string,
  description: string,
  items: readonly T[],
): Option {
  const option = new Option(flags, `${description}: ${idsOf(items)}`);
  return option.argParser(choicesOf(items)).default(items, "all");
}

function choicesOf<T extends { id: string }>(items: readonly T[]): (list: string) => readonly T[] {
  return (list) => list.split(",").map((id) => items.find((item) => item.id === id) ?? unknown(id, items));
}

function unknown(id: string, items: readonly { id: string }[]): never {
  throw new InvalidArgumentError(`"${id}" is none of ${idsOf(items)}.`);
}

function parseRepeat(text: string): number {
  const repeat = Number(text);
  if (Number.isInteger(repeat) && repeat >= 1) return repeat;
  throw new InvalidArgumentError("expected a whole number from 1 up.");
}
