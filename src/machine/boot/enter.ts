import type { Processor, SegmentRegister } from "../../processor/index.js";
import type { EntryState, SegmentState } from "./entry-state.js";

const DATA_SEGMENTS = ["ES", "SS", "DS", "FS", "GS"] as const;

const toRegister = ({ selector, base, limit, accessRights }: SegmentState): SegmentRegister => ({
  selector,
  base: BigInt(base),
  limit: limit >>> 0,
  attributes: accessRights,
});

/** Puts the bootstrap processor, just reset and running, into the state in which a boot protocol enters. */
export function enterBootState(processor: Processor, entry: EntryState): void {
  const cpu = 0;
  if (entry.kind !== "real") processor.writeGpr(cpu, "RDX", 0n);
  processor.writeGpr(cpu, "RAX", BigInt(entry.rax));
  processor.writeGpr(cpu, "RBX", BigInt(entry.rbx));
  processor.writeGpr(cpu, "RSI", BigInt(entry.rsi));
  processor.writeGpr(cpu, "RSP", BigInt(entry.rsp));
  processor.writeState64(cpu, "RIP", BigInt(entry.rip));
  processor.writeFlags(cpu, entry.rflags);
  processor.writeState64(cpu, "CR0", BigInt(entry.cr0));
  processor.writeState64(cpu, "CR3", BigInt(entry.cr3));
  processor.writeState64(cpu, "CR4", BigInt(entry.cr4));
  processor.writeState64(cpu, "EFER", BigInt(entry.efer));
  processor.writeState64(cpu, "GDTR_BASE", BigInt(entry.gdtr.base));
  processor.writeState32(cpu, "GDTR_LIMIT", entry.gdtr.limit);
  processor.writeState64(cpu, "IDTR_BASE", BigInt(entry.idtr.base));
  processor.writeState32(cpu, "IDTR_LIMIT", entry.idtr.limit);
  processor.writeSegment(cpu, "CS", toRegister(entry.cs));
  for (const name of DATA_SEGMENTS) processor.writeSegment(cpu, name, toRegister(entry.data));
  processor.writeSegment(cpu, "LDTR", toRegister(entry.ldtr));
  processor.writeSegment(cpu, "TR", toRegister(entry.tr));
  processor.stateChanged();
}
