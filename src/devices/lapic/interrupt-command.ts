/**
 * The interrupt command register.
 *
 *   19 18 17 16   15   14    13   12     11   10  8 7      0
 *   short   -    trig level   -  status logic [mode] [vector]
 *
 * Source: SDM 3A, "Interrupt Command Register (ICR)".
 */
import { deliveryMode, type ApicMessage } from "./apic-message.js";

export type Shorthand = "none" | "self" | "all" | "others";

export interface InterruptCommand {
  message: ApicMessage;
  shorthand: Shorthand;
}

/** Bits software can set; delivery status (12) always reads as 0, idle. */
export const commandWritable = 0x000ccfff;
const levelTriggerBit = 1 << 15;
const assertBit = 1 << 14;
const logicalBit = 1 << 11;
const shorthands: readonly Shorthand[] = ["none", "self", "all", "others"];

/**
 * The interprocessor interrupt that writing `low` sends; undefined when it sends none: reserved delivery modes and
 * INIT level de-assert, which is without effect since the Pentium 4.
 * @param destination the high half as written: in xAPIC mode the ID is in bits 31:24.
 */
export function decodeCommand(
  low: number,
  destination: number,
  isX2Apic: boolean,
): InterruptCommand | undefined {
  const mode = (low >> 8) & 7;
  if (mode === 3 || mode === deliveryMode.extInt) return undefined;
  const isDeassert = (low & levelTriggerBit) !== 0 && (low & assertBit) === 0;
  if (mode === deliveryMode.init && isDeassert) return undefined;
  const message: ApicMessage = {
    destination: isX2Apic ? destination >>> 0 : destination >>> 24,
    isX2Apic,
    isLogical: (low & logicalBit) !== 0,
    deliveryMode: mode,
    vector: low & 0xff,
    // "Trigger Mode": fixed IPIs are always treated as edge-triggered.
    isLevel: false,
  };
  return { message, shorthand: shorthands[(low >> 18) & 3]! };
}
