import {
  GPR_NAMES,
  machineFields,
  REGIONS,
  SEGMENT_BYTES,
  SEGMENT_NAMES,
  stateFields,
} from "../../isa/layout.js";

const constant = (name: string, value: number): string =>
  `export const ${name}: u32 = 0x${value.toString(16)};`;

/** The memory map as AssemblyScript constants: absolute addresses of the running processor's state. */
export function generateLayout(): string {
  const lines = ["// Generated from isa/layout.ts. Do not edit."];
  for (const [name, value] of Object.entries(REGIONS)) lines.push(constant(name, value));
  for (const field of stateFields.values()) lines.push(constant(field.name, REGIONS.STATE + field.offset));
  for (const field of machineFields.values())
    lines.push(constant(field.name, REGIONS.MACHINE + field.offset));
  const gpr = REGIONS.STATE + (stateFields.get("GPR")?.offset ?? 0);
  GPR_NAMES.forEach((name, index) => lines.push(constant(name, gpr + index * 8)));
  lines.push(
    constant("ZERO_SLOT", 16 * 8),
    constant("BLOCK_RIP", gpr + 17 * 8),
    constant("BLOCK_RIP_SLOT", 17 * 8),
  );
  const segments = REGIONS.STATE + (stateFields.get("SEGMENTS")?.offset ?? 0);
  SEGMENT_NAMES.forEach((name, index) => {
    lines.push(constant(`SEG_${name}`, segments + index * SEGMENT_BYTES));
  });
  lines.push(constant("SEGMENT_BYTES", SEGMENT_BYTES));
  return lines.join("\n") + "\n";
}
