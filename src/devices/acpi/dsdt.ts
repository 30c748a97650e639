import { type Aml, integer, name, packageOf, scope } from "./aml/terms.js";
import { isaDevices } from "./dsdt-isa.js";
import { hostBridge, interruptLinks, interruptRouting } from "./dsdt-pci.js";
import { processors } from "./dsdt-processors.js";
import { type AcpiOptions, SLEEP_TYPE_SOFT_OFF } from "./options.js";

/** The definition block of the DSDT: soft off, processors, PCI host bridge with its interrupt links, ISA devices. */
export function dsdtBody(options: AcpiOptions): Aml {
  return [
    ...softOff(),
    ...scope("\\_SB", ...processors(options.apicIds.length)),
    ...hostBridge(options.pciMemoryWindow),
    ...isaDevices(options),
    ...interruptLinks(),
    ...interruptRouting(),
  ];
}

/** Values for PM1a and PM1b control; the other two elements are reserved. */
function softOff(): Aml {
  const sleepType = integer(SLEEP_TYPE_SOFT_OFF);
  return name("\\_S5", packageOf(sleepType, sleepType, integer(0), integer(0)));
}
