import { VmError } from "../machine/errors.js";
import type { FlatMode } from "../machine/boot/flat.js";

/* Option values: text as people type it, to numbers and records. All throw VmError `option-invalid`. */

const kib = 1024;
const unitBytes: Readonly<Record<string, number>> = {
  "": kib ** 2,
  k: kib,
  m: kib ** 2,
  g: kib ** 3,
  t: kib ** 4,
};

/** `512M`, `2G`, `1.5G`; a bare number is in MiB, as QEMU's -m has it. Returns bytes. */
export function parseMemorySize(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?$/i.exec(text);
  const bytes = match === null ? NaN : Number(match[1]) * (unitBytes[(match[2] ?? "").toLowerCase()] ?? NaN);
  if (!Number.isSafeInteger(bytes)) throw invalid("--memory", text, "a size such as 512M or 2G");
  return bytes;
}

/** A decimal integer within [minimum, maximum]. */
export function parseInteger(option: string, text: string, minimum: number, maximum: number): number {
  const value = /^\d[\d_]*$/.test(text) ? Number(text.replaceAll("_", "")) : NaN;
  if (value >= minimum && value <= maximum) return value;
  throw invalid(option, text, `a whole number from ${minimum} to ${maximum}`);
}

/** One of `choices`. */
export function parseChoice<T extends string>(option: string, text: string, choices: readonly T[]): T {
  const choice = choices.find((candidate) => candidate === text);
  if (choice !== undefined) return choice;
  throw invalid(option, text, choices.join(" or "));
}

export interface DiskOption {
  path: string;
  readOnly: boolean;
}

/** `FILE` or `FILE,ro`. */
export function parseDisk(text: string): DiskOption {
  const readOnly = text.endsWith(",ro");
  const path = readOnly ? text.slice(0, -",ro".length) : text;
  if (path === "") throw invalid("--disk", text, "FILE or FILE,ro");
  return { path, readOnly };
}

export interface ModuleOption {
  path: string;
  /** What follows the first `=`; empty without one. */
  commandLine: string;
}

/** `FILE` or `FILE=COMMAND LINE`. */
export function parseModule(text: string): ModuleOption {
  const equals = text.indexOf("=");
  const path = equals < 0 ? text : text.slice(0, equals);
  if (path === "") throw invalid("--module", text, "FILE or FILE=COMMAND LINE");
  return { path, commandLine: equals < 0 ? "" : text.slice(equals + 1) };
}

export interface FlatOption {
  path: string;
  address: number;
  mode?: FlatMode;
}

const flatModes: Readonly<Record<string, FlatMode>> = { "16": "real", "32": "protected32", "64": "long64" };

/** `FILE@ADDRESS` or `FILE@ADDRESS,BITS` with 16, 32 or 64 bits. */
export function parseFlat(text: string): FlatOption {
  const match = /^(.+)@([^@,]+)(?:,(\w+))?$/.exec(text);
  const address = parseAddress(match?.[2] ?? "");
  const mode = match?.[3] === undefined ? undefined : flatModes[match[3]];
  if (match?.[1] === undefined || Number.isNaN(address) || (match[3] !== undefined && mode === undefined)) {
    throw invalid(
      "--flat",
      text,
      "FILE@ADDRESS such as boot.bin@0x7C00, or FILE@ADDRESS,64 with its mode's bits",
    );
  }
  return { path: match[1], address, ...(mode !== undefined && { mode }) };
}

/** `0x7C00`, `7C00H` or decimal; NaN when it is none. */
function parseAddress(text: string): number {
  const hexadecimal = /^0x([\da-f]+)$/i.exec(text) ?? /^([\da-f]+)h$/i.exec(text);
  if (hexadecimal?.[1] !== undefined) return parseInt(hexadecimal[1], 16);
  return /^\d+$/.test(text) ? Number(text) : NaN;
}

function invalid(option: string, text: string, expected: string): VmError {
  return new VmError({
    code: "option-invalid",
    message: `${option}: expected ${expected}, found "${text}"`,
    hint: 'see "innervisor help run"',
    context: { option, value: text },
  });
}
