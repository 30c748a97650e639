/**
 * Saving and restoring of device registers that are kept as one plain object: the reset value of that object
 * is the schema, so that a state from a damaged file is refused before any of it is taken.
 */
import type { DeviceState } from "./contracts.js";

/** A deep copy of `state`, sharing nothing with it. */
export function copyState<T extends DeviceState>(state: T): T {
  return copy(state) as T;
}

function copy(state: DeviceState): DeviceState {
  if (state === null || typeof state !== "object") return state;
  if (state instanceof Uint8Array) return state.slice();
  if (Array.isArray(state)) return state.map(copy);
  return Object.fromEntries(Object.entries(state).map(([key, value]) => [key, copy(value)]));
}

/**
 * A deep copy of `state`, which must have the shape of `template`: the same types, the same keys in objects,
 * the same length in byte arrays. Arrays may be of any length; their elements are matched with the template's
 * first one (an empty template array takes anything). Where the template has null, a number is taken too.
 * @param where the name of the device, for the error.
 * @throws Error naming the place, what was expected and what was found.
 */
export function matchState<T extends DeviceState>(template: T, state: DeviceState, where: string): T {
  return match(template, state, where) as T;
}

/**
 * The part `key` of a saved state that is an object of parts, each restored by its owner.
 * @throws Error as `matchState` does, when there is none.
 */
export function partOfState(state: DeviceState, key: string, where: string): DeviceState {
  const kind = kindOf(state);
  if (kind !== "object") refuse(where, "object", kind);
  const part = (state as { [key: string]: DeviceState })[key];
  if (part === undefined) refuse(`${where}.${key}`, "a value", "nothing");
  return part;
}

function match(template: DeviceState, state: DeviceState, where: string): DeviceState {
  if (template === null && (state === null || typeof state === "number")) return state;
  if (kindOf(template) !== kindOf(state)) refuse(where, kindOf(template), kindOf(state));
  if (template instanceof Uint8Array) return matchBytes(template, state as Uint8Array, where);
  if (Array.isArray(template)) return matchArray(template, state as DeviceState[], where);
  if (template !== null && typeof template === "object") return matchObject(template, state, where);
  return state;
}

function matchBytes(template: Uint8Array, state: Uint8Array, where: string): Uint8Array {
  if (template.length !== state.length) refuse(where, `${template.length} bytes`, `${state.length} bytes`);
  return state.slice();
}

function matchArray(template: DeviceState[], state: DeviceState[], where: string): DeviceState[] {
  const first = template[0];
  return state.map((value, i) => (first === undefined ? copy(value) : match(first, value, `${where}[${i}]`)));
}

function matchObject(template: object, state: DeviceState, where: string): DeviceState {
  const found = state as { [key: string]: DeviceState };
  const entries = Object.entries(template).map(([key, value]) => {
    if (!(key in found)) refuse(`${where}.${key}`, kindOf(value as DeviceState), "nothing");
    return [key, match(value as DeviceState, found[key]!, `${where}.${key}`)];
  });
  return Object.fromEntries(entries) as DeviceState;
}

function kindOf(state: DeviceState): string {
  if (state === null) return "null";
  if (state instanceof Uint8Array) return "bytes";
  return Array.isArray(state) ? "array" : typeof state;
}

function refuse(where: string, expected: string, found: string): never {
  throw new Error(`The saved state of ${where} is damaged: expected ${expected}, found ${found}.`);
}
