import { ByteWriter } from "./byte-writer.js";
import { HPET_ADDRESS } from "./options.js";
import { type AcpiTable, systemTable } from "./system-table.js";

/**
 * Lower half of the HPET's capabilities register (IA-PC HPET 1.0a, "General Capabilities and ID Register"):
 * vendor 8086H, legacy replacement, 64-bit counter, 3 timers, revision 1.
 */
const EVENT_TIMER_BLOCK_ID = 0x8086a201;
/** Shortest period in ticks that a periodic timer is promised to keep. */
const MINIMUM_TICK = 100;

/** IA-PC HPET 1.0a, "The ACPI 2.0 HPET Description Table (HPET)". */
export function hpetTable(): AcpiTable {
  const memorySpace = 0;
  const body = new ByteWriter().u32(EVENT_TIMER_BLOCK_ID);
  body.u8(memorySpace, 64, 0, 0).u64(HPET_ADDRESS);
  body.u8(0).u16(MINIMUM_TICK).u8(0);
  return systemTable("HPET", 1, body.toBytes());
}
