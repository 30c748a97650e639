import type { ProcessorReport } from "./machine-contract.js";

const instructionsAfter = 8;
const instructionsBefore = 4;

interface Line {
  address: bigint;
  bytes: Uint8Array;
  text: string;
}

/**
 * The instructions around a report's RIP, one a line, that at RIP marked with `>`. Those before it are a
 * guess: the longest run of instructions within the code given that ends exactly at RIP.
 */
export async function disassembleAround(report: ProcessorReport): Promise<string[]> {
  const { code, linearRip, bitness } = report;
  const offset = Number(linearRip - code.linearAddress);
  if (offset < 0 || offset >= code.bytes.length) return ["  (the code is not mapped)"];
  const decode = await createDecoder(bitness);
  const after = decode(code.bytes.subarray(offset), linearRip).slice(0, instructionsAfter);
  const before = findRunBefore(code.bytes.subarray(0, offset), code.linearAddress, decode);
  return [...before, ...after].map((line) => formatLine(line, linearRip));
}

type Decode = (bytes: Uint8Array, address: bigint) => Line[];

function findRunBefore(bytes: Uint8Array, address: bigint, decode: Decode): Line[] {
  for (let start = 0; start < bytes.length; start++) {
    const lines = decode(bytes.subarray(start), address + BigInt(start));
    const total = lines.reduce((sum, line) => sum + line.bytes.length, 0);
    if (total === bytes.length - start && !lines.some((line) => line.text === "(bad)")) {
      return lines.slice(-instructionsBefore);
    }
  }
  return [];
}

/** Loads the disassembler, which only a failed guest needs. */
async function createDecoder(bitness: 16 | 32 | 64): Promise<Decode> {
  const { Decoder, DecoderOptions, Formatter, FormatterSyntax, DecoderError } = await import("iced-x86");
  return (bytes, address) => {
    const decoder = new Decoder(bitness, bytes, DecoderOptions.None);
    const formatter = new Formatter(FormatterSyntax.Intel);
    const lines: Line[] = [];
    decoder.ip = address;
    while (decoder.canDecode) {
      const start = decoder.position;
      const instruction = decoder.decode();
      // Cut off by the end of the bytes: unknown, not bad.
      if (decoder.lastError === DecoderError.NoMoreBytes) break;
      lines.push({
        address: instruction.ip,
        bytes: bytes.subarray(start, decoder.position),
        text: formatter.format(instruction),
      });
      instruction.free();
    }
    formatter.free();
    decoder.free();
    return lines;
  };
}

function formatLine(line: Line, rip: bigint): string {
  const mark = line.address === rip ? ">" : " ";
  const bytes = [...line.bytes].map((byte) => byte.toString(16).toUpperCase().padStart(2, "0")).join(" ");
  const address = line.address.toString(16).toUpperCase().padStart(16, "0");
  return `${mark} ${address}  ${bytes.padEnd(32)} ${line.text}`;
}
