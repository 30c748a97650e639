/** The processor's exports. Everything else is reached through the memory (isa/layout.ts). */
import { CPU_COUNT, A20_MASK, ACTIVE_CPU, ARENA, ARENA_NEXT, FRAME_FIRST, FRAME_NEXT, PHYSICAL_BITS, STATE, TLB, TLB_BANK_SIZE, TLB_BANKS } from "./generated/layout"; // prettier-ignore
import { resetCpu } from "./reset";
import { nowNs } from "./clock";
import { selectCpu } from "./cpus";
import { frameFor } from "./memory/frames";
import { flushBanksWhere, reopenBank } from "./memory/tlb";
import { reopenVmcs } from "./vmx/vmcs";

export { run } from "./run";
export { selectCpu, setEvents, stateOf } from "./cpus";
export { endSlice, tscNow, nowNs } from "./clock";
export { frameFor, hasFrame, setMmioPages, setPages } from "./memory/frames";
export { invalidateCodeAt, invalidatePage } from "./decode/invalidate";
export { resetArena, findBlock } from "./decode/lookup";
export { decodeInstruction } from "./decode/decoder";
export { getArithmeticFlags, materializeFlags } from "./flags";
export { setDecodeMode } from "./segments";
export { updateTlbBase, flushTlbAll } from "./memory/tlb";
export { walk } from "./memory/paging";
export { resetCpu } from "./reset";
export { abort } from "./imports";

/** Once per instance: `cpuCount` processors, `physicalBits` of physical address. Then pages are set and CPUs reset. */
export function initialize(cpuCount: u32, physicalBits: u32): void {
  store<u32>(CPU_COUNT, cpuCount);
  store<u32>(PHYSICAL_BITS, physicalBits);
  store<u32>(A20_MASK, 0xffffffff);
  store<u32>(ARENA_NEXT, ARENA);
  const first = TLB + cpuCount * TLB_BANKS * TLB_BANK_SIZE;
  store<u32>(FRAME_FIRST, first);
  store<u32>(FRAME_NEXT, first);
  store<u32>(ACTIVE_CPU, 0);
}

/** RESET of every processor. */
export function resetAll(): void {
  for (let cpu: u32 = load<u32>(CPU_COUNT); cpu > 0; cpu--) {
    selectCpu(cpu - 1);
    resetCpu(cpu - 1);
  }
}

/** `frameFor` by page number: a frame's address, or 0. */
export function frameOfPage(page: u32): u32 {
  return frameFor((<u64>page) << 12);
}
/** nowNs as a float64, for the host. */
export function nowNsFloat(): f64 {
  return <f64>nowNs();
}
/** After the state of all processors was put back from outside: they begin with empty TLBs. */
export function stateRestored(): void {
  const active = load<u32>(ACTIVE_CPU);
  for (let cpu: u32 = 0; cpu < load<u32>(CPU_COUNT); cpu++) {
    selectCpu(cpu);
    reopenBank();
    reopenVmcs();
  }
  selectCpu(active);
}
/** Drops every translation of every processor (the physical memory map changed). */
export function flushAllProcessors(): void {
  const active = load<u32>(ACTIVE_CPU);
  for (let cpu: u32 = 0; cpu < load<u32>(CPU_COUNT); cpu++) {
    selectCpu(cpu);
    flushBanksWhere(0, 0, false, false);
  }
  selectCpu(active);
}
