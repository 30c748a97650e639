import { structureOf } from "../little-endian-fields.js";

/** BARs: MSI-X structures in one, all of virtio's in the other, a page each. */
export const MSI_X_BAR = 1;
export const VIRTIO_BAR = 4;
export const VIRTIO_BAR_BYTES = 0x4000;

export const COMMON_PAGE = 0x0000;
export const ISR_PAGE = 0x1000;
export const DEVICE_PAGE = 0x2000;
export const NOTIFY_PAGE = 0x3000;

export const COMMON_BYTES = 0x38;
const PAGE_BYTES = 0x1000;
/** Bytes between the notification addresses of two queues. */
export const NOTIFY_OFF_MULTIPLIER = 4;

export const PCI_CFG_TYPE = 5;

/** A virtio structure's place (virtio 1.2, "Virtio Structure PCI Capabilities"). */
export interface StructureLocation {
  readonly type: number;
  readonly offset: number;
  readonly length: number;
  /** Bytes behind the 16 common ones: notify_off_multiplier or pci_cfg_data. */
  readonly extra?: readonly number[];
}

/** In the order in which they are to be found; the list is built from its end. */
export const STRUCTURES: readonly StructureLocation[] = [
  { type: 1, offset: COMMON_PAGE, length: COMMON_BYTES },
  { type: 3, offset: ISR_PAGE, length: 1 },
  { type: 4, offset: DEVICE_PAGE, length: PAGE_BYTES },
  { type: 2, offset: NOTIFY_PAGE, length: PAGE_BYTES, extra: [NOTIFY_OFF_MULTIPLIER, 0, 0, 0] },
];

/** The window that configuration accesses go through; the driver fills BAR, offset and length in. */
export const PCI_CFG_STRUCTURE: StructureLocation = {
  type: PCI_CFG_TYPE,
  offset: 0,
  length: 0,
  extra: [0, 0, 0, 0],
};

/** A vendor-specific capability behind its id and next pointer. */
export function capabilityBody({ type, offset, length, extra = [] }: StructureLocation): Uint8Array {
  const bar = type === PCI_CFG_TYPE ? 0 : VIRTIO_BAR;
  const capabilityLength = 16 + extra.length;
  const fixed = structureOf(14, [
    { offset: 0, size: 1, value: capabilityLength },
    { offset: 1, size: 1, value: type },
    { offset: 2, size: 1, value: bar },
    { offset: 6, size: 4, value: offset },
    { offset: 10, size: 4, value: length },
  ]);
  return Uint8Array.from([...fixed, ...extra]);
}
