/** Runs guests on one engine and prints what they print: for those who write guests. */
import { bochs } from "./engines/bochs.js";
import { ours } from "./engines/ours.js";
import { qemu } from "./engines/qemu.js";
import { cpuCountOf } from "./guest-options.js";
import { assembleGuest } from "./guest-image.js";

const [name, ...guests] = process.argv.slice(2);
const engine = [ours, qemu, bochs].find((candidate) => candidate.name === name);
if (engine === undefined) {
  console.log("usage: run-engine ours|qemu|bochs GUEST ...");
} else {
  for (const guest of guests) {
    const image = await assembleGuest(guest);
    process.stdout.write(await engine.run(image, { cpuCount: cpuCountOf(guest) }));
  }
}
