/**
 * What an 8254 counter shows at a given moment: pure functions of the mode, the count and the CLK pulses since
 * the count was loaded. Source: Intel 8254 data sheet, "Mode Definitions".
 */

/** 0 interrupt on terminal count, 1 one-shot, 2 rate generator, 3 square wave, 4 software and 5 hardware strobe. */
export type PitMode = 0 | 1 | 2 | 3 | 4 | 5;

export const isPeriodic = (mode: PitMode): boolean => mode === 2 || mode === 3;

/** CLK pulses for which OUT is high in each period of the square wave: one more than it is low when odd. */
export const squareHighTicks = (count: number): number => (count + 1) >> 1;

/**
 * The level of OUT.
 * @param count the initial count, 1 … 65536 (2 … in modes 2 and 3).
 * @param elapsed CLK pulses since the count was loaded (modes 1, 5: since the trigger), 0 or more.
 */
export function outputAt(mode: PitMode, count: number, elapsed: number): boolean {
  switch (mode) {
    case 0:
    case 1:
      return elapsed >= count;
    case 2:
      return elapsed % count !== count - 1;
    case 3:
      return elapsed % count < squareHighTicks(count);
    default:
      return elapsed !== count;
  }
}

/** The value in the counting element, 0 … `modulus`-1; arguments as in `outputAt`. */
export function valueAt(mode: PitMode, count: number, elapsed: number, modulus: number): number {
  if (mode === 2) return (count - (elapsed % count)) % modulus;
  if (mode === 3) return squareValueAt(count, elapsed % count) % modulus;
  return (((count - elapsed) % modulus) + modulus) % modulus;
}

/** Counts down by two in each half, from the count or (odd) the count less one. */
function squareValueAt(count: number, phase: number): number {
  const high = squareHighTicks(count);
  const pulses = phase < high ? phase : phase - high;
  return (count & ~1) - 2 * pulses;
}

/** The first number of elapsed pulses > `elapsed` at which OUT goes from low to high; undefined for never. */
export function nextRiseAfter(mode: PitMode, count: number, elapsed: number): number | undefined {
  if (isPeriodic(mode)) return (Math.floor(elapsed / count) + 1) * count;
  const rise = mode <= 1 ? count : count + 1;
  return rise > elapsed ? rise : undefined;
}
