import type { FlatBoot } from "../../../src/machine/boot/index.js";
import { createMachine, type Machine, type MachineOptions } from "../../../src/index.js";

export const MIB = 2 ** 20;

/** A machine of 32 MiB with a virtual clock and an exit port that starts `guest`. */
export function testMachine(guest: FlatBoot, options: Partial<MachineOptions> = {}): Promise<Machine> {
  return createMachine({
    memoryBytes: 32 * MIB,
    clock: "virtual",
    exitPort: true,
    ...options,
    boot: { kind: "flat", ...guest },
  });
}
