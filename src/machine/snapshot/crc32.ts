/** CRC-32 of IEEE 802.3 (reflected polynomial EDB88320H), eight bytes at a time by tables. */

const POLYNOMIAL = 0xedb88320;
const SLICES = 8;

/** `TABLES[n * 256 + byte]`: what `byte`, followed by n zero bytes, adds to the remainder. */
const TABLES = buildTables();

function buildTables(): Int32Array {
  const tables = new Int32Array(SLICES * 256);
  for (let byte = 0; byte < 256; byte++) {
    let remainder = byte;
    for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ (remainder & 1 ? POLYNOMIAL : 0);
    tables[byte] = remainder;
  }
  for (let at = 256; at < tables.length; at++) {
    const shorter = tables[at - 256] as number;
    tables[at] = (tables[shorter & 0xff] as number) ^ (shorter >>> 8);
  }
  return tables;
}

/** The checksum of `bytes` as zip and Ethernet have it: 0 … FFFFFFFFH; CBF43926H for "123456789". */
export function crc32(bytes: Uint8Array): number {
  let crc = ~0;
  let at = 0;
  for (const end = bytes.length - (bytes.length % SLICES); at < end; at += SLICES)
    crc = eightBytes(crc, bytes, at);
  for (; at < bytes.length; at++) {
    crc = (TABLES[(crc ^ (bytes[at] as number)) & 0xff] as number) ^ (crc >>> 8);
  }
  return ~crc >>> 0;
}

/** The first four bytes are mixed with the remainder; each byte is looked up as often as bytes follow it. */
function eightBytes(crc: number, bytes: Uint8Array, at: number): number {
  const t = TABLES as { readonly [index: number]: number };
  const b = bytes as { readonly [index: number]: number };
  return (
    t[1792 + ((crc ^ b[at]!) & 0xff)]! ^
    t[1536 + (((crc >>> 8) ^ b[at + 1]!) & 0xff)]! ^
    t[1280 + (((crc >>> 16) ^ b[at + 2]!) & 0xff)]! ^
    t[1024 + ((crc >>> 24) ^ b[at + 3]!)]! ^
    t[768 + b[at + 4]!]! ^
    t[512 + b[at + 5]!]! ^
    t[256 + b[at + 6]!]! ^
    t[b[at + 7]!]!
  );
}
