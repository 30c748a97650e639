import { VmError, formatHex } from "../errors.js";
import { buildBiosDataArea } from "./bios-data-area.js";
import type { BootModule } from "./boot-module.js";
import type { BootPlan } from "./boot-plan.js";
import { encodeCommandLine } from "./command-line.js";
import type { BootMemory } from "./e820.js";
import type { ElfImage } from "./elf.js";
import { isElf, placeElfSegments, readElf, segmentLoad } from "./elf.js";
import { buildGdt, protected32Entry } from "./entry-state.js";
import { MemoryPlanner } from "./memory-planner.js";
import type { MultibootAddresses, MultibootHeader } from "./multiboot-header.js";
import { checkMultibootFlags, findMultibootHeader } from "./multiboot-header.js";
import type { MultibootModule } from "./multiboot-info.js";
import { buildMultibootInfo, buildMultibootMemoryMap, buildMultibootModuleList } from "./multiboot-info.js";

export interface MultibootBoot {
  kernel: Uint8Array;
  /** The first word of the command line, where kernels expect their own file name; default `kernel`. */
  kernelName?: string;
  commandLine?: string;
  modules?: readonly BootModule[];
}

/** EAX at the entry point. */
const bootLoaderMagic = 0x2badb002;
const bootLoaderName = "Innervisor";
const pageBytes = 4096;

interface PlacedKernel {
  entry: number;
  end: number;
}

/**
 * Plans the start of a multiboot 1 kernel ("Machine state"): protected mode without paging, EAX the magic,
 * EBX the information.
 * @throws VmError `kernel-not-multiboot`, `multiboot-unsupported-flags`, `multiboot-elf64`,
 *   `multiboot-header-invalid`, and those of `readElf` and `MemoryPlanner`
 */
export function planMultibootBoot(boot: MultibootBoot, memory: BootMemory): BootPlan {
  const header = findMultibootHeader(boot.kernel);
  if (header === undefined) throw notMultibootError();
  checkMultibootFlags(header.flags);
  const planner = new MemoryPlanner(memory);
  planner.placeAt("BIOS data area", ...buildBiosDataArea());
  const kernel = placeKernel(boot.kernel, header, planner);
  const gdt = planner.placeLowest("GDT", buildGdt("code32"));
  const infoAddress = placeInfo(boot, kernel.end, memory, planner);
  return {
    description: "multiboot kernel",
    writes: planner.writes,
    roms: [],
    entry: protected32Entry(kernel.entry, gdt, { rax: bootLoaderMagic, rbx: infoAddress }),
  };
}

function placeKernel(image: Uint8Array, header: MultibootHeader, planner: MemoryPlanner): PlacedKernel {
  if (header.addresses !== undefined)
    return placeByAddresses(image, header.offset, header.addresses, planner);
  if (!isElf(image)) throw headerError("it is no ELF file and has no load addresses (flags bit 16 is clear)");
  const elf = readElf(image);
  if (elf.is64Bit) throw elf64Error();
  return { end: placeElfSegments(elf, planner), entry: physicalEntry(elf) };
}

/** e_entry is a virtual address; the machine starts without paging. */
function physicalEntry(elf: ElfImage): number {
  const segment = elf.segments.find(
    (candidate) =>
      candidate.type === segmentLoad &&
      elf.entry >= candidate.virtualAddress &&
      elf.entry < candidate.virtualAddress + candidate.memoryBytes,
  );
  return segment === undefined ? elf.entry : elf.entry - segment.virtualAddress + segment.physicalAddress;
}

function placeByAddresses(
  image: Uint8Array,
  headerOffset: number,
  addresses: MultibootAddresses,
  planner: MemoryPlanner,
): PlacedKernel {
  const { headerAddress, loadAddress, loadEndAddress, bssEndAddress, entryAddress } = addresses;
  const start = headerOffset - (headerAddress - loadAddress);
  if (start < 0 || headerAddress < loadAddress) {
    throw headerError(
      `load_addr ${formatHex(loadAddress)} and header_addr ${formatHex(headerAddress)} do not agree`,
    );
  }
  const loadBytes = loadEndAddress === 0 ? image.length - start : loadEndAddress - loadAddress;
  if (loadBytes <= 0) throw headerError(`load_end_addr ${formatHex(loadEndAddress)} is not behind load_addr`);
  if (start + loadBytes > image.length) throw truncatedError(start + loadBytes, image.length);
  const end = Math.max(loadAddress + loadBytes, bssEndAddress);
  planner.placeAt("kernel", loadAddress, image.subarray(start, start + loadBytes), end - loadAddress);
  return { entry: entryAddress, end };
}

function placeInfo(
  boot: MultibootBoot,
  kernelEnd: number,
  memory: BootMemory,
  planner: MemoryPlanner,
): number {
  const commandLine = `${boot.kernelName ?? "kernel"} ${boot.commandLine ?? ""}`.trimEnd();
  const modules = (boot.modules ?? []).map((module) => placeModule(module, kernelEnd, planner));
  const moduleList = planner.placeLowest("module list", buildMultibootModuleList(modules));
  const memoryMap = planner.placeLowest("memory map", buildMultibootMemoryMap(memory.e820));
  const info = buildMultibootInfo({
    memory,
    commandLineAddress: planner.placeLowest("command line", encodeCommandLine(commandLine)).address,
    bootLoaderNameAddress: planner.placeLowest("boot loader name", encodeCommandLine(bootLoaderName)).address,
    moduleCount: modules.length,
    moduleListAddress: moduleList.address,
    memoryMapAddress: memoryMap.address,
    memoryMapBytes: memoryMap.bytes.length,
  });
  return planner.placeLowest("multiboot information", info).address;
}

/** Always on a page, whether the kernel asks for it (flags bit 0) or not. */
function placeModule(module: BootModule, kernelEnd: number, planner: MemoryPlanner): MultibootModule {
  const placed = planner.placeLowest("module", module.bytes, { from: kernelEnd, alignment: pageBytes });
  const string = planner.placeLowest("module string", encodeCommandLine(module.commandLine ?? ""));
  return { start: placed.address, end: placed.address + module.bytes.length, stringAddress: string.address };
}

function notMultibootError(): VmError {
  return new VmError({
    code: "kernel-not-multiboot",
    message:
      "the kernel has no multiboot header: expected 1BADB002H with a valid checksum in the first 8192 bytes",
    hint: "link the header into the front of the kernel",
  });
}

function headerError(found: string): VmError {
  return new VmError({
    code: "multiboot-header-invalid",
    message: `the multiboot kernel cannot be loaded: ${found}`,
    hint: "link the kernel as 32-bit ELF, or correct the address fields of its multiboot header",
  });
}

function elf64Error(): VmError {
  return new VmError({
    code: "multiboot-elf64",
    message: "the multiboot kernel is a 64-bit ELF file, expected a 32-bit one",
    hint: 'convert it with "objcopy -O elf32-i386"',
  });
}

function truncatedError(expectedBytes: number, fileBytes: number): VmError {
  return new VmError({
    code: "kernel-truncated",
    message: `the kernel is truncated: its multiboot header asks for ${expectedBytes} bytes, the file has ${fileBytes}`,
    hint: "copy or download the kernel again",
    context: { expectedBytes, fileBytes },
  });
}
