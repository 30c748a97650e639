import { VmError } from "../errors.js";
import { buildBiosDataArea } from "./bios-data-area.js";
import type { BootModule } from "./boot-module.js";
import type { BootPlan, MemoryWrite } from "./boot-plan.js";
import { encodeCommandLine } from "./command-line.js";
import type { BootMemory, E820Entry } from "./e820.js";
import type { ElfImage, ElfSegment } from "./elf.js";
import { isElf, placeElfSegments, readElf, segmentNote, viewOf } from "./elf.js";
import { buildGdt, protected32Entry } from "./entry-state.js";
import { MemoryPlanner, alignUp } from "./memory-planner.js";

/* The PVH boot protocol: Xen, "x86/HVM direct boot ABI" and "HVM start info". */

export interface PvhBoot {
  kernel: Uint8Array;
  commandLine?: string;
  /** The first one is the initrd of a Linux kernel. */
  modules?: readonly BootModule[];
}

/** XEN_ELFNOTE_PHYS32_ENTRY. */
const physical32EntryNote = 18;
const noteOwner = "Xen\0";
const noteHeaderBytes = 12;

const startInfoMagic = 0x336ec578;
const startInfoVersion = 1;
const startInfoBytes = 56;
const moduleEntryBytes = 32;
const memoryMapEntryBytes = 24;
const pageBytes = 4096;

/** The physical entry point that a PVH kernel's note names, or undefined when it has no such note. */
export function findPvhEntry(image: Uint8Array): number | undefined {
  if (!isElf(image)) return undefined;
  return findEntryNote(readElf(image));
}

/**
 * Plans the start of a PVH kernel: protected mode, EBX = hvm_start_info of version 1.
 * @throws VmError `kernel-no-pvh-entry`, those of `readElf` and `MemoryPlanner`, `command-line-invalid`
 */
export function planPvhBoot(boot: PvhBoot, memory: BootMemory): BootPlan {
  const elf = readElf(boot.kernel);
  const entry = findEntryNote(elf);
  if (entry === undefined) throw noEntryError();
  const planner = new MemoryPlanner(memory);
  planner.placeAt("BIOS data area", ...buildBiosDataArea());
  placeElfSegments(elf, planner);
  const gdt = planner.placeLowest("GDT", buildGdt("code32"));
  const commandLine = planner.placeLowest("command line", encodeCommandLine(boot.commandLine ?? ""));
  const modules = placeModules(boot.modules ?? [], planner);
  const memoryMap = planner.placeLowest("memory map", buildMemoryMap(memory.e820));
  const startInfo = buildStartInfo({
    commandLineAddress: commandLine.address,
    moduleListAddress: modules.address,
    moduleCount: boot.modules?.length ?? 0,
    memoryMapAddress: memoryMap.address,
    memory,
  });
  const { address: startInfoAddress } = planner.placeLowest("start info", startInfo);
  return {
    description: `PVH kernel (${elf.is64Bit ? "ELF64" : "ELF32"})`,
    writes: planner.writes,
    roms: [],
    entry: protected32Entry(entry, gdt, { rbx: startInfoAddress }),
  };
}

function findEntryNote(elf: ElfImage): number | undefined {
  for (const segment of elf.segments) {
    const entry = segment.type === segmentNote ? findEntryInNotes(segment) : undefined;
    if (entry !== undefined) return entry;
  }
  return undefined;
}

function findEntryInNotes(segment: ElfSegment): number | undefined {
  const view = viewOf(segment.bytes);
  // Notes are padded to 4 bytes, or to 8 in a segment that is aligned so (System V ABI, "Note Section").
  const alignment = segment.alignment === 8 ? 8 : 4;
  let at = 0;
  while (at + noteHeaderBytes <= segment.bytes.length) {
    const nameBytes = view.getUint32(at, true);
    const descriptorBytes = view.getUint32(at + 4, true);
    const descriptor = at + alignUp(noteHeaderBytes + nameBytes, alignment);
    const next = descriptor + alignUp(descriptorBytes, alignment);
    if (descriptor + descriptorBytes > segment.bytes.length) return undefined;
    const isEntry = view.getUint32(at + 8, true) === physical32EntryNote && descriptorBytes >= 4;
    if (isEntry && hasName(segment.bytes, at + noteHeaderBytes, nameBytes))
      return view.getUint32(descriptor, true);
    at = next;
  }
  return undefined;
}

function hasName(bytes: Uint8Array, offset: number, length: number): boolean {
  return String.fromCharCode(...bytes.subarray(offset, offset + Math.min(length, 8))) === noteOwner;
}

/** Places the modules and their command lines, and the list of them; returns the list. */
function placeModules(modules: readonly BootModule[], planner: MemoryPlanner): MemoryWrite {
  const list = new Uint8Array(modules.length * moduleEntryBytes);
  const view = viewOf(list);
  modules.forEach((module, index) => {
    const placed = planner.placeHighest("module", module.bytes, { alignment: pageBytes });
    const commandLine = planner.placeLowest(
      "module command line",
      encodeCommandLine(module.commandLine ?? ""),
    );
    const at = index * moduleEntryBytes;
    view.setBigUint64(at, BigInt(placed.address), true);
    view.setBigUint64(at + 8, BigInt(module.bytes.length), true);
    view.setBigUint64(at + 16, BigInt(commandLine.address), true);
  });
  return planner.placeLowest("module list", list);
}

function buildMemoryMap(entries: readonly E820Entry[]): Uint8Array {
  const map = new Uint8Array(entries.length * memoryMapEntryBytes);
  const view = viewOf(map);
  entries.forEach((entry, index) => {
    const at = index * memoryMapEntryBytes;
    view.setBigUint64(at, BigInt(entry.address), true);
    view.setBigUint64(at + 8, BigInt(entry.length), true);
    view.setUint32(at + 16, entry.type, true);
  });
  return map;
}

interface StartInfoInput {
  commandLineAddress: number;
  moduleListAddress: number;
  moduleCount: number;
  memoryMapAddress: number;
  memory: BootMemory;
}

function buildStartInfo(input: StartInfoInput): Uint8Array {
  const info = new Uint8Array(startInfoBytes);
  const view = viewOf(info);
  view.setUint32(0, startInfoMagic, true);
  view.setUint32(4, startInfoVersion, true);
  view.setUint32(12, input.moduleCount, true);
  view.setBigUint64(16, BigInt(input.moduleCount > 0 ? input.moduleListAddress : 0), true);
  view.setBigUint64(24, BigInt(input.commandLineAddress), true);
  view.setBigUint64(32, BigInt(input.memory.acpiRsdp ?? 0), true);
  view.setBigUint64(40, BigInt(input.memoryMapAddress), true);
  view.setUint32(48, input.memory.e820.length, true);
  return info;
}

function noEntryError(): VmError {
  return new VmError({
    code: "kernel-no-pvh-entry",
    message: "the kernel has no PVH entry point: expected an ELF note of owner Xen and type 18",
    hint: "build Linux with CONFIG_PVH, or give a bzImage",
  });
}
