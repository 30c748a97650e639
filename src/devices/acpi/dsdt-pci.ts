import { PIRQ_COUNT, pirqOfPin } from "../pci/interrupt-router.js";
import { PIRQ_ROUTE_CONTROL } from "../pci/isa-bridge.js";
import { DEVICES_PER_BUS } from "../pci/pci-bus.js";
import * as aml from "./aml/terms.js";
import {
  bridgeWindow,
  FIRST_INTERRUPT_OFFSET,
  ports,
  resourceTemplate,
  sharedLevelInterrupts,
} from "./aml/resources.js";
import { type AcpiOptions, PCI_LINK_IRQS, SCI_IRQ } from "./options.js";

type Aml = aml.Aml;

const PINS_PER_DEVICE = 4;
const ISA_BRIDGE_DEVICE = 1;
/** _PRT's "any function of this device". */
const ANY_FUNCTION = 0xffff;
const ROUTE_DISABLED = 0x80;
const ROUTE_IRQ = 0x0f;
const STATUS_PRESENT_DISABLED = 0x09;
const STATUS_PRESENT_ENABLED = 0x0b;

/** The host bridge and its windows, and under it the ISA bridge with its routing registers. */
export function hostBridge(memory: AcpiOptions["pciMemoryWindow"]): Aml {
  return aml.scope(
    "\\_SB",
    aml.device(
      "PCI0",
      aml.name("_HID", aml.eisaId("PNP0A03")),
      aml.name("_UID", aml.integer(0)),
      aml.name("_BBN", aml.integer(0)),
      aml.name("_CRS", windows(memory)),
      isaBridge(),
    ),
  );
}

/** The configuration ports lie in a gap between the port windows: the bridge itself takes them. */
function windows(memory: AcpiOptions["pciMemoryWindow"]): Aml {
  return resourceTemplate(
    bridgeWindow("busNumber", 2, 0, 0xff),
    ports(0xcf8, 8),
    bridgeWindow("io", 2, 0, 0xcf7),
    bridgeWindow("io", 2, 0xd00, 0xffff),
    bridgeWindow("memory", 4, 0xa0000, 0xbffff),
    bridgeWindow("memory", 4, memory.start, memory.end - 1),
  );
}

/** To come after the links: packages name only what is there already. */
export function interruptRouting(): Aml {
  return aml.scope("\\_SB.PCI0", aml.name("_PRT", routingTable()));
}

/** ACPI 6.4, "_PRT (PCI Routing Table)": address, pin, link, index. */
function routingTable(): Aml {
  const entries: Aml[] = [];
  for (let device = 1; device < DEVICES_PER_BUS; device++) {
    for (let pin = 0; pin < PINS_PER_DEVICE; pin++) entries.push(routingEntry(device, pin));
  }
  return aml.packageOf(...entries);
}

function routingEntry(device: number, pin: number): Aml {
  const address = aml.integer(device * 0x10000 + ANY_FUNCTION);
  // The power management function's pin A is wired to the SCI and passes no link.
  const isSci = device === ISA_BRIDGE_DEVICE && pin === 0;
  const source = isSci
    ? [aml.integer(0), aml.integer(SCI_IRQ)]
    : [aml.reference(linkName(pirqOfPin(device, pin))), aml.integer(0)];
  return aml.packageOf(address, aml.integer(pin), ...source);
}

function linkName(pirq: number): string {
  return `LNK${"ABCD"[pirq]}`;
}

function isaBridge(): Aml {
  return aml.device(
    "ISA",
    aml.name("_ADR", aml.integer(ISA_BRIDGE_DEVICE * 0x10000)),
    aml.operationRegion("PIRR", "pciConfig", PIRQ_ROUTE_CONTROL, PIRQ_COUNT),
  );
}

/** LNKA … LNKD: which interrupt each PIRQ has, may have, and is given, read from and written to the ISA bridge. */
export function interruptLinks(): Aml {
  const routes = Array.from({ length: PIRQ_COUNT }, (_, pirq) => `PRQ${pirq}`);
  return aml.scope(
    "\\_SB",
    aml.byteFields("PCI0.ISA.PIRR", ...routes),
    ...routes.map((route, pirq) => interruptLink(pirq, aml.reference(route))),
  );
}

function interruptLink(pirq: number, route: Aml): Aml {
  return aml.device(
    linkName(pirq),
    aml.name("_HID", aml.eisaId("PNP0C0F")),
    aml.name("_UID", aml.integer(pirq + 1)),
    aml.name("_PRS", resourceTemplate(sharedLevelInterrupts(...PCI_LINK_IRQS))),
    linkStatus(route),
    aml.method("_DIS", 0, false, aml.or(route, aml.integer(ROUTE_DISABLED), route)),
    currentLinkResources(route),
    setLinkResources(route),
  );
}

function linkStatus(route: Aml): Aml {
  return aml.method(
    "_STA",
    0,
    false,
    aml.ifTrue(
      aml.and(route, aml.integer(ROUTE_DISABLED)),
      aml.returnValue(aml.integer(STATUS_PRESENT_DISABLED)),
    ),
    aml.returnValue(aml.integer(STATUS_PRESENT_ENABLED)),
  );
}

function currentLinkResources(route: Aml): Aml {
  return aml.method(
    "_CRS",
    0,
    true,
    aml.name("CURR", resourceTemplate(sharedLevelInterrupts(0))),
    aml.createDWordField(aml.reference("CURR"), FIRST_INTERRUPT_OFFSET, "IRQN"),
    aml.ifTrue(aml.and(route, aml.integer(ROUTE_DISABLED)), aml.returnValue(aml.reference("CURR"))),
    aml.and(route, aml.integer(ROUTE_IRQ), aml.reference("IRQN")),
    aml.returnValue(aml.reference("CURR")),
  );
}

function setLinkResources(route: Aml): Aml {
  return aml.method(
    "_SRS",
    1,
    true,
    aml.createDWordField(aml.ARG_0, FIRST_INTERRUPT_OFFSET, "IRQN"),
    aml.store(aml.reference("IRQN"), route),
  );
}
