/**
 * The I/O APIC: 24 pins, version 20H (with EOI register), at FEC00000H.
 * Source: Intel 82093AA data sheet; for the EOI register, Intel ICH data sheets, "EOIR - EOI Register".
 */
import type { AccessSize, Device, DeviceState, InterruptLine, IoBus, MmioHandler } from "../contracts.js";
import type { ApicBus } from "../lapic/apic-bus.js";
import { copyState, matchState } from "../saved-state.js";
import {
  isLevelTriggered,
  isMasked,
  messageOf,
  remoteIrrBit,
  resetEntry,
  vectorMask,
  writeEntry,
  type RedirectionEntry,
} from "./redirection-entry.js";

export interface IoApicOptions {
  bus: IoBus;
  apicBus: ApicBus;
  /** The I/O APIC ID after reset, 0 … 15; 0 unless given. */
  id?: number;
  /** FEC00000H unless given. */
  address?: number;
}

export const ioApicAddress = 0xfec00000;
const pinCount = 24;
const mappingSize = 0x1000;
const versionRegisterValue = ((pinCount - 1) << 16) | 0x20;

/** Offsets of the memory-mapped registers. */
const selectRegister = 0x00;
const windowRegister = 0x10;
const eoiRegister = 0x40;
/** Indirect registers. */
const idRegister = 0x00;
const versionRegister = 0x01;
const arbitrationRegister = 0x02;
const firstRedirection = 0x10;

type IoApicState = {
  select: number;
  /** Bits 27:24 of the ID register. */
  id: number;
  /** Levels of the pins, a bit each. */
  pins: number;
  entries: RedirectionEntry[];
};

export class IoApic implements Device, MmioHandler {
  readonly name = "ioapic";
  private readonly apicBus: ApicBus;
  private readonly resetId: number;
  private state: IoApicState;

  constructor(options: IoApicOptions) {
    this.apicBus = options.apicBus;
    this.resetId = options.id ?? 0;
    this.state = resetState(this.resetId, 0);
    options.apicBus.attachIoApic(this);
    options.bus.mapMmio(options.address ?? ioApicAddress, mappingSize, this);
  }

  /** The wire into pin `pin`, 0 … 23. */
  line(pin: number): InterruptLine {
    if (!(pin >= 0 && pin < pinCount))
      throw new RangeError(`I/O APIC pin ${pin} is not one of 0 to ${pinCount - 1}`);
    return { set: (level) => this.setPin(pin, level) };
  }

  /** Registers are 32 bits wide on 16-byte boundaries; what lies between reads as 0. */
  readMmio(offset: number, size: AccessSize): number {
    if ((offset & 0xf) + size > 4) return 0;
    const value = this.readDirect(offset & 0xff0);
    return size === 4 ? value : (value >>> (8 * (offset & 3))) & (2 ** (8 * size) - 1);
  }

  writeMmio(offset: number, size: AccessSize, value: number): void {
    if (offset === selectRegister) this.state.select = value & 0xff;
    if (size !== 4) return;
    if (offset === windowRegister) this.writeIndirect(this.state.select, value);
    if (offset === eoiRegister) this.endOfInterrupt(value & vectorMask);
  }

  /** The EOI of a level-triggered interrupt with `vector`: a pin that is still asserted interrupts again. */
  endOfInterrupt(vector: number): void {
    this.state.entries.forEach((entry, pin) => {
      if ((entry.low & remoteIrrBit) === 0 || (entry.low & vectorMask) !== vector) return;
      entry.low &= ~remoteIrrBit;
      this.deliverLevel(pin);
    });
  }

  reset(): void {
    this.state = resetState(this.resetId, this.state.pins);
  }

  saveState(): DeviceState {
    return copyState(this.state);
  }

  restoreState(state: DeviceState): void {
    const saved = matchState(resetState(0, 0), state, this.name);
    if (saved.entries.length !== pinCount)
      throw new Error("The saved state of ioapic is damaged: entries missing.");
    this.state = saved;
  }

  private setPin(pin: number, level: boolean): void {
    const bit = 1 << pin;
    const wasHigh = (this.state.pins & bit) !== 0;
    if (level === wasHigh) return;
    this.state.pins ^= bit;
    if (!level) return;
    const entry = this.state.entries[pin]!;
    if (isLevelTriggered(entry)) this.deliverLevel(pin);
    // "Interrupt Mask": an edge on a masked pin is neither delivered nor held pending.
    else if (!isMasked(entry)) this.apicBus.deliver(messageOf(entry));
  }

  /** Sends a level-triggered pin's interrupt, unless one is being served already (remote IRR). */
  private deliverLevel(pin: number): void {
    const entry = this.state.entries[pin]!;
    const isAsserted = (this.state.pins & (1 << pin)) !== 0;
    if (!isAsserted || !isLevelTriggered(entry) || isMasked(entry) || entry.low & remoteIrrBit) return;
    entry.low |= remoteIrrBit;
    // Nobody took it: it stays to be sent, and the next change of the entry tries again.
    if (!this.apicBus.deliver(messageOf(entry))) entry.low &= ~remoteIrrBit;
  }

  private readDirect(offset: number): number {
    if (offset === selectRegister) return this.state.select;
    return offset === windowRegister ? this.readIndirect(this.state.select) : 0;
  }

  private readIndirect(index: number): number {
    switch (index) {
      case idRegister:
      case arbitrationRegister:
        return this.state.id << 24;
      case versionRegister:
        return versionRegisterValue;
      default:
        return this.readRedirection(index - firstRedirection);
    }
  }

  private readRedirection(index: number): number {
    const entry = this.state.entries[index >> 1];
    if (index < 0 || entry === undefined) return 0;
    return (index & 1 ? entry.high : entry.low) >>> 0;
  }

  private writeIndirect(index: number, value: number): void {
    if (index === idRegister) {
      this.state.id = (value >>> 24) & 0xf;
      return;
    }
    const pin = (index - firstRedirection) >> 1;
    const entry = this.state.entries[pin];
    if (entry === undefined) return;
    writeEntry(entry, (index & 1) !== 0, value);
    this.deliverLevel(pin);
  }
}

/** All pins masked; the wires into the chip keep their levels. */
function resetState(id: number, pins: number): IoApicState {
  return { select: 0, id, pins, entries: Array.from({ length: pinCount }, resetEntry) };
}
