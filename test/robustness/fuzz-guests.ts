/** Runs guests of garbage for as long as it is told: `npm run test:fuzz-guests -- [seconds] [first seed]`. */
import { runSeeds } from "./guest-watch.js";

const [seconds = "60", first = String(Date.now() % 1_000_000_000)] = process.argv.slice(2);
const endMs = Date.now() + Number(seconds) * 1000;
const SEEDS_AT_ONCE = 100;
let seed = Number(first);
let failures = 0;
while (Date.now() < endMs) {
  const batch = await runSeeds({ first: seed, count: SEEDS_AT_ONCE, endMs });
  for (const failure of batch.failures) console.log(`seed ${failure.seed}: ${failure.problem}`);
  failures += batch.failures.length;
  seed += SEEDS_AT_ONCE;
  console.log(`${seed - Number(first)} seeds, ${failures} failures; ends: ${JSON.stringify(batch.reasons)}`);
}
process.exitCode = failures === 0 ? 0 : 1;
