/** The facts an error was made from: names, sizes, addresses; for programs, the message is for people. */
export type VmErrorContext = Readonly<Record<string, string | number | boolean>>;

export interface VmErrorOptions {
  /** Stable, kebab-case; what programs and tests compare. */
  code: string;
  /** One sentence: what failed, what was expected and what was found. */
  message: string;
  /** What the reader can do about it. */
  hint?: string;
  context?: VmErrorContext;
  cause?: unknown;
}

/** The one error class of Innervisor: every mistake in what it was given is reported as one of these. */
export class VmError extends Error {
  override readonly name = "VmError";
  readonly code: string;
  readonly hint: string | undefined;
  readonly context: VmErrorContext;

  constructor(options: VmErrorOptions) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = options.code;
    this.hint = options.hint;
    this.context = options.context ?? {};
  }
}

/** `value` as a manual prints it: `A0000H`; letters in front get no leading zero. */
export function formatHex(value: number): string {
  return `${value.toString(16).toUpperCase()}H`;
}

const kib = 1024;
const mib = 1024 * kib;
const gib = 1024 * mib;

/** `bytes` in the largest binary unit that divides it, or in MiB with one digit: `2 GiB`, `30.5 MiB`, `17 bytes`. */
export function formatSize(bytes: number): string {
  if (bytes >= gib && bytes % gib === 0) return `${bytes / gib} GiB`;
  if (bytes >= mib) return `${bytes % mib === 0 ? bytes / mib : (bytes / mib).toFixed(1)} MiB`;
  if (bytes >= kib && bytes % kib === 0) return `${bytes / kib} KiB`;
  return `${bytes} bytes`;
}
