import type { HostServices } from "../../../src/machine/host-services.js";

/** A host whose time passes only by sleeping. */
export class FakeHost implements HostServices {
  ns = 0;
  readonly sleeps: number[] = [];

  monotonicNs(): number {
    return this.ns;
  }
  wallMs(): number {
    return 1_700_000_000_000 + this.ns / 1e6;
  }
  fillRandom(target: Uint8Array): void {
    target.fill(7);
  }
  async sleep(milliseconds: number): Promise<void> {
    this.sleeps.push(milliseconds);
    await new Promise((resolve) => setImmediate(resolve));
    this.ns += milliseconds * 1e6;
  }
  loadProcessor(): Promise<Uint8Array> {
    return Promise.reject(new Error("no processor in this test"));
  }
}
