/** Draws the forms that sequences are made of: first a handler, then one of its forms. */
import type { Form, Mode } from "./forms.js";
import type { Random } from "./random.js";
import { isSequential } from "./sequence-builder.js";

/** Everything that carries flags on, or keeps a part of them. */
const FLAG_HANDLER =
  /^((ADD|OR|ADC|SBB|AND|SUB|XOR|CMP|TEST|INC|DEC|NEG|I?MUL|BT[SRC]?|RO[LR]|RC[LR]|SH[LR]D?|SAR)(_|$)|SET|CMOV|[LS]AHF|PUSHF|CMC|CLC|STC|SALC|AD[CO]X|CMPXCHG|XADD|AND?N|BLS|BEXTR|BZHI|[LT]ZCNT|POPCNT)/;
/** On random operands these nearly always fault, which ends the sequence. */
const FAULTING = /^(I?DIV|AAM)$/;

const GROUPS = {
  core: ({ row }: Form) => row.family === "core",
  integer: ({ row }: Form) => row.family === "integer",
  mmx: ({ row }: Form) => row.family === "mmx",
  sse: ({ row }: Form) => row.family === "sse",
  flags: ({ row }: Form) => /^(core|integer)$/.test(row.family) && FLAG_HANDLER.test(row.exec),
  SET: ({ row }: Form) => row.exec === "SET",
  CMOV: ({ row }: Form) => row.exec === "CMOV",
} as const;
export type Group = keyof typeof GROUPS;

function byHandler(forms: readonly Form[]): Form[][] {
  const handlers = new Map<string, Form[]>();
  for (const form of forms) {
    const own = handlers.get(form.row.exec);
    if (own) own.push(form);
    else handlers.set(form.row.exec, [form]);
  }
  return [...handlers.values()];
}

export class FormPicker {
  private readonly handlers = new Map<string, readonly (readonly Form[])[]>();

  /** Forms that cannot be part of a sequence are left out. */
  constructor(
    forms: readonly Form[],
    private readonly random: Random,
  ) {
    const own = forms.filter((form) => isSequential(form));
    for (const mode of [64, 32] as const) {
      for (const [group, belongs] of Object.entries(GROUPS))
        this.handlers.set(
          `${group} ${mode}`,
          byHandler(own.filter((form) => form.mode === mode && belongs(form))),
        );
    }
  }

  pick(mode: Mode, group: Group): Form {
    for (;;) {
      const form = this.random.pick(this.random.pick(this.handlers.get(`${group} ${mode}`) ?? []));
      if (!FAULTING.test(form.row.exec) || this.random.oneIn(10)) return form;
    }
  }
}
