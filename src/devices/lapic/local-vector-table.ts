/**
 * The local vector table.
 *
 *   18 17 16    15   14   13    12    11 10   8 7      0
 *   mode  mask  trig rIRR pol  status -  [mode] [vector]
 *
 * Source: SDM 3A, "Local Vector Table".
 */
import { deliveryMode } from "./apic-message.js";
import * as reg from "./registers.js";

const maskBit = 1 << 16;
const levelBit = 1 << 15;

export class LocalVectorTable {
  private entries = reg.lvtWritable.map(() => maskBit);

  reset(): void {
    this.entries.fill(maskBit);
  }

  read(register: number): number {
    return this.entries[register - reg.lvtTimer]!;
  }

  /** `isForcedMasked`: the APIC is disabled by software, which keeps every entry masked. */
  write(register: number, value: number, isForcedMasked: boolean): void {
    const index = register - reg.lvtTimer;
    const remoteIrr = value & levelBit ? this.entries[index]! & reg.lvtRemoteIrr : 0;
    this.entries[index] = (value & reg.lvtWritable[index]!) | remoteIrr | (isForcedMasked ? maskBit : 0);
  }

  /** SDM 3A, "Local APIC State After It Has Been Software Disabled": all entries get masked. */
  maskAll(): void {
    this.entries = this.entries.map((entry) => entry | maskBit);
  }

  isMasked(register: number): boolean {
    return (this.read(register) & maskBit) !== 0;
  }

  vector(register: number): number {
    return this.read(register) & 0xff;
  }

  /** The timer and error entries have none: theirs is fixed. */
  deliveryMode(register: number): number {
    return (this.read(register) >> 8) & 7;
  }

  /** Timer mode: 0 one-shot, 1 periodic, 2 TSC-deadline, 3 reserved. */
  get timerMode(): number {
    return (this.read(reg.lvtTimer) >> 17) & 3;
  }

  /** Whether a LINT pin is a level-triggered fixed interrupt; the trigger mode is for those only. */
  isLevelTriggered(register: number): boolean {
    return (this.read(register) & levelBit) !== 0 && this.deliveryMode(register) === deliveryMode.fixed;
  }

  isRemoteIrrSet(register: number): boolean {
    return (this.read(register) & reg.lvtRemoteIrr) !== 0;
  }

  setRemoteIrr(register: number, isSet: boolean): void {
    const entry = this.read(register);
    this.entries[register - reg.lvtTimer] = isSet ? entry | reg.lvtRemoteIrr : entry & ~reg.lvtRemoteIrr;
  }

  save(): number[] {
    return [...this.entries];
  }

  restore(entries: number[]): void {
    this.entries = reg.lvtWritable.map((_, i) => entries[i] ?? maskBit);
  }
}
