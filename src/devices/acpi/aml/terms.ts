/** Terms of the ACPI machine language, as functions named after their ASL operators (ACPI 6.4, chapter 20). */
import { type Aml, integer, namePath, nameSegment, packaged } from "./encoding.js";

export { eisaId, integer } from "./encoding.js";
export type { Aml } from "./encoding.js";

export const LOCAL_0: Aml = [0x60];
export const ARG_0: Aml = [0x68];

const EXTENDED = 0x5b;
const NO_TARGET = 0x00;

/** A reference to a named object. */
export function reference(path: string): Aml {
  return namePath(path);
}

export function string(value: string): Aml {
  return [0x0d, ...[...value].map((char) => char.charCodeAt(0)), 0x00];
}

export function name(path: string, value: Aml): Aml {
  return [0x08, ...namePath(path), ...value];
}

export function scope(path: string, ...terms: Aml[]): Aml {
  return packaged([0x10], [...namePath(path), ...terms.flat()]);
}

export function device(path: string, ...terms: Aml[]): Aml {
  return packaged([EXTENDED, 0x82], [...namePath(path), ...terms.flat()]);
}

/** A method of `argumentCount` arguments (0 … 7); serialized ones may create named objects. */
export function method(path: string, argumentCount: number, isSerialized: boolean, ...terms: Aml[]): Aml {
  const flags = argumentCount | (isSerialized ? 0x08 : 0);
  return packaged([0x14], [...namePath(path), flags, ...terms.flat()]);
}

export function buffer(bytes: Aml): Aml {
  return packaged([0x11], [...integer(bytes.length), ...bytes]);
}

/** A package of up to 255 elements. */
export function packageOf(...elements: Aml[]): Aml {
  return packaged([0x12], [elements.length, ...elements.flat()]);
}

const REGION_SPACES = { systemMemory: 0, systemIo: 1, pciConfig: 2 } as const;

export function operationRegion(
  path: string,
  space: keyof typeof REGION_SPACES,
  offset: number,
  length: number,
): Aml {
  return [EXTENDED, 0x80, ...namePath(path), REGION_SPACES[space], ...integer(offset), ...integer(length)];
}

const BYTE_ACCESS_NO_LOCK_PRESERVE = 0x01;

/** Byte-wide fields that follow each other from the region's start. */
export function byteFields(region: string, ...names: string[]): Aml {
  const fields = names.flatMap((field) => [...nameSegment(field), 8]);
  return packaged([EXTENDED, 0x81], [...namePath(region), BYTE_ACCESS_NO_LOCK_PRESERVE, ...fields]);
}

export function createDWordField(source: Aml, byteIndex: number, field: string): Aml {
  return [0x8a, ...source, ...integer(byteIndex), ...nameSegment(field)];
}

export function store(source: Aml, target: Aml): Aml {
  return [0x70, ...source, ...target];
}

export function and(left: Aml, right: Aml, target: Aml = [NO_TARGET]): Aml {
  return [0x7b, ...left, ...right, ...target];
}

export function or(left: Aml, right: Aml, target: Aml = [NO_TARGET]): Aml {
  return [0x7d, ...left, ...right, ...target];
}

export function ifTrue(predicate: Aml, ...terms: Aml[]): Aml {
  return packaged([0xa0], [...predicate, ...terms.flat()]);
}

export function returnValue(value: Aml): Aml {
  return [0xa4, ...value];
}
