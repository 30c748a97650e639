/** What the tables say of the machine. Addresses guest-physical, ports absolute. */
export interface AcpiOptions {
  /** APIC id of each processor; processor n has ACPI processor UID n. */
  readonly apicIds: readonly number[];
  /** Memory that the PCI host bridge passes on to its bus, [start, end), below 4 GiB. */
  readonly pciMemoryWindow: { readonly start: number; readonly end: number };
  readonly serialPorts?: readonly SerialPortResource[];
  /** Present unless false. */
  readonly hasHpet?: boolean;
  /** PS/2 keyboard at 60H/64H; present unless false. */
  readonly hasKeyboard?: boolean;
  /** fw_cfg at 510H; present unless false. */
  readonly hasFwCfg?: boolean;
  /** CMOS index that holds the century, 0 for none; 32H unless given. */
  readonly rtcCenturyIndex?: number;
}

export interface SerialPortResource {
  readonly port: number;
  readonly irq: number;
}

export const LOCAL_APIC_ADDRESS = 0xfee00000;
export const IO_APIC_ADDRESS = 0xfec00000;
export const HPET_ADDRESS = 0xfed00000;

/** PM ports: where firmware puts them, and where the tables say they are. */
export const PM_BASE = 0x600;
export const PM_PORT_COUNT = 0x40;
export const PM1_EVENT_OFFSET = 0;
export const PM1_CONTROL_OFFSET = 4;
export const PM_TIMER_OFFSET = 8;

export const SMI_COMMAND_PORT = 0xb2;
export const ACPI_ENABLE_COMMAND = 0xf1;
export const ACPI_DISABLE_COMMAND = 0xf0;

/** The system control interrupt: level, active high. */
export const SCI_IRQ = 9;
/** ISA interrupts that PCI interrupts may be routed to. */
export const PCI_LINK_IRQS = [5, 10, 11] as const;
/** Value of SLP_TYP for soft off (PIIX4 datasheet, "PMCNTRL - Power Management Control Register"). */
export const SLEEP_TYPE_SOFT_OFF = 0;

/**
 * Where PCI memory starts below 4 GiB for `lowMemoryBytes` of RAM there: 2 GiB or 3 GiB, as SeaBIOS decides, so
 * that the tables fit both firmware boot and direct boot. RAM must leave the last GiB free.
 */
export function pciMemoryStart(lowMemoryBytes: number): number {
  if (lowMemoryBytes > 0xc0000000) throw new RangeError("RAM below 4 GiB must end at or below 3 GiB");
  return lowMemoryBytes <= 0x80000000 ? 0x80000000 : 0xc0000000;
}
