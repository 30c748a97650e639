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

/** The lines of a guest on a peer that nothing explains. */
async function unexplainedLines(engine: Engine, guest: string): Promise<string[]> {
  const peer = await engine.run(await assembleGuest(guest), { cpuCount: cpuCountOf(guest) });
  const { missing, extra } = compareOutputs(readGolden(guest), peer);
  const unexplained = (lines: readonly string[]): string[] => lines.filter((line) => !isKnown(engine, guest, line));
  return [...unexplained(missing).map((line) => `- ${line}`), ...unexplained(extra).map((line) => `+ ${line}`)];
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
      const lines = await unexplainedLines(engine, guest);
      console.log(`${engine.name}: ${guest}: ${lines.length === 0 ? "agrees" : "differs"}`);
      for (const line of lines) console.log(`  ${line}`);
      isFine &&= lines.length === 0;
    }
  }
  return isFine;
}

const [command, ...names] = process.argv.slice(2);
if (command !== "all" && command !== "qemu" && command !== "bochs") {
  console.log("usage: compare-peers all|qemu|bochs [GUEST ...]");
} else {
  const engines = peers.filter(({ name }) => command === "all" || command === name);
  const isFine = await comparePeers(names.length === 0 ? guestNames() : names, engines);
  process.exitCode = isFine ? 0 : 1;
}
