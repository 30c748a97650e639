/** Contiguous guest memory: a descriptor's buffer. */
export interface Segment {
  readonly address: number;
  /** Bytes, at least 1. */
  readonly length: number;
}

/** Buffers the driver made available together: those the device reads, then those it writes. */
export interface DescriptorChain {
  /** Index of the first descriptor: the chain's id in the used ring. */
  readonly head: number;
  readonly readable: readonly Segment[];
  readonly writable: readonly Segment[];
}

/** Bytes of all segments together, below 2^32. */
export function lengthOf(segments: readonly Segment[]): number {
  return segments.reduce((sum, segment) => sum + segment.length, 0);
}
