/** Accesses to physical memory by the processor itself (paging structures, VMCS, descriptor caches). */
import { mmioRead, mmioWrite } from "../imports";
import { invalidateCodeAt } from "../decode/invalidate";
import { frameCode, frameFor, frameIsRom } from "./frames";

/** A naturally aligned word of physical memory; all ones where there is none (MMIO is read). */
export function readPhysical64(physical: u64): u64 {
  const frame = frameFor(physical);
  if (frame) return load<u64>(frame + ((<u32>physical) & 0xfff));
  const low = mmioRead(<u32>physical, <u32>(physical >> 32), 4);
  return (<u64>low) | ((<u64>mmioRead(<u32>physical + 4, <u32>(physical >> 32), 4)) << 32);
}

export function readPhysical32(physical: u64): u32 {
  const frame = frameFor(physical);
  return frame
    ? load<u32>(frame + ((<u32>physical) & 0xfff))
    : mmioRead(<u32>physical, <u32>(physical >> 32), 4);
}

/** Writes a naturally aligned word; code decoded from it is dropped. */
export function writePhysical64(physical: u64, value: u64): void {
  const frame = frameFor(physical);
  if (frame == 0) {
    mmioWrite(<u32>physical, <u32>(physical >> 32), 4, <u32>value);
    mmioWrite(<u32>physical + 4, <u32>(physical >> 32), 4, <u32>(value >> 32));
    return;
  }
  if (frameIsRom) return;
  const host = frame + ((<u32>physical) & 0xfff);
  if (load<u64>(frameCode(host))) invalidateCodeAt(host, 8);
  store<u64>(host, value);
}

export function writePhysical32(physical: u64, value: u32): void {
  const frame = frameFor(physical);
  if (frame == 0) return mmioWrite(<u32>physical, <u32>(physical >> 32), 4, value);
  if (frameIsRom) return;
  const host = frame + ((<u32>physical) & 0xfff);
  if (load<u64>(frameCode(host))) invalidateCodeAt(host, 4);
  store<u32>(host, value);
}
