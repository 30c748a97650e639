/**
 * What connects local APICs, I/O APICs and message-signalled devices: it finds the processors a message is for,
 * and takes EOIs back. Source: SDM 3A, "Determining IPI Destination".
 */
import type { MessageInterruptPort } from "../contracts.js";
import { decodeMessageInterrupt, deliveryMode, type ApicMessage } from "./apic-message.js";

/** A local APIC as the bus sees it. */
export interface ApicBusTarget {
  /** Whether the message's destination names this APIC. */
  isDestination(message: ApicMessage): boolean;
  /** Whether it takes part in lowest-priority delivery: enabled, by IA32_APIC_BASE and by software. */
  readonly canArbitrate: boolean;
  /** The processor priority (PPR), 0 … 255. */
  readonly processorPriority: number;
  /** Takes an interrupt. False when it is refused. */
  accept(mode: number, vector: number, isLevel: boolean): boolean;
}

/** An I/O APIC as the bus sees it. */
export interface EoiListener {
  endOfInterrupt(vector: number): void;
}

export class ApicBus implements MessageInterruptPort {
  private readonly targets: ApicBusTarget[] = [];
  private readonly listeners: EoiListener[] = [];

  /** Local APICs attach themselves; of equals, the one attached first wins lowest-priority arbitration. */
  attachLocalApic(target: ApicBusTarget): void {
    this.targets.push(target);
  }

  attachIoApic(listener: EoiListener): void {
    this.listeners.push(listener);
  }

  /** A message-signalled interrupt. Writes that mean none are dropped. */
  send(address: number, data: number): void {
    const message = decodeMessageInterrupt(address, data);
    if (message) this.deliver(message);
  }

  /** Delivers `message` to all it names but `except`. True when some APIC took it. */
  deliver(message: ApicMessage, except?: ApicBusTarget): boolean {
    const matching = this.targets.filter((target) => target !== except && target.isDestination(message));
    if (message.deliveryMode === deliveryMode.lowestPriority) return this.deliverLowest(message, matching);
    return this.deliverTo(message, matching);
  }

  /** Delivers `message` to every local APIC but `except`, whatever its destination. */
  broadcast(message: ApicMessage, except?: ApicBusTarget): boolean {
    const matching = this.targets.filter((target) => target !== except);
    if (message.deliveryMode === deliveryMode.lowestPriority) return this.deliverLowest(message, matching);
    return this.deliverTo(message, matching);
  }

  /** The EOI of a level-triggered interrupt. */
  broadcastEoi(vector: number): void {
    for (const listener of this.listeners) listener.endOfInterrupt(vector);
  }

  private deliverTo(message: ApicMessage, targets: ApicBusTarget[]): boolean {
    let isAccepted = false;
    for (const target of targets) {
      if (target.accept(message.deliveryMode, message.vector, message.isLevel)) isAccepted = true;
    }
    return isAccepted;
  }

  private deliverLowest(message: ApicMessage, targets: ApicBusTarget[]): boolean {
    const candidates = targets.filter((target) => target.canArbitrate);
    const first = candidates[0];
    if (first === undefined) return false;
    const lower = (a: ApicBusTarget, b: ApicBusTarget): ApicBusTarget =>
      b.processorPriority < a.processorPriority ? b : a;
    return candidates.reduce(lower, first).accept(deliveryMode.fixed, message.vector, message.isLevel);
  }
}
