import { VmError } from "../errors.js";

/**
 * A command line as a zero-terminated UTF-8 string.
 * @param maximumBytes the most the kernel takes, without the terminating zero; default: no limit
 * @throws VmError `command-line-too-long`, `command-line-invalid` (a zero character inside)
 */
export function encodeCommandLine(text: string, maximumBytes = Infinity): Uint8Array {
  if (text.includes("\0")) {
    throw new VmError({
      code: "command-line-invalid",
      message: `the kernel command line has a zero character at position ${text.indexOf("\0")}`,
      hint: "remove it: the kernel would not see what follows",
    });
  }
  const bytes = encodeUtf8(text);
  if (bytes.length > maximumBytes) {
    throw new VmError({
      code: "command-line-too-long",
      message: `the kernel command line has ${bytes.length} bytes, the kernel takes at most ${maximumBytes}`,
      hint: "shorten it",
      context: { bytes: bytes.length, maximumBytes },
    });
  }
  const terminated = new Uint8Array(bytes.length + 1);
  terminated.set(bytes);
  return terminated;
}

/** UTF-8 without TextEncoder, which is no part of the language. Lone surrogates become U+FFFD. */
function encodeUtf8(text: string): Uint8Array {
  const bytes: number[] = [];
  for (const character of text) pushCodePoint(bytes, character.codePointAt(0) ?? 0);
  return Uint8Array.from(bytes);
}

function pushCodePoint(bytes: number[], codePoint: number): void {
  const isSurrogate = codePoint >= 0xd800 && codePoint <= 0xdfff;
  const code = isSurrogate ? 0xfffd : codePoint;
  const continuation = (shift: number): number => 0x80 | ((code >> shift) & 0x3f);
  if (code < 0x80) bytes.push(code);
  else if (code < 0x800) bytes.push(0xc0 | (code >> 6), continuation(0));
  else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), continuation(6), continuation(0));
  else bytes.push(0xf0 | (code >> 18), continuation(12), continuation(6), continuation(0));
}
