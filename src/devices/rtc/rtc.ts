/**
 * The MC146818A real-time clock and the CMOS RAM of a PC: ports 70H (index, NMI mask) and 71H (data), IRQ 8.
 *
 * Time is the clock's wall-clock time plus an offset that guests set. Nothing runs but what an enabled
 * interrupt needs: flags that nobody is interrupted for are worked out when register C is read.
 * Source: Motorola MC146818A data sheet.
 */
import { mapBytePorts } from "../byte-ports.js";
import type { Clock, Device, DeviceState, InterruptLine, IoBus, Timer } from "../contracts.js";
import { copyState, matchState } from "../saved-state.js";
import { TickRate } from "../tick-rate.js";
import { readTime, secondsToAlarm, writeTime } from "./calendar.js";
import * as reg from "./rtc-registers.js";

export interface RtcOptions {
  bus: IoBus;
  clock: Clock;
  irq8: InterruptLine;
}

const cmosSize = 128;
const crystal = new TickRate(32_768);
const nsPerMs = 1e6;
/** UIP rises 244 µs before an update cycle of 1984 µs: data sheet, "Update Cycle". */
const updateCycleMs = 2.228;
/** The first update comes half a second after the divider is released: data sheet, "Register A", DV2-DV0. */
const msToFirstUpdate = 500;

type RtcState = {
  index: number;
  isNmiMasked: boolean;
  cmos: Uint8Array;
  /** Guest time minus wall-clock time in ms. */
  offsetMs: number;
  /** Up to where flags have been worked out: guest time in ms, and ticks of the crystal. */
  updatesSeenMs: number;
  periodsSeenTick: number;
};

export class Rtc implements Device {
  readonly name = "rtc";
  private readonly clock: Clock;
  private readonly irq8: InterruptLine;
  private readonly timer: Timer;
  private state: RtcState;

  constructor(options: RtcOptions) {
    this.clock = options.clock;
    this.irq8 = options.irq8;
    this.timer = options.clock.createTimer(() => this.onTimer());
    this.state = powerOnState(this.clock.wallMs());
    mapBytePorts(options.bus, 0x70, 2, this);
  }

  /** Bit 7 of port 70H: NMIs do not reach the processor. */
  get isNmiMasked(): boolean {
    return this.state.isNmiMasked;
  }

  /** Byte `index`, 0 … 127, of CMOS RAM as firmware finds it (memory sizes, boot order). Not for time registers. */
  setCmos(index: number, value: number): void {
    this.state.cmos[index & 0x7f] = value;
  }

  /** Byte `index`, 0 … 127, as the guest would read it, but without the side effects. */
  getCmos(index: number): number {
    this.refreshTime();
    return this.state.cmos[index & 0x7f]!;
  }

  readByte(port: number): number {
    return port === 0x70 ? 0xff : this.readRegister(this.state.index);
  }

  writeByte(port: number, value: number): void {
    if (port === 0x71) return this.writeRegister(this.state.index, value);
    this.state.index = value & 0x7f;
    this.state.isNmiMasked = (value & 0x80) !== 0;
  }

  /** The reset pin: interrupts off and flags cleared; time, alarm and RAM go on (data sheet, "RESET"). */
  reset(): void {
    this.state.cmos[reg.registerB]! &= ~(reg.flagMask | reg.squareWaveEnable);
    this.state.cmos[reg.registerC] = 0;
    this.state.index = 0;
    this.state.isNmiMasked = false;
    this.updateInterrupt();
  }

  saveState(): DeviceState {
    return copyState(this.state);
  }

  /** The clock must have been restored before. */
  restoreState(state: DeviceState): void {
    this.state = matchState(powerOnState(0), state, this.name);
    this.armTimer();
  }

  private readRegister(index: number): number {
    switch (index) {
      case reg.registerA:
        return this.state.cmos[reg.registerA]! | (this.isUpdating() ? reg.updateInProgress : 0);
      case reg.registerC:
        return this.readFlags();
      default:
        return this.getCmos(index);
    }
  }

  /** Reading register C clears it. */
  private readFlags(): number {
    this.collectFlags();
    const flags = this.state.cmos[reg.registerC]!;
    this.state.cmos[reg.registerC] = 0;
    this.updateInterrupt();
    return flags;
  }

  private writeRegister(index: number, value: number): void {
    switch (index) {
      case reg.registerA:
        return this.writeDivider(value & ~reg.updateInProgress);
      case reg.registerB:
        return this.writeRegisterB(value);
      case reg.registerC:
      case reg.registerD:
        return; // read-only
      default:
        this.writeCmos(index, value);
    }
  }

  private writeCmos(index: number, value: number): void {
    this.collectFlags();
    this.refreshTime();
    this.state.cmos[index] = value;
    if (isTimeByte(index) && this.isRunning) this.setTime(this.phaseMs());
    this.updateInterrupt();
  }

  private writeDivider(value: number): void {
    this.collectFlags();
    this.refreshTime();
    const wasRunning = this.isRunning;
    this.state.cmos[reg.registerA] = value;
    if (!wasRunning && this.isRunning) this.setTime(1000 - msToFirstUpdate);
    this.updateInterrupt();
  }

  private writeRegisterB(value: number): void {
    this.collectFlags();
    this.refreshTime();
    const wasRunning = this.isRunning;
    // SET aborts an update and clears UIE: data sheet, "Register B", SET.
    this.state.cmos[reg.registerB] = value & reg.setBit ? value & ~reg.updateFlag : value;
    if (!wasRunning && this.isRunning) this.setTime(this.phaseMs());
    this.updateInterrupt();
  }

  /** Whether updates happen: the divider runs and SET does not hold them. */
  private get isRunning(): boolean {
    const { cmos } = this.state;
    return (
      (cmos[reg.registerA]! & reg.dividerMask) === reg.dividerRunning &&
      (cmos[reg.registerB]! & reg.setBit) === 0
    );
  }

  private nowMs(): number {
    return this.clock.wallMs() + this.state.offsetMs;
  }

  /** How far into the current second the clock is, in ms. */
  private phaseMs(): number {
    return ((this.nowMs() % 1000) + 1000) % 1000;
  }

  private isUpdating(): boolean {
    return this.isRunning && this.phaseMs() >= 1000 - updateCycleMs;
  }

  /** Lets the time bytes follow the clock, unless they are held. */
  private refreshTime(): void {
    if (this.isRunning) writeTime(this.state.cmos, this.nowMs());
  }

  /** Makes the time bytes the time of now, `phaseMs` into their second. */
  private setTime(phaseMs: number): void {
    const setMs = readTime(this.state.cmos);
    if (Number.isNaN(setMs)) return;
    this.state.offsetMs = setMs + phaseMs - this.clock.wallMs();
    this.state.updatesSeenMs = this.nowMs();
  }

  /** Sets the flags of what has happened since they were last looked at. */
  private collectFlags(): void {
    const { cmos } = this.state;
    let flags = cmos[reg.registerC]! & reg.flagMask;
    flags |= this.collectUpdates() | this.collectPeriods();
    const isRequesting = (flags & cmos[reg.registerB]! & reg.flagMask) !== 0;
    cmos[reg.registerC] = flags | (isRequesting ? reg.interruptRequestFlag : 0);
  }

  private collectUpdates(): number {
    const seenMs = this.state.updatesSeenMs;
    this.state.updatesSeenMs = this.nowMs();
    const passed = Math.floor(this.nowMs() / 1000) - Math.floor(seenMs / 1000);
    if (!this.isRunning || passed <= 0) return 0;
    const alarm = secondsToAlarm(this.state.cmos, seenMs);
    return reg.updateFlag | (alarm !== undefined && alarm <= passed ? reg.alarmFlag : 0);
  }

  private collectPeriods(): number {
    const tick = crystal.ticksAt(this.clock.nowNs());
    const period = this.periodTicks();
    const seen = this.state.periodsSeenTick;
    this.state.periodsSeenTick = tick;
    return period > 0 && Math.floor(tick / period) > Math.floor(seen / period) ? reg.periodicFlag : 0;
  }

  /** Ticks of the crystal from one periodic interrupt to the next, 0 for none: data sheet, "Periodic Interrupt Rate". */
  private periodTicks(): number {
    const registerA = this.state.cmos[reg.registerA]!;
    const rate = registerA & 0xf;
    if (rate === 0 || (registerA & reg.dividerMask) !== reg.dividerRunning) return 0;
    // Rates 1 and 2 are the slow 256 Hz and 128 Hz again.
    return 1 << (rate <= 2 ? rate + 6 : rate - 1);
  }

  private onTimer(): void {
    this.collectFlags();
    this.updateInterrupt();
  }

  /** After any change of flags, enables or time. */
  private updateInterrupt(): void {
    const { cmos } = this.state;
    const isRequesting = (cmos[reg.registerB]! & cmos[reg.registerC]! & reg.flagMask) !== 0;
    const flags = cmos[reg.registerC]! & reg.flagMask;
    cmos[reg.registerC] = flags | (isRequesting ? reg.interruptRequestFlag : 0);
    this.irq8.set(isRequesting);
    this.armTimer();
  }

  /** The timer runs for enabled interrupts only, and not while one is requested already. */
  private armTimer(): void {
    const waitsNs = this.state.cmos[reg.registerC]! & reg.interruptRequestFlag ? [] : this.waitsNs();
    if (waitsNs.length === 0) this.timer.cancel();
    else this.timer.arm(Math.min(...waitsNs));
  }

  private waitsNs(): number[] {
    const enables = this.state.cmos[reg.registerB]!;
    const waits: number[] = [];
    if (enables & reg.periodicFlag && this.periodTicks() > 0) waits.push(this.nextPeriodNs());
    if (enables & reg.updateFlag && this.isRunning) waits.push(this.afterSecondsNs(1));
    const alarm = enables & reg.alarmFlag && this.isRunning ? this.secondsToAlarm() : undefined;
    if (alarm !== undefined) waits.push(this.afterSecondsNs(alarm));
    return waits;
  }

  private secondsToAlarm(): number | undefined {
    return secondsToAlarm(this.state.cmos, this.nowMs());
  }

  /** Clock time of the `count`-th update from now. */
  private afterSecondsNs(count: number): number {
    return this.clock.nowNs() + Math.ceil((1000 * count - this.phaseMs()) * nsPerMs);
  }

  private nextPeriodNs(): number {
    const period = this.periodTicks();
    const tick = crystal.ticksAt(this.clock.nowNs());
    return crystal.nsAt((Math.floor(tick / period) + 1) * period);
  }
}

function isTimeByte(index: number): boolean {
  const isAlarm = index === reg.secondsAlarm || index === reg.minutesAlarm || index === reg.hoursAlarm;
  return (index <= reg.year && !isAlarm) || index === reg.century;
}

function powerOnState(wallMs: number): RtcState {
  const cmos = new Uint8Array(cmosSize);
  cmos[reg.registerA] = dividerAndRateOfFirmware;
  cmos[reg.registerB] = reg.hours24;
  cmos[reg.registerD] = reg.validRamAndTime;
  return { index: 0, isNmiMasked: false, cmos, offsetMs: 0, updatesSeenMs: wallMs, periodsSeenTick: 0 };
}

/** The divider runs and the periodic rate is 1024 Hz, as every PC firmware leaves it. */
const dividerAndRateOfFirmware = reg.dividerRunning | 0x06;
