/** Encoded AML: the bytes of one or more terms. */
export type Aml = readonly number[];

const ROOT = "\\";
const PARENT = "^";
const DUAL_NAME_PREFIX = 0x2e;
const MULTI_NAME_PREFIX = 0x2f;
const NULL_NAME = 0x00;

/** A name such as `\_SB.PCI0` or `^^ISA_.PRQ0`; segments are filled up to 4 characters (ACPI 6.4, 20.2.2). */
export function namePath(path: string): Aml {
  const start = path.search(/[^\\^]/);
  const prefix = start < 0 ? path : path.slice(0, start);
  const segments = start < 0 ? [] : path.slice(start).split(".");
  const prefixBytes = [...prefix].map((char) => (char === ROOT || char === PARENT ? char.charCodeAt(0) : 0));
  return [...prefixBytes, ...segmentCount(segments.length), ...segments.flatMap(nameSegment)];
}

function segmentCount(count: number): Aml {
  if (count === 0) return [NULL_NAME];
  if (count === 1) return [];
  return count === 2 ? [DUAL_NAME_PREFIX] : [MULTI_NAME_PREFIX, count];
}

/** Throws RangeError for what is no name segment. */
export function nameSegment(name: string): Aml {
  if (!/^[A-Z_][A-Z0-9_]{0,3}$/.test(name)) throw new RangeError(`"${name}" is no AML name segment`);
  return [...name.padEnd(4, "_")].map((char) => char.charCodeAt(0));
}

/** PkgLength of a package with `contentLength` bytes behind it; it counts itself (ACPI 6.4, 20.2.4). */
export function packageLength(contentLength: number): Aml {
  if (contentLength + 1 < 0x40) return [contentLength + 1];
  for (let followBytes = 1; followBytes <= 3; followBytes++) {
    const total = contentLength + 1 + followBytes;
    if (total < 2 ** (4 + 8 * followBytes)) return longPackageLength(total, followBytes);
  }
  throw new RangeError(`an AML package of ${contentLength} bytes is too long`);
}

function longPackageLength(total: number, followBytes: number): Aml {
  const follow = Array.from({ length: followBytes }, (_, at) => (total >>> (4 + 8 * at)) & 0xff);
  return [(followBytes << 6) | (total & 0xf), ...follow];
}

/** An opcode, its package length and the content. */
export function packaged(opcode: Aml, content: Aml): Aml {
  return [...opcode, ...packageLength(content.length), ...content];
}

const BYTE_PREFIX = 0x0a;
const WORD_PREFIX = 0x0b;
const DWORD_PREFIX = 0x0c;
const QWORD_PREFIX = 0x0e;

/** An integer constant in the fewest bytes, 0 … 2^53-1. */
export function integer(value: number): Aml {
  if (value === 0 || value === 1) return [value];
  if (value < 2 ** 8) return [BYTE_PREFIX, value];
  if (value < 2 ** 16) return [WORD_PREFIX, ...littleEndian(value, 2)];
  if (value < 2 ** 32) return [DWORD_PREFIX, ...littleEndian(value, 4)];
  return [QWORD_PREFIX, ...littleEndian(value, 8)];
}

export function littleEndian(value: number, size: number): Aml {
  return Array.from({ length: size }, (_, at) => Math.floor(value / 256 ** at) % 256);
}

/** A plug-and-play id such as "PNP0A03" packed into an integer (ACPI 6.4, "EISAID"). */
export function eisaId(id: string): Aml {
  const [a, b, c] = [...id.slice(0, 3)].map((char) => char.charCodeAt(0) - 0x40) as [number, number, number];
  const letters = (a << 10) | (b << 5) | c;
  const product = parseInt(id.slice(3), 16);
  const bytes = [letters >> 8, letters & 0xff, product >> 8, product & 0xff];
  return [DWORD_PREFIX, ...bytes];
}
