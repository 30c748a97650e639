import type { Clock, DeviceState, InterruptLine, MachineControl } from "../contracts.js";
import { matchState } from "../saved-state.js";
import { SLEEP_TYPE_SOFT_OFF } from "./options.js";
import { PowerManagementTimer } from "./power-management-timer.js";

/*
 * PM1 status (write one to clear) and PM1 enable:
 *   15  14 … 11  10   9    8    7 6  5    4    3 … 1  0
 *  WAK           RTC SLPB PWRB      GBL  BM          TMR
 */
export const TMR = 1 << 0;
const GBL = 1 << 5;
export const PWRBTN = 1 << 8;
const RTC = 1 << 10;
const WAK = 1 << 15;
const STATUS_BITS = TMR | (1 << 4) | GBL | PWRBTN | RTC | WAK;
const ENABLE_BITS = TMR | GBL | PWRBTN | RTC;

/*
 * PM1 control:
 *   13     12 … 10   2        1       0
 *  SLP_EN  SLP_TYP  GBL_RLS  BM_RLD  SCI_EN
 */
export const SCI_EN = 1 << 0;
const BM_RLD = 1 << 1;
const SLP_TYP_SHIFT = 10;
const SLP_TYP_MASK = 0b111 << SLP_TYP_SHIFT;
const SLP_EN = 1 << 13;
/** SCI_EN changes by the SMI commands only; GBL_RLS and SLP_EN read 0. */
const CONTROL_WRITABLE = BM_RLD | SLP_TYP_MASK;

export interface FixedHardwareOptions {
  readonly clock: Clock;
  readonly sci: InterruptLine;
  readonly machine: MachineControl;
}

/** ACPI's fixed registers: PM1a event and control blocks and the PM timer (ACPI 6.4, "Fixed Hardware"). */
export class FixedHardware {
  readonly timer: PowerManagementTimer;
  readonly #sci: InterruptLine;
  readonly #machine: MachineControl;
  #status = 0;
  #enable = 0;
  #control = 0;

  constructor(options: FixedHardwareOptions) {
    this.#sci = options.sci;
    this.#machine = options.machine;
    this.timer = new PowerManagementTimer(options.clock, () => this.raise(TMR));
  }

  get status(): number {
    this.timer.update();
    return this.#status;
  }

  get enable(): number {
    return this.#enable;
  }

  get control(): number {
    return this.#control;
  }

  /** Sets status bits, as events do. */
  raise(bits: number): void {
    this.#status |= bits;
    this.#update();
  }

  clearStatus(bits: number): void {
    this.timer.update();
    this.#status &= ~(bits & STATUS_BITS);
    this.#update();
  }

  writeEnable(value: number): void {
    this.timer.update();
    this.#enable = value & ENABLE_BITS;
    this.#update();
  }

  writeControl(value: number): void {
    this.#control = (this.#control & SCI_EN) | (value & CONTROL_WRITABLE);
    if (value & SLP_EN) this.#sleep((value & SLP_TYP_MASK) >> SLP_TYP_SHIFT);
  }

  /** Gives the events to the operating system (SCI) or back to firmware. */
  setAcpiMode(isAcpi: boolean): void {
    this.#control = (this.#control & ~SCI_EN) | (isAcpi ? SCI_EN : 0);
    this.#update();
  }

  reset(): void {
    this.#status = this.#enable = this.#control = 0;
    this.timer.reset();
    this.#update();
  }

  saveState() {
    return { status: this.status, enable: this.#enable, control: this.#control };
  }

  restoreState(state: DeviceState): void {
    const saved = matchState(this.saveState(), state, "ACPI fixed hardware");
    this.timer.reset();
    this.#status = saved.status;
    this.#enable = saved.enable;
    this.#control = saved.control;
    this.#update();
  }

  /** Soft off is the only sleeping state that the DSDT names; the others have no meaning here. */
  #sleep(sleepType: number): void {
    if (sleepType === SLEEP_TYPE_SOFT_OFF) this.#machine.powerOff();
  }

  #update(): void {
    const isPending = (this.#status & this.#enable & ENABLE_BITS) !== 0;
    this.#sci.set(isPending && (this.#control & SCI_EN) !== 0);
    this.timer.setWaking((this.#enable & TMR) !== 0 && !(this.#status & TMR));
  }
}
