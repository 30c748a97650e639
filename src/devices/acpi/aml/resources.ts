/** Resource descriptors (ACPI 6.4, 6.4 "Resource Data Types for ACPI") and the template buffer that holds them. */
import { type Aml, littleEndian } from "./encoding.js";
import { buffer } from "./terms.js";

const END_TAG = [0x79, 0x00];

/** ASL's ResourceTemplate: the value of _CRS and _PRS. */
export function resourceTemplate(...descriptors: Aml[]): Aml {
  return buffer([...descriptors.flat(), ...END_TAG]);
}

/** An edge-triggered, active-high, exclusive ISA interrupt 0 … 15. */
export function isaInterrupt(irq: number): Aml {
  return [0x22, ...littleEndian(1 << irq, 2)];
}

/** A fixed block of ports, 16-bit decoded. */
export function ports(first: number, count: number): Aml {
  return [0x47, 0x01, ...littleEndian(first, 2), ...littleEndian(first, 2), 0x01, count];
}

/** A fixed, writable block of memory below 4 GiB. */
export function memory32Fixed(address: number, length: number): Aml {
  return [0x86, 9, 0, 0x01, ...littleEndian(address, 4), ...littleEndian(length, 4)];
}

const INTERRUPT_CONSUMER = 1 << 0;
const INTERRUPT_SHARED = 1 << 3;

/** Global system interrupts, level-triggered, active-high and shared: one of them (in _PRS) or the one in use. */
export function sharedLevelInterrupts(...interrupts: number[]): Aml {
  const body = [INTERRUPT_CONSUMER | INTERRUPT_SHARED, interrupts.length];
  const numbers = interrupts.flatMap((gsi) => littleEndian(gsi, 4));
  return [0x89, ...littleEndian(body.length + numbers.length, 2), ...body, ...numbers];
}

/** Byte offset of the first interrupt number in `sharedLevelInterrupts`. */
export const FIRST_INTERRUPT_OFFSET = 5;

const ADDRESS_TYPES = { memory: 0, io: 1, busNumber: 2 } as const;
const FIXED_MIN_AND_MAX = 0x0c;
/** Memory: read/write, uncached. Ports: the entire range. */
const SPECIFIC_FLAGS = { memory: 0x01, io: 0x03, busNumber: 0 } as const;
const ADDRESS_TAGS = { 2: 0x88, 4: 0x87, 8: 0x8a } as const;

/** A window that a bridge produces for the bus behind it: [first, last], in fields of `width` bytes. */
export function bridgeWindow(
  kind: keyof typeof ADDRESS_TYPES,
  width: keyof typeof ADDRESS_TAGS,
  first: number,
  last: number,
): Aml {
  const granularity = 0;
  const translation = 0;
  const numbers = [granularity, first, last, translation, last - first + 1];
  const body = [ADDRESS_TYPES[kind], FIXED_MIN_AND_MAX, SPECIFIC_FLAGS[kind]];
  const fields = numbers.flatMap((value) => littleEndian(value, width));
  return [ADDRESS_TAGS[width], ...littleEndian(body.length + fields.length, 2), ...body, ...fields];
}
