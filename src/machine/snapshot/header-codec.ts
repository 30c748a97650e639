/**
 * The descriptive part of a snapshot as JSON in ASCII. What JSON cannot say is said by objects with one key:
 * `{"$bytes":[offset,length]}` lies in a byte area that follows, `{"$number":"Infinity"}` is no finite number.
 */
import type { DeviceState } from "../../devices/contracts.js";

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

const BYTES = "$bytes";
const NUMBER = "$number";

export interface EncodedHeader {
  /** JSON, only ASCII. */
  readonly text: Uint8Array;
  /** The byte arrays of the header, one behind the other. */
  readonly bytes: Uint8Array;
}

export function encodeHeader(header: DeviceState): EncodedHeader {
  const pieces: Uint8Array[] = [];
  let size = 0;
  const encode = (value: DeviceState): Json => {
    if (value instanceof Uint8Array) {
      pieces.push(value);
      size += value.length;
      return { [BYTES]: [size - value.length, value.length] };
    }
    if (typeof value === "number" && !Number.isFinite(value)) return { [NUMBER]: String(value) };
    if (Array.isArray(value)) return value.map(encode);
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, encode(part)]));
  };
  const text = asciiBytes(JSON.stringify(encode(header)));
  return { text, bytes: join(pieces, size) };
}

/** The inverse of `encodeHeader`. Throws SyntaxError or RangeError for what it did not make. */
export function decodeHeader({ text, bytes }: EncodedHeader): DeviceState {
  const decode = (value: Json): DeviceState => {
    if (Array.isArray(value)) return value.map(decode);
    if (value === null || typeof value !== "object") return value;
    if (BYTES in value) return takeBytes(bytes, value[BYTES] as Json);
    if (NUMBER in value) return Number(value[NUMBER]);
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, decode(part)]));
  };
  return decode(JSON.parse(asciiText(text)) as Json);
}

function takeBytes(bytes: Uint8Array, place: Json): Uint8Array {
  const [offset, length] = Array.isArray(place) ? place : [];
  const isRange = typeof offset === "number" && typeof length === "number" && offset >= 0 && length >= 0;
  if (!isRange || offset + length > bytes.length)
    throw new RangeError("a byte array lies outside the snapshot");
  return bytes.slice(offset, offset + length);
}

function asciiBytes(json: string): Uint8Array {
  const escape = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  const ascii = json.replace(/[^\x20-\x7e]/g, escape);
  const bytes = new Uint8Array(ascii.length);
  for (let at = 0; at < ascii.length; at++) bytes[at] = ascii.charCodeAt(at);
  return bytes;
}

const CHARACTERS_AT_ONCE = 8192;

function asciiText(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += CHARACTERS_AT_ONCE) {
    text += String.fromCharCode(...bytes.subarray(at, at + CHARACTERS_AT_ONCE));
  }
  return text;
}

function join(pieces: readonly Uint8Array[], size: number): Uint8Array {
  const joined = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}
