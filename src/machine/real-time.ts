import type { HostServices } from "./host-services.js";

/** A running guest's time never goes on by more than this between two looks at it, ns. */
const LONGEST_STEP_NS = 3e6;
/** By how much faster the guest's time runs until it has caught up. */
const CATCH_UP_RATE = 0.125;

/**
 * The real clock: the host's time, but for moments in which the host lets this process wait. A guest that is shown such
 * a gap in the midst of a delay loop finds its timer ticks missing ("timer doesn't work"); so the gap is given back in
 * small pieces afterwards.
 */
export class RealTime {
  readonly #host: Pick<HostServices, "monotonicNs">;
  #guestNs: number;
  #hostNs: number;
  #behindNs = 0;

  /** `startNs`: the guest's time now. */
  constructor(host: Pick<HostServices, "monotonicNs">, startNs: number) {
    this.#host = host;
    this.#guestNs = startNs;
    this.#hostNs = host.monotonicNs();
  }

  /** The guest's time in ns; never goes back. */
  nowNs(): number {
    const passed = this.#takeHostTime();
    const step = Math.min(passed, LONGEST_STEP_NS);
    this.#behindNs += passed - step;
    const caughtUp = Math.min(this.#behindNs, step * CATCH_UP_RATE);
    this.#behindNs -= caughtUp;
    this.#guestNs += step + caughtUp;
    return this.#guestNs;
  }

  /** All time since the last look passed while the guest was halted: it counts in full. */
  passIdle(): void {
    this.#guestNs += this.#takeHostTime() + this.#behindNs;
    this.#behindNs = 0;
  }

  /** Time since the last look does not count: the machine stood still. */
  skip(): void {
    this.#takeHostTime();
  }

  #takeHostTime(): number {
    const hostNs = this.#host.monotonicNs();
    const passed = hostNs - this.#hostNs;
    this.#hostNs = hostNs;
    return passed;
  }
}
