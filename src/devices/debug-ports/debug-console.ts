/** A port that takes text, byte by byte, and reads as E9H so that software can tell it is there (Bochs, QEMU). */
import { mapBytePorts } from "../byte-ports.js";
import type { CharacterSink, Device, DeviceState, IoBus } from "../contracts.js";

export interface DebugConsoleOptions {
  bus: IoBus;
  sink: CharacterSink;
  /** E9H unless given; SeaBIOS writes its messages to 402H. */
  port?: number;
}

const presence = 0xe9;

export class DebugConsole implements Device {
  readonly name: string;
  private readonly sink: CharacterSink;

  constructor(options: DebugConsoleOptions) {
    const port = options.port ?? 0xe9;
    this.name = `debug-console-${port.toString(16)}`;
    this.sink = options.sink;
    mapBytePorts(options.bus, port, 1, this);
  }

  readByte(): number {
    return presence;
  }

  writeByte(_port: number, value: number): void {
    this.sink.write(Uint8Array.of(value));
  }

  reset(): void {}

  saveState(): DeviceState {
    return null;
  }

  restoreState(): void {}
}
