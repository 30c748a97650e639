import { REGIONS, stateOffset } from "../../isa/layout.js";
import { MSR_KINDS, msrs, type MsrRow } from "../../isa/msrs.js";

const hex = (value: bigint): string => `0x${value.toString(16)}`;

/** Four words: index and kind, address of the field (0: none), writable bits, constant. */
function packRow(row: MsrRow): string[] {
  const kind = BigInt(MSR_KINDS.indexOf(row.kind));
  const address =
    row.field === undefined ? 0 : REGIONS.STATE + stateOffset(row.field) + (row.byteOffset ?? 0);
  return [
    hex(BigInt(row.index) | (kind << 32n)),
    hex(BigInt(address)),
    hex(row.writable ?? 0n),
    hex(row.value ?? 0n),
  ];
}

/** `assembly/generated/msrs.ts`: the table of model-specific registers. */
export function generateMsrs(): string {
  const kinds = MSR_KINDS.map(
    (name, index) => `export const MSR_${name.toUpperCase().replace("-", "_")}: u32 = ${index};`,
  );
  return [
    "// Generated from isa/msrs.ts. Do not edit.",
    ...kinds,
    `export const MSR_COUNT: u32 = ${msrs.length};`,
    `export const MSR_TABLE: usize = memory.data<u64>([${msrs.flatMap(packRow).join(",")}]);`,
    "",
  ].join("\n");
}
