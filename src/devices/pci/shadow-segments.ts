/** A part of the BIOS area whose reads and writes a PAM register sends to RAM or to the bus. */
export interface ShadowSegment {
  /** Guest-physical address of its first byte. */
  readonly address: number;
  /** Bytes. */
  readonly length: number;
  /** PAM register 0 … 6. */
  readonly register: number;
  /** Bit of the register that holds the read enable; the write enable is the next one. */
  readonly shift: number;
}

/** Makes a segment answer reads and take writes as RAM (true), or leave it to ROM and bus (false). */
export type SetShadow = (segment: ShadowSegment, readable: boolean, writable: boolean) => void;

const KIB = 1024;

/** 82441FX datasheet, "Attribute Bit Assignment": F0000H in PAM0, then 16 KiB segments from C0000H up. */
export const shadowSegments: readonly ShadowSegment[] = [
  { address: 0xf0000, length: 64 * KIB, register: 0, shift: 4 },
  ...Array.from({ length: 12 }, (_, index) => ({
    address: 0xc0000 + index * 16 * KIB,
    length: 16 * KIB,
    register: 1 + (index >> 1),
    shift: (index & 1) * 4,
  })),
];
