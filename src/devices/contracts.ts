/**
 * What a device is given, and what it gives: the only things a device may know of the machine around it.
 *
 * Numbers are guest-physical addresses, ports, nanoseconds (float64: exact up to 2^53) or register values
 * of 1, 2 or 4 bytes (unsigned, 0 … 2^32-1). Nothing here depends on Node or on a browser.
 */

/** An access size in bytes. 8-byte accesses are split into two of 4 bytes (low half first) by the bus. */
export type AccessSize = 1 | 2 | 4;

/** A level-triggered wire. A device calls `set`; who listens (PIC, I/O APIC, both) is the machine's business. */
export interface InterruptLine {
  set(level: boolean): void;
}

/** A message-signalled interrupt: a 32-bit write of `data` to `address` (0xFEExxxxx). */
export interface MessageInterruptPort {
  send(address: number, data: number): void;
}

/** Guest-physical memory as bus masters see it (DMA). Addresses outside RAM: reads give FFH, writes are dropped. */
export interface GuestMemory {
  /** Size of the highest RAM address + 1, in bytes. */
  readonly limit: number;
  /** True when every byte of [address, address+length) is RAM. */
  isRam(address: number, length: number): boolean;
  readU8(address: number): number;
  readU16(address: number): number;
  readU32(address: number): number;
  /** A little-endian 64-bit value; precise as bigint. */
  readU64(address: number): bigint;
  writeU8(address: number, value: number): void;
  writeU16(address: number, value: number): void;
  writeU32(address: number, value: number): void;
  writeU64(address: number, value: bigint): void;
  /** Copies guest memory out into `target`. */
  readInto(address: number, target: Uint8Array): void;
  /** Copies `source` into guest memory (translated code that it overwrites is dropped by the memory itself). */
  write(address: number, source: Uint8Array): void;
}

/** A one-shot timer. */
export interface Timer {
  /** Arms (or re-arms) the timer for the clock time `atNs`; in the past means: as soon as possible. */
  arm(atNs: number): void;
  cancel(): void;
  /** The armed time in ns, or undefined when idle. */
  readonly deadlineNs: number | undefined;
}

/** The one clock of a machine; real or virtual, devices cannot tell. */
export interface Clock {
  /** Nanoseconds since the machine was created; never goes back. */
  nowNs(): number;
  /** `callback` runs between guest instructions, never from inside a device access. */
  createTimer(callback: () => void): Timer;
  /** Wall-clock time in ms since 1970 UTC (for the RTC); in a virtual clock: start + virtual time. */
  wallMs(): number;
}

/** Ports of a device. `port` is absolute. */
export interface PortHandler {
  readPort(port: number, size: AccessSize): number;
  writePort(port: number, size: AccessSize, value: number): void;
}

/** Registers in memory of a device. `offset` is relative to the start of the mapping. */
export interface MmioHandler {
  readMmio(offset: number, size: AccessSize): number;
  writeMmio(offset: number, size: AccessSize, value: number): void;
}

/** Where a device hangs itself on the machine. Ports/addresses nobody claims read as all ones. */
export interface IoBus {
  /** Claims ports [first, first+count). Throws when another device has one of them. Returns a function that releases them. */
  mapPorts(first: number, count: number, handler: PortHandler): () => void;
  /** Claims guest-physical [address, address+size); page granularity (both multiples of 4096). Later claims lie over earlier ones and over RAM. */
  mapMmio(address: number, size: number, handler: MmioHandler): () => void;
}

/** What `saveState` gives: data only (numbers, strings, booleans, null, arrays, objects, Uint8Array). */
export type DeviceState =
  number | string | boolean | null | Uint8Array | DeviceState[] | { [key: string]: DeviceState };

/** Every device can be reset as by the machine's reset line, saved and restored. */
export interface Device {
  /** Unique within the machine; names the device's part in a saved machine. */
  readonly name: string;
  reset(): void;
  saveState(): DeviceState;
  /** Takes what `saveState` of the same class gave. */
  restoreState(state: DeviceState): void;
}

/** Blocks of 512 bytes behind a disk. All calls complete before they return, or throw an Error. */
export interface BlockBackend {
  readonly sectorCount: number;
  readonly readOnly: boolean;
  read(sector: number, target: Uint8Array): void;
  write(sector: number, source: Uint8Array): void;
  flush(): void;
}

/** Where a serial line or console ends on the host's side. */
export interface CharacterSink {
  /** Bytes the guest sent. */
  write(bytes: Uint8Array): void;
}

/** Random bytes for virtio-rng and RDRAND; deterministic under a virtual clock. */
export interface EntropySource {
  fill(target: Uint8Array): void;
}

/** What devices may ask of the machine itself. */
export interface MachineControl {
  powerOff(): void;
  reset(): void;
  /** The guest wrote `value` to the exit port. */
  exit(value: number): void;
}
