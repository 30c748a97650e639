/** Compares what the two processors did, and says in words what differs. */
import { DATA_ADDRESS, DATA_BYTES, FX, NO_EXCEPTION, type CaseRecord } from "./case-record.js";
import { GPR_NAMES } from "../../isa/layout.js";
import type { Form, Mode } from "./forms.js";
import { ignoredStatus, toleranceUlps } from "./known-differences.js";

const FLAGS: Readonly<Record<string, number>> = {
  CF: 1,
  PF: 4,
  AF: 16,
  ZF: 64,
  SF: 128,
  DF: 0x400,
  OF: 0x800,
};
const ALL_FLAGS = 0xcd5;
const STATUS_FLAGS: Readonly<Record<string, number>> = { C0: 0x100, C1: 0x200, C2: 0x400, C3: 0x4000 };
const PAGE_FAULT = 14;

const hex = (value: number | bigint): string => `${value.toString(16).toUpperCase()}H`;

function flagNames(bits: number): string {
  return Object.entries(FLAGS).filter(([, bit]) => (bits & bit) !== 0).map(([name]) => name).join(" ") || "none";
} // prettier-ignore

function maskOf(names: string | undefined, bits: Readonly<Record<string, number>>): number {
  return (names ?? "").split(/[\s,]+/).reduce((mask, name) => mask | (bits[name] ?? 0), 0);
}

const describeVector = (vector: number): string =>
  vector === NO_EXCEPTION ? "no exception" : `exception ${vector}`;

/** What may differ. */
export interface Latitude {
  readonly mode: Mode;
  /** Undefined EFLAGS bits. */
  readonly flags: number;
  /** Undefined bits of the x87 status word. */
  readonly status: number;
  /** Tolerated distance of x87 results in units in the last place. */
  readonly ulps: bigint;
}

/** EFLAGS bits that the row calls undefined. */
export const undefinedFlagsOf = ({ row }: Form): number => maskOf(row.attributes.undefinedFlags, FLAGS);

/** What may differ after one instruction of a form. */
export function latitudeOf(form: Form, native: CaseRecord): Latitude {
  return {
    mode: form.mode,
    flags: native.vector === NO_EXCEPTION ? undefinedFlagsOf(form) : 0,
    status: maskOf(form.row.attributes.undefinedFlags, STATUS_FLAGS) | ignoredStatus(form),
    ulps: toleranceUlps(form),
  };
}

/** Differences of everything but floating point. */
function compareBasics(
  latitude: Latitude,
  native: CaseRecord,
  ours: CaseRecord,
  differences: string[],
): void {
  const registers = latitude.mode === 64 ? 16 : 8;
  for (let i = 0; i < registers; i++) {
    if (native.gpr(i) !== ours.gpr(i))
      differences.push(`${GPR_NAMES[i]}: processor ${hex(native.gpr(i))}, ours ${hex(ours.gpr(i))}`);
  }
  const compared = ALL_FLAGS & ~latitude.flags;
  if ((native.rflags ^ ours.rflags) & compared)
    differences.push(
      `flags: processor ${flagNames(native.rflags & compared)}, ours ${flagNames(ours.rflags & compared)}`,
    );
  if (native.rip !== ours.rip) differences.push(`RIP: processor ${hex(native.rip)}, ours ${hex(ours.rip)}`);
  if (native.vector === PAGE_FAULT && native.cr2 !== ours.cr2)
    differences.push(`CR2: processor ${hex(native.cr2)}, ours ${hex(ours.cr2)}`);
}

function compareMemory(native: CaseRecord, ours: CaseRecord, differences: string[]): void {
  const [a, b] = [native.data, ours.data];
  for (let i = 0; i < DATA_BYTES; i++) {
    if (a[i] === b[i]) continue;
    const text = (bytes: Uint8Array): string => Buffer.from(bytes.subarray(i, i + 16)).toString("hex");
    differences.push(`memory at ${hex(DATA_ADDRESS + i)}: processor ${text(a)}, ours ${text(b)}`);
    return;
  }
}

const bytesText = (bytes: Uint8Array): string => Buffer.from(bytes).reverse().toString("hex");

/** Whether two 80-bit values (as hexadecimal text) of one sign lie at most `ulps` apart. */
function isNear(a: string, b: string, ulps: bigint): boolean {
  if (ulps === 0n) return false;
  // Significands have an explicit integer bit: numbers next to each other differ by one, but at a power of two.
  const place = (text: string): bigint =>
    (BigInt(`0x${text.slice(0, 4)}`) << 63n) + (BigInt(`0x${text.slice(4)}`) & ((1n << 63n) - 1n));
  const distance = place(a) - place(b);
  return distance >= -ulps && distance <= ulps;
}

function compareX87(latitude: Latitude, native: CaseRecord, ours: CaseRecord, differences: string[]): void {
  const word = (record: CaseRecord, offset: number): number =>
    new DataView(record.fx.buffer, record.fx.byteOffset).getUint16(offset, true);
  for (const [name, offset, mask] of [["FCW", FX.FCW, 0xffff], ["FSW", FX.FSW, 0xffff & ~latitude.status], ["FTW", FX.FTW, 0xff]] as const) {
    const [a, b] = [word(native, offset) & mask, word(ours, offset) & mask];
    if (a !== b) differences.push(`${name}: processor ${hex(a)}, ours ${hex(b)}`);
  } // prettier-ignore
  const top = (word(native, FX.FSW) >> 11) & 7;
  for (let i = 0; i < 8; i++) {
    if (((word(native, FX.FTW) >> ((top + i) & 7)) & 1) === 0) continue;
    const at = FX.ST + i * 16;
    const [a, b] = [bytesText(native.fx.subarray(at, at + 10)), bytesText(ours.fx.subarray(at, at + 10))];
    if (a !== b && !isNear(a, b, latitude.ulps)) differences.push(`ST(${i}): processor ${a}, ours ${b}`);
  }
}

function compareSse(native: CaseRecord, ours: CaseRecord, differences: string[]): void {
  const control = (record: CaseRecord): number =>
    new DataView(record.fx.buffer, record.fx.byteOffset).getUint32(FX.MXCSR, true);
  if (control(native) !== control(ours))
    differences.push(`MXCSR: processor ${hex(control(native))}, ours ${hex(control(ours))}`);
  for (let i = 0; i < 16; i++) {
    const at = FX.XMM + i * 16;
    const [a, b] = [bytesText(native.fx.subarray(at, at + 16)), bytesText(ours.fx.subarray(at, at + 16))];
    if (a !== b) differences.push(`XMM${i}: processor ${a}, ours ${b}`);
  }
}

/** All differences between the real processor's result and ours; empty when they agree. */
export function compareResults(latitude: Latitude, native: CaseRecord, ours: CaseRecord): string[] {
  if (native.vector !== ours.vector)
    return [`processor: ${describeVector(native.vector)}, ours: ${describeVector(ours.vector)}`];
  const differences: string[] = [];
  compareBasics(latitude, native, ours, differences);
  compareMemory(native, ours, differences);
  if (native.usesFpu) {
    compareX87(latitude, native, ours, differences);
    compareSse(native, ours, differences);
  }
  return differences;
}
