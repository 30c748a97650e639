/** Runs seeds in a worker and looks from outside whether they come back: a guest that holds the host shows here only. */
import { Worker } from "node:worker_threads";

/** Far more than the slowest slice takes on a busy host. */
const SILENCE_MS = 20_000;

export interface SeedRange {
  first: number;
  count: number;
  /** Host time after which no new seed is begun. */
  endMs?: number;
}

export interface SeedFailure {
  seed: number;
  problem: string;
}

export interface SeedResults {
  failures: SeedFailure[];
  /** How often a guest ended for which reason. */
  reasons: Record<string, number>;
}

/** What the worker tells: a seed begins (`reason` missing), ends, or went wrong. */
export interface SeedMessage {
  seed: number;
  reason?: string;
  problem?: string;
}

/** Runs `count` guests; one that hangs is reported and the next one begun. */
export async function runSeeds({ first, count, endMs = Infinity }: SeedRange): Promise<SeedResults> {
  const results: SeedResults = { failures: [], reasons: {} };
  const end = first + count;
  for (let next = first; next < end && Date.now() < endMs;)
    next = await runUntilHang({ first: next, end, endMs }, results);
  return results;
}

/** Returns the seed to go on with. */
function runUntilHang(
  range: { first: number; end: number; endMs: number },
  results: SeedResults,
): Promise<number> {
  const worker = new Worker(new URL("./guest-worker.js", import.meta.url), { workerData: range });
  let current: number | undefined;
  return new Promise((resolve, reject) => {
    const finish = (next: number): void => {
      clearTimeout(timer);
      void worker.terminate().then(() => resolve(next));
    };
    const hung = (): void => {
      const seed = current ?? range.first;
      results.failures.push({ seed, problem: `did not come back within ${SILENCE_MS} ms` });
      finish(seed + 1);
    };
    let timer = setTimeout(hung, SILENCE_MS);
    worker.on("message", ({ seed, reason, problem }: SeedMessage) => {
      current = seed;
      clearTimeout(timer);
      timer = setTimeout(hung, SILENCE_MS);
      if (reason !== undefined) results.reasons[reason] = (results.reasons[reason] ?? 0) + 1;
      if (problem !== undefined) results.failures.push({ seed, problem });
    });
    worker.on("error", (error: unknown) => {
      // Without a seed it is the worker itself that is broken.
      if (current === undefined) return reject(error as Error);
      results.failures.push({ seed: current, problem: `the worker died: ${String(error)}` });
      finish(current + 1);
    });
    worker.on("exit", () => finish(range.end));
  });
}
