/** What a machine asks of the place it runs in (Node: src/node/node-host.ts; a page gives its own). */
export interface HostServices {
  /** Nanoseconds of a clock that never goes back. */
  monotonicNs(): number;
  /** Milliseconds since 1970 UTC. */
  wallMs(): number;
  fillRandom(target: Uint8Array): void;
  /** Resolves after about `milliseconds`; 0: after others had their turn. */
  sleep(milliseconds: number): Promise<void>;
  /** The compiled processor, dist/assembly/processor.wasm. */
  loadProcessor(): Promise<Uint8Array>;
}
