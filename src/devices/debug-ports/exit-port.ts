/** The port that ends the machine (QEMU's isa-debug-exit). To be made only where a guest may do that. */
import type { AccessSize, Device, DeviceState, IoBus, MachineControl, PortHandler } from "../contracts.js";

export interface ExitPortOptions {
  bus: IoBus;
  machine: MachineControl;
  /** F4H unless given; four ports. */
  port?: number;
}

export class ExitPort implements Device, PortHandler {
  readonly name = "exit-port";
  private readonly machine: MachineControl;

  constructor(options: ExitPortOptions) {
    this.machine = options.machine;
    options.bus.mapPorts(options.port ?? 0xf4, 4, this);
  }

  readPort(): number {
    return 0;
  }

  /** The machine exits with `value`; QEMU's process would end with status value·2 + 1: see `qemuExitStatus`. */
  writePort(_port: number, _size: AccessSize, value: number): void {
    this.machine.exit(value);
  }

  reset(): void {}

  saveState(): DeviceState {
    return null;
  }

  restoreState(): void {}
}

/** The process exit status, 0 … 255, that QEMU gives for a written `value`. */
export function qemuExitStatus(value: number): number {
  return ((value << 1) | 1) & 0xff;
}
