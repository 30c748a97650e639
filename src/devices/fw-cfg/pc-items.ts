import type { FwCfg } from "./fw-cfg.js";
import * as keys from "./keys.js";

/** Memory types of an e820 map are those of ACPI's "INT 15H, E820H". */
export interface MemoryRange {
  readonly address: number;
  /** Bytes. */
  readonly length: number;
  /** 1 RAM, 2 reserved. */
  readonly type: number;
}

export interface PcItemsOptions {
  /** All RAM in bytes. */
  readonly memoryBytes: number;
  readonly processorCount: number;
  /** RAM, and what else firmware cannot find out by itself; the area below 1 MiB is firmware's own business. */
  readonly memoryMap: readonly MemoryRange[];
  /** Milliseconds; no boot menu unless given. */
  readonly bootMenuWaitMs?: number;
  /** Port at which firmware mirrors the screen to a serial line; none unless given. */
  readonly serialConsolePort?: number;
  /** Open Firmware device paths, first to boot first, e.g. "/pci@i0cf8/scsi@2/disk@0,0". */
  readonly bootOrder?: readonly string[];
}

const MEMORY_RANGE_BYTES = 20;

/** Adds what PC firmware asks for on every start: memory, processors, boot menu and order, serial console. */
export function addPcItems(fwCfg: FwCfg, options: PcItemsOptions): void {
  fwCfg.addItem(keys.FW_CFG_RAM_SIZE, littleEndian(options.memoryBytes, 8));
  fwCfg.addItem(keys.FW_CFG_NOGRAPHIC, littleEndian(1, 2));
  fwCfg.addItem(keys.FW_CFG_CPU_COUNT, littleEndian(options.processorCount, 2));
  fwCfg.addItem(keys.FW_CFG_CPU_COUNT_MAX, littleEndian(options.processorCount, 2));
  // The timer's IRQ 0 is wired to pin 2 of the I/O APIC.
  fwCfg.addItem(keys.FW_CFG_IRQ0_OVERRIDE, littleEndian(1, 1));
  fwCfg.addItem(keys.FW_CFG_BOOT_MENU, littleEndian(options.bootMenuWaitMs === undefined ? 0 : 1, 2));
  fwCfg.addFile("etc/e820", memoryMapFile(options.memoryMap));
  addOptionalFiles(fwCfg, options);
}

function addOptionalFiles(fwCfg: FwCfg, options: PcItemsOptions): void {
  if (options.bootMenuWaitMs !== undefined) {
    fwCfg.addFile("etc/boot-menu-wait", littleEndian(options.bootMenuWaitMs, 2));
  }
  if (options.serialConsolePort !== undefined) {
    fwCfg.addFile("etc/sercon-port", littleEndian(options.serialConsolePort, 2));
  }
  if (options.bootOrder !== undefined) {
    // Firmware wants a string: lines, and a NUL at the end.
    fwCfg.addFile("bootorder", ascii(`${options.bootOrder.join("\n")}\0`));
  }
}

/** le64 address, le64 length, le32 type of each range. */
function memoryMapFile(ranges: readonly MemoryRange[]): Uint8Array {
  const bytes = new Uint8Array(ranges.length * MEMORY_RANGE_BYTES);
  ranges.forEach(({ address, length, type }, at) => {
    bytes.set(littleEndian(address, 8), at * MEMORY_RANGE_BYTES);
    bytes.set(littleEndian(length, 8), at * MEMORY_RANGE_BYTES + 8);
    bytes.set(littleEndian(type, 4), at * MEMORY_RANGE_BYTES + 16);
  });
  return bytes;
}

function littleEndian(value: number, size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, at) => Math.floor(value / 256 ** at) % 256);
}

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}
