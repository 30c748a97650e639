import type { EntryState } from "./entry-state.js";

/** Bytes and the guest-physical address they go to. */
export interface MemoryWrite {
  address: number;
  bytes: Uint8Array;
}

/** All a machine must do before the boot processor's first instruction. */
export interface BootPlan {
  /** What was recognized, for messages: `Linux bzImage 6.1.0-…`. */
  description: string;
  /** Copied into RAM, in this order; never overlapping, always within RAM. All other RAM must be zero. */
  writes: MemoryWrite[];
  /**
   * Read-only images to be mapped over guest-physical memory. The one below 1 MiB is the ROM as it is seen
   * before firmware turns its own shadow RAM on.
   */
  roms: MemoryWrite[];
  /** The boot processor's state at its first instruction. */
  entry: EntryState;
}
