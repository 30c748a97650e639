import type { Clock, Timer } from "../contracts.js";

const FREQUENCY_HZ = 3_579_545;
const NS_PER_SECOND = 1e9;
/** The status bit follows the top bit of the 32-bit counter: it is set at every multiple of this. */
const TICKS_PER_TOGGLE = 2 ** 31;

/**
 * The ACPI power management timer: 32 bits, 3.579545 MHz, running since the machine was created (ACPI 6.4,
 * "Power Management Timer"). `onToggle` is called once for each change of the top bit that `update` finds.
 */
export class PowerManagementTimer {
  readonly #clock: Clock;
  readonly #timer: Timer;
  readonly #onToggle: () => void;
  #toggles: number;

  constructor(clock: Clock, onToggle: () => void) {
    this.#clock = clock;
    this.#onToggle = onToggle;
    this.#timer = clock.createTimer(() => this.update());
    this.#toggles = this.#togglesNow();
  }

  /** 0 … 2^32-1. */
  read(): number {
    return this.#ticks() % 2 ** 32;
  }

  /** Notices a change of the top bit since the last call. */
  update(): void {
    const toggles = this.#togglesNow();
    if (toggles === this.#toggles) return;
    this.#toggles = toggles;
    this.#onToggle();
  }

  /** Whether `onToggle` is to be called in time, or only when somebody asks with `update`. */
  setWaking(isWaking: boolean): void {
    if (isWaking) this.#timer.arm(nsOfTick((this.#toggles + 1) * TICKS_PER_TOGGLE));
    else this.#timer.cancel();
  }

  reset(): void {
    this.#toggles = this.#togglesNow();
    this.#timer.cancel();
  }

  #togglesNow(): number {
    return Math.floor(this.#ticks() / TICKS_PER_TOGGLE);
  }

  /** Seconds and the rest apart: a product of all nanoseconds would leave the range of exact numbers. */
  #ticks(): number {
    const now = this.#clock.nowNs();
    const seconds = Math.floor(now / NS_PER_SECOND);
    const rest = now - seconds * NS_PER_SECOND;
    return seconds * FREQUENCY_HZ + Math.floor((rest * FREQUENCY_HZ) / NS_PER_SECOND);
  }
}

function nsOfTick(tick: number): number {
  const seconds = Math.floor(tick / FREQUENCY_HZ);
  return seconds * NS_PER_SECOND + Math.ceil(((tick % FREQUENCY_HZ) * NS_PER_SECOND) / FREQUENCY_HZ);
}
