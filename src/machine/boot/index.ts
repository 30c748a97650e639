export type { BootModule } from "./boot-module.js";
export type { BootPlan, MemoryWrite } from "./boot-plan.js";
export type { KernelProtocol } from "./detect.js";
export { detectKernel } from "./detect.js";
export type { BootMemory, E820Entry } from "./e820.js";
export {
  buildE820,
  e820Type,
  highMemoryStart,
  lowMemoryEnd,
  lowMemoryLimit,
  validateMemorySize,
} from "./e820.js";
export type { DescriptorTableState, EntryState, SegmentState } from "./entry-state.js";
export type { BootSource, KernelBoot } from "./plan.js";
export { planBoot } from "./plan.js";
export type { FlatBoot, FlatMode } from "./flat.js";
