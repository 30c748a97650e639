/**
 * Redirection table entries of the I/O APIC.
 *
 *   63    56 55            17  16   15    14   13    12     11    10    8 7       0
 *   [ dest ] [   reserved   ] mask trig rIRR  pol  status  dmode  [mode]  [ vector ]
 *
 * Source: Intel 82093AA data sheet, "I/O Redirection Table Registers".
 */
import { deliveryMode, type ApicMessage } from "../lapic/apic-message.js";

export const vectorMask = 0xff;
export const levelBit = 1 << 15;
export const remoteIrrBit = 1 << 14;
export const deliveryStatusBit = 1 << 12;
export const maskBit = 1 << 16;
const logicalBit = 1 << 11;
/** Polarity is kept but has no effect: our wires carry "asserted", not volts. */
const writableLow = 0x0001afff;
const writableHigh = 0xff000000;

/** Low and high half as unsigned 32-bit numbers. */
export type RedirectionEntry = { low: number; high: number };

export const resetEntry = (): RedirectionEntry => ({ low: maskBit, high: 0 });

export const isMasked = (entry: RedirectionEntry): boolean => (entry.low & maskBit) !== 0;

/** Only fixed and lowest-priority interrupts can be level-triggered; all others are taken as edges. */
export function isLevelTriggered(entry: RedirectionEntry): boolean {
  const mode = (entry.low >> 8) & 7;
  return (entry.low & levelBit) !== 0 && mode <= deliveryMode.lowestPriority;
}

/** Writes a half. Remote IRR is read-only, but goes away when the entry becomes edge-triggered. */
export function writeEntry(entry: RedirectionEntry, isHighHalf: boolean, value: number): void {
  if (isHighHalf) {
    entry.high = (value & writableHigh) >>> 0;
    return;
  }
  entry.low = (value & writableLow) | (entry.low & remoteIrrBit);
  if ((entry.low & levelBit) === 0) entry.low &= ~remoteIrrBit;
}

/** The message that an interrupt of this pin sends. */
export function messageOf(entry: RedirectionEntry): ApicMessage {
  return {
    destination: entry.high >>> 24,
    isX2Apic: false,
    isLogical: (entry.low & logicalBit) !== 0,
    deliveryMode: (entry.low >> 8) & 7,
    vector: entry.low & vectorMask,
    isLevel: isLevelTriggered(entry),
  };
}
