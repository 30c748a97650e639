import type { MachineControl } from "../contracts.js";

/** Port of the reset control register (PIIX4 datasheet, "RC - Reset Control Register"). */
export const RESET_CONTROL_PORT = 0xcf9;

const SYSTEM_RESET = 1 << 1;
const RESET_CPU = 1 << 2;

/** The value that resets the whole machine; ACPI's reset register names it. */
export const RESET_CONTROL_HARD_RESET = SYSTEM_RESET | RESET_CPU;

/**
 * The reset control register: bit 2 going from 0 to 1 starts a reset, bit 1 chooses a hard one. Both kinds
 * reset the machine here: INIT alone would leave devices as the guest's firmware does not expect them.
 */
export class ResetControl {
  readonly #machine: MachineControl;
  #value = 0;

  constructor(machine: MachineControl) {
    this.#machine = machine;
  }

  get value(): number {
    return this.#value;
  }

  write(value: number): void {
    const starts = (value & RESET_CPU) !== 0 && !(this.#value & RESET_CPU);
    this.#value = value & SYSTEM_RESET;
    if (starts) this.#machine.reset();
  }

  reset(): void {
    this.#value = 0;
  }

  restore(value: number): void {
    this.#value = value & SYSTEM_RESET;
  }
}
