/** Lets the processors run in turn, fires timers, sleeps while all are halted. */
import { runReason, type Processor } from "../processor/index.js";
import type { HostServices } from "./host-services.js";
import type { MachineClock } from "./machine-clock.js";
import type { RealTime } from "./real-time.js";

export interface SchedulerOptions {
  readonly processor: Processor;
  readonly cpuCount: number;
  readonly clock: MachineClock;
  readonly isVirtual: boolean;
  readonly realTime: RealTime;
  readonly host: HostServices;
  /** Whether the machine must stop; asked between slices. */
  readonly mustStop: () => boolean;
}

/** Instructions of a slice: one processor alone, or one of several (an IPI must not wait long). */
const SLICE_ALONE = 400_000;
const SLICE_SHARED = 50_000;
const SLICE_LEAST = 1_000;
/** The first slice: one that turns out slow (VM entries, random numbers, registers of devices) must not be long. */
const SLICE_FIRST = 100_000;
/** Host time of a slice above which the next one gets fewer instructions, and below half of which it gets more, ns. */
const SLICE_NS = 40e6;
/** What a host nanosecond is taken for when a timer is near (instructions): low, so that timers are rather early. */
const INSTRUCTIONS_PER_NS = 0.15;
/** Host time between turns of the host's event loop, ns. */
const YIELD_NS = 8e6;
const NS_PER_MS = 1e6;
/** A halt longer than this with no timer armed is waited out in such pieces, so that input is seen. */
const IDLE_SLEEP_MS = 50;

/** How a turn of `runSlices` ended. */
export type SliceEnd =
  { kind: "stopped" } | { kind: "triple-fault"; cpu: number } | { kind: "out-of-memory" } | { kind: "limit" };

export class Scheduler {
  readonly #options: SchedulerOptions;
  /** Virtual clock: ns at the start of the present slice, and the processor's instruction count then. */
  #virtualNs = 0;
  #sleepers: (() => void)[] = [];
  /** Instructions of a slice at most, after what the last ones cost the host. */
  #sliceMost = SLICE_FIRST;
  retired = 0;

  constructor(options: SchedulerOptions) {
    this.#options = options;
  }

  /** Virtual time between slices; within one the processor itself knows. */
  get virtualNs(): number {
    return this.#virtualNs;
  }
  set virtualNs(value: number) {
    this.#virtualNs = value;
  }

  /** Ends a sleep early: input came. */
  wake(): void {
    for (const sleeper of this.#sleepers.splice(0)) sleeper();
  }

  /** Runs until something ends it; at most about `limit` instructions in all. */
  async run(limit: number): Promise<SliceEnd> {
    const { host, mustStop, clock, realTime } = this.#options;
    realTime.skip();
    let lastYield = host.monotonicNs();
    const until = this.retired + limit;
    for (;;) {
      if (mustStop()) return { kind: "stopped" };
      if (this.retired >= until) return { kind: "limit" };
      clock.fireDue();
      const round = this.#runRound(until - this.retired);
      if (round.end) return round.end;
      if (round.allHalted && !mustStop() && (await this.#idle())) {
        lastYield = host.monotonicNs();
      } else if (host.monotonicNs() - lastYield > YIELD_NS) {
        await host.sleep(0);
        lastYield = host.monotonicNs();
      }
    }
  }

  /** One slice of every processor. */
  #runRound(left: number): { allHalted: boolean; end?: SliceEnd } {
    const { processor, cpuCount, mustStop, clock, isVirtual } = this.#options;
    let allHalted = true;
    for (let cpu = 0; cpu < cpuCount; cpu++) {
      if (this.#isAsleep(cpu)) continue;
      processor.exports.selectCpu(cpu);
      if (isVirtual) this.#setClockBase(this.#virtualNs - this.#instructions(cpu));
      const reason = this.#runSlice(cpu, Math.min(this.#sliceLength(), Math.ceil(left)));
      if (reason === runReason.tripleFault) return { allHalted: false, end: { kind: "triple-fault", cpu } };
      if (reason === runReason.outOfMemory) return { allHalted: false, end: { kind: "out-of-memory" } };
      if (reason !== runReason.halted) allHalted = false;
      if (mustStop()) return { allHalted: false };
      clock.fireDue();
    }
    return { allHalted };
  }

  /** Halted with nothing that could wake it: not worth a turn. */
  #isAsleep(cpu: number): boolean {
    const { processor } = this.#options;
    return processor.readState32(cpu, "ACTIVITY") !== 0 && processor.readState32(cpu, "EVENTS") === 0;
  }

  #runSlice(cpu: number, length: number): number {
    const { processor, isVirtual, host } = this.#options;
    const before = this.#instructions(cpu);
    const startNs = host.monotonicNs();
    const reason = processor.exports.run(Math.max(1, length));
    this.#adjustSlice(length, host.monotonicNs() - startNs);
    const done = this.#instructions(cpu) - before;
    this.retired += done;
    if (isVirtual) this.#virtualNs += done;
    return reason;
  }

  /** Keeps slices short in host time, so that a stop never waits long. */
  #adjustSlice(length: number, tookNs: number): void {
    if (tookNs > SLICE_NS) this.#sliceMost = Math.max(SLICE_LEAST, this.#sliceMost / 4);
    else if (tookNs < SLICE_NS / 2 && length >= Math.min(SLICE_SHARED, Math.floor(this.#sliceMost))) {
      this.#sliceMost = Math.min(SLICE_ALONE, this.#sliceMost * 2);
    }
  }

  #instructions(cpu: number): number {
    const { processor } = this.#options;
    const end = Number(processor.readState64(cpu, "ICOUNT_END"));
    return end - (processor.readState32(cpu, "BUDGET") | 0);
  }

  #setClockBase(ns: number): void {
    const { processor } = this.#options;
    processor.writeMachineWord64("CLOCK_BASE", BigInt(Math.floor(ns)));
  }

  /** A slice ends where the next timer is due. */
  #sliceLength(): number {
    const { clock, cpuCount, isVirtual } = this.#options;
    const most = cpuCount === 1 ? this.#sliceMost : this.#sharedSlice();
    const untilTimer = clock.nextDeadlineNs() - clock.nowNs();
    const length = isVirtual ? Math.ceil(untilTimer) : untilTimer * INSTRUCTIONS_PER_NS;
    return Math.floor(Math.min(most, Math.max(isVirtual ? 1 : SLICE_LEAST, length)));
  }

  /** Several processors see where slices end: under a virtual clock that must not depend on the host's speed. */
  #sharedSlice(): number {
    return this.#options.isVirtual ? SLICE_SHARED : Math.min(SLICE_SHARED, this.#sliceMost);
  }

  /** All processors are halted: time passes until the next timer. Tells whether the host's event loop had its turn. */
  async #idle(): Promise<boolean> {
    const { clock, isVirtual } = this.#options;
    const deadline = clock.nextDeadlineNs();
    if (isVirtual && deadline !== Infinity) {
      this.#virtualNs = Math.max(this.#virtualNs, deadline);
      this.#setClockBaseIdle();
      return false;
    }
    const waitMs = isVirtual ? IDLE_SLEEP_MS : (deadline - clock.nowNs()) / NS_PER_MS;
    if (waitMs <= 0) return false;
    // A host timer is exact to a millisecond: shorter waits only let the event loop turn.
    await this.#sleep(waitMs < 1 ? 0 : Math.min(Math.floor(waitMs), IDLE_SLEEP_MS));
    this.#options.realTime.passIdle();
    return true;
  }

  /** Keeps the processor's own idea of the time in step while none runs. */
  #setClockBaseIdle(): void {
    const cpu = this.#options.processor.readMachineWord("ACTIVE_CPU");
    this.#setClockBase(this.#virtualNs - this.#instructions(cpu));
  }

  async #sleep(milliseconds: number): Promise<void> {
    const woken = new Promise<void>((resolve) => this.#sleepers.push(resolve));
    await Promise.race([woken, this.#options.host.sleep(milliseconds)]);
    this.#sleepers = [];
  }
}
