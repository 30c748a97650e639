import type { CharacterSink } from "../devices/contracts.js";
import { VmError } from "./errors.js";
import type { HostServices } from "./host-services.js";

const KEPT_CHARACTERS = 1 << 20;
const DEFAULT_TIMEOUT_MS = 60_000;
/** A time-out is waited for in such pieces, so that no long sleep of the host outlives the wait. */
const WAIT_PIECE_MS = 50;
const NS_PER_MS = 1e6;
/** `String.fromCharCode` takes its characters as arguments, of which an engine has room for so many. */
const DECODED_AT_ONCE = 8192;
const SHOWN_CHARACTERS = 80;

export interface SerialPortOptions {
  /** Takes what is typed. */
  readonly type: (bytes: Uint8Array) => void;
  /** Gets the guest's output besides `text`. */
  readonly sink?: CharacterSink | undefined;
  readonly host: Pick<HostServices, "monotonicNs" | "sleep">;
}

export interface WaitOptions {
  /** Host time; 60,000 unless given. */
  timeoutMs?: number;
}

interface Waiter {
  readonly pattern: RegExp;
  match: RegExpExecArray | undefined;
  wake(): void;
}

/** A serial line as the library shows it: what the guest wrote, and a way to type. */
export class SerialPort implements CharacterSink {
  readonly #options: SerialPortOptions;
  #text = "";
  readonly #waiters = new Set<Waiter>();
  #isLookPlanned = false;
  /** Why the guest will never write again. */
  #closedBecause: string | undefined;

  constructor(options: SerialPortOptions) {
    this.#options = options;
  }

  /** What the guest wrote so far (the last million characters; bytes as Latin-1). */
  get text(): string {
    return this.#text;
  }

  write(bytes: Uint8Array): void {
    this.#options.sink?.write(bytes);
    this.#text += decodeLatin1(bytes);
    if (this.#text.length > 2 * KEPT_CHARACTERS) this.#text = this.#text.slice(-KEPT_CHARACTERS);
    this.#lookSoon();
  }

  /** Types into the guest's serial line; a string's characters are taken as Latin-1. */
  send(data: Uint8Array | string): void {
    this.#options.type(
      typeof data === "string" ? Uint8Array.from(data, (character) => character.charCodeAt(0)) : data,
    );
  }

  /**
   * Resolves with the match as soon as the guest's output (from its beginning) matches.
   * @throws VmError `serial-timeout` after `timeoutMs` of host time, `serial-closed` when the machine has ended
   */
  async waitFor(
    pattern: RegExp,
    { timeoutMs = DEFAULT_TIMEOUT_MS }: WaitOptions = {},
  ): Promise<RegExpExecArray> {
    const { host } = this.#options;
    const deadlineNs = host.monotonicNs() + timeoutMs * NS_PER_MS;
    // "g" and "y" would make the outcome depend on an earlier search.
    const waiter: Waiter = {
      pattern: new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, "")),
      match: undefined,
      wake: () => undefined,
    };
    const woken = new Promise<void>((resolve) => (waiter.wake = resolve));
    this.#waiters.add(waiter);
    this.#look(waiter);
    while (!waiter.match && this.#closedBecause === undefined && host.monotonicNs() < deadlineNs) {
      const leftMs = Math.ceil((deadlineNs - host.monotonicNs()) / NS_PER_MS);
      await Promise.race([woken, host.sleep(Math.min(leftMs, WAIT_PIECE_MS))]);
    }
    this.#waiters.delete(waiter);
    if (waiter.match) return waiter.match;
    throw this.#notSeen(pattern, timeoutMs);
  }

  /** Puts back what a saved machine's guest had written. */
  restoreText(text: string): void {
    this.#text = text;
  }

  /** The guest will write nothing more: who waits need not any longer. */
  close(reason: string): void {
    this.#closedBecause = reason;
    for (const waiter of this.#waiters) {
      this.#look(waiter);
      waiter.wake();
    }
  }

  /** Searches once for all the bytes of a slice: they come one by one, and a search goes through the whole text. */
  #lookSoon(): void {
    if (this.#waiters.size === 0 || this.#isLookPlanned) return;
    this.#isLookPlanned = true;
    void Promise.resolve().then(() => {
      this.#isLookPlanned = false;
      for (const waiter of this.#waiters) this.#look(waiter);
    });
  }

  #look(waiter: Waiter): void {
    const match = waiter.pattern.exec(this.#text);
    if (!match) return;
    waiter.match = match;
    this.#waiters.delete(waiter);
    waiter.wake();
  }

  #notSeen(pattern: RegExp, timeoutMs: number): VmError {
    const last = JSON.stringify(this.#text.slice(-SHOWN_CHARACTERS));
    const isClosed = this.#closedBecause !== undefined;
    const when = isClosed ? `before the machine ended (${this.#closedBecause})` : `within ${timeoutMs} ms`;
    return new VmError({
      code: isClosed ? "serial-closed" : "serial-timeout",
      message: `the guest did not print ${pattern.toString()} ${when}; last: ${last}`,
      hint: isClosed
        ? "look at what the guest printed last"
        : "the machine must be running (machine.run()) while one waits",
    });
  }
}

function decodeLatin1(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += DECODED_AT_ONCE) {
    text += String.fromCharCode(...bytes.subarray(at, at + DECODED_AT_ONCE));
  }
  return text;
}
