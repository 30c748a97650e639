/**
 * Address line 20: open when either the keyboard controller's output port or port 92H says so; with port 92H
 * (System Control Port A) itself. Source: 82371AB data sheet, "PORT92 - Port 92 Register".
 */
import { mapBytePorts } from "../byte-ports.js";
import type { IoBus, MachineControl } from "../contracts.js";

const resetBit = 0x01;
const a20Bit = 0x02;

export class A20Gate {
  private isOpen: boolean | undefined;
  private fastA20 = false;
  private controllerA20 = true;
  private resetLatch = 0;

  /** @param setA20 called with each new state of the line, and only then. */
  constructor(
    bus: IoBus,
    private readonly machine: MachineControl,
    private readonly setA20: (enabled: boolean) => void,
  ) {
    mapBytePorts(bus, 0x92, 1, this);
  }

  /** As after a reset: open, from the controller's side. */
  reset(): void {
    this.fastA20 = false;
    this.controllerA20 = true;
    this.resetLatch = 0;
    this.update();
  }

  setFromController(enabled: boolean): void {
    this.controllerA20 = enabled;
    this.update();
  }

  readByte(): number {
    return (this.fastA20 ? a20Bit : 0) | this.resetLatch;
  }

  /** A 0-to-1 change of bit 0 resets the processor. */
  writeByte(_port: number, value: number): void {
    this.fastA20 = (value & a20Bit) !== 0;
    this.update();
    const wasReset = this.resetLatch !== 0;
    this.resetLatch = value & resetBit;
    if (this.resetLatch && !wasReset) this.machine.reset();
  }

  save(): { fastA20: boolean; controllerA20: boolean; resetLatch: number } {
    return { fastA20: this.fastA20, controllerA20: this.controllerA20, resetLatch: this.resetLatch };
  }

  restore(saved: { fastA20: boolean; controllerA20: boolean; resetLatch: number }): void {
    this.fastA20 = saved.fastA20;
    this.controllerA20 = saved.controllerA20;
    this.resetLatch = saved.resetLatch;
    this.update();
  }

  private update(): void {
    const isOpen = this.fastA20 || this.controllerA20;
    if (isOpen === this.isOpen) return;
    this.isOpen = isOpen;
    this.setA20(isOpen);
  }
}
