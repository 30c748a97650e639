/**
 * The high precision event timer at FED00000H: a 64-bit counter at 100 MHz and three timers, each one-shot or
 * periodic, interrupting through an I/O APIC pin, as PIT and RTC would (legacy replacement) or by message.
 *
 * An edge is kept as a high level until right before the next one, so that edge-triggered inputs that lose
 * a request with its level (the 8259's) get it, too. Source: IA-PC HPET Specification 1.0a.
 */
import type {
  AccessSize,
  Clock,
  Device,
  DeviceState,
  InterruptLine,
  IoBus,
  MessageInterruptPort,
  MmioHandler,
  Timer,
} from "../contracts.js";
import { matchState } from "../saved-state.js";
import * as reg from "./hpet-registers.js";
import { HpetTimer } from "./hpet-timer.js";
import { LegacyInput } from "./legacy-input.js";

export interface HpetOptions {
  bus: IoBus;
  clock: Clock;
  messages: MessageInterruptPort;
  /** The I/O APIC pins that `routablePins` names. */
  ioApicLine: (pin: number) => InterruptLine;
  /** What PIT and RTC drive when the HPET does not: IRQ0 (I/O APIC pin 2) and IRQ8. */
  irq0: InterruptLine;
  irq8: InterruptLine;
  /** Pins the timers can drive, a bit each; 20 to 23 unless given. */
  routablePins?: number;
}

export const hpetAddress = 0xfed00000;
const mappingSize = 0x1000;
const timerCount = 3;
const nsPerTick = 10;
const periodFemtoseconds = 10_000_000;
/** Vendor 8086H, legacy replacement capable, 64-bit counter, three timers, revision 1. */
const capabilitiesLow = (0x8086 << 16) | (1 << 15) | (1 << 13) | ((timerCount - 1) << 8) | 1;
const mask64 = (1n << 64n) - 1n;
const mask32 = 0xffffffffn;
/** A match further away than this need not be armed for: 2^53 ns is 104 days. */
const furthestTicks = BigInt(Number.MAX_SAFE_INTEGER) / 20n;

export class Hpet implements Device, MmioHandler {
  readonly name = "hpet";
  /** Where the PIT's OUT0 and the RTC's IRQ go, so that legacy replacement can cut them off. */
  readonly pitInput: InterruptLine;
  readonly rtcInput: InterruptLine;

  private readonly clock: Clock;
  private readonly messages: MessageInterruptPort;
  private readonly ioApicLine: (pin: number) => InterruptLine;
  private readonly routablePins: number;
  private readonly legacyInputs: readonly [LegacyInput, LegacyInput];
  private readonly timers: HpetTimer[];
  private readonly alarms: Timer[];
  /** What each timer drives high now. */
  private readonly driven: (InterruptLine | undefined)[] = Array(timerCount).fill(undefined);
  private config = 0;
  private status = 0;
  /** The counter while halted; while enabled, the counter at clock time 0. */
  private counterBase = 0n;

  constructor(options: HpetOptions) {
    this.clock = options.clock;
    this.messages = options.messages;
    this.ioApicLine = options.ioApicLine;
    this.routablePins = (options.routablePins ?? 0x00f00000) >>> 0;
    this.legacyInputs = [new LegacyInput(options.irq0), new LegacyInput(options.irq8)];
    [this.pitInput, this.rtcInput] = this.legacyInputs;
    this.timers = Array.from({ length: timerCount }, () => new HpetTimer(this.routablePins));
    this.alarms = this.timers.map((_, i) => options.clock.createTimer(() => this.onMatch(i)));
    options.bus.mapMmio(hpetAddress, mappingSize, this);
  }

  /** Registers are read in 32-bit halves; smaller reads give a part of one. */
  readMmio(offset: number, size: AccessSize): number {
    const half = this.readHalf(offset & ~3);
    return size === 4 ? half : (half >>> (8 * (offset & 3))) & (2 ** (8 * size) - 1);
  }

  /** Writes of other than 32 aligned bits are not supported by the HPET ("Register Overview") and are dropped. */
  writeMmio(offset: number, size: AccessSize, value: number): void {
    if (size !== 4 || (offset & 3) !== 0) return;
    if (offset >= reg.firstTimer) this.writeTimer(offset - reg.firstTimer, value);
    else this.writeGeneral(offset, value);
  }

  reset(): void {
    this.config = this.status = 0;
    this.counterBase = 0n;
    for (let i = 0; i < timerCount; i++) this.release(i);
    for (const timer of this.timers) timer.reset();
    for (const alarm of this.alarms) alarm.cancel();
    for (const input of this.legacyInputs) input.setReplaced(false);
  }

  saveState(): DeviceState {
    const { config, status } = this;
    const driven = this.driven.map((line) => line !== undefined);
    const legacyLevels = this.legacyInputs.map((input) => input.level);
    const timers = this.timers.map((timer) => timer.save());
    return { config, status, counterBase: this.counterBase.toString(), driven, legacyLevels, timers };
  }

  /** The clock must have been restored before. */
  restoreState(state: DeviceState): void {
    const timers: DeviceState[] = [];
    const template = {
      config: 0,
      status: 0,
      counterBase: "",
      driven: [false],
      legacyLevels: [false],
      timers,
    };
    const saved = matchState(template, state, this.name);
    this.timers.forEach((timer, i) => timer.restore(saved.timers[i] ?? null, `hpet.timers[${i}]`));
    this.config = saved.config;
    this.status = saved.status;
    this.counterBase = BigInt(saved.counterBase);
    this.legacyInputs.forEach((input, i) =>
      input.restore(saved.legacyLevels[i] === true, this.isLegacyReplaced),
    );
    for (let i = 0; i < timerCount; i++) this.driven[i] = saved.driven[i] ? this.lineOf(i) : undefined;
    for (let i = 0; i < timerCount; i++) this.arm(i);
  }

  private get isEnabled(): boolean {
    return (this.config & reg.enableBit) !== 0;
  }

  private get isLegacyReplaced(): boolean {
    return (this.config & reg.legacyRouteBit) !== 0;
  }

  private ticksOfClock(): bigint {
    return BigInt(Math.floor(this.clock.nowNs() / nsPerTick));
  }

  private counter(): bigint {
    return this.isEnabled ? (this.counterBase + this.ticksOfClock()) & mask64 : this.counterBase;
  }

  private readHalf(offset: number): number {
    if (offset >= reg.firstTimer) return this.readTimer(offset - reg.firstTimer);
    switch (offset) {
      case reg.generalCapabilities:
        return capabilitiesLow >>> 0;
      case reg.generalCapabilities + 4:
        return periodFemtoseconds;
      case reg.generalConfiguration:
        return this.config;
      case reg.generalInterruptStatus:
        return this.status;
      case reg.mainCounter:
        return Number(this.counter() & mask32);
      case reg.mainCounter + 4:
        return Number(this.counter() >> 32n);
      default:
        return 0;
    }
  }

  private readTimer(offset: number): number {
    return this.timers[Math.floor(offset / reg.timerStride)]?.read(offset % reg.timerStride) ?? 0;
  }

  private writeGeneral(offset: number, value: number): void {
    switch (offset) {
      case reg.generalConfiguration:
        return this.writeConfiguration(value);
      case reg.generalInterruptStatus:
        return this.clearStatus(value);
      case reg.mainCounter:
        return this.writeCounter(0n, BigInt(value));
      case reg.mainCounter + 4:
        return this.writeCounter(32n, BigInt(value));
    }
  }

  private writeConfiguration(value: number): void {
    const counter = this.counter();
    for (let i = 0; i < timerCount; i++) this.release(i);
    this.config = value & (reg.enableBit | reg.legacyRouteBit);
    this.setCounter(counter);
    for (const input of this.legacyInputs) input.setReplaced(this.isLegacyReplaced);
    for (let i = 0; i < timerCount; i++) this.reroute(i);
  }

  private setCounter(counter: bigint): void {
    this.counterBase = this.isEnabled ? (counter - this.ticksOfClock()) & mask64 : counter;
    for (let i = 0; i < timerCount; i++) this.arm(i);
  }

  private writeCounter(shift: bigint, value: bigint): void {
    const keep = mask64 & ~(mask32 << shift);
    this.setCounter((this.counter() & keep) | (value << shift));
  }

  private writeTimer(offset: number, value: number): void {
    const index = Math.floor(offset / reg.timerStride);
    const timer = this.timers[index];
    if (timer === undefined) return;
    timer.write(offset % reg.timerStride, value);
    if (offset % reg.timerStride === reg.timerConfiguration) this.reroute(index);
    this.arm(index);
  }

  /** Writing 1 to a status bit clears it, and with it the level it stands for. */
  private clearStatus(value: number): void {
    for (let i = 0; i < timerCount; i++) {
      if ((this.status & value & (1 << i)) !== 0) this.release(i);
    }
    this.status &= ~value;
  }

  private arm(index: number): void {
    const alarm = this.alarms[index]!;
    if (!this.isEnabled) return alarm.cancel();
    const ticks = this.timers[index]!.ticksToMatch(this.counter());
    if (ticks > furthestTicks) return alarm.cancel();
    alarm.arm((Math.floor(this.clock.nowNs() / nsPerTick) + Number(ticks)) * nsPerTick);
  }

  private onMatch(index: number): void {
    const timer = this.timers[index]!;
    timer.advance(this.counter());
    if (timer.isLevelTriggered) this.status |= 1 << index;
    if (timer.isInterruptEnabled && this.isEnabled) this.interrupt(index);
    this.arm(index);
  }

  private interrupt(index: number): void {
    const timer = this.timers[index]!;
    const message = this.isReplacing(index) ? undefined : timer.message;
    if (message) return this.messages.send(message.address, message.data);
    const line = this.lineOf(index);
    if (!timer.isLevelTriggered) this.release(index);
    this.driven[index] = line;
    line?.set(true);
  }

  private isReplacing(index: number): boolean {
    return this.isLegacyReplaced && index < 2;
  }

  /** The wire that a timer's interrupt goes to: "Legacy Replacement Option" wins over the routing field. */
  private lineOf(index: number): InterruptLine | undefined {
    if (this.isReplacing(index)) return this.legacyInputs[index]!.replacement;
    const { route } = this.timers[index]!;
    return (this.routablePins >>> route) & 1 ? this.ioApicLine(route) : undefined;
  }

  private release(index: number): void {
    this.driven[index]?.set(false);
    this.driven[index] = undefined;
  }

  /** After a change of routing or enables: a level that is due is driven on the new wire, all else is released. */
  private reroute(index: number): void {
    this.release(index);
    const timer = this.timers[index]!;
    const isDue = timer.isLevelTriggered && (this.status & (1 << index)) !== 0;
    if (isDue && timer.isInterruptEnabled && timer.message === undefined) this.interrupt(index);
  }
}
