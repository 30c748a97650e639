/** What an instruction reads and writes, by iced-x86: what a sequence must know to stay within defined behaviour. */
import { Decoder, DecoderOptions, InstructionInfoFactory, OpAccess, RegisterExt, RflagsBits, type UsedRegister } from "iced-x86"; // prettier-ignore
import type { Mode } from "./forms.js";

/** Flags as EFLAGS bits, general registers as bit masks (bit n: register n). */
export interface Effects {
  readonly readsFlags: number;
  /** Written on every path. */
  readonly writesFlags: number;
  readonly undefinesFlags: number;
  readonly writesRegisters: number;
}

const EFLAGS_BITS: readonly (readonly [RflagsBits, number])[] = [
  [RflagsBits.CF, 1], [RflagsBits.PF, 4], [RflagsBits.AF, 0x10], [RflagsBits.ZF, 0x40], [RflagsBits.SF, 0x80],
  [RflagsBits.DF, 0x400], [RflagsBits.OF, 0x800],
]; // prettier-ignore

const toEflags = (bits: number): number =>
  EFLAGS_BITS.reduce((mask, [name, bit]) => ((bits & name) !== 0 ? mask | bit : mask), 0);

const WRITES = new Set([OpAccess.Write, OpAccess.CondWrite, OpAccess.ReadWrite, OpAccess.ReadCondWrite]);

const factory = new InstructionInfoFactory();

function writtenRegisters(registers: readonly UsedRegister[]): number {
  let mask = 0;
  for (const used of registers) {
    if (WRITES.has(used.access) && RegisterExt.isGPR(used.register))
      mask |= 1 << RegisterExt.number(RegisterExt.fullRegister(used.register));
    used.free();
  }
  return mask;
}

/** Effects of the instruction that `code` starts with. */
export function effectsOf(code: Uint8Array, mode: Mode): Effects {
  const decoder = new Decoder(mode, code, DecoderOptions.None);
  const instruction = decoder.decode();
  const info = factory.info(instruction);
  const effects: Effects = {
    readsFlags: toEflags(instruction.rflagsRead),
    writesFlags: toEflags(instruction.rflagsWritten | instruction.rflagsCleared | instruction.rflagsSet),
    undefinesFlags: toEflags(instruction.rflagsUndefined),
    writesRegisters: writtenRegisters(info.usedRegisters() as UsedRegister[]),
  };
  info.free();
  instruction.free();
  decoder.free();
  return effects;
}
