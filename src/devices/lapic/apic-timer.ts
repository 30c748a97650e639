/**
 * The timer of the local APIC: one-shot, periodic, TSC-deadline. Counts are worked out when read.
 * Source: SDM 3A, "APIC Timer".
 */
import { matchState } from "../saved-state.js";
import type { Clock, DeviceState, Timer } from "../contracts.js";

/** How the timer asks for the processor's time-stamp counter. */
export interface TscClock {
  /** Clock time in ns at which the TSC has the value `tsc`. */
  tscToNs(tsc: bigint): number;
  readTsc(): bigint;
}

const periodicMode = 1;
const tscDeadlineMode = 2;

export class ApicTimer {
  private readonly timer: Timer;
  /** 0 one-shot, 1 periodic, 2 TSC-deadline. */
  private mode = 0;
  private initialCount = 0;
  private divideConfiguration = 0;
  /** Clock time at which the count was (or would have been) `initialCount`; undefined when stopped or expired. */
  private startNs: number | undefined;
  private deadlineTsc = 0n;

  /**
   * @param hz frequency of the timer's input clock, before the divider.
   * @param expired called, between guest instructions, for each expiry that is not coalesced with a later one.
   */
  constructor(
    private readonly clock: Clock,
    private readonly hz: number,
    private readonly tsc: TscClock,
    private readonly expired: () => void,
  ) {
    this.timer = clock.createTimer(() => this.onTimer());
  }

  reset(): void {
    this.mode = this.initialCount = this.divideConfiguration = 0;
    this.disarm();
  }

  /** From the LVT entry. Going to or from TSC-deadline mode disarms the timer: "TSC-Deadline Mode". */
  setMode(mode: number): void {
    if ((mode === tscDeadlineMode) !== (this.mode === tscDeadlineMode)) this.disarm();
    this.followPeriods();
    this.mode = mode;
  }

  get initial(): number {
    return this.initialCount;
  }

  /** Starts the countdown; 0 stops it. Without effect in TSC-deadline mode. */
  setInitial(count: number): void {
    if (this.mode === tscDeadlineMode) return;
    this.initialCount = count;
    this.startNs = count === 0 ? undefined : this.clock.nowNs();
    this.arm();
  }

  get current(): number {
    if (this.startNs === undefined) return 0;
    this.followPeriods();
    const elapsed = Math.floor((this.clock.nowNs() - this.startNs) / this.nsPerTick());
    return Math.max(this.initialCount - elapsed, 0);
  }

  get divide(): number {
    return this.divideConfiguration;
  }

  /** A countdown under way goes on from where it is, at its new speed. */
  setDivide(configuration: number): void {
    const { current } = this;
    this.divideConfiguration = configuration;
    if (this.startNs === undefined) return;
    this.startNs = this.clock.nowNs() - (this.initialCount - current) * this.nsPerTick();
    this.arm();
  }

  /** IA32_TSC_DEADLINE: 0 unless armed. */
  get deadline(): bigint {
    return this.deadlineTsc;
  }

  /** Arms TSC-deadline mode; 0 disarms. Without effect in the other modes. */
  setDeadline(tsc: bigint): void {
    if (this.mode !== tscDeadlineMode) return;
    this.deadlineTsc = tsc;
    this.arm();
  }

  /** To be called after the relation of TSC and clock has changed (IA32_TIME_STAMP_COUNTER, IA32_TSC_ADJUST). */
  tscChanged(): void {
    if (this.deadlineTsc !== 0n) this.arm();
  }

  save(): DeviceState {
    const { mode, initialCount, divideConfiguration } = this;
    const startNs = this.startNs ?? null;
    return { mode, initialCount, divideConfiguration, startNs, deadlineTsc: this.deadlineTsc.toString() };
  }

  restore(state: DeviceState, where: string): void {
    const template = {
      mode: 0,
      initialCount: 0,
      divideConfiguration: 0,
      startNs: null as number | null,
      deadlineTsc: "",
    };
    const saved = matchState(template, state, where);
    this.mode = saved.mode;
    this.initialCount = saved.initialCount;
    this.divideConfiguration = saved.divideConfiguration;
    this.startNs = saved.startNs ?? undefined;
    this.deadlineTsc = BigInt(saved.deadlineTsc);
    this.arm();
  }

  private disarm(): void {
    this.startNs = undefined;
    this.deadlineTsc = 0n;
    this.timer.cancel();
  }

  private arm(): void {
    if (this.deadlineTsc !== 0n) this.timer.arm(this.tsc.tscToNs(this.deadlineTsc));
    else if (this.startNs !== undefined) this.timer.arm(Math.ceil(this.startNs + this.periodNs()));
    else this.timer.cancel();
  }

  private onTimer(): void {
    if (this.deadlineTsc !== 0n) this.onDeadline();
    else if (this.startNs !== undefined) this.onCountEnd();
  }

  private onDeadline(): void {
    // The clock may be a little early: rounding between ns and TSC ticks.
    if (this.tsc.readTsc() < this.deadlineTsc) {
      return this.timer.arm(Math.max(this.tsc.tscToNs(this.deadlineTsc), this.clock.nowNs() + 1));
    }
    this.deadlineTsc = 0n;
    this.expired();
  }

  private onCountEnd(): void {
    if (this.mode === periodicMode) this.followPeriods();
    else this.startNs = undefined;
    this.arm();
    this.expired();
  }

  /** In periodic mode: moves the start on to the period that the present is in. */
  private followPeriods(): void {
    if (this.mode !== periodicMode || this.startNs === undefined) return;
    const periods = Math.floor((this.clock.nowNs() - this.startNs) / this.periodNs());
    if (periods > 0) this.startNs += periods * this.periodNs();
  }

  private periodNs(): number {
    return this.initialCount * this.nsPerTick();
  }

  /** "Divide Configuration Register": bits 3, 1, 0; 000 divides by 2 … 110 by 128, 111 by 1. */
  private nsPerTick(): number {
    const code = ((this.divideConfiguration & 8) >> 1) | (this.divideConfiguration & 3);
    return (1e9 / this.hz) * (1 << ((code + 1) & 7));
  }
}
