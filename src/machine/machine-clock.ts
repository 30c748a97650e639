import type { Clock, Timer } from "../devices/contracts.js";

/** A clock's source: nanoseconds since the machine was created. */
export interface TimeSource {
  nowNs(): number;
  wallMs(): number;
}

class MachineTimer implements Timer {
  deadlineNs: number | undefined;

  constructor(
    readonly callback: () => void,
    private readonly clock: MachineClock,
  ) {}

  arm(atNs: number): void {
    this.deadlineNs = atNs;
    this.clock.armed(atNs);
  }

  cancel(): void {
    this.deadlineNs = undefined;
  }
}

/** The machine's one clock and the timers of all devices. */
export class MachineClock implements Clock {
  readonly #source: TimeSource;
  readonly #timers: MachineTimer[] = [];
  readonly #armed: (atNs: number) => void;

  /** `armed` is told each time a timer is armed, so that a running slice can be cut short. */
  constructor(source: TimeSource, armed: (atNs: number) => void) {
    this.#source = source;
    this.#armed = armed;
  }

  nowNs(): number {
    return this.#source.nowNs();
  }

  wallMs(): number {
    return this.#source.wallMs();
  }

  createTimer(callback: () => void): Timer {
    const timer = new MachineTimer(callback, this);
    this.#timers.push(timer);
    return timer;
  }

  armed(atNs: number): void {
    this.#armed(atNs);
  }

  /** The earliest deadline, or Infinity. */
  nextDeadlineNs(): number {
    let next = Infinity;
    for (const { deadlineNs } of this.#timers) {
      if (deadlineNs !== undefined && deadlineNs < next) next = deadlineNs;
    }
    return next;
  }

  /** Fires what is due, in the order of the deadlines. */
  fireDue(): void {
    const now = this.nowNs();
    if (this.nextDeadlineNs() > now) return;
    const due = this.#timers.filter((timer) => timer.deadlineNs !== undefined && timer.deadlineNs <= now);
    due.sort((a, b) => (a.deadlineNs as number) - (b.deadlineNs as number));
    for (const timer of due) {
      if (timer.deadlineNs === undefined || timer.deadlineNs > now) continue;
      timer.deadlineNs = undefined;
      timer.callback();
    }
  }
}
