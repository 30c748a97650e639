/** Everything the processor asks of the host (src/processor/imports.ts gives it). No 64-bit value crosses here. */

/** A port read of 1, 2 or 4 bytes. */
// @ts-ignore: decorator
@external("host", "ioRead") export declare function ioRead(port: u32, size: u32): u32;
// @ts-ignore: decorator
@external("host", "ioWrite") export declare function ioWrite(port: u32, size: u32, value: u32): void;
/** A read of 1, 2 or 4 bytes of a physical address that is not RAM. */
// @ts-ignore: decorator
@external("host", "mmioRead") export declare function mmioRead(low: u32, high: u32, size: u32): u32;
// @ts-ignore: decorator
@external("host", "mmioWrite") export declare function mmioWrite(
  low: u32,
  high: u32,
  size: u32,
  value: u32,
): void;
/** Reads an MSR of the local APIC (1BH, 6E0H, 800H-8FFH) into MSR_SCRATCH[0]; 0: #GP. */
// @ts-ignore: decorator
@external("host", "apicReadMsr") export declare function apicReadMsr(index: u32): u32;
/** Writes an MSR of the local APIC; 0: #GP. */
// @ts-ignore: decorator
@external("host", "apicWriteMsr") export declare function apicWriteMsr(index: u32, low: u32, high: u32): u32;
/** Interrupt acknowledge: the vector, or -1 when nothing waits. */
// @ts-ignore: decorator
@external("host", "apicAcknowledge") export declare function apicAcknowledge(): i32;
/** Task priority (CR8), 0 … 15. */
// @ts-ignore: decorator
@external("host", "apicReadTaskPriority") export declare function apicReadTaskPriority(): u32;
// @ts-ignore: decorator
@external("host", "apicWriteTaskPriority") export declare function apicWriteTaskPriority(value: u32): void;
/** Real clock: nanoseconds since the machine began. */
// @ts-ignore: decorator
@external("host", "clockNs") export declare function clockNs(): f64;
/** 32 random bits. */
// @ts-ignore: decorator
@external("host", "random32") export declare function random32(): u32;

/** AssemblyScript's abort: never called at run time (no assertions, no allocation), it only has to exist. */
export function abort(_message: usize, _file: usize, _line: u32, _column: u32): void {
  unreachable();
}
