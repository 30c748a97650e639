import type { BootMemory, E820Entry } from "./e820.js";
import { conventionalMemoryEnd, extendedMemoryStart, lowMemoryEnd } from "./e820.js";
import { viewOf } from "./elf.js";

/* What a multiboot kernel finds at EBX (Multiboot Specification 0.6.96, "Boot information format"). */

export const multibootInfoBytes = 120;
const flagMemory = 0x001;
const flagCommandLine = 0x004;
const flagModules = 0x008;
const flagMemoryMap = 0x040;
const flagBootLoaderName = 0x200;

const moduleEntryBytes = 16;
const memoryMapEntryBytes = 24;
const kib = 1024;

export interface MultibootInfoInput {
  memory: BootMemory;
  commandLineAddress: number;
  bootLoaderNameAddress: number;
  moduleCount: number;
  moduleListAddress: number;
  memoryMapAddress: number;
  memoryMapBytes: number;
}

export function buildMultibootInfo(input: MultibootInfoInput): Uint8Array {
  const info = new Uint8Array(multibootInfoBytes);
  const view = viewOf(info);
  const put = (offset: number, value: number): void => view.setUint32(offset, value, true);
  put(0, flagMemory | flagCommandLine | flagModules | flagMemoryMap | flagBootLoaderName);
  put(4, Math.floor(conventionalMemoryEnd / kib));
  // mem_upper: KiB from 1 MiB to the first hole above it.
  put(8, (lowMemoryEnd(input.memory) - extendedMemoryStart) / kib);
  put(16, input.commandLineAddress);
  put(20, input.moduleCount);
  put(24, input.moduleListAddress);
  put(44, input.memoryMapBytes);
  put(48, input.memoryMapAddress);
  put(64, input.bootLoaderNameAddress);
  return info;
}

/** The memory map; its types are those of E820. */
export function buildMultibootMemoryMap(entries: readonly E820Entry[]): Uint8Array {
  const map = new Uint8Array(entries.length * memoryMapEntryBytes);
  const view = viewOf(map);
  entries.forEach((entry, index) => {
    const at = index * memoryMapEntryBytes;
    // The size field does not count itself.
    view.setUint32(at, memoryMapEntryBytes - 4, true);
    view.setBigUint64(at + 4, BigInt(entry.address), true);
    view.setBigUint64(at + 12, BigInt(entry.length), true);
    view.setUint32(at + 20, entry.type, true);
  });
  return map;
}

export interface MultibootModule {
  start: number;
  /** Behind the last byte. */
  end: number;
  stringAddress: number;
}

export function buildMultibootModuleList(modules: readonly MultibootModule[]): Uint8Array {
  const list = new Uint8Array(modules.length * moduleEntryBytes);
  const view = viewOf(list);
  modules.forEach((module, index) => {
    view.setUint32(index * moduleEntryBytes, module.start, true);
    view.setUint32(index * moduleEntryBytes + 4, module.end, true);
    view.setUint32(index * moduleEntryBytes + 8, module.stringAddress, true);
  });
  return list;
}
