/**
 * The local APIC of one processor: xAPIC (memory-mapped) and x2APIC (MSRs).
 *
 * The processor owns one, routes accesses to `baseAddress` (in xAPIC mode) and to the MSRs 1BH, 6E0H and
 * 800H-8FFH to it, and asks `hasInterrupt` after `interruptChanged`. While IA32_APIC_BASE disables the APIC,
 * LINT0 is the processor's INTR pin and LINT1 its NMI pin.
 * Source: SDM 3A, "Advanced Programmable Interrupt Controller (APIC)".
 */
import type { AccessSize, Clock, Device, DeviceState, InterruptLine, MmioHandler } from "../contracts.js";
import { matchState, partOfState } from "../saved-state.js";
import {
  addressOf,
  isLegalApicBase,
  modeOf,
  resetApicBase,
  type ApicBaseValue,
  type ApicMode,
} from "./apic-base.js";
import type { ApicBus, ApicBusTarget } from "./apic-bus.js";
import { deliveryMode, type ApicMessage } from "./apic-message.js";
import { ApicTimer } from "./apic-timer.js";
import { isDestination, x2ApicLogicalId } from "./destination.js";
import { commandWritable, decodeCommand, type InterruptCommand } from "./interrupt-command.js";
import { InterruptUnit } from "./interrupt-unit.js";
import type { ExternalInterrupts, LocalApicProcessor } from "./processor-port.js";
import * as reg from "./registers.js";

export type { ExternalInterrupts, LocalApicProcessor } from "./processor-port.js";

export interface LocalApicOptions {
  /** Initial APIC ID, 0 … 254. */
  id: number;
  /** Whether this is the bootstrap processor (the BSP flag of IA32_APIC_BASE). */
  isBootstrap: boolean;
  processor: LocalApicProcessor;
  bus: ApicBus;
  clock: Clock;
  /** Who answers INTA for ExtINT. */
  externalInterrupts: ExternalInterrupts;
  /** Input frequency of the APIC timer, CPUID.15H:ECX; 25 MHz unless given. */
  crystalHz?: number;
  /** CPUID.80000008H:EAX[7:0]; 40 unless given. */
  physicalAddressBits?: number;
}

export interface MsrValue {
  lo: number;
  hi: number;
}

const flatModel = 0xffffffff;

export class LocalApic implements Device, MmioHandler, ApicBusTarget {
  readonly name: string;
  readonly id: number;
  /** INTR from the 8259 pair. */
  readonly lint0: InterruptLine = { set: (level) => this.interrupts.setPin(0, level, this.isEnabled) };
  /** The board's NMI. */
  readonly lint1: InterruptLine = { set: (level) => this.interrupts.setPin(1, level, this.isEnabled) };

  private readonly processor: LocalApicProcessor;
  private readonly bus: ApicBus;
  private readonly physicalAddressBits: number;
  private readonly isBootstrap: boolean;
  private readonly timer: ApicTimer;
  private readonly interrupts: InterruptUnit;
  private apicBase: ApicBaseValue;
  private logicalDestination = 0;
  private destinationFormat = flatModel;
  private commandLow = 0;
  private commandHigh = 0;

  constructor(options: LocalApicOptions) {
    this.id = options.id;
    this.name = `lapic${options.id}`;
    this.processor = options.processor;
    this.bus = options.bus;
    this.physicalAddressBits = options.physicalAddressBits ?? 40;
    this.isBootstrap = options.isBootstrap;
    this.apicBase = resetApicBase(options.isBootstrap);
    this.interrupts = new InterruptUnit(options.processor, options.bus, options.externalInterrupts);
    const onExpiry = (): void => this.interrupts.interruptLocally(reg.lvtTimer);
    this.timer = new ApicTimer(options.clock, options.crystalHz ?? 25_000_000, options.processor, onExpiry);
    options.bus.attachLocalApic(this);
  }

  /** The mode IA32_APIC_BASE sets. */
  get mode(): ApicMode {
    return modeOf(this.apicBase.low)!;
  }

  /** Whether IA32_APIC_BASE enables the APIC: what CPUID.01H:EDX.APIC shows. */
  get isEnabled(): boolean {
    return this.mode !== "disabled";
  }

  /** Guest-physical address of the 4 KiB register page; it decodes in xAPIC mode only. */
  get baseAddress(): number {
    return addressOf(this.apicBase);
  }

  /** TPR bits 7:4, 0 … 15: CR8. */
  get taskPriority(): number {
    return this.interrupts.vectors.taskPriority >> 4;
  }

  set taskPriority(value: number) {
    this.writeRegister(reg.taskPriority, (value & 0xf) << 4);
  }

  /** Whether INTR is asserted to the processor: a fixed interrupt above the PPR, or an ExtINT. */
  hasInterrupt(): boolean {
    return this.isEnabled ? this.interrupts.hasInterrupt() : this.interrupts.isIntrAsserted;
  }

  /** INTA: gives the vector to be delivered, and takes its interrupt into service. */
  acknowledge(): number {
    return this.isEnabled ? this.interrupts.acknowledge() : this.interrupts.acknowledgeExternal();
  }

  /** To be called after the guest's TSC was set or adjusted. */
  tscChanged(): void {
    this.timer.tscChanged();
  }

  /** What firmware leaves: enabled by software, LINT0 = ExtINT, LINT1 = NMI (MP Specification, "Virtual Wire Mode"). */
  enableVirtualWireMode(): void {
    this.interrupts.writeSpurious(reg.softwareEnable | 0xff);
    this.interrupts.writeLvt(reg.lvtLint0, deliveryMode.extInt << 8);
    this.interrupts.writeLvt(reg.lvtLint1, deliveryMode.nmi << 8);
  }

  // The bus's side.

  isDestination(message: ApicMessage): boolean {
    const { mode, id, destinationFormat } = this;
    const logicalDestination = this.readLogicalDestination();
    return isDestination(message, { mode, id, destinationFormat, logicalDestination });
  }

  get canArbitrate(): boolean {
    return this.isEnabled && this.interrupts.isSoftwareEnabled;
  }

  get processorPriority(): number {
    return this.interrupts.vectors.processorPriority;
  }

  accept(mode: number, vector: number, isLevel: boolean): boolean {
    return this.isEnabled && this.interrupts.accept(mode, vector, isLevel);
  }

  // Registers: memory-mapped.

  /** Reads of other than the 32 bits at the start of each 16-byte row give parts of them, or 0. */
  readMmio(offset: number, size: AccessSize): number {
    if (this.mode !== "xapic") return 2 ** (8 * size) - 1;
    if ((offset & 0xf) + size > 4) return 0;
    const register = (offset & 0xff0) >> 4;
    if (!reg.isXApicRegister(register)) this.interrupts.logError(reg.illegalRegisterAddress);
    const value = this.readRegister(register) >>> 0;
    return size === 4 ? value : (value >>> (8 * (offset & 3))) & (2 ** (8 * size) - 1);
  }

  /** Writes of other than an aligned 32-bit register are dropped. */
  writeMmio(offset: number, size: AccessSize, value: number): void {
    if (this.mode !== "xapic" || size !== 4 || (offset & 0xf) !== 0) return;
    const register = (offset & 0xff0) >> 4;
    if (!reg.isXApicRegister(register)) this.interrupts.logError(reg.illegalRegisterAddress);
    else this.writeXApic(register, value >>> 0);
  }

  // Registers: MSRs.

  /** RDMSR of 1BH, 6E0H or 800H-8FFH; undefined is a #GP(0). */
  readMsr(index: number): MsrValue | undefined {
    if (index === reg.msrApicBase) return { lo: this.apicBase.low, hi: this.apicBase.high };
    if (index === reg.msrTscDeadline) return splitMsr(this.timer.deadline);
    const register = index - reg.msrFirstX2Apic;
    if (this.mode !== "x2apic" || !reg.isX2ApicReadable(register)) return undefined;
    const hi = register === reg.interruptCommand ? this.commandHigh >>> 0 : 0;
    return { lo: this.readRegister(register) >>> 0, hi };
  }

  /** WRMSR of 1BH, 6E0H or 800H-8FFH; false is a #GP(0). */
  writeMsr(index: number, lo: number, hi: number): boolean {
    if (index === reg.msrApicBase) return this.writeApicBase({ low: lo >>> 0, high: hi >>> 0 });
    if (index === reg.msrTscDeadline) return this.writeDeadline(lo >>> 0, hi >>> 0);
    if (this.mode !== "x2apic") return false;
    return this.writeX2Apic(index - reg.msrFirstX2Apic, lo, hi);
  }

  // Reset, save, restore.

  /** Power-up or RESET. */
  reset(): void {
    this.apicBase = resetApicBase(this.isBootstrap);
    this.resetRegisters();
  }

  /** INIT: as reset, but IA32_APIC_BASE and the APIC ID stay. SDM 3A, "Local APIC State After It Receives an INIT". */
  resetByInit(): void {
    this.resetRegisters();
  }

  saveState(): DeviceState {
    const { logicalDestination, destinationFormat, commandLow, commandHigh } = this;
    const addressing = { logicalDestination, destinationFormat, commandLow, commandHigh };
    const parts = { interrupts: this.interrupts.save(), timer: this.timer.save() };
    return { apicBase: { ...this.apicBase }, ...addressing, ...parts };
  }

  /** The clock, and the processor's TSC, must have been restored before. */
  restoreState(state: DeviceState): void {
    const saved = matchState(savedRegisters, state, this.name);
    this.interrupts.restore(partOfState(state, "interrupts", this.name), `${this.name}.interrupts`);
    this.timer.restore(partOfState(state, "timer", this.name), `${this.name}.timer`);
    this.apicBase = saved.apicBase;
    this.logicalDestination = saved.logicalDestination;
    this.destinationFormat = saved.destinationFormat;
    this.commandLow = saved.commandLow;
    this.commandHigh = saved.commandHigh;
    this.processor.interruptChanged();
  }

  private readRegister(register: number): number {
    const { vectors, lvt } = this.interrupts;
    if (register >= reg.lvtTimer && register <= reg.lvtError) return lvt.read(register);
    switch (register & ~7) {
      case reg.inService:
        return vectors.inService.word(register & 7);
      case reg.triggerMode:
        return vectors.triggerMode.word(register & 7);
      case reg.interruptRequest:
        return vectors.request.word(register & 7);
      default:
        return this.readSingle(register);
    }
  }

  private readSingle(register: number): number {
    switch (register) {
      case reg.id:
        return this.mode === "x2apic" ? this.id : this.id << 24;
      case reg.version:
        return reg.versionValue;
      case reg.taskPriority:
        return this.interrupts.vectors.taskPriority;
      case reg.arbitrationPriority:
        return this.interrupts.vectors.arbitrationPriority;
      case reg.processorPriority:
        return this.interrupts.vectors.processorPriority;
      case reg.logicalDestination:
        return this.readLogicalDestination();
      case reg.destinationFormat:
        return this.destinationFormat;
      case reg.spuriousVector:
        return this.interrupts.spurious;
      case reg.errorStatus:
        return this.interrupts.errorStatus;
      case reg.interruptCommand:
        return this.commandLow;
      case reg.interruptCommandHigh:
        return this.commandHigh;
      case reg.initialCount:
        return this.timer.initial;
      case reg.currentCount:
        return this.timer.current;
      case reg.divideConfiguration:
        return this.timer.divide;
      default:
        return 0;
    }
  }

  private readLogicalDestination(): number {
    return this.mode === "x2apic" ? x2ApicLogicalId(this.id) : this.logicalDestination;
  }

  private writeXApic(register: number, value: number): void {
    switch (register) {
      case reg.logicalDestination:
        this.logicalDestination = (value & 0xff000000) >>> 0;
        return;
      case reg.destinationFormat:
        this.destinationFormat = (value | 0x0fffffff) >>> 0;
        return;
      case reg.interruptCommandHigh:
        this.commandHigh = (value & 0xff000000) >>> 0;
        return;
      case reg.interruptCommand:
        return this.writeCommand(value);
      case reg.selfIpi:
        return; // x2APIC only
      default:
        this.writeRegister(register, value);
    }
  }

  /** SDM 3A, "x2APIC Register Address Space": reserved bits and read-only registers are a #GP. */
  private writeX2Apic(register: number, lo: number, hi: number): boolean {
    if (register === reg.interruptCommand) return this.writeX2ApicCommand(lo, hi);
    if (hi !== 0 || !reg.isX2ApicWritable(register, lo)) return false;
    if (register === reg.selfIpi) this.sendSelfIpi(lo & 0xff);
    else this.writeRegister(register, lo >>> 0);
    return true;
  }

  /** The registers that both modes write alike. Others are read-only. */
  private writeRegister(register: number, value: number): void {
    if (register >= reg.lvtTimer && register <= reg.lvtError) return this.writeLvt(register, value);
    switch (register) {
      case reg.taskPriority:
        this.interrupts.vectors.taskPriority = value & 0xff;
        return this.processor.interruptChanged();
      case reg.endOfInterrupt:
        return this.interrupts.endInterrupt();
      case reg.spuriousVector:
        return this.interrupts.writeSpurious(value);
      case reg.errorStatus:
        return this.interrupts.writeErrorStatus();
      case reg.initialCount:
        return this.timer.setInitial(value);
      case reg.divideConfiguration:
        return this.timer.setDivide(value & reg.divideWritable);
    }
  }

  private writeLvt(register: number, value: number): void {
    this.interrupts.writeLvt(register, value);
    if (register === reg.lvtTimer) this.timer.setMode(this.interrupts.lvt.timerMode);
  }

  private writeCommand(low: number): void {
    this.commandLow = low & commandWritable;
    const command = decodeCommand(low, this.commandHigh, false);
    if (command) this.send(command);
  }

  private writeX2ApicCommand(lo: number, hi: number): boolean {
    // Delivery status is gone from the ICR of x2APIC mode, but writing it back does no harm.
    if ((lo & ~(commandWritable | deliveryStatusBit)) !== 0) return false;
    this.commandLow = lo & commandWritable;
    this.commandHigh = hi >>> 0;
    const command = decodeCommand(lo, hi, true);
    if (command) this.send(command);
    return true;
  }

  private sendSelfIpi(vector: number): void {
    if (vector < 16) this.interrupts.logError(reg.sendIllegalVector);
    else this.interrupts.acceptFixed(vector, false);
  }

  private send({ message, shorthand }: InterruptCommand): void {
    const isVectored = message.deliveryMode <= deliveryMode.lowestPriority;
    if (isVectored && message.vector < 16) return this.interrupts.logError(reg.sendIllegalVector);
    switch (shorthand) {
      case "none":
        this.bus.deliver(message);
        return;
      case "self":
        this.accept(message.deliveryMode, message.vector, message.isLevel);
        return;
      case "all":
        this.bus.broadcast(message);
        return;
      case "others":
        this.bus.broadcast(message, this);
    }
  }

  private writeApicBase(value: ApicBaseValue): boolean {
    if (!isLegalApicBase(this.apicBase, value, this.physicalAddressBits)) return false;
    const wasEnabled = this.isEnabled;
    this.apicBase = value;
    // SDM 3A, "x2APIC State Transitions": what an APIC held is lost when it is disabled.
    if (wasEnabled && !this.isEnabled) this.resetRegisters();
    this.processor.interruptChanged();
    return true;
  }

  private writeDeadline(lo: number, hi: number): boolean {
    this.timer.setDeadline((BigInt(hi) << 32n) | BigInt(lo));
    return true;
  }

  private resetRegisters(): void {
    this.interrupts.reset();
    this.timer.reset();
    this.logicalDestination = this.commandLow = this.commandHigh = 0;
    this.destinationFormat = flatModel;
    this.processor.interruptChanged();
  }
}

const deliveryStatusBit = 1 << 12;

/** The registers of a saved state, apart from the parts that are saved on their own. */
const savedRegisters = {
  apicBase: { low: 0, high: 0 },
  logicalDestination: 0,
  destinationFormat: 0,
  commandLow: 0,
  commandHigh: 0,
};

function splitMsr(value: bigint): MsrValue {
  return { lo: Number(value & 0xffffffffn), hi: Number(value >> 32n) };
}
