/**
 * IA32_APIC_BASE.
 *
 *   MAXPHYADDR-1     12 11  10   9   8   7      0
 *   [   APIC base     ] EN EXTD  -  BSP  [  -   ]
 *
 * Source: SDM 3A, "Local APIC Status and Location", "x2APIC State Transitions".
 */

export type ApicMode = "disabled" | "xapic" | "x2apic";

export const defaultApicBase = 0xfee00000;
const enableBit = 1 << 11;
const extendedBit = 1 << 10;
const bootstrapBit = 1 << 8;
const reservedLow = 0x2ff;

/** The two halves of the MSR, unsigned. */
export type ApicBaseValue = { low: number; high: number };

export function resetApicBase(isBootstrap: boolean): ApicBaseValue {
  return { low: (defaultApicBase | enableBit | (isBootstrap ? bootstrapBit : 0)) >>> 0, high: 0 };
}

/** The mode that the low half stands for; undefined for the invalid EN = 0, EXTD = 1. */
export function modeOf(low: number): ApicMode | undefined {
  const isEnabled = (low & enableBit) !== 0;
  if ((low & extendedBit) !== 0) return isEnabled ? "x2apic" : undefined;
  return isEnabled ? "xapic" : "disabled";
}

/** The guest-physical address of the registers in xAPIC mode. */
export function addressOf(value: ApicBaseValue): number {
  return value.high * 2 ** 32 + ((value.low & ~0xfff) >>> 0);
}

/** Whether WRMSR may change `from` into `to`; if not it is a #GP. */
export function isLegalApicBase(
  from: ApicBaseValue,
  to: ApicBaseValue,
  physicalAddressBits: number,
): boolean {
  if ((to.low & reservedLow) !== 0 || to.high >= 2 ** (physicalAddressBits - 32)) return false;
  const newMode = modeOf(to.low);
  switch (modeOf(from.low)) {
    case "disabled":
      return newMode === "disabled" || newMode === "xapic";
    case "xapic":
      return newMode !== undefined;
    default:
      return newMode === "x2apic" || newMode === "disabled";
  }
}
