import type { MessageInterruptPort } from "../contracts.js";
import type { ConfigSpace } from "./config-space.js";

/*
 * The capability, 64-bit addresses and per-vector masks:
 *   00H id, next pointer          02H message control
 *   04H message address           08H message upper address
 *   0CH message data (16 bits)    10H mask bits    14H pending bits
 */
const CONTROL_OFFSET = 0x02;
const ADDRESS_OFFSET = 0x04;
const UPPER_ADDRESS_OFFSET = 0x08;
const DATA_OFFSET = 0x0c;
const MASK_OFFSET = 0x10;
const PENDING_OFFSET = 0x14;
/** Bytes behind id and next pointer. */
export const MSI_BODY_BYTES = 0x16;

/** Message control: enable (0), capable (3:1), enabled (6:4) as powers of two, 64-bit (7), masking (8). */
const CONTROL_ENABLE = 1 << 0;
const CONTROL_CAPABLE_SHIFT = 1;
const CONTROL_ENABLED_SHIFT = 4;
const CONTROL_ENABLED_MASK = 0b111 << CONTROL_ENABLED_SHIFT;
const CONTROL_64_BIT = 1 << 7;
const CONTROL_PER_VECTOR_MASKING = 1 << 8;

/** The MSI capability of a function (PCI Local Bus 3.0, "MSI Capability Structure"). */
export class Msi {
  readonly #config: ConfigSpace;
  readonly #offset: number;
  readonly #vectorCountLog2: number;
  readonly #port: MessageInterruptPort;
  #isBusMaster = false;

  /**
   * Defines the registers of a capability of `MSI_BODY_BYTES` that lies at `offset`, for 2^`vectorCountLog2`
   * vectors (0 … 5).
   */
  constructor(config: ConfigSpace, offset: number, vectorCountLog2: number, port: MessageInterruptPort) {
    this.#config = config;
    this.#offset = offset;
    this.#vectorCountLog2 = vectorCountLog2;
    this.#port = port;
    this.#defineRegisters();
  }

  get isEnabled(): boolean {
    return (this.#control & CONTROL_ENABLE) !== 0;
  }

  /** To be called when the configuration changed: sends what is pending and no longer masked. */
  update(isBusMaster: boolean): void {
    this.#isBusMaster = isBusMaster;
    if (!this.isEnabled || !isBusMaster) return;
    const ready = this.#read32(PENDING_OFFSET) & ~this.#read32(MASK_OFFSET);
    for (let vector = 0; vector < 32; vector++) if ((ready >>> vector) & 1) this.trigger(vector);
  }

  /** Sends the vector's message, or marks it pending while masked. Vectors not enabled fold onto lower ones. */
  trigger(vector: number): void {
    if (!this.isEnabled || !this.#isBusMaster) return;
    const enabledLog2 = (this.#control & CONTROL_ENABLED_MASK) >> CONTROL_ENABLED_SHIFT;
    const vectorMask = 2 ** Math.min(enabledLog2, this.#vectorCountLog2) - 1;
    const used = vector & vectorMask;
    const isMasked = ((this.#read32(MASK_OFFSET) >>> used) & 1) !== 0;
    this.#setPending(used, isMasked);
    if (isMasked) return;
    const data = this.#config.read(this.#offset + DATA_OFFSET, 2);
    this.#port.send(this.#read32(ADDRESS_OFFSET), (data & ~vectorMask) | used);
  }

  get #control(): number {
    return this.#config.read(this.#offset + CONTROL_OFFSET, 2);
  }

  #read32(register: number): number {
    return this.#config.read(this.#offset + register, 4);
  }

  #setPending(vector: number, isPending: boolean): void {
    const bit = 1 << vector;
    const old = this.#read32(PENDING_OFFSET);
    this.#config.poke(this.#offset + PENDING_OFFSET, 4, isPending ? old | bit : old & ~bit);
  }

  #defineRegisters(): void {
    const fixed =
      CONTROL_64_BIT | CONTROL_PER_VECTOR_MASKING | (this.#vectorCountLog2 << CONTROL_CAPABLE_SHIFT);
    const vectors = 2 ** (2 ** this.#vectorCountLog2) - 1;
    const writableControl = CONTROL_ENABLE | CONTROL_ENABLED_MASK;
    this.#define(CONTROL_OFFSET, 2, writableControl, fixed);
    this.#define(ADDRESS_OFFSET, 4, 0xfffffffc);
    this.#define(UPPER_ADDRESS_OFFSET, 4, 0xffffffff);
    this.#define(DATA_OFFSET, 2, 0xffff);
    this.#define(MASK_OFFSET, 4, vectors);
    this.#define(PENDING_OFFSET, 4, 0);
  }

  #define(register: number, size: 2 | 4, writable: number, value = 0): void {
    this.#config.define({ offset: this.#offset + register, size, value, writable });
  }
}
