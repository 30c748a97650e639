import { copyState } from "../../devices/saved-state.js";
import type { Processor } from "../../processor/index.js";
import type { PcBoard } from "../pc-board.js";
import type { Scheduler } from "../scheduler.js";
import type { SerialPort } from "../serial-port.js";
import { packSnapshot } from "./container.js";
import { findFrameRuns, framesOf, saveFrameDirectory } from "./saved-memory.js";
import type { SavedHardware, SavedHeader } from "./saved-machine.js";
import { layoutFingerprint, saveProcessors } from "./saved-processors.js";

/** The parts of a machine that have state. */
export interface StatefulParts {
  readonly processor: Processor;
  readonly board: PcBoard;
  readonly scheduler: Scheduler;
  readonly serial: SerialPort;
  readonly console: SerialPort;
}

/** What the machine knows of itself. */
export interface MachineFacts {
  readonly hardware: SavedHardware;
  readonly bootDescription: string;
  readonly nowNs: number;
  readonly randomState: number;
}

/** The whole state of a machine that does not run now. */
export function saveMachine(parts: StatefulParts, facts: MachineFacts): Uint8Array {
  const { processor, board, scheduler } = parts;
  const header: SavedHeader = {
    layout: layoutFingerprint(),
    hardware: facts.hardware,
    bootDescription: facts.bootDescription,
    clock: { nowNs: facts.nowNs, virtualNs: scheduler.virtualNs, retired: scheduler.retired },
    randomState: facts.randomState,
    frameNext: processor.readMachineWord("FRAME_NEXT"),
    frameDirectory: saveFrameDirectory(processor),
    processors: saveProcessors(processor, facts.hardware.cpuCount),
    devices: board.devices.map((device) => ({ name: device.name, state: copyState(device.saveState()) })),
    serialText: parts.serial.text,
    consoleText: parts.console.text,
  };
  const runs = findFrameRuns(processor);
  return packSnapshot({ header, runs }, framesOf(processor, runs));
}
