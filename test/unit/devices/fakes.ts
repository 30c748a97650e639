/** Stand-ins for the machine around a device: a clock moved by hand, a bus called by hand, wires that remember. */
import type {
  AccessSize,
  CharacterSink,
  Clock,
  GuestMemory,
  InterruptLine,
  IoBus,
  MachineControl,
  MessageInterruptPort,
  MmioHandler,
  PortHandler,
  Timer,
} from "../../../src/devices/contracts.js";

class FakeTimer implements Timer {
  deadlineNs: number | undefined;
  constructor(readonly callback: () => void) {}
  arm(atNs: number): void {
    this.deadlineNs = atNs;
  }
  cancel(): void {
    this.deadlineNs = undefined;
  }
}

/** A clock that stands still until `advance`; timers fire in the order of their deadlines, at their deadlines. */
export class FakeClock implements Clock {
  #nowNs = 0;
  readonly #timers: FakeTimer[] = [];
  /** `startWallMs` is the wall-clock time, in ms since 1970 UTC, at clock time 0. */
  constructor(readonly startWallMs = Date.UTC(2024, 1, 29, 12, 34, 56)) {}

  nowNs(): number {
    return this.#nowNs;
  }

  wallMs(): number {
    return this.startWallMs + this.#nowNs / 1e6;
  }

  createTimer(callback: () => void): Timer {
    const timer = new FakeTimer(callback);
    this.#timers.push(timer);
    return timer;
  }

  /** Moves on by `ns`, firing every timer that falls due, at the clock time it was armed for. */
  advance(ns: number): void {
    const endNs = this.#nowNs + ns;
    for (let timer = this.#nextDue(endNs); timer !== undefined; timer = this.#nextDue(endNs)) {
      this.#nowNs = Math.max(this.#nowNs, timer.deadlineNs!);
      timer.deadlineNs = undefined;
      timer.callback();
    }
    this.#nowNs = endNs;
  }

  /** Moves on by `ns` at once, then fires what is overdue (as after a host that slept). */
  jump(ns: number): void {
    this.#nowNs += ns;
    this.advance(0);
  }

  /** Deadlines of all armed timers. */
  armedDeadlinesNs(): number[] {
    return this.#timers.flatMap((timer) => (timer.deadlineNs === undefined ? [] : [timer.deadlineNs]));
  }

  #nextDue(endNs: number): FakeTimer | undefined {
    let next: FakeTimer | undefined;
    for (const timer of this.#timers) {
      if (timer.deadlineNs === undefined || timer.deadlineNs > endNs) continue;
      if (next === undefined || timer.deadlineNs < next.deadlineNs!) next = timer;
    }
    return next;
  }
}

interface PortRange {
  first: number;
  count: number;
  handler: PortHandler;
}

interface MmioRange {
  address: number;
  size: number;
  handler: MmioHandler;
}

/** A bus with nothing on it but the devices under test; unclaimed ports and addresses read as all ones. */
export class FakeBus implements IoBus {
  readonly ports: PortRange[] = [];
  readonly mmio: MmioRange[] = [];

  mapPorts(first: number, count: number, handler: PortHandler): () => void {
    const clash = this.ports.find(
      (range) => first < range.first + range.count && range.first < first + count,
    );
    if (clash) throw new Error(`port ${first.toString(16)}H is taken`);
    const range = { first, count, handler };
    this.ports.push(range);
    return () => void this.ports.splice(this.ports.indexOf(range), 1);
  }

  mapMmio(address: number, size: number, handler: MmioHandler): () => void {
    if (address % 4096 !== 0 || size % 4096 !== 0) throw new Error("mapping is not in whole pages");
    const range = { address, size, handler };
    this.mmio.push(range);
    return () => void this.mmio.splice(this.mmio.indexOf(range), 1);
  }

  in(port: number, size: AccessSize = 1): number {
    return this.#portRange(port)?.handler.readPort(port, size) ?? 2 ** (8 * size) - 1;
  }

  out(port: number, value: number, size: AccessSize = 1): void {
    this.#portRange(port)?.handler.writePort(port, size, value);
  }

  read(address: number, size: AccessSize = 4): number {
    const range = this.#mmioRange(address);
    return range ? range.handler.readMmio(address - range.address, size) : 2 ** (8 * size) - 1;
  }

  write(address: number, value: number, size: AccessSize = 4): void {
    const range = this.#mmioRange(address);
    range?.handler.writeMmio(address - range.address, size, value >>> 0);
  }

  #portRange(port: number): PortRange | undefined {
    return this.ports.find((range) => port >= range.first && port < range.first + range.count);
  }

  #mmioRange(address: number): MmioRange | undefined {
    return [...this.mmio]
      .reverse()
      .find((range) => address >= range.address && address < range.address + range.size);
  }
}

/** A wire that remembers its level and counts its rising edges. */
export class FakeLine implements InterruptLine {
  level = false;
  risingEdges = 0;

  set(level: boolean): void {
    if (level && !this.level) this.risingEdges++;
    this.level = level;
  }
}

/** Remembers the messages sent. */
export class FakeMessagePort implements MessageInterruptPort {
  readonly messages: { address: number; data: number }[] = [];

  send(address: number, data: number): void {
    this.messages.push({ address, data });
  }
}

/** Remembers the bytes written. */
export class FakeSink implements CharacterSink {
  readonly bytes: number[] = [];

  write(bytes: Uint8Array): void {
    this.bytes.push(...bytes);
  }

  get text(): string {
    return String.fromCharCode(...this.bytes);
  }
}

/** Remembers what the devices asked of the machine. */
export class FakeMachineControl implements MachineControl {
  resets = 0;
  powerOffs = 0;
  readonly exitValues: number[] = [];

  powerOff(): void {
    this.powerOffs++;
  }

  reset(): void {
    this.resets++;
  }

  exit(value: number): void {
    this.exitValues.push(value);
  }
}

/** RAM from address 0; outside it reads give FFH and writes are dropped. */
export class FakeMemory implements GuestMemory {
  readonly bytes: Uint8Array;
  readonly #view: DataView;

  constructor(readonly limit: number) {
    this.bytes = new Uint8Array(limit);
    this.#view = new DataView(this.bytes.buffer);
  }

  isRam(address: number, length: number): boolean {
    return address >= 0 && length >= 0 && address + length <= this.limit;
  }

  readU8(address: number): number {
    return this.isRam(address, 1) ? this.#view.getUint8(address) : 0xff;
  }

  readU16(address: number): number {
    return this.isRam(address, 2) ? this.#view.getUint16(address, true) : 0xffff;
  }

  readU32(address: number): number {
    return this.isRam(address, 4) ? this.#view.getUint32(address, true) : 0xffffffff;
  }

  readU64(address: number): bigint {
    return this.isRam(address, 8) ? this.#view.getBigUint64(address, true) : 0xffffffffffffffffn;
  }

  writeU8(address: number, value: number): void {
    if (this.isRam(address, 1)) this.#view.setUint8(address, value);
  }

  writeU16(address: number, value: number): void {
    if (this.isRam(address, 2)) this.#view.setUint16(address, value, true);
  }

  writeU32(address: number, value: number): void {
    if (this.isRam(address, 4)) this.#view.setUint32(address, value, true);
  }

  writeU64(address: number, value: bigint): void {
    if (this.isRam(address, 8)) this.#view.setBigUint64(address, value, true);
  }

  readInto(address: number, target: Uint8Array): void {
    for (let i = 0; i < target.length; i++) target[i] = this.readU8(address + i);
  }

  write(address: number, source: Uint8Array): void {
    for (let i = 0; i < source.length; i++) this.writeU8(address + i, source[i]!);
  }
}
