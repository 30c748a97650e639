/** Machines on Node: the host's services are Node's unless others are given. */
import type { HostServices } from "../machine/host-services.js";
import type { MachineOptions, RestoreOptions } from "../machine/machine-options.js";
import { Machine } from "../machine/machine.js";
import { nodeHost } from "./node-host.js";

/** Options of which the host may be left out. */
export type OnNode<Options extends { host: HostServices }> = Omit<Options, "host"> & { host?: HostServices };

/**
 * Builds a machine and loads what it boots; `run` starts it.
 * @throws VmError when memory, processors or the boot files are not what they must be
 */
export function createMachine(options: OnNode<MachineOptions>): Promise<Machine> {
  return Machine.create({ host: nodeHost, ...options });
}

/**
 * Builds the machine that `Machine.snapshot` saved; `run` goes on where it was.
 * @throws VmError `snapshot-…` when the bytes are damaged, of another version, or do not fit `options`
 */
export function restoreMachine(snapshot: Uint8Array, options: OnNode<RestoreOptions> = {}): Promise<Machine> {
  return Machine.restore(snapshot, { host: nodeHost, ...options });
}
