import { Machine } from "../machine/machine.js";
import type { CreateMachine } from "./machine-contract.js";
import { nodeHost } from "../node/node-host.js";

/** The real machine, on Node. */
export const createMachine: CreateMachine = (options) => Machine.create({ ...options, host: nodeHost });
