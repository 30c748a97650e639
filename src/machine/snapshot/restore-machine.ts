import type { Device } from "../../devices/contracts.js";
import type { StatefulParts } from "./save-machine.js";
import type { SavedHeader, SavedMachine } from "./saved-machine.js";
import { restoreFrames } from "./saved-memory.js";
import { restoreProcessors } from "./saved-processors.js";
import { snapshotError } from "./snapshot-error.js";

/**
 * Puts everything back into a machine just built and reset; its clock must already go on from the saved time.
 * @throws VmError `snapshot-damaged` when memory or a device refuses its state
 */
export function restoreMachine(parts: StatefulParts, { header, runs, frames }: SavedMachine): void {
  const { processor, board, scheduler } = parts;
  scheduler.virtualNs = header.clock.virtualNs;
  scheduler.retired = header.clock.retired;
  parts.serial.restoreText(header.serialText);
  parts.console.restoreText(header.consoleText);
  // Local APICs ask their processor for its TSC.
  restoreProcessors(processor, header.processors);
  // Devices that find their state again move wires and so change others' states: twice puts these right, since in
  // the second round no wire changes its level any more.
  restoreDevices(board.devices, header.devices);
  restoreDevices(board.devices, header.devices);
  // What devices did to memory map, A20 and the processors' events is part of what was saved.
  restoreFrames(processor, { frameNext: header.frameNext, directory: header.frameDirectory, runs, frames });
  restoreProcessors(processor, header.processors);
  processor.exports.stateRestored();
}

function restoreDevices(devices: readonly Device[], saved: SavedHeader["devices"]): void {
  const expected = devices.map(({ name }) => name).join();
  const found = saved.map(({ name }) => name).join();
  if (expected !== found) {
    throw snapshotError("snapshot-damaged", "the snapshot has other devices than the machine", {
      context: { expected, found },
    });
  }
  devices.forEach((device, index) => restoreDevice(device, saved[index] as SavedHeader["devices"][number]));
}

function restoreDevice(device: Device, { state }: SavedHeader["devices"][number]): void {
  try {
    device.restoreState(state);
  } catch (cause) {
    throw snapshotError("snapshot-damaged", (cause as Error).message, {
      context: { device: device.name },
      cause,
    });
  }
}
