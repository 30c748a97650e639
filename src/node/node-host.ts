import { randomFillSync } from "node:crypto";
import { readFile } from "node:fs/promises";
import { setImmediate as nextTurn, setTimeout as delay } from "node:timers/promises";
import { VmError } from "../machine/errors.js";
import type { HostServices } from "../machine/host-services.js";

/** The compiled processor, relative to this file as compiled. */
const processorUrl = new URL("../../assembly/processor.wasm", import.meta.url);
const processStart = process.hrtime.bigint();

/** What a machine asks of the place it runs in, answered by Node. */
export const nodeHost: HostServices = {
  /** Nanoseconds since the process began; never goes back. */
  monotonicNs(): number {
    return Number(process.hrtime.bigint() - processStart);
  },
  /** Milliseconds since 1970 UTC. */
  wallMs(): number {
    return Date.now();
  },
  fillRandom(target: Uint8Array): void {
    randomFillSync(target);
  },
  async sleep(milliseconds: number): Promise<void> {
    // A timer of 0 ms takes at least one: what waits for other events only must not.
    if (milliseconds <= 0) await nextTurn();
    else await delay(milliseconds);
  },
  /** @throws VmError `engine-missing` */
  async loadProcessor(): Promise<Uint8Array> {
    return readFile(processorUrl).catch((cause: unknown) => {
      throw new VmError({
        code: "engine-missing",
        message: `the processor ${processorUrl.pathname} is missing`,
        hint: 'build it with "npm run build", or install the package again',
        cause,
      });
    });
  },
};
