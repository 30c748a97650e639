export { event, pageKind, runReason, type ProcessorExports, type ProcessorHost } from "./exports.js";
export { Processor, REGIONS, type GprName, type SegmentName, type SegmentRegister } from "./processor.js";
