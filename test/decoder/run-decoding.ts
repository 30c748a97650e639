/** Decodes random bytes on both sides and reports what differs. */
import { toHex } from "../native/disassembly.js";
import { Random } from "../native/random.js";
import { compareDecoding, isHint, isSupported, mayBeOnlyIced, mayBeOnlyOurs } from "./compare-decoding.js";
import { decodeWithIced } from "./iced.js";
import { OurDecoder, type Bitness } from "./our-decoder.js";
import { randomInstruction } from "./random-instructions.js";

export interface DecodingMismatch {
  /** What kind of difference, for counting. */
  readonly kind: string;
  readonly report: string;
}

export class DecodingComparison {
  private readonly decoder = new OurDecoder();

  /** Compares `count` random instructions. */
  run(bitness: Bitness, count: number, seed: number): DecodingMismatch[] {
    const random = new Random(seed);
    const mismatches: DecodingMismatch[] = [];
    for (let i = 0; i < count; i++) {
      const bytes = randomInstruction(random, bitness);
      const mismatch = this.compareOne(bytes, bitness);
      if (mismatch) mismatches.push(mismatch);
    }
    return mismatches;
  }

  /** One instruction; undefined when both agree. */
  compareOne(bytes: Uint8Array, bitness: Bitness): DecodingMismatch | undefined {
    const ours = this.decoder.decode(bytes, bitness);
    const iced = decodeWithIced(bytes, bitness);
    const where = `${bitness}-bit: ${toHex(bytes)}`;
    const icedIsValid = iced !== undefined && (isSupported(iced) || (isHint(iced) && ours !== undefined));
    if (!icedIsValid) {
      if (!ours || mayBeOnlyOurs(ours)) return undefined;
      return {
        kind: `only ours: ${ours.row.mnemonic} ${ours.row.opcode}`,
        report: `${where}: only ours knows ${ours.row.mnemonic} (iced: ${iced?.code ?? "invalid"})`,
      };
    }
    if (!ours && mayBeOnlyIced(iced, bitness)) return undefined;
    if (!ours)
      return {
        kind: `only iced: ${iced.code}`,
        report: `${where}: only iced-x86 knows ${iced.code} (${iced.features.join(" ")})`,
      };
    const differences = compareDecoding(ours, iced, bitness);
    if (differences.length === 0) return undefined;
    const kind = `${iced.code} / ${ours.row.mnemonic} ${ours.row.opcode}: ${(differences[0] as string).split(":")[0]}`;
    return { kind, report: `${where} ${iced.code}: ${differences.join("; ")}` };
  }
}
