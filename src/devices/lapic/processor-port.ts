/** What stands on the processor's side of a local APIC. */

/** What a local APIC asks of its processor. */
export interface LocalApicProcessor {
  /** INTR may have changed: ask `hasInterrupt` again. */
  interruptChanged(): void;
  /** An NMI is signalled. */
  nmi(): void;
  /** INIT is signalled. When the processor takes it, it calls `resetByInit`. */
  init(): void;
  /** A start-up IPI: execution from `vector`·4096, if the processor waits for one. */
  startup(vector: number): void;
  /** Clock time in ns at which the guest's TSC has the value `tsc`. */
  tscToNs(tsc: bigint): number;
  readTsc(): bigint;
}

/** The 8259 pair, as far as INTA goes. */
export interface ExternalInterrupts {
  acknowledge(): number;
}
