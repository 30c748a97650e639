/** RESET, INIT and SIPI. SDM 3A, table "IA-32 and Intel 64 Processor States Following Power-up, Reset, or INIT". */
import {
  ABORT, ACTIVITY, BANK_KEYS, BIOS_SIGN_ID, CR0, CR2, CR3, CR4, CPU_INDEX, DELIVERING, DR, EFER, EFLAGS, EVENTS, FEATURE_CONTROL,
  FCW, FSW, FTW, GDTR_BASE, GDTR_LIMIT, GPR, IDTR_BASE, IDTR_LIMIT, INTERRUPT_SHADOW, LAZY_OP, MISC_ENABLE, MXCSR, NMI_BLOCKED,
  PAT, PENDING_DEBUG, RDX, RIP, STATE, STATE_SIZE, TRIPLE_FAULT, XCR0, BUDGET, ICOUNT_END, EXPOSE_VMX, BREAKPOINTS, TSC_OFFSET,
  FETCH_TAG, BANK,
} from "./generated/layout"; // prettier-ignore
import { ACTIVITY_WAIT_FOR_SIPI } from "./run";
import { SEGMENT_CS, SEGMENT_LDTR, SEGMENT_TR } from "./record";
import { segmentRegister } from "./registers";
import { setDecodeMode } from "./segments";
import { selectBank } from "./memory/tlb";

/** Family 6, model 3CH-like signature in EDX after reset; CPUID tells the same. */
const PROCESSOR_SIGNATURE: u64 = 0x000506e3;

function setSegment(segment: u32, selector: u32, base: u64, limit: u32, attributes: u32): void {
  const address = segmentRegister(segment);
  store<u16>(address, <u16>selector);
  store<u32>(address, attributes, 4);
  store<u32>(address, limit, 8);
  store<u64>(address, base, 16);
}

/** What RESET and INIT have in common. */
function initialize(): void {
  memory.fill(GPR, 0, 16 * 8);
  store<u64>(RDX, PROCESSOR_SIGNATURE);
  store<u64>(RIP, 0xfff0);
  store<u32>(EFLAGS, 2);
  store<u32>(LAZY_OP, 0);
  for (let segment: u32 = 0; segment < 6; segment++) setSegment(segment, 0, 0, 0xffff, 0x93);
  setSegment(SEGMENT_CS, 0xf000, 0xffff0000, 0xffff, 0x9b);
  setSegment(SEGMENT_LDTR, 0, 0, 0xffff, 0x82);
  setSegment(SEGMENT_TR, 0, 0, 0xffff, 0x8b);
  store<u64>(GDTR_BASE, 0);
  store<u32>(GDTR_LIMIT, 0xffff);
  store<u64>(IDTR_BASE, 0);
  store<u32>(IDTR_LIMIT, 0xffff);
  store<u64>(CR2, 0);
  store<u64>(CR3, 0);
  store<u64>(CR4, 0);
  store<u64>(EFER, 0);
  for (let i: u32 = 0; i < 4; i++) store<u64>(DR + i * 8, 0);
  store<u64>(DR + 6 * 8, 0xffff0ff0);
  store<u64>(DR + 7 * 8, 0x400);
  store<u32>(BREAKPOINTS, 0);
  store<u32>(ABORT, 0);
  store<u32>(DELIVERING, 0);
  store<u32>(PENDING_DEBUG, 0);
  store<u32>(INTERRUPT_SHADOW, 0);
  store<u32>(NMI_BLOCKED, 0);
  store<u32>(TRIPLE_FAULT, 0);
}

function startBank(): void {
  setDecodeMode();
  memory.fill(BANK_KEYS, 0, 16 * 32);
  selectBank(0, 0, 0);
}

/** Power-up and RESET of processor `cpu`, which must be the running one; all but the first wait for a SIPI. */
export function resetCpu(cpu: u32): void {
  memory.fill(STATE, 0, STATE_SIZE);
  store<u32>(CPU_INDEX, cpu);
  initialize();
  store<u64>(CR0, 0x60000010);
  store<u32>(FCW, 0x40);
  store<u32>(FSW, 0);
  store<u32>(FTW, 0x5555);
  store<u32>(MXCSR, 0x1f80);
  store<u64>(XCR0, 1);
  store<u64>(PAT, 0x0007040600070406);
  store<u64>(MISC_ENABLE, 1);
  store<u64>(BIOS_SIGN_ID, 0xffffffff00000000);
  // Locked; "VMX outside SMX" when the machine exposes VT-x.
  store<u64>(FEATURE_CONTROL, load<u32>(EXPOSE_VMX) != 0 ? 5 : 1);
  if (cpu != 0) store<u32>(ACTIVITY, ACTIVITY_WAIT_FOR_SIPI);
  startBank();
}

/** INIT: caches, FPU, MSRs and MTRRs stay; CR0.CD and NW too. The bootstrap processor starts at the reset vector. */
export function resetByInit(): void {
  const cr0 = load<u64>(CR0);
  initialize();
  store<u64>(CR0, (cr0 & 0x60000000) | 0x10);
  store<u32>(ACTIVITY, load<u32>(CPU_INDEX) == 0 ? 0 : ACTIVITY_WAIT_FOR_SIPI);
  startBank();
}

/** Start-up IPI: real mode at vector × 1000H. */
export function startBySipi(vector: u32): void {
  setSegment(SEGMENT_CS, vector << 8, (<u64>vector) << 12, 0xffff, 0x9b);
  store<u64>(RIP, 0);
  store<u32>(ACTIVITY, 0);
  setDecodeMode();
}
