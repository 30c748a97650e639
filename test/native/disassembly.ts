/** Disassembly for reports, by iced-x86. */
import { Decoder, DecoderOptions, Formatter, FormatterSyntax } from "iced-x86";

export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
}

/** The first instruction of `code`, cut to its length. */
export function bytesOfInstruction(code: Uint8Array, bitness: number): Uint8Array {
  const decoder = new Decoder(bitness, code, DecoderOptions.None);
  const instruction = decoder.decode();
  const length = instruction.length;
  instruction.free();
  decoder.free();
  return code.subarray(0, length);
}

/** The first instruction of `code` as text, with its bytes. */
export function disassemble(code: Uint8Array, bitness: number, rip: number): string {
  const decoder = new Decoder(bitness, code, DecoderOptions.None);
  decoder.ip = BigInt(rip);
  const instruction = decoder.decode();
  const formatter = new Formatter(FormatterSyntax.Intel);
  const text = `${toHex(code.subarray(0, instruction.length))}  ${formatter.format(instruction)}`;
  formatter.free();
  instruction.free();
  decoder.free();
  return text;
}

/** All instructions of `code`, each with its address. */
export function disassembleAll(code: Uint8Array, bitness: number, rip: number): string[] {
  const lines: string[] = [];
  for (let at = 0; at < code.length;) {
    const rest = code.subarray(at);
    lines.push(`${(rip + at).toString(16)}  ${disassemble(rest, bitness, rip + at)}`);
    at += bytesOfInstruction(rest, bitness).length;
  }
  return lines;
}
