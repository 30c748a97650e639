/** A switch between a legacy timer (PIT, RTC) and the HPET timer that replaces it on its interrupt wire. */
import type { InterruptLine } from "../contracts.js";

export class LegacyInput implements InterruptLine {
  private isReplaced = false;
  private legacyLevel = false;

  constructor(private readonly output: InterruptLine) {}

  /** The level the legacy timer gives. */
  get level(): boolean {
    return this.legacyLevel;
  }

  /** The legacy timer's wire. */
  set(level: boolean): void {
    this.legacyLevel = level;
    if (!this.isReplaced) this.output.set(level);
  }

  /** The HPET's side of the wire; to be driven only while it replaces the legacy timer. */
  get replacement(): InterruptLine {
    return this.output;
  }

  setReplaced(isReplaced: boolean): void {
    if (isReplaced === this.isReplaced) return;
    this.isReplaced = isReplaced;
    this.output.set(isReplaced ? false : this.legacyLevel);
  }

  /** Takes saved levels without driving the wire, whose listeners are restored on their own. */
  restore(legacyLevel: boolean, isReplaced: boolean): void {
    this.legacyLevel = legacyLevel;
    this.isReplaced = isReplaced;
  }
}
