/**
 * The part of a local APIC that takes interrupts in and hands them to the processor: local vector table, LINT
 * pins, spurious vector, priorities, errors. Source: SDM 3A, "Handling Local Interrupts", "Handling Interrupts".
 */
import type { DeviceState } from "../contracts.js";
import { matchState } from "../saved-state.js";
import type { ApicBus } from "./apic-bus.js";
import { deliveryMode } from "./apic-message.js";
import { InterruptPriorities } from "./interrupt-priorities.js";
import { LocalVectorTable } from "./local-vector-table.js";
import type { ExternalInterrupts, LocalApicProcessor } from "./processor-port.js";
import * as reg from "./registers.js";

/** SDM 3A, "Local APIC State After Power-Up or Reset". */
const spuriousAtReset = 0xff;

export class InterruptUnit {
  readonly vectors = new InterruptPriorities();
  readonly lvt = new LocalVectorTable();
  /** The spurious-interrupt vector register. */
  spurious = spuriousAtReset;
  /** ESR as read. */
  errorStatus = 0;
  /** Errors since ESR was last written. */
  private loggedErrors = 0;
  /** An ExtINT message (from an I/O APIC) that no INTA has answered yet. */
  private isExtIntPending = false;
  /** LINT0 and LINT1; wires keep their levels over a reset. */
  private readonly pinLevels: [boolean, boolean] = [false, false];

  constructor(
    private readonly processor: LocalApicProcessor,
    private readonly bus: ApicBus,
    private readonly externalInterrupts: ExternalInterrupts,
  ) {}

  reset(): void {
    this.vectors.reset();
    this.lvt.reset();
    this.spurious = spuriousAtReset;
    this.errorStatus = this.loggedErrors = 0;
    this.isExtIntPending = false;
  }

  get isSoftwareEnabled(): boolean {
    return (this.spurious & reg.softwareEnable) !== 0;
  }

  /** The level of LINT0. */
  get isIntrAsserted(): boolean {
    return this.pinLevels[0];
  }

  /** A fixed interrupt above the PPR, or an ExtINT. */
  hasInterrupt(): boolean {
    return this.hasExtInt() || this.vectors.deliverable() >= 0;
  }

  /** INTA of the enabled APIC. */
  acknowledge(): number {
    if (this.hasExtInt()) return this.acknowledgeExternal();
    const vector = this.vectors.deliverable();
    // SDM 3A, "Spurious Interrupt": the ISR is not touched, and no EOI is due.
    if (vector < 0) return this.spurious & 0xff;
    this.vectors.takeIntoService(vector);
    return vector;
  }

  /** INTA that the 8259 pair answers. */
  acknowledgeExternal(): number {
    this.isExtIntPending = false;
    return this.externalInterrupts.acknowledge();
  }

  /** An interrupt message for the enabled APIC. False when it is refused. */
  accept(mode: number, vector: number, isLevel: boolean): boolean {
    switch (mode) {
      case deliveryMode.fixed:
      case deliveryMode.lowestPriority:
        return this.acceptFixed(vector, isLevel);
      case deliveryMode.extInt:
        return this.acceptExtInt();
      case deliveryMode.nmi:
        this.processor.nmi();
        return true;
      case deliveryMode.init:
        this.processor.init();
        return true;
      case deliveryMode.startup:
        this.processor.startup(vector);
        return true;
      default:
        return mode === deliveryMode.smi; // There is no system management mode: SMIs end here.
    }
  }

  acceptFixed(vector: number, isLevel: boolean): boolean {
    if (!this.isSoftwareEnabled) return false;
    if (vector < 16) {
      this.logError(reg.receiveIllegalVector);
      return false;
    }
    this.vectors.accept(vector, isLevel);
    this.processor.interruptChanged();
    return true;
  }

  /** A level on LINT0 or LINT1; while IA32_APIC_BASE disables the APIC, on the INTR or NMI pin. */
  setPin(pin: 0 | 1, level: boolean, isApicEnabled: boolean): void {
    if (this.pinLevels[pin] === level) return;
    this.pinLevels[pin] = level;
    if (isApicEnabled) this.signalPin(pin, level);
    else if (pin === 1 && level) this.processor.nmi();
    if (pin === 0) this.processor.interruptChanged();
  }

  /** An interrupt from a source of the local vector table. */
  interruptLocally(register: number): void {
    if (this.lvt.isMasked(register)) return;
    const mode = this.lvt.deliveryMode(register);
    // SDM 3A, "Local Vector Table": lowest priority and start-up cannot be chosen.
    if (mode === deliveryMode.lowestPriority || mode === deliveryMode.startup) return;
    this.accept(mode, this.lvt.vector(register), false);
  }

  /** Logs an error for the ESR; a new one interrupts. */
  logError(error: number): void {
    const isNew = (this.loggedErrors & error) === 0;
    this.loggedErrors |= error;
    // An illegal vector for the error interrupt itself would be the next error, without end.
    if (isNew && this.lvt.vector(reg.lvtError) >= 16) this.interruptLocally(reg.lvtError);
  }

  /** SDM 3A, "Error Handling": a write to ESR makes the errors logged so far readable and clears the log. */
  writeErrorStatus(): void {
    this.errorStatus = this.loggedErrors;
    this.loggedErrors = 0;
  }

  writeSpurious(value: number): void {
    this.spurious = value & reg.spuriousWritable;
    if (!this.isSoftwareEnabled) this.lvt.maskAll();
    this.processor.interruptChanged();
  }

  writeLvt(register: number, value: number): void {
    this.lvt.write(register, value, !this.isSoftwareEnabled);
    if (register !== reg.lvtLint0 && register !== reg.lvtLint1) return;
    this.deliverLevelPin(register);
    this.processor.interruptChanged();
  }

  /** A write to the EOI register. */
  endInterrupt(): void {
    const vector = this.vectors.endHighest();
    if (vector < 0) return;
    if (this.vectors.triggerMode.has(vector)) this.endLevelInterrupt(vector);
    this.processor.interruptChanged();
  }

  save(): DeviceState {
    const { spurious, errorStatus, loggedErrors, isExtIntPending } = this;
    const registers = { taskPriority: this.vectors.taskPriority, spurious, errorStatus, loggedErrors };
    const sets = {
      request: this.vectors.request.save(),
      inService: this.vectors.inService.save(),
      triggerMode: this.vectors.triggerMode.save(),
    };
    return { ...registers, ...sets, isExtIntPending, pinLevels: [...this.pinLevels], lvt: this.lvt.save() };
  }

  restore(state: DeviceState, where: string): void {
    const saved = matchState(savedTemplate, state, where);
    this.vectors.taskPriority = saved.taskPriority;
    this.vectors.request.restore(saved.request);
    this.vectors.inService.restore(saved.inService);
    this.vectors.triggerMode.restore(saved.triggerMode);
    this.lvt.restore(saved.lvt);
    this.spurious = saved.spurious;
    this.errorStatus = saved.errorStatus;
    this.loggedErrors = saved.loggedErrors;
    this.isExtIntPending = saved.isExtIntPending;
    this.pinLevels[0] = saved.pinLevels[0] === true;
    this.pinLevels[1] = saved.pinLevels[1] === true;
  }

  private hasExtInt(): boolean {
    if (this.isExtIntPending) return true;
    const isWired = this.lvt.deliveryMode(reg.lvtLint0) === deliveryMode.extInt;
    return this.pinLevels[0] && isWired && !this.lvt.isMasked(reg.lvtLint0);
  }

  private acceptExtInt(): boolean {
    if (!this.isSoftwareEnabled) return false;
    this.isExtIntPending = true;
    this.processor.interruptChanged();
    return true;
  }

  /** A change on a LINT pin. ExtINT on LINT0 follows the level: see `hasExtInt`. */
  private signalPin(pin: 0 | 1, isRising: boolean): void {
    const register = pin === 0 ? reg.lvtLint0 : reg.lvtLint1;
    if (!isRising || this.lvt.isMasked(register)) return;
    if (this.lvt.isLevelTriggered(register)) this.deliverLevelPin(register);
    else if (this.lvt.deliveryMode(register) !== deliveryMode.extInt) this.interruptLocally(register);
    else if (pin === 1) this.acceptExtInt();
  }

  /** Delivers an asserted level-triggered pin, unless it is being served already (remote IRR). */
  private deliverLevelPin(register: number): void {
    const isAsserted = this.pinLevels[register === reg.lvtLint0 ? 0 : 1];
    if (!isAsserted || this.lvt.isMasked(register) || !this.lvt.isLevelTriggered(register)) return;
    if (this.lvt.isRemoteIrrSet(register)) return;
    if (this.acceptFixed(this.lvt.vector(register), true)) this.lvt.setRemoteIrr(register, true);
  }

  private endLevelInterrupt(vector: number): void {
    for (const register of [reg.lvtLint0, reg.lvtLint1]) {
      if (!this.lvt.isRemoteIrrSet(register) || this.lvt.vector(register) !== vector) continue;
      this.lvt.setRemoteIrr(register, false);
      this.deliverLevelPin(register);
    }
    if ((this.spurious & reg.suppressEoiBroadcast) === 0) this.bus.broadcastEoi(vector);
  }
}

const savedTemplate = {
  taskPriority: 0,
  spurious: 0,
  errorStatus: 0,
  loggedErrors: 0,
  request: [0],
  inService: [0],
  triggerMode: [0],
  isExtIntPending: false,
  pinLevels: [false],
  lvt: [0],
};
