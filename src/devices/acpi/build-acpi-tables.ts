import { dsdtBody } from "./dsdt.js";
import { facs } from "./facs.js";
import { fadt } from "./fadt.js";
import { hpetTable } from "./hpet-table.js";
import { madt } from "./madt.js";
import type { AcpiOptions } from "./options.js";
import { rsdp, rsdt, xsdt } from "./root-tables.js";
import { type AcpiTable, systemTable } from "./system-table.js";
import { AcpiTableSet } from "./table-set.js";

/** 2 makes AML integers 64 bits wide. */
const DSDT_REVISION = 2;

/**
 * The ACPI tables of the machine, not yet at addresses: `link` places them for direct boot, `loaderFiles` gives
 * them to firmware. Throws RangeError for a machine with no processor.
 */
export function buildAcpiTables(options: AcpiOptions): AcpiTableSet {
  if (options.apicIds.length === 0) throw new RangeError("ACPI tables need at least one processor");
  const listed = listedTables(options);
  const names = listed.map((table) => table.name);
  const dsdt = systemTable("DSDT", DSDT_REVISION, dsdtBody(options));
  return new AcpiTableSet(rsdp(), [facs(), dsdt, ...listed, rsdt(names), xsdt(names)]);
}

/** Tables that RSDT and XSDT point to. */
function listedTables(options: AcpiOptions): AcpiTable[] {
  const hpet = options.hasHpet === false ? [] : [hpetTable()];
  return [fadt(options), madt(options), ...hpet];
}
