import {
  capabilityMsrs,
  CR0_FIXED0,
  CR3_TARGETS,
  CR4_FIXED0,
  PREEMPTION_TIMER_SHIFT,
  VMCS_REVISION,
} from "../../isa/vmx/capabilities.js";
import { allowed1, controls, trueAllowed0, type ControlGroup } from "../../isa/vmx/controls.js";
import { entryChecks } from "../../isa/vmx/entry-checks.js";
import { exitReasons } from "../../isa/vmx/exit-reasons.js";
import { allVmcsFields, VMCS_LAUNCH_STATE, vmcsFields } from "../../isa/vmx/fields.js";
import { instructionErrors } from "../../isa/vmx/instruction-errors.js";

const hex = (value: number | bigint): string => `0x${value.toString(16)}`;
const constant = (name: string, value: number): string => `export const ${name}: u32 = ${hex(value)};`;
const GROUPS: readonly ControlGroup[] = ["PIN", "PRIMARY", "SECONDARY", "EXIT", "ENTRY"];
/** Indexes of one width and type that the table has room for. */
const INDEXES = 32;

/** u16 slot offset by (width, type, index); 0 where there is no field. */
function fieldTable(): string {
  const slots = new Array<number>(16 * INDEXES).fill(0);
  for (const { encoding, name, offset } of vmcsFields) {
    const index = (encoding >> 1) & 0x1ff;
    if (index >= INDEXES) throw new Error(`field ${name} has index ${index}: the table needs more room`);
    slots[((((encoding >> 13) & 3) << 2) | ((encoding >> 10) & 3)) * INDEXES + index] = offset;
  }
  return `export const FIELD_TABLE: usize = memory.data<u16>([${slots.join(",")}]);`;
}

/** `assembly/generated/vmx.ts`: slots of fields, controls, reasons, error numbers, checks, capability MSRs. */
export function generateVmx(): string {
  const first = capabilityMsrs[0]?.index ?? 0;
  if (capabilityMsrs.some(({ index }, place) => index !== first + place))
    throw new Error("capability MSRs have a gap");
  return [
    "// Generated from isa/vmx. Do not edit.",
    constant("VMCS_REVISION", VMCS_REVISION),
    constant("VMCS_LAUNCH_STATE", VMCS_LAUNCH_STATE),
    constant("PREEMPTION_TIMER_SHIFT", PREEMPTION_TIMER_SHIFT),
    constant("CR3_TARGETS", CR3_TARGETS),
    `export const CR0_FIXED0: u64 = ${hex(CR0_FIXED0)};`,
    `export const CR4_FIXED0: u64 = ${hex(CR4_FIXED0)};`,
    `export const CR4_FIXED1: u64 = ${hex(capabilityMsrs.find(({ index }) => index === 0x489)?.value ?? 0n)};`,
    ...allVmcsFields.map(({ name, offset }) => constant(`F_${name}`, offset)),
    ...Object.entries(controls).map(([name, { bit }]) => constant(name, (1 << bit) >>> 0)),
    ...GROUPS.flatMap((group) => [
      constant(`${group}_ALLOWED_0`, trueAllowed0(group)),
      constant(`${group}_ALLOWED_1`, allowed1(group)),
    ]),
    ...Object.entries(exitReasons).map(([name, value]) => constant(`REASON_${name}`, value)),
    ...Object.entries(instructionErrors).map(([name, value]) => constant(`ERROR_${name}`, value)),
    ...entryChecks.map(({ id, name }) => constant(`CHECK_${name}`, id)),
    constant("CAPABILITY_FIRST", first),
    constant("CAPABILITY_COUNT", capabilityMsrs.length),
    `export const CAPABILITIES: usize = memory.data<u64>([${capabilityMsrs.map(({ value }) => hex(value)).join(",")}]);`,
    fieldTable(),
    "",
  ].join("\n");
}
