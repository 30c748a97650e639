/**
 * What travels between I/O APICs, message-signalled devices and local APICs.
 * Source: SDM 3A, "Local and I/O x2APIC Modes", "Message Signalled Interrupts".
 */

/** Delivery modes as encoded in the ICR, the LVT, redirection entries and MSI data. */
export const deliveryMode = {
  fixed: 0,
  lowestPriority: 1,
  smi: 2,
  nmi: 4,
  init: 5,
  startup: 6,
  extInt: 7,
} as const;

export interface ApicMessage {
  /** An APIC ID or a logical destination; 8 bits wide unless `isX2Apic`. */
  destination: number;
  /** The destination is 32 bits wide: it comes from the ICR of a processor in x2APIC mode. */
  isX2Apic: boolean;
  isLogical: boolean;
  /** One of `deliveryMode`; reserved encodings reach nobody. */
  deliveryMode: number;
  vector: number;
  /** Level-triggered: the I/O APICs hear of its EOI. */
  isLevel: boolean;
}

const messageAddressMask = 0xfff00000;
const messageAddressBase = 0xfee00000;

/**
 * The interrupt that a 32-bit write of `data` to `address` means; undefined when it is none: not an address of
 * FEExxxxxH, or the deassertion of a level. SDM 3A, "Message Address Register Format", "Message Data Register Format".
 */
export function decodeMessageInterrupt(address: number, data: number): ApicMessage | undefined {
  if ((address & messageAddressMask) >>> 0 !== messageAddressBase) return undefined;
  const isLevel = (data & 0x8000) !== 0;
  const isAssert = (data & 0x4000) !== 0;
  if (isLevel && !isAssert) return undefined;
  const isLogical = (address & 0x4) !== 0;
  const isRedirected = (address & 0x8) !== 0 && isLogical;
  const mode = (data >> 8) & 7;
  return {
    destination: (address >> 12) & 0xff,
    isX2Apic: false,
    isLogical,
    // The redirection hint lets a fixed interrupt go to the one processor of lowest priority.
    deliveryMode: isRedirected && mode === deliveryMode.fixed ? deliveryMode.lowestPriority : mode,
    vector: data & 0xff,
    isLevel,
  };
}
