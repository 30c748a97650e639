/**
 * One of the three counters of an 8254. Time is given as a number of CLK pulses, so that the counter is worked
 * out when somebody looks and needs no work otherwise.
 * Source: Intel 8254 data sheet, "Programming the 8254", "Read Operations", "Gate Pin Operations Summary".
 */
import { copyState, matchState } from "../saved-state.js";
import type { DeviceState } from "../contracts.js";
import { isPeriodic, nextRiseAfter, outputAt, squareHighTicks, valueAt, type PitMode } from "./pit-count.js";

/** Ticks are CLK pulses since the machine was created; null means: not so. */
type CounterState = {
  mode: number;
  isBcd: boolean;
  /** Read/write format: 1 low byte, 2 high byte, 3 low then high. */
  format: number;
  isWritingHigh: boolean;
  isReadingHigh: boolean;
  lowByteWritten: number;
  gate: boolean;
  /** The initial count in use; null before the first one is written after a control word. */
  count: number | null;
  /** The pulse at which `count` was (or will be) loaded; null while a trigger or GATE is waited for. */
  startTick: number | null;
  /** Pulses counted when GATE stopped the counter (modes 0 and 4). */
  elapsedWhenStopped: number;
  /** A count for the next period (modes 2, 3) or the next trigger (modes 1, 5). */
  nextCount: number | null;
  /** The pulse that loads `nextCount` in modes 2 and 3. */
  nextLoadTick: number | null;
  /** Latched bytes not read yet. */
  latchedCount: number[];
  latchedStatus: number | null;
};

export class PitCounter {
  private state: CounterState;

  /** @param gate the level of GATE at power-on. */
  constructor(private readonly gateAtReset: boolean) {
    this.state = initialState(gateAtReset);
  }

  reset(): void {
    this.state = initialState(this.gateAtReset);
  }

  save(): DeviceState {
    return copyState(this.state);
  }

  restore(state: DeviceState, where: string): void {
    this.state = matchState(initialState(this.gateAtReset), state, where);
  }

  get gate(): boolean {
    return this.state.gate;
  }

  /** Whether the mode is one that repeats (2, 3). */
  get isPeriodic(): boolean {
    return isPeriodic(this.mode);
  }

  /** The control word for this counter: format, mode and BCD as in the data sheet (bits 5:0). */
  writeControl(control: number): void {
    const modeField = (control >> 1) & 7;
    this.state = {
      ...initialState(this.state.gate),
      // Bit 2 of the mode is "don't care" for modes 2 and 3.
      mode: modeField >= 6 ? modeField - 4 : modeField,
      isBcd: (control & 1) !== 0,
      format: (control >> 4) & 3,
    };
  }

  /** The counter latch command. A second latch before the first is read is ignored. */
  latchCount(tick: number): void {
    if (this.state.latchedCount.length > 0) return;
    const value = this.encode(this.valueNow(tick));
    const bytes = [value & 0xff, value >> 8];
    if (this.state.format === 3) this.state.latchedCount = bytes;
    else this.state.latchedCount = [bytes[this.state.format - 1] ?? 0];
  }

  /** Latches the status byte (read-back command): OUT, NULL COUNT, format, mode, BCD. */
  latchStatus(tick: number): void {
    if (this.state.latchedStatus !== null) return;
    const out = this.outputNow(tick) ? 0x80 : 0;
    const nullCount = this.isNullCount(tick) ? 0x40 : 0;
    const { format, mode, isBcd } = this.state;
    this.state.latchedStatus = out | nullCount | (format << 4) | (mode << 1) | (isBcd ? 1 : 0);
  }

  /** The next byte in order: latched status, latched count, the running count. */
  read(tick: number): number {
    const { latchedStatus, latchedCount } = this.state;
    if (latchedStatus !== null) {
      this.state.latchedStatus = null;
      return latchedStatus;
    }
    const latched = latchedCount.shift();
    return latched ?? this.readRunning(tick);
  }

  /** Writes a byte of the initial count. */
  write(tick: number, value: number): void {
    const { format } = this.state;
    if (format === 3 && !this.state.isWritingHigh) {
      this.state.isWritingHigh = true;
      this.state.lowByteWritten = value;
      // "Mode 0": writing the first byte of a two-byte count stops the counting, OUT goes low.
      if (this.state.mode === 0) this.state.startTick = this.state.count = null;
      return;
    }
    this.state.isWritingHigh = false;
    const low = format === 3 ? this.state.lowByteWritten : format === 1 ? value : 0;
    const high = format === 1 ? 0 : value;
    this.acceptCount(tick, this.decode(low | (high << 8)));
  }

  /** A level on GATE. */
  setGate(tick: number, level: boolean): void {
    this.follow(tick);
    if (level === this.state.gate) return;
    this.state.gate = level;
    if (this.state.mode === 1 || this.state.mode === 5) {
      if (level) this.trigger(tick);
    } else if (level) {
      this.resume(tick);
    } else {
      this.stop(tick);
    }
  }

  /** The level of OUT. */
  outputNow(tick: number): boolean {
    this.follow(tick);
    const { startTick, count, mode } = this.state;
    if (count === null) return mode !== 0;
    if (startTick === null) return this.outputWhileStopped(count);
    if (tick < startTick) return mode !== 0;
    return outputAt(this.mode, count, tick - startTick);
  }

  /** The pulse, after `tick`, at which OUT next rises if nothing is written; undefined for never. */
  nextRise(tick: number): number | undefined {
    this.follow(tick);
    const { startTick, count } = this.state;
    if (startTick === null || count === null) return undefined;
    const rise = nextRiseAfter(this.mode, count, Math.max(tick - startTick, 0));
    return rise === undefined ? undefined : startTick + rise;
  }

  private get mode(): PitMode {
    return this.state.mode as PitMode;
  }

  private get modulus(): number {
    return this.state.isBcd ? 10_000 : 65_536;
  }

  private acceptCount(tick: number, count: number): void {
    this.follow(tick);
    const { startTick, mode, gate } = this.state;
    if (isPeriodic(this.mode) && startTick !== null && this.state.count !== null) {
      this.state.nextCount = count;
      this.state.nextLoadTick = this.periodEnd(tick, startTick, this.state.count);
    } else if (mode === 1 || mode === 5) {
      this.state.nextCount = count;
      this.state.count ??= count;
    } else {
      this.state.count = count;
      this.state.elapsedWhenStopped = 0;
      // A count is loaded by the CLK pulse after it is written.
      this.state.startTick = gate ? tick + 1 : null;
    }
  }

  private trigger(tick: number): void {
    if (this.state.nextCount !== null) this.state.count = this.state.nextCount;
    this.state.nextCount = this.state.nextLoadTick = null;
    if (this.state.count !== null) this.state.startTick = tick + 1;
  }

  private resume(tick: number): void {
    if (this.state.count === null) return;
    if (isPeriodic(this.mode)) this.trigger(tick);
    else this.state.startTick = tick - this.state.elapsedWhenStopped;
  }

  private stop(tick: number): void {
    if (this.state.startTick === null) return;
    this.state.elapsedWhenStopped = Math.max(tick - this.state.startTick, 0);
    this.state.startTick = null;
  }

  /** With GATE low: OUT of modes 2 and 3 is high, that of modes 0 and 4 stays. */
  private outputWhileStopped(count: number): boolean {
    const { mode, elapsedWhenStopped } = this.state;
    if (mode === 0 || mode === 4) return outputAt(this.mode, count, elapsedWhenStopped);
    return true;
  }

  private valueNow(tick: number): number {
    this.follow(tick);
    const { startTick, count, elapsedWhenStopped } = this.state;
    if (count === null) return 0;
    const elapsed = startTick === null ? elapsedWhenStopped : Math.max(tick - startTick, 0);
    return valueAt(this.mode, count, elapsed, this.modulus);
  }

  private isNullCount(tick: number): boolean {
    const { count, startTick, nextCount } = this.state;
    return count === null || nextCount !== null || (startTick !== null && tick < startTick);
  }

  private readRunning(tick: number): number {
    const value = this.encode(this.valueNow(tick));
    if (this.state.format === 1) return value & 0xff;
    if (this.state.format === 2) return value >> 8;
    this.state.isReadingHigh = !this.state.isReadingHigh;
    return this.state.isReadingHigh ? value & 0xff : value >> 8;
  }

  /** Takes over the count written for the next period (mode 3: half period) once that has begun. */
  private follow(tick: number): void {
    const { nextLoadTick, nextCount, startTick, count } = this.state;
    if (nextLoadTick === null || tick < nextLoadTick) return;
    this.state.nextLoadTick = this.state.nextCount = null;
    if (nextCount === null || startTick === null || count === null) return;
    const endsHighHalf = this.mode === 3 && (nextLoadTick - startTick) % count === squareHighTicks(count);
    this.state.startTick = endsHighHalf ? nextLoadTick - squareHighTicks(nextCount) : nextLoadTick;
    this.state.count = nextCount;
  }

  /** The end of the period (mode 3: half period) that `tick` is in. */
  private periodEnd(tick: number, startTick: number, count: number): number {
    if (tick < startTick) return startTick;
    const periodStart = startTick + Math.floor((tick - startTick) / count) * count;
    const halfEnd = periodStart + squareHighTicks(count);
    return this.mode === 3 && tick < halfEnd ? halfEnd : periodStart + count;
  }

  /** The count that two written bytes mean: 0 stands for the largest, and a period has two pulses at least. */
  private decode(written: number): number {
    const value = this.state.isBcd ? fromBcd(written) : written;
    if (value === 0) return this.modulus;
    return isPeriodic(this.mode) ? Math.max(value, 2) : value;
  }

  private encode(value: number): number {
    return this.state.isBcd ? toBcd(value) : value;
  }
}

function initialState(gate: boolean): CounterState {
  return {
    mode: 3,
    isBcd: false,
    format: 3,
    isWritingHigh: false,
    isReadingHigh: false,
    lowByteWritten: 0,
    gate,
    count: null,
    startTick: null,
    elapsedWhenStopped: 0,
    nextCount: null,
    nextLoadTick: null,
    latchedCount: [],
    latchedStatus: null,
  };
}

const decimalPlaces = [12, 8, 4, 0];

function fromBcd(bcd: number): number {
  return decimalPlaces.reduce((value, shift) => value * 10 + ((bcd >> shift) & 0xf), 0);
}

function toBcd(value: number): number {
  const digits = String(value).padStart(4, "0");
  return Number.parseInt(digits, 16);
}
