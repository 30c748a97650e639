/**
 * A keyboard on which nobody types: it answers the controller's commands, so that drivers find and set it up.
 * Source: IBM PS/2 Technical Reference, "Keyboard (101/102-Key)", "Commands from the System".
 */
import { matchState } from "../saved-state.js";
import type { DeviceState } from "../contracts.js";

const acknowledge = 0xfa;
const resend = 0xfe;
const echo = 0xee;
const selfTestPassed = 0xaa;
/** The identity of an MF2 keyboard. */
const identity = [0xab, 0x83];
const defaultScanCodeSet = 2;

/** Commands. */
const setIndicators = 0xed;
const scanCodeSet = 0xf0;
const identify = 0xf2;
const setTypematicRate = 0xf3;
const enable = 0xf4;
const defaultDisable = 0xf5;
const setDefaults = 0xf6;
const resetCommand = 0xff;

export class Keyboard {
  /** The command whose parameter comes next, 0 for none. */
  private awaiting = 0;
  private set = defaultScanCodeSet;
  private last: number[] = [];

  reset(): void {
    this.awaiting = 0;
    this.set = defaultScanCodeSet;
    this.last = [];
  }

  /** The bytes that answer `byte` from the controller, before translation. */
  answer(byte: number): number[] {
    if (byte === resend) return this.last;
    this.last =
      this.awaiting !== 0 && byte < setIndicators ? this.takeParameter(byte) : this.takeCommand(byte);
    return this.last;
  }

  save(): DeviceState {
    return { awaiting: this.awaiting, set: this.set, last: [...this.last] };
  }

  restore(state: DeviceState, where: string): void {
    const saved = matchState({ awaiting: 0, set: 0, last: [0] }, state, where);
    this.awaiting = saved.awaiting;
    this.set = saved.set;
    this.last = saved.last;
  }

  private takeCommand(command: number): number[] {
    this.awaiting = 0;
    switch (command) {
      case setIndicators:
      case scanCodeSet:
      case setTypematicRate:
        this.awaiting = command;
        return [acknowledge];
      case identify:
        return [acknowledge, ...identity];
      case echo:
        return [echo];
      case enable:
        return [acknowledge];
      case defaultDisable:
      case setDefaults:
        this.reset();
        return [acknowledge];
      case resetCommand:
        this.reset();
        return [acknowledge, selfTestPassed];
      default:
        return [resend];
    }
  }

  private takeParameter(parameter: number): number[] {
    const command = this.awaiting;
    this.awaiting = 0;
    if (command !== scanCodeSet) return [acknowledge];
    if (parameter === 0) return [acknowledge, this.set];
    if (parameter > 3) return [resend];
    this.set = parameter;
    return [acknowledge];
  }
}
