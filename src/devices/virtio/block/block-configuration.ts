import type { BlockBackend } from "../../contracts.js";
import { structureOf } from "../little-endian-fields.js";

/** Feature bits (virtio 1.2, "Block Device", "Feature bits"). */
export const BLK_SEG_MAX = 1n << 2n;
export const BLK_RO = 1n << 5n;
export const BLK_BLK_SIZE = 1n << 6n;
export const BLK_FLUSH = 1n << 9n;
export const BLK_WRITE_ZEROES = 1n << 14n;

/** The unit of sector numbers, whatever the block size. */
export const SECTOR_BYTES = 512;
export const BLOCK_QUEUE_SIZE = 256;

/** Request header and status take a descriptor each. */
const SEGMENTS_MAX = BLOCK_QUEUE_SIZE - 2;
/** Sectors that one request may zero: bounds the time one request takes. */
export const WRITE_ZEROES_SECTORS_MAX = 0x10000;
export const WRITE_ZEROES_SEGMENTS_MAX = 1;
const CONFIGURATION_BYTES = 0x3c;

export function blockFeatures(backend: BlockBackend): bigint {
  const always = BLK_SEG_MAX | BLK_BLK_SIZE | BLK_FLUSH;
  return always | (backend.readOnly ? BLK_RO : BLK_WRITE_ZEROES);
}

/** struct virtio_blk_config (virtio 1.2, "Block Device", "Device configuration layout"). */
export function blockConfiguration(backend: BlockBackend): Uint8Array {
  return structureOf(CONFIGURATION_BYTES, [
    { offset: 0x00, size: 8, value: backend.sectorCount },
    { offset: 0x0c, size: 4, value: SEGMENTS_MAX },
    { offset: 0x14, size: 4, value: SECTOR_BYTES },
    { offset: 0x22, size: 2, value: 1 },
    { offset: 0x30, size: 4, value: WRITE_ZEROES_SECTORS_MAX },
    { offset: 0x34, size: 4, value: WRITE_ZEROES_SEGMENTS_MAX },
    { offset: 0x38, size: 1, value: 1 },
  ]);
}
