/** The report: a markdown table of medians, and the reasons for what failed. */
import type { Engine } from "./engines/engine.js";
import { isMoreBetter } from "./rows/row.js";
import type { Measurement } from "./rows/row.js";
import { median } from "./statistics.js";

/** What one engine gave for one row, in all repeats. */
export interface Outcome {
  readonly engine: Engine;
  readonly rowId: string;
  readonly runs: readonly (readonly Measurement[])[];
  /** Why a run failed; no number of the row counts then. */
  readonly failure?: string;
}

/** The table's lines, one for each measurement, and a list of failures below it. */
export function formatReport(
  engines: readonly Engine[],
  rowIds: readonly string[],
  outcomes: readonly Outcome[],
): string {
  const [first, ...peers] = engines;
  const heads = [
    ...engines.map((engine) => engine.title),
    ...peers.map((peer) => `${first?.title} / ${peer.title}`),
  ];
  const lines = [`| work | ${heads.join(" | ")} |`, `|---|${heads.map(() => "---:").join("|")}|`];
  for (const rowId of rowIds) {
    const row = outcomes.filter((outcome) => outcome.rowId === rowId);
    const measurements = row.find((outcome) => outcome.failure === undefined)?.runs[0] ?? [];
    if (measurements.length === 0) lines.push(formatLine(engines, rowId, () => undefined, row));
    for (const { title, unit } of measurements) {
      lines.push(formatLine(engines, `${title} (${unit})`, (outcome) => medianOf(outcome, title), row, unit));
    }
  }
  return [...lines, ...formatFailures(outcomes)].join("\n");
}

function formatLine(
  engines: readonly Engine[],
  title: string,
  valueOf: (outcome: Outcome) => number | undefined,
  row: readonly Outcome[],
  unit: Measurement["unit"] = "s",
): string {
  const values = engines.map((engine) => {
    const outcome = row.find((candidate) => candidate.engine === engine);
    return outcome && valueOf(outcome);
  });
  const cells = values.map((value) => (value === undefined ? "failed" : formatValue(value, unit)));
  const factors = values.slice(1).map((peer) => formatFactor(values[0], peer, unit));
  return `| ${[title, ...cells, ...factors].join(" | ")} |`;
}

function medianOf(outcome: Outcome, title: string): number | undefined {
  if (outcome.failure !== undefined || outcome.runs.length === 0) return undefined;
  const values = outcome.runs.map((run) => run.find((measurement) => measurement.title === title)?.value);
  return median(values.filter((value) => value !== undefined));
}

function formatValue(value: number, unit: Measurement["unit"]): string {
  if (unit === "s" || unit === "ratio") return value.toFixed(2);
  return value.toFixed(0);
}

/** How many times better the first engine is than the peer: above 1 is better, whatever the unit. */
function formatFactor(own: number | undefined, peer: number | undefined, unit: Measurement["unit"]): string {
  if (own === undefined || peer === undefined) return "";
  return `${(isMoreBetter(unit) ? own / peer : peer / own).toFixed(2)}x`;
}

function formatFailures(outcomes: readonly Outcome[]): string[] {
  const failed = outcomes.filter((outcome) => outcome.failure !== undefined);
  if (failed.length === 0) return [];
  return ["", ...failed.map(({ engine, rowId, failure }) => `- ${engine.title}, ${rowId}: ${failure}`)];
}
