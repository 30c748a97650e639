/**
 * A 16550A serial port. Transmission takes no time: the transmitter is always empty again when the write that
 * filled it returns; the interrupts about that come as if it had taken some.
 * Source: PC16550D data sheet; IBM PC wiring (OUT2 gates the interrupt wire).
 */
import { mapBytePorts } from "../byte-ports.js";
import type { CharacterSink, Clock, Device, DeviceState, InterruptLine, IoBus, Timer } from "../contracts.js";
import { copyState, matchState, partOfState } from "../saved-state.js";
import { Receiver } from "./receiver.js";
import * as reg from "./uart-registers.js";

export interface UartOptions {
  bus: IoBus;
  clock: Clock;
  line: InterruptLine;
  /** Gets what the guest sends. */
  sink: CharacterSink;
  /** Base port; COM1's 3F8H unless given. */
  port?: number;
  /** "uart" unless given. */
  name?: string;
}

type UartState = {
  ier: number;
  fcr: number;
  lcr: number;
  mcr: number;
  scratch: number;
  divisor: number;
  /** Error bits of the line status register not read yet. */
  lineErrors: number;
  /** MSR bits 7:4 as last seen, and the deltas in bits 3:0. */
  msr: number;
  /** THRE as an interrupt: reset by reading IIR while it is the source shown, or by writing THR. */
  isTransmitterEmptyPending: boolean;
  isCharacterTimeout: boolean;
  timeoutAtNs: number | null;
};

/** 1.8432 MHz / 16: the bit rate for divisor 1. */
const maximumBitRate = 115_200;
const portCount = 8;
/** A terminal that is always there. */
const connectedModem = reg.msrCts | reg.msrDsr | reg.msrDcd;

export class Uart implements Device {
  readonly name: string;
  private readonly port: number;
  private readonly clock: Clock;
  private readonly line: InterruptLine;
  private readonly sink: CharacterSink;
  private readonly timeout: Timer;
  private readonly receiver = new Receiver();
  private state = resetState();

  constructor(options: UartOptions) {
    this.name = options.name ?? "uart";
    this.port = options.port ?? 0x3f8;
    this.clock = options.clock;
    this.line = options.line;
    this.sink = options.sink;
    this.timeout = options.clock.createTimer(() => this.onTimeout());
    mapBytePorts(options.bus, this.port, portCount, this);
  }

  /** Bytes from the host. They wait, however many, until the guest has taken those before them. */
  receive(bytes: Uint8Array): void {
    this.receiver.enqueue(bytes);
    this.acceptFromLine();
    this.updateInterrupt();
  }

  /** A break condition from the host (the serial console's SysRq). */
  receiveBreak(): void {
    this.receiver.enqueue([0], reg.lsrBreak | reg.lsrFramingError);
    this.acceptFromLine();
    this.updateInterrupt();
  }

  readByte(port: number): number {
    const value = this.readRegister(port - this.port);
    this.updateInterrupt();
    return value;
  }

  writeByte(port: number, value: number): void {
    this.writeRegister(port - this.port, value);
    this.updateInterrupt();
  }

  /** The master reset pin. What waits on the line stays there. */
  reset(): void {
    this.state = resetState();
    this.receiver.clearFifo();
    this.timeout.cancel();
    this.updateInterrupt();
  }

  saveState(): DeviceState {
    return { registers: copyState(this.state), receiver: this.receiver.save() };
  }

  /** The clock must have been restored before. */
  restoreState(state: DeviceState): void {
    const registers = partOfState(state, "registers", this.name);
    this.receiver.restore(partOfState(state, "receiver", this.name), `${this.name}.receiver`);
    this.state = matchState(resetState(), registers, `${this.name}.registers`);
    if (this.state.timeoutAtNs === null) this.timeout.cancel();
    else this.timeout.arm(this.state.timeoutAtNs);
  }

  private get isLatchAccess(): boolean {
    return (this.state.lcr & reg.lcrDivisorLatchAccess) !== 0;
  }

  private get hasFifos(): boolean {
    return (this.state.fcr & reg.fcrEnable) !== 0;
  }

  private get isLoopback(): boolean {
    return (this.state.mcr & reg.mcrLoopback) !== 0;
  }

  private get capacity(): number {
    return this.hasFifos ? reg.fifoSize : 1;
  }

  private readRegister(offset: number): number {
    switch (offset) {
      case reg.dataRegister:
        return this.isLatchAccess ? this.state.divisor & 0xff : this.readReceived();
      case reg.interruptEnableRegister:
        return this.isLatchAccess ? this.state.divisor >> 8 : this.state.ier;
      case reg.interruptIdentRegister:
        return this.readInterruptIdent();
      case reg.lineControlRegister:
        return this.state.lcr;
      case reg.modemControlRegister:
        return this.state.mcr;
      case reg.lineStatusRegister:
        return this.readLineStatus();
      case reg.modemStatusRegister:
        return this.readModemStatus();
      default:
        return this.state.scratch;
    }
  }

  private writeRegister(offset: number, value: number): void {
    switch (offset) {
      case reg.dataRegister:
        if (this.isLatchAccess) this.state.divisor = (this.state.divisor & 0xff00) | value;
        else this.transmit(value);
        return;
      case reg.interruptEnableRegister:
        if (this.isLatchAccess) this.state.divisor = (this.state.divisor & 0xff) | (value << 8);
        else this.writeInterruptEnable(value & 0x0f);
        return;
      case reg.interruptIdentRegister:
        return this.writeFifoControl(value);
      case reg.lineControlRegister:
        return this.writeLineControl(value);
      case reg.modemControlRegister:
        return this.writeModemControl(value & 0x1f);
      case reg.scratchRegister:
        this.state.scratch = value;
    }
  }

  private readReceived(): number {
    const value = this.receiver.take();
    this.state.isCharacterTimeout = false;
    this.state.lineErrors |= this.receiver.takeErrors();
    this.acceptFromLine();
    this.restartTimeout();
    return value;
  }

  /** Reading IIR resets the THRE interrupt if that is what it shows: data sheet, "Interrupt Identification Register". */
  private readInterruptIdent(): number {
    const source = this.interruptSource();
    if (source === reg.iirTransmitterEmpty) this.state.isTransmitterEmptyPending = false;
    return source | (this.hasFifos ? reg.iirFifosEnabled : 0);
  }

  private readLineStatus(): number {
    const dataReady = this.receiver.count > 0 ? reg.lsrDataReady : 0;
    const errorInFifo = this.hasFifos && this.hasLineError() ? reg.lsrErrorInFifo : 0;
    const transmitter = reg.lsrTransmitterHoldingEmpty | reg.lsrTransmitterEmpty;
    const value = dataReady | this.state.lineErrors | transmitter | errorInFifo;
    this.state.lineErrors = 0;
    return value;
  }

  private hasLineError(): boolean {
    return (this.state.lineErrors & ~reg.lsrOverrun) !== 0 || this.receiver.hasErrorInFifo;
  }

  private readModemStatus(): number {
    const value = this.state.msr;
    this.state.msr &= ~reg.msrDeltas;
    return value;
  }

  private writeInterruptEnable(value: number): void {
    const isTransmitterNewlyEnabled = value & ~this.state.ier & reg.ierTransmitterEmpty;
    this.state.ier = value;
    // Enabling it with THR empty (as it always is here) interrupts at once: National's application note AN-491.
    if (isTransmitterNewlyEnabled) this.state.isTransmitterEmptyPending = true;
  }

  /** A change of the enable bit empties the FIFOs: data sheet, "FIFO Control Register". */
  private writeFifoControl(value: number): void {
    const isEnableChanged = ((value ^ this.state.fcr) & reg.fcrEnable) !== 0;
    if (isEnableChanged || value & reg.fcrClearReceiver) this.clearReceiver();
    // With bit 0 clear the other bits are not taken.
    this.state.fcr = value & reg.fcrEnable ? value & 0xc9 : 0;
    this.acceptFromLine();
  }

  private clearReceiver(): void {
    this.receiver.clearFifo();
    this.state.isCharacterTimeout = false;
    this.state.timeoutAtNs = null;
    this.timeout.cancel();
  }

  private writeLineControl(value: number): void {
    const isBreakStarted = (value & ~this.state.lcr & reg.lcrSetBreak) !== 0;
    this.state.lcr = value;
    if (isBreakStarted && this.isLoopback) this.loopBack(0, reg.lsrBreak | reg.lsrFramingError);
  }

  private writeModemControl(value: number): void {
    this.state.mcr = value;
    this.updateModemStatus();
    this.acceptFromLine();
  }

  /** In loopback the modem inputs are the modem control outputs: data sheet, "Modem Control Register", bit 4. */
  private updateModemStatus(): void {
    const { mcr } = this.state;
    const before = this.state.msr & ~reg.msrDeltas;
    const levels = this.isLoopback ? loopedModemLevels(mcr) : connectedModem;
    const changed = before ^ levels;
    // RI counts when it goes away ("trailing edge").
    const deltas = (changed & ~reg.msrRi) | (changed & before & reg.msrRi);
    this.state.msr = levels | (this.state.msr & reg.msrDeltas) | (deltas >> 4);
  }

  private transmit(byte: number): void {
    // THR is full for the moment that sending takes: the THRE request goes away and comes again.
    this.state.isTransmitterEmptyPending = false;
    this.updateInterrupt();
    if (this.isLoopback) this.loopBack(byte, 0);
    else if ((this.state.lcr & reg.lcrSetBreak) === 0)
      this.sink.write(Uint8Array.of(byte & this.characterMask()));
    this.state.isTransmitterEmptyPending = true;
  }

  private loopBack(byte: number, status: number): void {
    if (!this.receiver.loopBack(byte & this.characterMask(), status, this.capacity)) {
      this.state.lineErrors |= reg.lsrOverrun;
    } else if (this.receiver.count === 1) {
      this.state.lineErrors |= this.receiver.takeErrors();
    }
    this.restartTimeout();
  }

  /** Characters have 5 to 8 bits: LCR bits 1:0. */
  private characterMask(): number {
    return (0x20 << (this.state.lcr & 3)) - 1;
  }

  /** Takes what waits on the line, as far as there is room; in loopback the line is cut off. */
  private acceptFromLine(): void {
    if (this.isLoopback) return;
    const wasEmpty = this.receiver.count === 0;
    if (!this.receiver.fill(this.capacity)) return;
    // An error shows in LSR when its character is at the top of the FIFO.
    if (wasEmpty) this.state.lineErrors |= this.receiver.takeErrors();
    this.restartTimeout();
  }

  /** The character timeout runs while the FIFO has characters, from the last one in or out. */
  private restartTimeout(): void {
    const isRunning = this.hasFifos && this.receiver.count > 0;
    this.state.timeoutAtNs = isRunning ? this.clock.nowNs() + this.timeoutNs() : null;
    if (this.state.timeoutAtNs === null) this.timeout.cancel();
    else this.timeout.arm(this.state.timeoutAtNs);
  }

  /** Four character times: data sheet, "FIFO Interrupt Mode Operation". */
  private timeoutNs(): number {
    const { lcr, divisor } = this.state;
    const stopBits = lcr & 4 ? 2 : 1;
    const parityBits = lcr & 8 ? 1 : 0;
    const characterBits = 1 + 5 + (lcr & 3) + parityBits + stopBits;
    const bitNs = (Math.max(divisor, 1) * 1e9) / maximumBitRate;
    return Math.ceil(4 * characterBits * bitNs);
  }

  private onTimeout(): void {
    this.state.timeoutAtNs = null;
    this.state.isCharacterTimeout = this.receiver.count > 0;
    this.updateInterrupt();
  }

  /** IIR bits 3:0: the enabled source of highest priority. */
  private interruptSource(): number {
    const { ier, lineErrors, msr } = this.state;
    if (ier & reg.ierLineStatus && lineErrors) return reg.iirLineStatus;
    if (ier & reg.ierReceivedData) {
      if (this.receiver.count >= this.triggerLevel()) return reg.iirReceivedData;
      if (this.state.isCharacterTimeout) return reg.iirCharacterTimeout;
    }
    if (ier & reg.ierTransmitterEmpty && this.state.isTransmitterEmptyPending) return reg.iirTransmitterEmpty;
    if (ier & reg.ierModemStatus && msr & reg.msrDeltas) return reg.iirModemStatus;
    return reg.iirNone;
  }

  private triggerLevel(): number {
    return this.hasFifos ? reg.triggerLevels[(this.state.fcr >> reg.fcrTriggerShift) & 3]! : 1;
  }

  /** On a PC, OUT2 lets INTR through to the IRQ wire; in loopback the OUT2 pin is inactive. */
  private updateInterrupt(): void {
    const isGateOpen = (this.state.mcr & reg.mcrOut2) !== 0 && !this.isLoopback;
    this.line.set(isGateOpen && this.interruptSource() !== reg.iirNone);
  }
}

function loopedModemLevels(mcr: number): number {
  const dsr = mcr & reg.mcrDtr ? reg.msrDsr : 0;
  const cts = mcr & reg.mcrRts ? reg.msrCts : 0;
  const ri = mcr & reg.mcrOut1 ? reg.msrRi : 0;
  const dcd = mcr & reg.mcrOut2 ? reg.msrDcd : 0;
  return dsr | cts | ri | dcd;
}

/** 8 bits at 115200 bit/s, as firmware leaves the port: guests booted without firmware print at once, too. */
const lcrOfFirmware = 0x03;
const divisorOfFirmware = 1;

function resetState(): UartState {
  return {
    ier: 0,
    fcr: 0,
    lcr: lcrOfFirmware,
    mcr: 0,
    scratch: 0,
    divisor: divisorOfFirmware,
    lineErrors: 0,
    msr: connectedModem,
    isTransmitterEmptyPending: true,
    isCharacterTimeout: false,
    timeoutAtNs: null,
  };
}
