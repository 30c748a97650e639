/** Runs the guests on QEMU and Bochs and tells where these differ from the goldens without a known reason. Slow. */
import { bochs } from "./engines/bochs.js";
import type { Engine } from "./engines/engine.js";
import { qemu } from "./engines/qemu.js";
import { assembleGuest, guestNames, readGolden } from "./guest-image.js";
import { cpuCountOf } from "./guest-options.js";
import { compareOutputs } from "./output-difference.js";
import { peerDifferences } from "./peer-differences.js";

const peers: readonly Engine[] = [qemu, bochs];

/** Whether a known difference explains a line. */
function isKnown(engine: Engine, guest: string, line: string): boolean {
  return peerDifferences.some(
    (known) => known.engine === engine.name && known.guest === guest && known.lines.test(line),
  );
}

interface GuestComparison {
  /** Lines of golden ("-") and peer ("+") that nothing explains. */
  readonly unexplained: readonly string[];
  /** How many of the golden's lines differ for a known reason. */
  readonly explainedCount: number;
}

async function compareGuest(engine: Engine, guest: string): Promise<GuestComparison> {
  const peer = await engine.run(await assembleGuest(guest), { cpuCount: cpuCountOf(guest) });
  const { missing, extra } = compareOutputs(readGolden(guest), peer);
  const isUnexplained = (line: string): boolean => !isKnown(engine, guest, line);
  const lost = missing.filter(isUnexplained);
  const added = extra.filter(isUnexplained);
  return {
    unexplained: [...lost.map((line) => `- ${line}`), ...added.map((line) => `+ ${line}`)],
    explainedCount: missing.length - lost.length,
  };
}

async function comparePeers(guests: readonly string[], engines: readonly Engine[]): Promise<boolean> {
  let isFine = true;
  for (const engine of engines) {
    const reason = await engine.missing();
    if (reason !== undefined) {
      console.log(`${engine.name}: skipped: ${reason}`);
      continue;
    }
    for (const guest of guests) {
      const { unexplained, explainedCount } = await compareGuest(engine, guest);
      const verdict = unexplained.length === 0 ? "agrees" : "differs";
      const known = explainedCount === 0 ? "" : ` (${explainedCount} lines differ for known reasons)`;
      console.log(`${engine.name}: ${guest}: ${verdict}${known}`);
      for (const line of unexplained) console.log(`  ${line}`);
      isFine &&= unexplained.length === 0;
    }
  }
  return isFine;
}

/** Set by Node's test runner, which takes every file of a folder called "test" for a test. */
const isUnderTestRunner = process.env["NODE_TEST_CONTEXT"] !== undefined;
const [command = "all", ...names] = process.argv.slice(2);
const engines = peers.filter(({ name }) => command === "all" || command === name);
if (engines.length === 0) {
  console.log("usage: compare-peers [all|qemu|bochs [GUEST ...]]");
  process.exitCode = 2;
} else if (!isUnderTestRunner) {
  const isFine = await comparePeers(names.length === 0 ? guestNames() : names, engines);
  process.exitCode = isFine ? 0 : 1;
}
