import type { BuiltImage } from "../../src/images/index.js";
import { buildImage } from "../../src/images/index.js";
import type { Engine, GuestRun } from "../engines/engine.js";
import type { Measurement, Row } from "./row.js";

const memoryMiB = 1024;
const timeoutMs = 300_000;

/** Debian's kernel and BusyBox, from the kernel in memory to power-off. */
export const bootRow: Row = {
  id: "boot",
  description: "Debian cloud kernel and BusyBox to init and power-off",
  measure: (engine) => measureBoot(engine, "debian-minimal", "boot", ["L1: powering off"]),
};

/** The same as level 1, which loads KVM and starts the same kernel as level 2 with QEMU. */
export const nestedRow: Row = {
  id: "nested",
  description: "the same as level 1, with KVM and QEMU that boot it again as level 2, to power-off of both",
  measure: (engine) =>
    measureBoot(engine, "debian-kvm", "boot with level 2", [
      "L2: powering off",
      "L1: level 2 ended with exit code 0",
    ]),
};

async function measureBoot(
  engine: Engine,
  imageName: string,
  title: string,
  markers: readonly string[],
): Promise<Measurement[]> {
  const image = await buildImage(imageName);
  const run = await engine.run({ ...bootRequest(image), nested: imageName === "debian-kvm" });
  for (const marker of markers) requireLine(run, marker);
  return [
    { title, value: run.elapsedMs / 1000, unit: "s" },
    { title: `${title}: resident memory`, value: run.peakMemoryKiB / 1024, unit: "MiB" },
  ];
}

/** The request for an image's usual start. */
export function bootRequest(image: BuiltImage): {
  kernelPath: string;
  initrdPath: string;
  commandLine: string;
  memoryMiB: number;
  timeoutMs: number;
} {
  const { kernelPath, initrdPath, commandLine } = image;
  return { kernelPath, initrdPath, commandLine, memoryMiB, timeoutMs };
}

function requireLine(run: GuestRun, text: string): void {
  if (run.console.find(text) !== undefined) return;
  throw new Error(`the console never showed "${text}"; it ended with: ${run.console.tail()}`);
}
