/**
 * One 8259A programmable interrupt controller, as the PIIX family embeds it: MCS-80 mode and the LTIM bit of
 * ICW1 are not there; each input is edge or level triggered by its ELCR bit instead.
 * Source: Intel 8259A data sheet, "Programming the 8259A"; 82371AB (PIIX4) data sheet, "Interrupt Controller".
 */
import { copyState, matchState } from "../saved-state.js";
import type { DeviceState } from "../contracts.js";

/** Which word the odd port takes next: data sheet, "Initialization Sequence". */
type InitializationStep = "operating" | "icw2" | "icw3" | "icw4";

/** The registers. Bit n of a mask is IRn; `lowestPriority` is the IR of lowest priority (7 after ICW1). */
export type PicState = {
  lines: number;
  irr: number;
  isr: number;
  imr: number;
  elcr: number;
  vectorBase: number;
  lowestPriority: number;
  step: string;
  needsIcw4: boolean;
  isSingle: boolean;
  isReadingIsr: boolean;
  isPolling: boolean;
  isSpecialMask: boolean;
  isSpecialFullyNested: boolean;
  isAutoEoi: boolean;
  isRotatingOnAutoEoi: boolean;
};

function powerOnState(): PicState {
  return {
    lines: 0,
    irr: 0,
    isr: 0,
    imr: 0,
    elcr: 0,
    vectorBase: 0,
    lowestPriority: 7,
    step: "operating",
    needsIcw4: false,
    isSingle: false,
    isReadingIsr: false,
    isPolling: false,
    isSpecialMask: false,
    isSpecialFullyNested: false,
    isAutoEoi: false,
    isRotatingOnAutoEoi: false,
  };
}

/** The input that carries the slave's INT. */
export const cascadeInput = 2;

export class PicChip {
  private state = powerOnState();

  /**
   * @param isMaster whether IR2 carries a slave (matters to the special fully nested mode).
   * @param levelCapable the ELCR bits that can be set.
   * @param changed called after anything that may have changed the INT output.
   */
  constructor(
    private readonly isMaster: boolean,
    private readonly levelCapable: number,
    private readonly changed: () => void,
  ) {}

  /** As the reset line: like power-on, but the wires into the chip keep their levels. */
  reset(): void {
    this.state = { ...powerOnState(), lines: this.state.lines };
    this.changed();
  }

  save(): DeviceState {
    return copyState(this.state);
  }

  restore(state: DeviceState, where: string): void {
    this.state = matchState(powerOnState(), state, where);
  }

  /** A level on input `ir`, 0 … 7. */
  setInput(ir: number, level: boolean): void {
    const mask = 1 << ir;
    const wasHigh = (this.state.lines & mask) !== 0;
    if (level === wasHigh) return;
    this.state.lines ^= mask;
    // An edge request that goes away before INTA is lost: data sheet, "Edge and Level Triggered Modes".
    if (level) this.state.irr |= mask;
    else this.state.irr &= ~mask;
    this.changed();
  }

  /** The request that the INT output stands for, 0 … 7, or -1 while INT is low. */
  pendingInput(): number {
    const requests = this.state.irr & ~this.state.imr;
    if (requests === 0) return -1;
    const ir = this.highestPriority(requests);
    const blocking = this.blockingService();
    if (blocking === 0) return ir;
    const served = this.highestPriority(blocking);
    return this.rank(ir) < this.rank(served) || this.isFurtherSlaveRequest(ir, served) ? ir : -1;
  }

  /** INTA (or a poll): takes `ir` into service. */
  takeIntoService(ir: number): void {
    const mask = 1 << ir;
    if (this.state.isAutoEoi) {
      if (this.state.isRotatingOnAutoEoi) this.state.lowestPriority = ir;
    } else {
      this.state.isr |= mask;
    }
    if ((this.state.elcr & mask) === 0) this.state.irr &= ~mask;
    this.changed();
  }

  /** The vector of input `ir`. */
  vector(ir: number): number {
    return this.state.vectorBase | ir;
  }

  readElcr(): number {
    return this.state.elcr;
  }

  writeElcr(value: number): void {
    this.state.elcr = value & this.levelCapable;
    // A level input requests whenever it is high.
    this.state.irr = (this.state.irr & ~this.state.elcr) | (this.state.lines & this.state.elcr);
    this.changed();
  }

  /** A read with address line A0 = `a0`. */
  read(a0: number): number {
    if (this.state.isPolling) return this.poll();
    if (a0 === 1) return this.state.imr;
    return this.state.isReadingIsr ? this.state.isr : this.state.irr;
  }

  /** A write with address line A0 = `a0`. */
  write(a0: number, value: number): void {
    if (a0 === 0) this.writeEven(value);
    else this.writeOdd(value);
    this.changed();
  }

  private writeEven(value: number): void {
    if (value & 0x10) this.startInitialization(value);
    else if (value & 0x08) this.writeOcw3(value);
    else this.writeOcw2(value >> 5, value & 7);
  }

  /** ICW1: data sheet, "Initialization Command Words 1 and 2". */
  private startInitialization(icw1: number): void {
    const { lines, elcr } = this.state;
    // The edge sense circuit is reset: an edge input must go low and high again; a level one requests still.
    this.state = { ...powerOnState(), lines, elcr, irr: lines & elcr, step: "icw2" };
    this.state.needsIcw4 = (icw1 & 0x01) !== 0;
    this.state.isSingle = (icw1 & 0x02) !== 0;
  }

  private writeOdd(value: number): void {
    switch (this.state.step as InitializationStep) {
      case "operating":
        this.state.imr = value;
        return;
      case "icw2":
        this.state.vectorBase = value & 0xf8;
        this.state.step = this.state.isSingle ? this.stepAfterIcw3() : "icw3";
        return;
      case "icw3": // The cascade is wired: what ICW3 says about it changes nothing.
        this.state.step = this.stepAfterIcw3();
        return;
      case "icw4":
        this.state.isSpecialFullyNested = (value & 0x10) !== 0;
        this.state.isAutoEoi = (value & 0x02) !== 0;
        this.state.step = "operating";
    }
  }

  private stepAfterIcw3(): InitializationStep {
    return this.state.needsIcw4 ? "icw4" : "operating";
  }

  private writeOcw3(value: number): void {
    this.state.isPolling = (value & 0x04) !== 0;
    if (value & 0x02) this.state.isReadingIsr = (value & 0x01) !== 0;
    if (value & 0x40) this.state.isSpecialMask = (value & 0x20) !== 0;
  }

  /** OCW2: `command` is R, SL, EOI; data sheet, "Operation Command Word 2". */
  private writeOcw2(command: number, level: number): void {
    switch (command) {
      case 0: // rotate in automatic EOI mode (clear)
      case 4: // (set)
        this.state.isRotatingOnAutoEoi = command === 4;
        return;
      case 1: // non-specific EOI
      case 5: // rotate on non-specific EOI
        this.endNonSpecific(command === 5);
        return;
      case 3: // specific EOI
        this.state.isr &= ~(1 << level);
        return;
      case 6: // set priority
        this.state.lowestPriority = level;
        return;
      case 7: // rotate on specific EOI
        this.state.isr &= ~(1 << level);
        this.state.lowestPriority = level;
    }
  }

  private endNonSpecific(rotate: boolean): void {
    // "Special Mask Mode": an ISR bit masked by the IMR is not cleared by a non-specific EOI.
    const candidates = this.blockingService();
    if (candidates === 0) return;
    const ir = this.highestPriority(candidates);
    this.state.isr &= ~(1 << ir);
    if (rotate) this.state.lowestPriority = ir;
  }

  /** The poll command: the read is the INTA. Bit 7 says whether there was a request. */
  private poll(): number {
    this.state.isPolling = false;
    const ir = this.pendingInput();
    if (ir < 0) return 0;
    this.takeIntoService(ir);
    return 0x80 | ir;
  }

  /** ISR bits that take part in priority resolution: in the special mask mode, only those not masked. */
  private blockingService(): number {
    return this.state.isSpecialMask ? this.state.isr & ~this.state.imr : this.state.isr;
  }

  /** "Special Fully Nested Mode": a slave in service does not lock out its own requests of higher priority. */
  private isFurtherSlaveRequest(ir: number, served: number): boolean {
    return this.isMaster && this.state.isSpecialFullyNested && ir === cascadeInput && served === cascadeInput;
  }

  private highestPriority(mask: number): number {
    let ir = (this.state.lowestPriority + 1) & 7;
    while ((mask & (1 << ir)) === 0) ir = (ir + 1) & 7;
    return ir;
  }

  /** 0 for the highest priority … 7 for the lowest. */
  private rank(ir: number): number {
    return (ir - this.state.lowestPriority - 1) & 7;
  }
}
