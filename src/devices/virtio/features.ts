/** Feature bits that are not a device type's own (virtio 1.2, "Reserved Feature Bits"). */
export const RING_INDIRECT_DESC = 1n << 28n;
export const RING_EVENT_IDX = 1n << 29n;
export const VERSION_1 = 1n << 32n;

/** What every device here offers. */
export const COMMON_FEATURES = RING_INDIRECT_DESC | RING_EVENT_IDX | VERSION_1;
