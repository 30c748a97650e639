import type { IoBus } from "../contracts.js";
import { COMMAND_BUS_MASTER, COMMAND_MEMORY_SPACE, COMMAND_SERR_ENABLE } from "./config-registers.js";
import { PciFunction } from "./pci-function.js";
import { type SetShadow, shadowSegments, type ShadowSegment } from "./shadow-segments.js";

export interface HostBridgeOptions {
  readonly bus: IoBus;
  /** Called for each change; after reset and construction no segment is RAM. */
  readonly setShadow: SetShadow;
}

/** Host bridge 00:00.0. */
const I440FX = {
  vendorId: 0x8086,
  deviceId: 0x1237,
  revisionId: 2,
  classCode: 0x060000,
  // Firmware knows by this pair that fw_cfg and its tables are there to be asked.
  subsystemVendorId: 0x1af4,
  subsystemId: 0x1100,
  initialCommand: COMMAND_MEMORY_SPACE | COMMAND_BUS_MASTER,
  writableCommand: COMMAND_SERR_ENABLE,
} as const;

const PAM_FIRST = 0x59;
const PAM_COUNT = 7;
const PAM_WRITABLE = 0x33;
const PAM_ALL_RAM = 0x33;
const READ_ENABLE = 0b01;
const WRITE_ENABLE = 0b10;

/** System management RAM control; SMM is not offered, so its bits are kept and change nothing. */
const SMRAM = 0x72;
const SMRAM_RESET = 0x02;
const SMRAM_WRITABLE = 0x78;

/**
 * The 82441FX host bridge as software sees it: identity, and the programmable attribute map that firmware uses
 * to copy itself into RAM (82441FX datasheet, "PAM - Programmable Attribute Map Registers").
 */
export class HostBridge extends PciFunction {
  readonly #setShadow: SetShadow;
  readonly #attributes = new Map<ShadowSegment, number>();

  constructor(options: HostBridgeOptions) {
    super("pci-host-bridge", I440FX, options.bus);
    this.#setShadow = options.setShadow;
    for (let at = 0; at < PAM_COUNT; at++) {
      this.config.define({ offset: PAM_FIRST + at, size: 1, value: 0, writable: PAM_WRITABLE });
    }
    this.config.define({ offset: SMRAM, size: 1, value: SMRAM_RESET, writable: SMRAM_WRITABLE });
  }

  /** All of C0000H … FFFFFH becomes RAM. */
  override programAsFirmware(): void {
    for (let at = 0; at < PAM_COUNT; at++) this.writeConfig(PAM_FIRST + at, 1, PAM_ALL_RAM);
  }

  protected override configChanged(): void {
    super.configChanged();
    for (const segment of shadowSegments) this.#updateSegment(segment);
  }

  #updateSegment(segment: ShadowSegment): void {
    const register = this.config.read(PAM_FIRST + segment.register, 1);
    const attributes = (register >> segment.shift) & (READ_ENABLE | WRITE_ENABLE);
    if (attributes === (this.#attributes.get(segment) ?? 0)) return;
    this.#attributes.set(segment, attributes);
    this.#setShadow(segment, (attributes & READ_ENABLE) !== 0, (attributes & WRITE_ENABLE) !== 0);
  }
}
