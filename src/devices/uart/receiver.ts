/**
 * The receiver of a 16550: the FIFO (or, with FIFOs off, the one receiver buffer register) and, before it, the
 * line, on which the host's bytes wait for room: nothing a host sends is lost to an overrun.
 */
import { copyState, matchState } from "../saved-state.js";
import type { DeviceState } from "../contracts.js";
import { fifoSize, lsrErrors } from "./uart-registers.js";

/** A character with its line status bits (parity, framing, break) in bits 15:8. */
type Character = number;

type ReceiverState = { fifo: Character[]; line: Character[] };

const emptyState = (): ReceiverState => ({ fifo: [], line: [] });

export class Receiver {
  private state = emptyState();
  /** Characters of `line` before this one have gone into the FIFO. */
  private linePosition = 0;

  /** Characters in the FIFO. */
  get count(): number {
    return this.state.fifo.length;
  }

  /** Whether a character of the FIFO carries an error. */
  get hasErrorInFifo(): boolean {
    return this.state.fifo.some((character) => character >> 8 !== 0);
  }

  /** Puts characters on the line. `status`: line status bits that each of them carries. */
  enqueue(bytes: Iterable<number>, status = 0): void {
    for (const byte of bytes) this.state.line.push(byte | (status << 8));
  }

  /** Moves characters from the line into the FIFO while that has room for `capacity`. True when any moved. */
  fill(capacity: number): boolean {
    const before = this.count;
    while (this.count < capacity && this.linePosition < this.state.line.length) {
      this.state.fifo.push(this.state.line[this.linePosition++]!);
    }
    this.dropMovedCharacters();
    return this.count > before;
  }

  /** A character looped back from the transmitter: false when there is no room for it (an overrun). */
  loopBack(byte: number, status: number, capacity: number): boolean {
    if (this.count >= capacity) return false;
    this.state.fifo.push(byte | (status << 8));
    return true;
  }

  /** Takes the oldest character; 0 when there is none. */
  take(): number {
    return (this.state.fifo.shift() ?? 0) & 0xff;
  }

  /** The error bits of the oldest character, which it loses. */
  takeErrors(): number {
    const oldest = this.state.fifo[0];
    if (oldest === undefined) return 0;
    this.state.fifo[0] = oldest & 0xff;
    return (oldest >> 8) & lsrErrors;
  }

  /** Drops what is in the FIFO, not what is on the line. */
  clearFifo(): void {
    this.state.fifo = [];
  }

  save(): DeviceState {
    this.state.line.splice(0, this.linePosition);
    this.linePosition = 0;
    return copyState(this.state);
  }

  restore(state: DeviceState, where: string): void {
    const saved = matchState({ fifo: [0], line: [0] }, state, where);
    this.state = { fifo: saved.fifo.slice(0, fifoSize), line: saved.line };
    this.linePosition = 0;
  }

  private dropMovedCharacters(): void {
    if (this.linePosition < this.state.line.length && this.linePosition < 4096) return;
    this.state.line.splice(0, this.linePosition);
    this.linePosition = 0;
  }
}
