import { buildImage } from "../../src/images/index.js";
import type { Engine, GuestRun } from "../engines/engine.js";
import { withLoopsInitrd } from "../guest/loops-initrd.js";
import { nativeChecks } from "../guest/native-loops.js";
import { geometricMean } from "../statistics.js";
import { bootRequest } from "./boot-rows.js";
import { mipsOf, parseLoopResults } from "./loop-results.js";
import type { LoopResult } from "./loop-results.js";
import type { Measurement, Row } from "./row.js";

const loopCount = 10;
const levelTwoStart = "L1: starting level 2";

/** The hot loops at level 1. */
export const loopsRow: Row = {
  id: "loops",
  description: "hot loops in the guest",
  async measure(engine) {
    const { lines } = (await runLoops(engine, "debian-minimal")).console;
    const results = await verify(parseLoopResults(lines), engine, "level 1");
    const speeds = results.map((result) => ({ title: `loop ${result.name}`, value: mipsOf(result) }));
    const mean = { title: "loops: geometric mean", value: meanMips(results) };
    return [...speeds, mean].map((speed): Measurement => ({ ...speed, unit: "MIPS" }));
  },
};

/** The hot loops at level 2 against those at level 1, in one run. */
export const nestedLoopsRow: Row = {
  id: "nested-loops",
  description: "hot loops at level 2, and their speed against level 1",
  async measure(engine) {
    const { lines } = (await runLoops(engine, "debian-kvm")).console;
    const border = lines.findIndex((line) => line.text.includes(levelTwoStart));
    if (border < 0) throw new Error(`the console never showed "${levelTwoStart}"`);
    const outer = await verify(parseLoopResults(lines.slice(0, border)), engine, "level 1");
    const inner = await verify(parseLoopResults(lines.slice(border)), engine, "level 2");
    return [
      { title: "loops at level 2: geometric mean", value: meanMips(inner), unit: "MIPS" },
      { title: "loops: level 2 against level 1", value: meanMips(inner) / meanMips(outer), unit: "ratio" },
    ];
  },
};

function meanMips(results: readonly LoopResult[]): number {
  return geometricMean(results.map(mipsOf));
}

async function runLoops(engine: Engine, imageName: string): Promise<GuestRun> {
  const image = await buildImage(imageName);
  const commandLine = `${image.commandLine} innervisor.bench=loops innervisor.bench-scale=${engine.loopScale}`;
  return withLoopsInitrd(image.initrdPath, (initrdPath) =>
    engine.run({ ...bootRequest(image), initrdPath, commandLine, nested: imageName === "debian-kvm" }),
  );
}

/** All loops have to be there, with what the host's processor computes. Throws what is wrong. */
async function verify(results: LoopResult[], engine: Engine, where: string): Promise<LoopResult[]> {
  if (results.length !== loopCount) {
    throw new Error(`expected the results of ${loopCount} loops at ${where}, found ${results.length}`);
  }
  const checks = await nativeChecks(engine.loopScale);
  for (const { name, check } of results) {
    const expected = checks?.get(name) ?? check;
    if (check !== expected) throw new Error(`loop ${name} at ${where} gave ${check}, expected ${expected}`);
  }
  return results;
}
