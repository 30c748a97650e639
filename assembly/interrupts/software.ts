/** INT n, INT3, INTO, INT1. SDM 2, "INT n/INTO/INT3/INT1"; SDM 3A, "Interrupt and Exception Handling in Virtual-8086 Mode". */
import { CR4, EFLAGS } from "../generated/layout";
import { aborted, raiseGp0, VECTOR_BP, VECTOR_DB, VECTOR_OF } from "../faults";
import { getOF, IF, IOPL, materializeFlags, TF, VIF } from "../flags";
import { clearTaskCommitted, isTaskCommitted } from "../execute/system/task-switch";
import { readSystem16, readSystem32, readSystem8 } from "../memory/access";
import { recordImm, recordLength, SEGMENT_TR } from "../record";
import { CR4_VME, isV86, segmentBase, segmentLimit } from "../registers";
import { interceptSoftwareException } from "../vmx/exceptions";
import { suppressSingleStep } from "./debug";
import {
  beginDelivery, deliverFault, endDelivery, TYPE_PRIVILEGED_SOFTWARE_EXCEPTION, TYPE_SOFTWARE_EXCEPTION, TYPE_SOFTWARE_INTERRUPT,
} from "./deliver"; // prettier-ignore
import { enterV86Handler, passThroughIdt } from "./idt";

const TSS_IO_MAP_BASE: u32 = 102;
/** The interrupt redirection bit map: the 32 bytes before the I/O permission bit map. */
const REDIRECTION_BYTES: u32 = 32;

/**
 * Through the IDT, as a part of the instruction. A fault on the way is announced and meets DELIVERING still set
 * (deliverException looks at it).
 */
function interrupt(r: u32, vector: u32, type: u32): void {
  const hadTrap = (load<u32>(EFLAGS) & TF) != 0;
  clearTaskCommitted();
  beginDelivery(vector, type, false, 0, recordLength(r));
  passThroughIdt(vector, type, false, 0, materializeFlags());
  if (aborted()) {
    // A fault of the task that a task gate led to: its RIP is not that of this instruction.
    if (isTaskCommitted) deliverFault();
    return;
  }
  endDelivery();
  if (hadTrap) suppressSingleStep();
}

export function int3(r: u32): void {
  softwareException(r, VECTOR_BP, TYPE_SOFTWARE_EXCEPTION);
}
export function into(r: u32): void {
  if (getOF()) softwareException(r, VECTOR_OF, TYPE_SOFTWARE_EXCEPTION);
}
export function int1(r: u32): void {
  softwareException(r, VECTOR_DB, TYPE_PRIVILEGED_SOFTWARE_EXCEPTION);
}

function softwareException(r: u32, vector: u32, type: u32): void {
  if (interceptSoftwareException(vector, type, recordLength(r))) return;
  interrupt(r, vector, type);
}

export function intN(r: u32): void {
  const vector = (<u32>recordImm(r)) & 255;
  if (isV86()) return intInV86(r, vector);
  interrupt(r, vector, TYPE_SOFTWARE_INTERRUPT);
}

/** SDM 3A, table "Software Interrupt Handling Methods While in Virtual-8086 Mode". */
function intInV86(r: u32, vector: u32): void {
  const hasVme = (load<u64>(CR4) & CR4_VME) != 0;
  if (hasVme && !isInTssMap(vector)) {
    if (!aborted()) redirect(vector);
    return;
  }
  if (aborted()) return;
  if ((load<u32>(EFLAGS) & IOPL) != IOPL) return raiseGp0();
  interrupt(r, vector, TYPE_SOFTWARE_INTERRUPT);
}

/** Whether the redirection bit of a vector is set: the interrupt goes to the protected-mode handler. */
function isInTssMap(vector: u32): bool {
  const base = segmentBase(SEGMENT_TR);
  const limit = segmentLimit(SEGMENT_TR);
  if (TSS_IO_MAP_BASE + 1 > limit) return true;
  const map = readSystem16(base + TSS_IO_MAP_BASE) - REDIRECTION_BYTES + (vector >> 3);
  if (aborted() || map > limit) return true;
  const bits = readSystem8(base + map);
  return (bits & (1 << (vector & 7))) != 0;
}

/** To the 8086 program's own handler. With IOPL below 3, VIF stands for IF. */
function redirect(vector: u32): void {
  const target = readSystem32(vector * 4);
  if (aborted()) return;
  const flags = materializeFlags();
  const isVirtualized = (flags & IOPL) != IOPL;
  const image = isVirtualized ? (flags & ~IF) | IOPL | ((flags & VIF) != 0 ? IF : 0) : flags;
  enterV86Handler(target, image);
  if (aborted()) return;
  store<u32>(EFLAGS, flags & ~(TF | (isVirtualized ? VIF : IF)));
  if ((flags & TF) != 0) suppressSingleStep();
}
