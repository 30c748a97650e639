import type { AccessSize, DeviceState, MessageInterruptPort, MmioHandler } from "../contracts.js";
import { matchState } from "../saved-state.js";

/*
 * One page holds both structures:
 *   000H  table: 16 bytes a vector - message address (8), message data (4), vector control (4, bit 0 masks)
 *   800H  pending bit array: a bit a vector, read-only
 */
export const MSI_X_TABLE_OFFSET = 0;
export const MSI_X_PENDING_OFFSET = 0x800;
export const MSI_X_BAR_BYTES = 4096;

const ENTRY_BYTES = 16;
const DATA_OFFSET = 8;
const CONTROL_OFFSET = 12;
const VECTOR_MASKED = 1;
const MAXIMUM_VECTORS = (MSI_X_PENDING_OFFSET - MSI_X_TABLE_OFFSET) / ENTRY_BYTES;

/** Message control register, bits software can change. */
export const MSI_X_ENABLE = 1 << 15;
export const MSI_X_FUNCTION_MASK = 1 << 14;

/**
 * The MSI-X table and pending bits of a function (PCI Local Bus 3.0, "MSI-X Capability and Table Structures").
 *
 * A vector triggered while it may not be sent is pending, and sent when it may.
 */
export class MsiX implements MmioHandler {
  readonly vectorCount: number;
  readonly #port: MessageInterruptPort;
  readonly #table: Uint8Array;
  readonly #view: DataView;
  readonly #pending: Uint8Array;
  #isSending = false;

  constructor(vectorCount: number, port: MessageInterruptPort) {
    if (vectorCount < 1 || vectorCount > MAXIMUM_VECTORS)
      throw new RangeError(`${vectorCount} MSI-X vectors`);
    this.vectorCount = vectorCount;
    this.#port = port;
    this.#table = new Uint8Array(vectorCount * ENTRY_BYTES);
    this.#view = new DataView(this.#table.buffer);
    this.#pending = new Uint8Array(Math.ceil(vectorCount / 64) * 8);
    this.reset();
  }

  /** The capability behind id and next pointer: message control, table and pending array locations. */
  capabilityBody(barIndex: number): Uint8Array {
    const body = new DataView(new ArrayBuffer(10));
    body.setUint16(0, this.vectorCount - 1, true);
    body.setUint32(2, MSI_X_TABLE_OFFSET | barIndex, true);
    body.setUint32(6, MSI_X_PENDING_OFFSET | barIndex, true);
    return new Uint8Array(body.buffer);
  }

  /** Whether messages may leave the function: enabled, not masked as a whole, bus mastering allowed. */
  setSending(isSending: boolean): void {
    this.#isSending = isSending;
    if (isSending) this.#sendPending();
  }

  /** Sends the vector's message, now or as soon as it may be sent; vectors out of range are ignored. */
  trigger(vector: number): void {
    if (vector >= this.vectorCount) return;
    if (this.#canSend(vector)) this.#send(vector);
    else this.#setPending(vector, true);
  }

  /** Forgets pending vectors, as when the function is told to use its interrupt pin instead. */
  clearPending(): void {
    this.#pending.fill(0);
  }

  readMmio(offset: number, size: AccessSize): number {
    let value = 0;
    for (let at = size - 1; at >= 0; at--) value = value * 256 + this.#byteAt(offset + at);
    return value;
  }

  /** Only aligned 4-byte writes are defined for the table (8-byte ones arrive as two); others are dropped. */
  writeMmio(offset: number, size: AccessSize, value: number): void {
    if (size !== 4 || offset % 4 !== 0 || offset >= this.#table.length) return;
    const isControl = offset % ENTRY_BYTES === CONTROL_OFFSET;
    this.#view.setUint32(offset, isControl ? value & VECTOR_MASKED : value, true);
    if (isControl) this.#sendPending();
  }

  /** Every vector masked, none pending. */
  reset(): void {
    this.#table.fill(0);
    this.#pending.fill(0);
    this.#isSending = false;
    for (let vector = 0; vector < this.vectorCount; vector++) {
      this.#view.setUint32(vector * ENTRY_BYTES + CONTROL_OFFSET, VECTOR_MASKED, true);
    }
  }

  saveState() {
    return { table: this.#table.slice(), pending: this.#pending.slice() };
  }

  restoreState(state: DeviceState): void {
    const saved = matchState(this.saveState(), state, "MSI-X");
    this.#table.set(saved.table);
    this.#pending.set(saved.pending);
  }

  #canSend(vector: number): boolean {
    const control = this.#view.getUint32(vector * ENTRY_BYTES + CONTROL_OFFSET, true);
    return this.#isSending && !(control & VECTOR_MASKED);
  }

  /** The upper address half is ignored: interrupt messages go to FEEx_xxxxH. */
  #send(vector: number): void {
    const entry = vector * ENTRY_BYTES;
    this.#setPending(vector, false);
    this.#port.send(this.#view.getUint32(entry, true), this.#view.getUint32(entry + DATA_OFFSET, true));
  }

  #sendPending(): void {
    for (let vector = 0; vector < this.vectorCount; vector++) {
      if (this.#isPending(vector) && this.#canSend(vector)) this.#send(vector);
    }
  }

  #isPending(vector: number): boolean {
    return ((this.#pending[vector >> 3] ?? 0) & (1 << (vector & 7))) !== 0;
  }

  #setPending(vector: number, isPending: boolean): void {
    const bit = 1 << (vector & 7);
    const old = this.#pending[vector >> 3] ?? 0;
    this.#pending[vector >> 3] = isPending ? old | bit : old & ~bit;
  }

  #byteAt(offset: number): number {
    if (offset < MSI_X_PENDING_OFFSET) return this.#table[offset] ?? 0;
    return this.#pending[offset - MSI_X_PENDING_OFFSET] ?? 0;
  }
}
