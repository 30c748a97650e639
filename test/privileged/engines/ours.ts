import { createMachine } from "../../../src/node/create-machine.js";
import type { Engine } from "./engine.js";
import { memoryMiB, timeoutMs } from "./engine.js";

/** A guest that does not end by itself is stopped after so many instructions. */
const maxInstructions = 200_000_000;

/** Our own machine, under the virtual clock. */
export const ours: Engine = {
  name: "ours",
  missing: () => Promise.resolve(undefined),
  async run(image, { cpuCount }) {
    const chunks: Uint8Array[] = [];
    const machine = await createMachine({
      memoryBytes: memoryMiB * 2 ** 20,
      cpuCount,
      clock: "virtual",
      boot: { kind: "kernel", kernel: image },
      serialSink: { write: (bytes) => void chunks.push(bytes.slice()) },
      exitPort: true,
      maxInstructions,
    });
    // A processor that is halted for good executes nothing.
    const timer = setTimeout(() => machine.stop(), timeoutMs);
    const end = await machine.run().finally(() => clearTimeout(timer));
    const text = Buffer.concat(chunks).toString("latin1");
    return end.reason === "exit-port" ? text : `${text}\n[${end.reason}]\n`;
  },
};
