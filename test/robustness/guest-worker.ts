/** The worker of guest-watch.ts. */
import { parentPort, workerData } from "node:worker_threads";
import type { SeedMessage } from "./guest-watch.js";
import { runSeed } from "./run-seed.js";

const { first, end, endMs } = workerData as { first: number; end: number; endMs: number };
for (let seed = first; seed < end && Date.now() < endMs; seed++) {
  tell({ seed });
  tell({ seed, ...(await runSeed(seed)) });
}

function tell(message: SeedMessage): void {
  parentPort?.postMessage(message);
}
