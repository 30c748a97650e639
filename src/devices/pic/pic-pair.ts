/**
 * The two cascaded 8259As of a PC: IRQ 0-7 on the master, IRQ 8-15 on the slave, whose INT is the master's IR2.
 * Ports 20H-21H, A0H-A1H, and the edge/level registers 4D0H-4D1H.
 */
import { mapBytePorts } from "../byte-ports.js";
import type { Device, DeviceState, InterruptLine, IoBus } from "../contracts.js";
import { partOfState } from "../saved-state.js";
import { cascadeInput, PicChip } from "./pic-chip.js";

export interface PicPairOptions {
  bus: IoBus;
  /** The INTR wire; called with each new level, and only then. */
  output: (asserted: boolean) => void;
}

// IRQ 0, 1, 2, 8 and 13 are always edge triggered: 82371AB data sheet, "ELCR1", "ELCR2".
const masterLevelCapable = 0xf8;
const slaveLevelCapable = 0xde;
/** An INTA that finds no request is answered with the vector of IR7: 8259A data sheet, "default IR7". */
const spuriousInput = 7;

export class PicPair implements Device {
  readonly name = "pic";
  private readonly output: (asserted: boolean) => void;
  private readonly master: PicChip;
  private readonly slave: PicChip;
  private isAsserted = false;

  constructor(options: PicPairOptions) {
    this.output = options.output;
    this.master = new PicChip(true, masterLevelCapable, () => this.updateOutput());
    this.slave = new PicChip(false, slaveLevelCapable, () => this.updateCascade());
    this.mapPorts(options.bus);
  }

  /** The wire into IRQ `irq`, 0 … 15. IRQ 2 is the cascade: nothing can be wired to it. */
  line(irq: number): InterruptLine {
    if (irq === cascadeInput) return { set: () => {} };
    const chip = irq < 8 ? this.master : this.slave;
    return { set: (level) => chip.setInput(irq & 7, level) };
  }

  /** The level of the INTR wire. */
  hasInterrupt(): boolean {
    return this.isAsserted;
  }

  /** The two INTA cycles: takes the highest request into service and gives its vector, 0 … 255. */
  acknowledge(): number {
    const ir = this.master.pendingInput();
    if (ir < 0) return this.master.vector(spuriousInput);
    this.master.takeIntoService(ir);
    return ir === cascadeInput ? this.acknowledgeSlave() : this.master.vector(ir);
  }

  reset(): void {
    this.slave.reset();
    this.master.reset();
  }

  saveState(): DeviceState {
    return { master: this.master.save(), slave: this.slave.save() };
  }

  /** Without calling `output`: who listens to it is restored on its own. */
  restoreState(state: DeviceState): void {
    this.master.restore(partOfState(state, "master", this.name), "pic.master");
    this.slave.restore(partOfState(state, "slave", this.name), "pic.slave");
    this.isAsserted = this.master.pendingInput() >= 0;
  }

  private acknowledgeSlave(): number {
    const ir = this.slave.pendingInput();
    // The master's IR2 stays in service: software must send it its EOI, and none to the slave.
    if (ir < 0) return this.slave.vector(spuriousInput);
    this.slave.takeIntoService(ir);
    // The slave's INT drops during INTA, so that a request still there is a new edge for the master.
    this.master.setInput(cascadeInput, false);
    this.updateCascade();
    return this.slave.vector(ir);
  }

  private updateCascade(): void {
    this.master.setInput(cascadeInput, this.slave.pendingInput() >= 0);
  }

  private updateOutput(): void {
    const isAsserted = this.master.pendingInput() >= 0;
    if (isAsserted === this.isAsserted) return;
    this.isAsserted = isAsserted;
    this.output(isAsserted);
  }

  private mapPorts(bus: IoBus): void {
    mapChip(bus, 0x20, this.master);
    mapChip(bus, 0xa0, this.slave);
    mapBytePorts(bus, 0x4d0, 2, {
      readByte: (port) => (port === 0x4d0 ? this.master : this.slave).readElcr(),
      writeByte: (port, value) => (port === 0x4d0 ? this.master : this.slave).writeElcr(value),
    });
  }
}

function mapChip(bus: IoBus, first: number, chip: PicChip): void {
  mapBytePorts(bus, first, 2, {
    readByte: (port) => chip.read(port - first),
    writeByte: (port, value) => chip.write(port - first, value),
  });
}
