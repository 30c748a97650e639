import { VmError, formatSize } from "../errors.js";

/** Address range types as INT 15H, AX=E820H reports them (ACPI specification, "Address Range Types"). */
export const e820Type = { ram: 1, reserved: 2, acpiReclaimable: 3, acpiNvs: 4 } as const;

/** One range of guest-physical addresses; `length` in bytes. */
export interface E820Entry {
  address: number;
  length: number;
  type: number;
}

/** What a boot protocol must know of the machine's memory. */
export interface BootMemory {
  /** RAM in bytes, as `validateMemorySize` accepts it. */
  memoryBytes: number;
  e820: readonly E820Entry[];
  /** Guest-physical address of the ACPI RSDP; absent when the machine has no ACPI tables. */
  acpiRsdp?: number;
}

const mib = 0x100000;

/** The extended BIOS data area takes the last KiB of conventional memory, as on every PC. */
export const conventionalMemoryEnd = 0x9fc00;
export const videoMemoryStart = 0xa0000;
/** ACPI tables and firmware live in E0000H … FFFFFH. */
export const firmwareAreaStart = 0xe0000;
export const extendedMemoryStart = 0x100000;
/** RAM ends here below 4 GiB; the rest of the 4 GiB is the PCI window, the APICs, the HPET and the ROM. */
export const lowMemoryLimit = 0xc0000000;
export const highMemoryStart = 0x1_0000_0000;

/**
 * The least memory a machine may have: one MiB holds only conventional memory, and every boot protocol but
 * a real-mode image loads at 1 MiB or above it.
 */
export const minimumMemoryBytes = 2 * mib;
/**
 * The most memory a machine may have. Pages come into being when they are touched first, and some 3.5 GiB of touched
 * pages fit into the engine's memory: a guest that touches more ends with the reason `out-of-memory`.
 */
export const maximumMemoryBytes = 2 ** 35;

/**
 * Checks a machine's memory size and returns it.
 * @param memoryBytes a whole number of MiB: the unit of CMOS, of multiboot and of memory modules
 * @param maximumBytes what this machine can hold, when less than the address space
 * @throws VmError `memory-size-invalid`, `memory-too-small`, `memory-too-large`, `memory-size-unaligned`
 */
export function validateMemorySize(memoryBytes: number, maximumBytes = maximumMemoryBytes): number {
  const context = { memoryBytes, minimumMemoryBytes, maximumBytes };
  const range = `between ${formatSize(minimumMemoryBytes)} and ${formatSize(maximumBytes)}`;
  const fail = (code: string, found: string): never => {
    throw new VmError({
      code,
      message: `memory size must be a whole number of MiB ${range}, found ${found}`,
      hint: "give a size such as 512M or 2G",
      context,
    });
  };
  if (!Number.isSafeInteger(memoryBytes) || memoryBytes < 0) fail("memory-size-invalid", `${memoryBytes}`);
  if (memoryBytes < minimumMemoryBytes) fail("memory-too-small", formatSize(memoryBytes));
  if (memoryBytes > maximumBytes) fail("memory-too-large", formatSize(memoryBytes));
  if (memoryBytes % mib !== 0) fail("memory-size-unaligned", `${memoryBytes} bytes`);
  return memoryBytes;
}

/**
 * The address map of a machine with `memoryBytes` of RAM: conventional memory, the reserved EBDA and
 * firmware area, extended memory up to 3 GiB, and the remainder from 4 GiB. Ranges that are not listed
 * (video memory, the PCI window) are free for devices.
 */
export function buildE820(memoryBytes: number): E820Entry[] {
  validateMemorySize(memoryBytes);
  const lowEnd = Math.min(memoryBytes, lowMemoryLimit);
  const entries: E820Entry[] = [
    range(0, conventionalMemoryEnd, e820Type.ram),
    range(conventionalMemoryEnd, videoMemoryStart, e820Type.reserved),
    range(firmwareAreaStart, extendedMemoryStart, e820Type.reserved),
    range(extendedMemoryStart, lowEnd, e820Type.ram),
  ];
  const highBytes = memoryBytes - lowEnd;
  if (highBytes > 0) entries.push({ address: highMemoryStart, length: highBytes, type: e820Type.ram });
  return entries;
}

/** The end of the RAM that lies below 4 GiB and above 1 MiB. */
export function lowMemoryEnd(memory: BootMemory): number {
  const extended = memory.e820.find((e) => e.type === e820Type.ram && e.address === extendedMemoryStart);
  return extended === undefined
    ? Math.min(memory.memoryBytes, lowMemoryLimit)
    : extended.address + extended.length;
}

function range(start: number, end: number, type: number): E820Entry {
  return { address: start, length: end - start, type };
}
