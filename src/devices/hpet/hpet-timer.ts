/**
 * One comparator of the HPET. It does its sums in counter ticks; when it matches, it tells its HPET, which
 * knows the wires. Source: IA-PC HPET Specification 1.0a, "Timer N Configuration and Capabilities Register",
 * "Timer N Comparator Register".
 */
import { matchState } from "../saved-state.js";
import type { DeviceState } from "../contracts.js";
import * as reg from "./hpet-registers.js";

const mask64 = (1n << 64n) - 1n;
const mask32 = (1n << 32n) - 1n;
const capabilities = reg.periodicCapable | reg.size64Capable | reg.fsbCapable;

export class HpetTimer {
  /** Bits of the configuration register that can be written. */
  private config = 0;
  private comparator = mask64;
  private period = 0n;
  /** The second half of a 64-bit write with Tn_VAL_SET_CNF still sets the accumulator. */
  private isSettingHighHalf = false;
  private fsbAddress = 0;
  private fsbData = 0;

  /** @param routeCapability the I/O APIC pins the timer can be routed to, a bit each. */
  constructor(private readonly routeCapability: number) {}

  reset(): void {
    this.config = 0;
    this.comparator = mask64;
    this.period = 0n;
    this.isSettingHighHalf = false;
    this.fsbAddress = this.fsbData = 0;
  }

  get isLevelTriggered(): boolean {
    return (this.config & reg.levelTriggered) !== 0;
  }

  get isInterruptEnabled(): boolean {
    return (this.config & reg.interruptEnable) !== 0;
  }

  /** The I/O APIC pin chosen, 0 … 31; it may be one that the timer cannot drive. */
  get route(): number {
    return (this.config & reg.routeMask) >> reg.routeShift;
  }

  /** The message to send instead of driving a wire; undefined when FSB delivery is off. */
  get message(): { address: number; data: number } | undefined {
    if ((this.config & reg.fsbEnable) === 0) return undefined;
    return { address: this.fsbAddress, data: this.fsbData };
  }

  /** The 32-bit register half at `offset` (0 … 1CH, a multiple of 4) from the timer's first one. */
  read(offset: number): number {
    switch (offset) {
      case reg.timerConfiguration:
        return this.config | capabilities;
      case reg.timerConfiguration + 4:
        return this.routeCapability;
      case reg.timerComparator:
        return Number(this.comparator & mask32);
      case reg.timerComparator + 4:
        return this.is32Bit ? 0 : Number(this.comparator >> 32n);
      case reg.timerFsbRoute:
        return this.fsbData;
      case reg.timerFsbRoute + 4:
        return this.fsbAddress;
      default:
        return 0;
    }
  }

  write(offset: number, value: number): void {
    switch (offset) {
      case reg.timerConfiguration:
        return this.writeConfiguration(value);
      case reg.timerComparator:
        return this.writeComparator(0n, BigInt(value));
      case reg.timerComparator + 4:
        return this.writeComparator(32n, BigInt(value));
      case reg.timerFsbRoute:
        this.fsbData = value;
        return;
      case reg.timerFsbRoute + 4:
        this.fsbAddress = value;
    }
  }

  /** Ticks from counter value `counter` to the next match: at least 1. */
  ticksToMatch(counter: bigint): bigint {
    const mask = this.is32Bit ? mask32 : mask64;
    const distance = (this.comparator - counter) & mask;
    // A periodic comparator that was written a little late (a host that stood still) would otherwise match only after
    // the counter has wrapped: such a match is made up for at once.
    if (this.isPeriodic && distance > mask >> 1n) return 1n;
    return distance === 0n ? mask + 1n : distance;
  }

  /** After a match: a periodic timer's comparator goes on by whole periods, until it lies after `counter`. */
  advance(counter: bigint): void {
    if (!this.isPeriodic || this.period === 0n) return;
    const mask = this.is32Bit ? mask32 : mask64;
    const behind = (counter - this.comparator) & mask;
    this.comparator = (this.comparator + (behind / this.period + 1n) * this.period) & mask;
  }

  save(): DeviceState {
    const { config, fsbAddress, fsbData, isSettingHighHalf } = this;
    const comparator = this.comparator.toString();
    return { config, comparator, period: this.period.toString(), isSettingHighHalf, fsbAddress, fsbData };
  }

  restore(state: DeviceState, where: string): void {
    const template = {
      config: 0,
      comparator: "",
      period: "",
      isSettingHighHalf: false,
      fsbAddress: 0,
      fsbData: 0,
    };
    const saved = matchState(template, state, where);
    this.config = saved.config;
    this.comparator = BigInt(saved.comparator) & mask64;
    this.period = BigInt(saved.period) & mask64;
    this.isSettingHighHalf = saved.isSettingHighHalf;
    this.fsbAddress = saved.fsbAddress;
    this.fsbData = saved.fsbData;
  }

  private get is32Bit(): boolean {
    return (this.config & reg.force32Bit) !== 0;
  }

  private get isPeriodic(): boolean {
    return (this.config & reg.periodic) !== 0;
  }

  private writeConfiguration(value: number): void {
    this.config = value & reg.writableConfiguration;
    if (!this.is32Bit) return;
    this.comparator &= mask32;
    this.period &= mask32;
  }

  /** Writes the half at `shift`. A periodic timer takes it as its period, and as comparator if VAL_SET says so. */
  private writeComparator(shift: bigint, value: bigint): void {
    const keep = mask64 & ~(mask32 << shift);
    const isHighHalf = shift !== 0n;
    const isSetting = (this.config & reg.valueSet) !== 0 || (isHighHalf && this.isSettingHighHalf);
    if (this.isPeriodic) this.period = this.fit((this.period & keep) | (value << shift));
    if (!this.isPeriodic || isSetting)
      this.comparator = this.fit((this.comparator & keep) | (value << shift));
    this.isSettingHighHalf = isSetting && !isHighHalf;
    this.config &= ~reg.valueSet;
  }

  private fit(value: bigint): bigint {
    return this.is32Bit ? value & mask32 : value;
  }
}
