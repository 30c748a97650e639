/** What lies in a machine's memory and devices before its first instruction. */
import { buildAcpiTables } from "../devices/acpi/build-acpi-tables.js";
import { addPcItems } from "../devices/fw-cfg/pc-items.js";
import { assignResources, DEFAULT_PCI_WINDOWS } from "../devices/pci/assign-resources.js";
import type { Processor } from "../processor/index.js";
import { highMemoryStart } from "./boot/e820.js";
import { enterBootState } from "./boot/enter.js";
import { lowMemoryEnd, planBoot, type BootMemory, type BootSource } from "./boot/index.js";
import type { PcBoard } from "./pc-board.js";
import type { PhysicalMemory } from "./physical-memory.js";

const RSDP_ADDRESS = 0xe0000;
const ACPI_TABLES_ADDRESS = 0xe0040;
const VIDEO_START = 0xa0000;
const VIDEO_END = 0xc0000;
const BOOT_MENU_WAIT_MS = 2000;
const COM1 = 0x3f8;

/** The parts of a machine that booting touches; processors and board have just been reset. */
export interface BootTarget {
  readonly processor: Processor;
  readonly memory: PhysicalMemory;
  readonly board: PcBoard;
  readonly cpuCount: number;
  readonly bootMemory: BootMemory;
}

/** RAM: all but the video memory's window, and what the hole below 4 GiB displaces above it. */
export function ramRanges(memory: BootMemory): { start: number; end: number }[] {
  const low = lowMemoryEnd(memory);
  const ranges = [
    { start: 0, end: VIDEO_START },
    { start: VIDEO_END, end: low },
  ];
  if (memory.memoryBytes > low) {
    ranges.push({ start: highMemoryStart, end: highMemoryStart + memory.memoryBytes - low });
  }
  return ranges;
}

/** What firmware asks QEMU's configuration device for: sizes, the memory map, ACPI tables to be linked. */
export function addFirmwareItems({ board, cpuCount, bootMemory }: BootTarget): void {
  addPcItems(board.fwCfg, {
    memoryBytes: bootMemory.memoryBytes,
    processorCount: cpuCount,
    memoryMap: bootMemory.e820,
    bootMenuWaitMs: BOOT_MENU_WAIT_MS,
    serialConsolePort: COM1,
  });
  for (const { name, bytes } of acpiTables(cpuCount).loaderFiles()) board.fwCfg.addFile(name, bytes);
}

/**
 * Puts `source` into memory and the bootstrap processor at its entry. Without firmware its work is done here: PCI
 * resources, the local APIC's virtual wire mode, ACPI tables. Returns what was recognized.
 * @throws VmError when the files are not what the protocol wants
 */
export function loadBoot(target: BootTarget, source: BootSource): string {
  const { memory, processor, bootMemory } = target;
  const isFirmware = source.kind === "firmware";
  const plan = planBoot(source, isFirmware ? bootMemory : { ...bootMemory, acpiRsdp: RSDP_ADDRESS });
  if (!isFirmware) actAsFirmware(target);
  for (const { address, bytes } of plan.writes) memory.write(address, bytes);
  for (const { address, bytes } of plan.roms) memory.mapRom(address, bytes);
  enterBootState(processor, plan.entry);
  return plan.description;
}

/** MTRRs as firmware leaves them: enabled, all memory write-back but for the video window (uncacheable). */
function setMemoryTypes({ processor, cpuCount }: BootTarget): void {
  const enabledWriteBack = 0xc06n;
  const writeBack = 0x0606060606060606n;
  /** Fixed-range registers in MSR order: the third covers A0000H-BFFFFH. */
  const VIDEO_REGISTER = 2;
  const fixedCount = 11;
  for (let cpu = 0; cpu < cpuCount; cpu++) {
    processor.writeState64(cpu, "MTRR_DEF_TYPE", enabledWriteBack);
    for (let index = 0; index < fixedCount; index++) {
      processor.writeState64(cpu, "MTRR_FIXED", index === VIDEO_REGISTER ? 0n : writeBack, index);
    }
  }
}

function actAsFirmware(target: BootTarget): void {
  const { board, memory, cpuCount } = target;
  setMemoryTypes(target);
  assignResources(board.pci);
  board.localApics[0]?.enableVirtualWireMode();
  const linked = acpiTables(cpuCount).link(RSDP_ADDRESS, ACPI_TABLES_ADDRESS);
  memory.write(linked.rsdpAddress, linked.rsdp);
  memory.write(linked.tablesAddress, linked.tables);
}

function acpiTables(cpuCount: number) {
  const apicIds = Array.from({ length: cpuCount }, (_, cpu) => cpu);
  return buildAcpiTables({ apicIds, pciMemoryWindow: DEFAULT_PCI_WINDOWS.memory });
}
