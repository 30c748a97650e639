/**
 * Exit codes of the command-line program; docs/cli.md lists them. Those of our own are even (save the
 * signals'): the odd ones are the guest's, by way of the exit port.
 */
export const exitCode = {
  /** The guest powered its machine off, or the command did its work. */
  success: 0,
  /** Bad input: an option, a file, an image; nothing was started or written. */
  badInput: 2,
  tripleFault: 4,
  instructionLimit: 6,
  /** The guest reset its machine, which was started with --no-reboot. */
  reset: 8,
  /** Ctrl-] at the console. */
  stopped: 10,
  /** The demo's guests did not print what they should have, or not in order. */
  demoFailed: 12,
  /** The guest touched more memory than the engine's 4 GiB hold. */
  outOfMemory: 14,
  /** A mistake of Innervisor itself. */
  internalError: 70,
  /** As of timeout(1). */
  timeout: 124,
  interrupted: 130,
  terminated: 143,
} as const;

/** The exit code of a guest that wrote `value` to the exit port: odd, as QEMU's isa-debug-exit makes it. */
export function exitCodeOfPort(value: number): number {
  return ((value << 1) | 1) & 0xff;
}
