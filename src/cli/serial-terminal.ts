import type { CharacterSink } from "../devices/contracts.js";
import type { CliContext } from "./cli-context.js";

/** Ctrl-], as telnet has it. */
const escapeByte = 0x1d;

/**
 * Joins a machine's serial line to the terminal. On a terminal, input is raw: Ctrl-C goes to the guest and
 * Ctrl-] comes to us. A pipe is passed on as it is.
 */
export class SerialTerminal implements CharacterSink {
  readonly #context: CliContext;
  readonly #isTerminal: boolean;
  #detach: (() => void) | undefined;

  constructor(context: CliContext) {
    this.#context = context;
    this.#isTerminal = context.stdin.isTTY === true;
  }

  write(bytes: Uint8Array): void {
    // The stream keeps what it is given; the device may use its buffer again.
    this.#context.stdout.write(bytes.slice());
  }

  /** Sends input to `send` until `close`; `escaped` is called for Ctrl-]. */
  open(send: (bytes: Uint8Array) => void, escaped: () => void): void {
    const { stdin, stderr } = this.#context;
    const listener = (data: Uint8Array): void => {
      const end = this.#isTerminal ? data.indexOf(escapeByte) : -1;
      const bytes = end < 0 ? data : data.subarray(0, end);
      if (bytes.length > 0) send(bytes);
      if (end >= 0) escaped();
    };
    if (this.#isTerminal) {
      stderr.write("Serial console; Ctrl-] ends the machine.\n");
      stdin.setRawMode?.(true);
    }
    stdin.on("data", listener);
    stdin.resume();
    this.#detach = () => stdin.off("data", listener);
  }

  /** Gives the terminal back as it was; may be called more than once. */
  close(): void {
    if (this.#detach === undefined) return;
    this.#detach();
    this.#detach = undefined;
    if (this.#isTerminal) this.#context.stdin.setRawMode?.(false);
    this.#context.stdin.pause();
  }
}
