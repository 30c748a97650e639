export { event, pageKind, runReason, type ProcessorExports, type ProcessorHost } from "./exports.js";
export { Processor, type GprName, type SegmentName, type SegmentRegister } from "./processor.js";
