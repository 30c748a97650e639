import { row, type InstructionRow, type RowAttributes } from "../../row.js";

export type SseAttributes = RowAttributes & { exec?: string };

/**
 * A row of the SSE family. Its handler is called MNEMONIC_X (X: on XMM registers) where `exec` does not say otherwise,
 * since MMX and string instructions share mnemonics with it.
 */
export function sse(form: string, attributes: SseAttributes = {}): InstructionRow {
  return row("sse", form, { exec: `${form.split(" ", 1)[0]}_X`, ...attributes });
}

/** Rows from pairs of mnemonic and last opcode byte that share the marks before it and the operands after it. */
export function sseRows(
  marks: string,
  operands: string,
  pairs: Readonly<Record<string, string>>,
  attributes: SseAttributes = {},
): InstructionRow[] {
  return Object.entries(pairs).map(([mnemonic, opcode]) =>
    sse(`${mnemonic} ${marks} ${opcode} /r: ${operands}`, attributes),
  );
}
