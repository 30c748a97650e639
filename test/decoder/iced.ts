/** iced-x86 as the oracle of decoding: length, mnemonic and memory operand of one instruction. */
import { Code, CpuidFeature, Decoder, DecoderOptions, Mnemonic, OpKind, Register } from "iced-x86";
import type { Bitness } from "./our-decoder.js";

export interface IcedInstruction {
  readonly length: number;
  readonly mnemonic: string;
  readonly code: string;
  readonly features: readonly string[];
  readonly memory: IcedMemory | undefined;
}

export interface IcedMemory {
  readonly base: string | undefined;
  readonly index: string | undefined;
  /** 1, 2, 4, 8. */
  readonly scale: number;
  readonly displacement: bigint;
  readonly segment: string;
}

const registerName = (register: Register): string | undefined =>
  register === Register.None ? undefined : (Register[register] as string);

/** The first instruction of `bytes`, or undefined when iced-x86 knows none. */
export function decodeWithIced(bytes: Uint8Array, bitness: Bitness): IcedInstruction | undefined {
  const decoder = new Decoder(bitness, bytes, DecoderOptions.None);
  const instruction = decoder.decode();
  try {
    if (instruction.code === Code.INVALID) return undefined;
    let memory: IcedMemory | undefined;
    for (let i = 0; i < instruction.opCount; i++) {
      if (instruction.opKind(i) !== OpKind.Memory) continue;
      memory = {
        base: registerName(instruction.memoryBase),
        index: registerName(instruction.memoryIndex),
        scale: instruction.memoryIndexScale,
        displacement: BigInt.asUintN(64, instruction.memoryDisplacement),
        segment: Register[instruction.memorySegment] as string,
      };
    }
    return {
      length: instruction.length,
      mnemonic: (Mnemonic[instruction.mnemonic] as string).toUpperCase(),
      code: Code[instruction.code] as string,
      features: Array.from(instruction.cpuidFeatures(), (feature) => CpuidFeature[feature] as string),
      memory,
    };
  } finally {
    instruction.free();
    decoder.free();
  }
}
