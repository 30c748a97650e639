import { GPR_NAMES, REGIONS, SEGMENT_NAMES, stateOffset } from "../../isa/layout.js";
import type { Processor } from "../processor/index.js";
import type { ProcessorReport, ReportedException } from "./machine-options.js";

const EXCEPTIONS_KEPT = 16;
const EXCEPTION_BYTES = 32;
const CODE_BEFORE = 32;
const CODE_AFTER = 32;
const FIELDS = ["CR0", "CR2", "CR3", "CR4", "EFER"] as const;

/** What a person needs to know of a processor that shut down. `cpu` must be the running one. */
export function reportProcessor(processor: Processor, cpu: number): ProcessorReport {
  const registers: Record<string, bigint> = { RIP: processor.readState64(cpu, "RIP") };
  registers["RFLAGS"] = BigInt(processor.readFlags());
  for (const name of GPR_NAMES) registers[name] = processor.readGpr(cpu, name);
  for (const name of FIELDS) registers[name] = processor.readState64(cpu, name);
  for (const name of SEGMENT_NAMES) {
    const segment = processor.readSegment(cpu, name);
    registers[name] = BigInt(segment.selector);
    registers[`${name}.base`] = segment.base;
  }
  const mode = processor.readState32(cpu, "DECODE_MODE");
  const csBase = mode === 2 ? 0n : processor.readSegment(cpu, "CS").base;
  const linearRip = csBase + (registers["RIP"] ?? 0n);
  return {
    processor: cpu,
    registers,
    bitness: mode === 2 ? 64 : mode === 1 ? 32 : 16,
    linearRip,
    code: codeAround(processor, cpu, linearRip),
    exceptions: lastExceptions(processor, cpu),
  };
}

/** Bytes around RIP that the TLB still knows; nothing when its page was never fetched. */
function codeAround(processor: Processor, cpu: number, linearRip: bigint): ProcessorReport["code"] {
  const page = linearRip & ~0xfffn;
  const modeBase = processor.readState32(cpu, "TLB_MODE_BASE");
  const slot = Number((linearRip >> 12n) & BigInt(REGIONS.TLB_ENTRIES - 1)) * 16;
  for (const kind of [2, 0]) {
    const entry = modeBase + kind * REGIONS.TLB_KIND_SIZE + slot;
    if (processor.view.getBigUint64(entry, true) !== page) continue;
    const host = (processor.view.getUint32(entry + 8, true) + Number(page & 0xffffffffn)) >>> 0;
    const offset = Number(linearRip & 0xfffn);
    const start = Math.max(0, offset - CODE_BEFORE);
    const end = Math.min(4096, offset + CODE_AFTER);
    return { linearAddress: page + BigInt(start), bytes: processor.bytes.slice(host + start, host + end) };
  }
  return { linearAddress: linearRip, bytes: new Uint8Array() };
}

/** Exceptions that push an error code. */
const WITH_ERROR_CODE = new Set([8, 10, 11, 12, 13, 14, 17, 21]);

/** The ring LAST_EXCEPTIONS (assembly/interrupts/deliver.ts): u32 vector, u32 code, u64 RIP, u64 CR2. */
function lastExceptions(processor: Processor, cpu: number): ReportedException[] {
  const ring = processor.exports.stateOf(cpu) + stateOffset("LAST_EXCEPTIONS");
  const next = processor.readState32(cpu, "LAST_EXCEPTION_INDEX");
  const exceptions: ReportedException[] = [];
  for (let index = Math.max(0, next - EXCEPTIONS_KEPT); index < next; index++) {
    const at = ring + (index % EXCEPTIONS_KEPT) * EXCEPTION_BYTES;
    const vector = processor.view.getUint32(at, true);
    exceptions.push({
      vector,
      rip: processor.view.getBigUint64(at + 8, true),
      ...(WITH_ERROR_CODE.has(vector) ? { errorCode: processor.view.getUint32(at + 4, true) } : {}),
      ...(vector === 14 ? { cr2: processor.view.getBigUint64(at + 16, true) } : {}),
    });
  }
  return exceptions;
}
