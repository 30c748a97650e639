/** A field of a little-endian structure that is built once and read bytewise. */
export interface LittleEndianField {
  readonly offset: number;
  readonly size: 1 | 2 | 4 | 8;
  /** 0 … 2^53-1. */
  readonly value: number;
}

/** The bytes of a structure of `length` bytes; what no field covers is 0. */
export function structureOf(length: number, fields: readonly LittleEndianField[]): Uint8Array {
  const bytes = new Uint8Array(length);
  for (const { offset, size, value } of fields) {
    for (let at = 0; at < size; at++) bytes[offset + at] = Math.floor(value / 256 ** at);
  }
  return bytes;
}
