/** Something that runs a guest. */
export interface Engine {
  readonly name: "ours" | "qemu" | "bochs";
  /** Why it cannot be used here; undefined when it can. */
  missing(): Promise<string | undefined>;
  /** Runs a guest's image until it ends; what it printed on COM1, with what became of a guest that did not end by itself. */
  run(image: Uint8Array, options: GuestOptions): Promise<string>;
}

export interface GuestOptions {
  readonly cpuCount: number;
}

export const memoryMiB = 32;
/** Enough for the slowest guest on the slowest engine. */
export const timeoutMs = 120_000;
