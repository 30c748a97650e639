/**
 * Conversion between clock time and the ticks of an oscillator, without drift: both directions are exact for
 * as long as clock time is (2^53 ns), because whole repetitions of the two rhythms are split off first.
 */
const nsPerSecond = 1_000_000_000;

export class TickRate {
  /** `ticks` ticks of the oscillator last exactly `ns` nanoseconds. */
  private readonly ticks: number;
  private readonly ns: number;

  /** @param hz frequency in Hz, a whole number; hz·10^9 / gcd(hz, 10^9)^2 must stay below 2^53. */
  constructor(readonly hz: number) {
    const divisor = greatestCommonDivisor(hz, nsPerSecond);
    this.ticks = hz / divisor;
    this.ns = nsPerSecond / divisor;
    if (this.ticks * this.ns > Number.MAX_SAFE_INTEGER) throw new RangeError(`no exact ticks at ${hz} Hz`);
  }

  /** How many ticks have begun by the time `ns` (tick 0 is at time 0). */
  ticksAt(ns: number): number {
    const repetitions = Math.floor(ns / this.ns);
    const rest = ns - repetitions * this.ns;
    return repetitions * this.ticks + Math.floor((rest * this.ticks) / this.ns);
  }

  /** The first whole nanosecond at which `ticksAt` gives `tick`. */
  nsAt(tick: number): number {
    const repetitions = Math.floor(tick / this.ticks);
    const rest = tick - repetitions * this.ticks;
    return repetitions * this.ns + Math.ceil((rest * this.ns) / this.ticks);
  }
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
