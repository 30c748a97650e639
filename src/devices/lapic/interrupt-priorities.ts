/**
 * What the local APIC holds of fixed interrupts: IRR, ISR, TMR and the priorities that decide between them.
 * Source: SDM 3A, "Interrupt Acceptance for Fixed Interrupts", "Task Priority and Processor Priority".
 */
import { VectorSet } from "./vector-set.js";

export class InterruptPriorities {
  readonly request = new VectorSet();
  readonly inService = new VectorSet();
  readonly triggerMode = new VectorSet();
  /** TPR, 0 … 255. */
  taskPriority = 0;

  reset(): void {
    this.request.clear();
    this.inService.clear();
    this.triggerMode.clear();
    this.taskPriority = 0;
  }

  /** PPR: the higher class of TPR and the highest vector in service; the TPR's subclass only if its class rules. */
  get processorPriority(): number {
    const served = Math.max(this.inService.highest(), 0);
    return this.taskPriority >> 4 >= served >> 4 ? this.taskPriority : served & 0xf0;
  }

  /** APR, as processors with an APIC bus compute it: SDM 3A, "Arbitration Priority Register". */
  get arbitrationPriority(): number {
    const served = Math.max(this.inService.highest(), 0) & 0xf0;
    const requested = Math.max(this.request.highest(), 0) & 0xf0;
    const isTaskHighest = this.taskPriority >> 4 >= requested >> 4 && this.taskPriority >> 4 > served >> 4;
    if (isTaskHighest) return this.taskPriority;
    return Math.max(this.taskPriority & 0xf0, served, requested);
  }

  accept(vector: number, isLevel: boolean): void {
    this.request.add(vector);
    if (isLevel) this.triggerMode.add(vector);
    else this.triggerMode.remove(vector);
  }

  /** The vector whose priority class is above the processor's, or -1. */
  deliverable(): number {
    const vector = this.request.highest();
    return vector >> 4 > this.processorPriority >> 4 ? vector : -1;
  }

  takeIntoService(vector: number): void {
    this.request.remove(vector);
    this.inService.add(vector);
  }

  /** Ends the highest interrupt in service and gives its vector, or -1 when there is none. */
  endHighest(): number {
    const vector = this.inService.highest();
    if (vector >= 0) this.inService.remove(vector);
    return vector;
  }
}
