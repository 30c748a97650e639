import { ByteWriter } from "./byte-writer.js";
import { type AcpiOptions, IO_APIC_ADDRESS, LOCAL_APIC_ADDRESS, PCI_LINK_IRQS, SCI_IRQ } from "./options.js";
import { type AcpiTable, systemTable } from "./system-table.js";

const MADT_REVISION = 4;
/** A dual 8259 is there too and must be masked before the APICs are used. */
const PCAT_COMPAT = 1;
const PROCESSOR_ENABLED = 1;
const FIRST_X2APIC_ONLY_ID = 255;
const ALL_PROCESSORS = 0xff;
const NMI_LINT = 1;

/** MPS INTI flags: polarity in bits 1:0, trigger mode in bits 3:2. */
const CONFORMS_TO_BUS = 0;
const ACTIVE_HIGH_LEVEL = 0b1101;

/** Multiple APIC description table (ACPI 6.4, "Multiple APIC Description Table (MADT)"). */
export function madt(options: AcpiOptions): AcpiTable {
  const body = new ByteWriter().u32(LOCAL_APIC_ADDRESS).u32(PCAT_COMPAT);
  options.apicIds.forEach((apicId, uid) => writeLocalApic(body, apicId, uid));
  writeIoApic(body);
  // The timer's IRQ 0 arrives at pin 2: pin 0 is the 8259's output.
  writeSourceOverride(body, 0, 2, CONFORMS_TO_BUS);
  for (const irq of [PCI_LINK_IRQS[0], SCI_IRQ, ...PCI_LINK_IRQS.slice(1)]) {
    writeSourceOverride(body, irq, irq, ACTIVE_HIGH_LEVEL);
  }
  writeLocalApicNmi(body);
  return systemTable("APIC", MADT_REVISION, body.toBytes());
}

function writeLocalApic(body: ByteWriter, apicId: number, uid: number): void {
  if (apicId < FIRST_X2APIC_ONLY_ID) body.u8(0, 8, uid, apicId).u32(PROCESSOR_ENABLED);
  else body.u8(9, 16).u16(0).u32(apicId).u32(PROCESSOR_ENABLED).u32(uid);
}

/** The I/O APIC's own id is 0, its reset value, as on PCs whose APICs share no bus. */
function writeIoApic(body: ByteWriter): void {
  const ioApicId = 0;
  body.u8(1, 12, ioApicId, 0).u32(IO_APIC_ADDRESS).u32(0);
}

function writeSourceOverride(body: ByteWriter, irq: number, interrupt: number, flags: number): void {
  const isaBus = 0;
  body.u8(2, 10, isaBus, irq).u32(interrupt).u16(flags);
}

function writeLocalApicNmi(body: ByteWriter): void {
  body.u8(4, 6, ALL_PROCESSORS).u16(CONFORMS_TO_BUS).u8(NMI_LINT);
}
