/**
 * Registers of the local APIC by number: offset / 10H in xAPIC mode, MSR - 800H in x2APIC mode.
 * Source: SDM 3A, "Local APIC Register Address Map", "x2APIC Register Address Space".
 */
export const id = 0x02;
export const version = 0x03;
export const taskPriority = 0x08;
export const arbitrationPriority = 0x09;
export const processorPriority = 0x0a;
export const endOfInterrupt = 0x0b;
export const remoteRead = 0x0c;
export const logicalDestination = 0x0d;
export const destinationFormat = 0x0e;
export const spuriousVector = 0x0f;
export const inService = 0x10; // to 17H
export const triggerMode = 0x18; // to 1FH
export const interruptRequest = 0x20; // to 27H
export const errorStatus = 0x28;
export const interruptCommand = 0x30;
export const interruptCommandHigh = 0x31;
export const lvtTimer = 0x32;
export const lvtLint0 = 0x35;
export const lvtLint1 = 0x36;
export const lvtError = 0x37;
export const initialCount = 0x38;
export const currentCount = 0x39;
export const divideConfiguration = 0x3e;
export const selfIpi = 0x3f;

/** Version register: version 14H, six LVT entries, EOI-broadcast suppression. */
export const versionValue = 0x01050014;

/** Spurious-interrupt vector register. */
export const softwareEnable = 1 << 8;
export const suppressEoiBroadcast = 1 << 12;
export const spuriousWritable = 0x000013ff;

/** Error status register. */
export const sendIllegalVector = 1 << 5;
export const receiveIllegalVector = 1 << 6;
export const illegalRegisterAddress = 1 << 7;

export const divideWritable = 0x0b;

/** Writable bits of the LVT, from its first register on: timer, thermal, performance, LINT0, LINT1, error. */
export const lvtWritable = [0x700ff, 0x107ff, 0x107ff, 0x1a7ff, 0x1a7ff, 0x100ff];
/** Remote IRR: a level-triggered LINT interrupt is being served. */
export const lvtRemoteIrr = 1 << 14;
/** Delivery status and remote IRR: software may write them back as it has read them, to no effect. */
export const lvtReadOnly = (1 << 12) | lvtRemoteIrr;

export const msrApicBase = 0x1b;
export const msrTscDeadline = 0x6e0;
export const msrFirstX2Apic = 0x800;
export const msrLastX2Apic = 0x8ff;

/** Registers that can be read in x2APIC mode; reading any other is a #GP. */
export function isX2ApicReadable(register: number): boolean {
  if (register >= inService && register <= errorStatus) return true;
  if (register >= lvtTimer && register <= currentCount) return true;
  return x2ApicReadable.has(register);
}

const x2ApicReadable = new Set([
  id,
  version,
  taskPriority,
  processorPriority,
  logicalDestination,
  spuriousVector,
  interruptCommand,
  divideConfiguration,
]);

/** Whether xAPIC mode knows the register; accesses to others set "illegal register address" in the ESR. */
export function isXApicRegister(register: number): boolean {
  if (register === id || register === version) return true;
  if (register >= taskPriority && register <= errorStatus) return true;
  if (register >= interruptCommand && register <= currentCount) return true;
  return register === divideConfiguration;
}

/** Whether a write of `value` (the low half) to `register` is legal in x2APIC mode; the ICR has its own rules. */
export function isX2ApicWritable(register: number, value: number): boolean {
  const writable = x2ApicWritable.get(register);
  return writable !== undefined && (value & ~writable) === 0;
}

/** Bits that may be written as 1. */
const x2ApicWritable = new Map([
  [taskPriority, 0xff],
  [endOfInterrupt, 0],
  [spuriousVector, spuriousWritable],
  [errorStatus, 0],
  [initialCount, 0xffffffff],
  [divideConfiguration, divideWritable],
  [selfIpi, 0xff],
  ...lvtWritable.map((writable, i): [number, number] => [lvtTimer + i, writable | lvtReadOnly]),
]);
