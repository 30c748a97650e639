/** Random bytes that look like instructions: prefixes, every opcode map, random operands. */
import type { Random } from "../native/random.js";
import type { Bitness } from "./our-decoder.js";

const PREFIXES = [0x66, 0x67, 0xf0, 0xf2, 0xf3, 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65] as const;
const MAPS = [[], [], [0x0f], [0x0f], [0x0f, 0x38], [0x0f, 0x3a]] as const;

/** 16 bytes that begin with an instruction, or with none. */
export function randomInstruction(random: Random, bitness: Bitness): Uint8Array {
  const bytes: number[] = [];
  for (let i = random.oneIn(8) ? random.below(6) : random.below(2); i > 0; i--)
    bytes.push(random.pick(PREFIXES));
  if (random.oneIn(12)) {
    // VEX
    if (random.oneIn(2)) bytes.push(0xc5, random.next() & 255);
    else bytes.push(0xc4, (random.next() & 0xe0) | random.below(4), random.next() & 255);
    bytes.push(random.pick([random.next() & 255, 0xf2, 0xf3, 0xf5, 0xf6, 0xf7, 0xf0]));
  } else {
    if (bitness === 64 && random.oneIn(2)) bytes.push(0x40 + random.below(16));
    bytes.push(...random.pick(MAPS), random.next() & 255);
  }
  while (bytes.length < 16) bytes.push(random.next() & 255);
  return Uint8Array.from(bytes.slice(0, 16));
}
