/**
 * A mapping on the machine's bus that software can move about or switch off.
 *
 * `claim` maps at an address and gives the function that unmaps. A claim that the bus refuses (another device
 * has one of the ports) leaves the window undecoded: on real hardware two devices would fight for the bus, and
 * a guest that programs this must not stop the host.
 */
export class AddressWindow {
  readonly #claim: (address: number) => () => void;
  #address: number | undefined;
  #release: (() => void) | undefined;

  constructor(claim: (address: number) => () => void) {
    this.#claim = claim;
  }

  /** Where software put the window, undefined when it is switched off. */
  get address(): number | undefined {
    return this.#address;
  }

  /** True when the window is decoded: switched on and not refused by the bus. */
  get isMapped(): boolean {
    return this.#release !== undefined;
  }

  /** Moves the window to `address`, or switches it off with undefined. */
  place(address: number | undefined): void {
    if (address === this.#address) return;
    this.#release?.();
    this.#address = address;
    this.#release = address === undefined ? undefined : this.#tryClaim(address);
  }

  #tryClaim(address: number): (() => void) | undefined {
    try {
      return this.#claim(address);
    } catch {
      return undefined;
    }
  }
}
