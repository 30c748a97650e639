/** Port 80H: firmware's progress (POST) codes; Linux writes it to let time pass. Nothing is done, reads give 0. */
import { mapBytePorts } from "../byte-ports.js";
import type { Device, DeviceState, IoBus } from "../contracts.js";

export class PostCodePort implements Device {
  readonly name = "post-code-port";
  /** The last code written. */
  lastCode = 0;

  constructor(bus: IoBus) {
    mapBytePorts(bus, 0x80, 1, this);
  }

  readByte(): number {
    return 0;
  }

  writeByte(_port: number, value: number): void {
    this.lastCode = value;
  }

  reset(): void {
    this.lastCode = 0;
  }

  saveState(): DeviceState {
    return this.lastCode;
  }

  restoreState(state: DeviceState): void {
    this.lastCode = typeof state === "number" ? state : 0;
  }
}
