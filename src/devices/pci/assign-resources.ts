import { COMMAND, COMMAND_IO_SPACE, COMMAND_MEMORY_SPACE, INTERRUPT_LINE } from "./config-registers.js";
import { pirqOfPin } from "./interrupt-router.js";
import { FIRMWARE_PIRQ_IRQS } from "./isa-bridge.js";
import type { BaseAddressRegister } from "./base-address-register.js";
import type { PciBus, PciSlot } from "./pci-bus.js";

/** Address ranges [start, end) that base address registers may get. */
export interface PciWindows {
  readonly memory: AddressRange;
  readonly io: AddressRange;
}

export interface AddressRange {
  readonly start: number;
  readonly end: number;
}

/** Below the I/O APIC, above all RAM below 4 GiB. */
export const DEFAULT_PCI_WINDOWS: PciWindows = {
  memory: { start: 0xc0000000, end: 0xfec00000 },
  io: { start: 0xc000, end: 0x10000 },
};

/**
 * Does what firmware does with PCI before it starts an operating system: gives every base address register an
 * address, every pin an interrupt, switches decoding on, and programs the chips' own registers.
 *
 * Throws RangeError when a window is too small for the devices.
 */
export function assignResources(bus: PciBus, windows: PciWindows = DEFAULT_PCI_WINDOWS): void {
  const next = { memory: windows.memory.start, io: windows.io.start };
  for (const slot of bus.slots()) {
    slot.function.programAsFirmware();
    for (const bar of barsBySize(slot)) {
      const space = bar.layout.kind === "io" ? "io" : "memory";
      next[space] = assignBar(slot, bar, next[space], windows[space]);
    }
    assignInterruptLine(slot);
    enableDecoding(slot);
  }
}

/** Largest first: natural alignment then wastes nothing within a function. */
function barsBySize(slot: PciSlot): BaseAddressRegister[] {
  return [...slot.function.bars].sort((a, b) => b.layout.size - a.layout.size);
}

/** Returns the first address behind the register's range. */
function assignBar(slot: PciSlot, bar: BaseAddressRegister, from: number, window: AddressRange): number {
  const size = bar.layout.size;
  const address = Math.ceil(from / size) * size;
  if (address + size > window.end) {
    throw new RangeError(`no room for ${size} bytes of ${slot.function.name} in the PCI window`);
  }
  slot.function.writeConfig(bar.offset, 4, address);
  if (bar.layout.kind === "memory64") slot.function.writeConfig(bar.offset + 4, 4, 0);
  return address + size;
}

function assignInterruptLine({ address, function: pciFunction }: PciSlot): void {
  const pin = pciFunction.interruptPin - 1;
  if (pin < 0) return;
  // The power management function's interrupt is wired to IRQ 9 and programmed by itself.
  if (pciFunction.readConfig(INTERRUPT_LINE, 1) !== 0) return;
  const irq = FIRMWARE_PIRQ_IRQS[pirqOfPin(address.device, pin)] ?? 0;
  pciFunction.writeConfig(INTERRUPT_LINE, 1, irq);
}

function enableDecoding({ function: pciFunction }: PciSlot): void {
  if (pciFunction.bars.length === 0) return;
  const command = pciFunction.readConfig(COMMAND, 2);
  pciFunction.writeConfig(COMMAND, 2, command | COMMAND_IO_SPACE | COMMAND_MEMORY_SPACE);
}
