import { type Aml, device, integer, name, string } from "./aml/terms.js";

/** Processor devices; their UIDs are the processor UIDs of the MADT (ACPI 6.4, "Declaring Processors"). */
export function processors(count: number): Aml[] {
  return Array.from({ length: count }, (_, uid) =>
    device(
      `C${uid.toString(16).toUpperCase().padStart(3, "0")}`,
      name("_HID", string("ACPI0007")),
      name("_UID", integer(uid)),
    ),
  );
}
