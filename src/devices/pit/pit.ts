/**
 * The 8254 interval timer of a PC (ports 40H-43H) and the part of port 61H that goes with it: the gate of
 * counter 2, its output and the refresh toggle.
 * Source: Intel 8254 data sheet; 82371AB data sheet, "NMI Status and Control Register".
 */
import { mapBytePorts } from "../byte-ports.js";
import type { Clock, Device, DeviceState, InterruptLine, IoBus, Timer } from "../contracts.js";
import { matchState } from "../saved-state.js";
import { TickRate } from "../tick-rate.js";
import { PitCounter } from "./pit-counter.js";

export interface PitOptions {
  bus: IoBus;
  clock: Clock;
  /** OUT of counter 0. It falls only right before it rises: nothing but rising edges of it is of use in a PC. */
  irq0: InterruptLine;
}

/** The frequency of CLK in Hz. */
export const pitHz = 1_193_182;
const refreshPeriodNs = 15_085;
const controlPort = 0x43;
const systemControlPort = 0x61;

/** Bits of port 61H. */
const gate2Bit = 0x01;
const refreshBit = 0x10;
const output2Bit = 0x20;
const writableBits = 0x0f;

export class Pit implements Device {
  readonly name = "pit";
  private readonly clock: Clock;
  private readonly irq0: InterruptLine;
  private readonly rate = new TickRate(pitHz);
  private readonly counters = [new PitCounter(true), new PitCounter(true), new PitCounter(false)] as const;
  private readonly timer: Timer;
  /** Bits 3:0 of port 61H as written. */
  private systemControl = 0;

  constructor(options: PitOptions) {
    this.clock = options.clock;
    this.irq0 = options.irq0;
    this.timer = options.clock.createTimer(() => this.onRise());
    mapBytePorts(options.bus, 0x40, 4, this);
    mapBytePorts(options.bus, systemControlPort, 1, this);
  }

  /** Whether the speaker sounds: OUT of counter 2 let through by bit 1 of port 61H. */
  get isSpeakerHigh(): boolean {
    return (this.systemControl & 2) !== 0 && this.counters[2].outputNow(this.tick());
  }

  readByte(port: number): number {
    if (port === systemControlPort) return this.readSystemControl();
    const counter = this.counters[port & 3];
    return counter ? counter.read(this.tick()) : 0xff;
  }

  writeByte(port: number, value: number): void {
    if (port === systemControlPort) this.writeSystemControl(value);
    else if (port === controlPort) this.writeControl(value);
    else this.writeCount(port & 3, value);
  }

  reset(): void {
    for (const counter of this.counters) counter.reset();
    this.systemControl = 0;
    this.timer.cancel();
    this.irq0.set(false);
  }

  saveState(): DeviceState {
    return { counters: this.counters.map((counter) => counter.save()), systemControl: this.systemControl };
  }

  /** The clock must have been restored before. */
  restoreState(state: DeviceState): void {
    const saved = matchState({ counters: [] as DeviceState[], systemControl: 0 }, state, this.name);
    this.counters.forEach((counter, i) => counter.restore(saved.counters[i] ?? null, `pit.counters[${i}]`));
    this.systemControl = saved.systemControl;
    this.armTimer();
  }

  private writeControl(value: number): void {
    const select = value >> 6;
    if (select === 3) return this.readBack(value);
    const counter = this.counters[select]!;
    if ((value & 0x30) === 0) counter.latchCount(this.tick());
    else counter.writeControl(value & 0x3f);
    if (select === 0 && (value & 0x30) !== 0) this.updateOutput0();
  }

  private writeCount(index: number, value: number): void {
    const counter = this.counters[index]!;
    counter.write(this.tick(), value);
    if (index !== 0) return;
    // A count that takes over at the end of a period leaves OUT as it is; in mode 0, OUT goes low at once.
    if (counter.isPeriodic) this.armTimer();
    else this.updateOutput0();
  }

  /** The read-back command: bit 5 low latches counts, bit 4 low latches status, bits 3:1 select counters. */
  private readBack(command: number): void {
    this.counters.forEach((counter, i) => {
      if ((command & (2 << i)) === 0) return;
      if ((command & 0x20) === 0) counter.latchCount(this.tick());
      if ((command & 0x10) === 0) counter.latchStatus(this.tick());
    });
  }

  private readSystemControl(): number {
    const refresh = Math.floor(this.clock.nowNs() / refreshPeriodNs) & 1 ? refreshBit : 0;
    const output2 = this.counters[2].outputNow(this.tick()) ? output2Bit : 0;
    return this.systemControl | refresh | output2;
  }

  private writeSystemControl(value: number): void {
    this.systemControl = value & writableBits;
    this.counters[2].setGate(this.tick(), (value & gate2Bit) !== 0);
  }

  /** After a write that may have changed OUT at once; the next rise has moved, too. */
  private updateOutput0(): void {
    this.irq0.set(this.counters[0].outputNow(this.tick()));
    this.armTimer();
  }

  private armTimer(): void {
    const tick = this.counters[0].nextRise(this.tick());
    if (tick === undefined) this.timer.cancel();
    else this.timer.arm(this.rate.nsAt(tick));
  }

  /** However many periods have gone by meanwhile, the guest gets one edge: IRR holds no more than one either. */
  private onRise(): void {
    this.irq0.set(false);
    this.irq0.set(true);
    this.armTimer();
  }

  private tick(): number {
    return this.rate.ticksAt(this.clock.nowNs());
  }
}
