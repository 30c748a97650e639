import { VmError, formatSize } from "../errors.js";
import type { BootPlan } from "./boot-plan.js";
import { realModeEntry } from "./entry-state.js";

const kib = 1024;
const blockBytes = 64 * kib;
const maximumBytes = 16 * 1024 * kib;
/** As much of the ROM's end as a PC shows below 1 MiB. */
const lowAliasBytes = 128 * kib;
const lowAliasEnd = 0x100000;
const romEnd = 0x1_0000_0000;

const resetSelector = 0xf000;
const resetBase = 0xffff0000;
const resetOffset = 0xfff0;

/**
 * Plans the start of a firmware image: the ROM ends at 4 GiB, its last 128 KiB are seen at E0000H … FFFFFH
 * too, and the processor starts at the reset vector (SDM 3A, "First Instruction Executed").
 * @param rom 64 KiB to 16 MiB, a multiple of 64 KiB
 * @throws VmError `firmware-size-invalid`
 */
export function planFirmwareBoot(rom: Uint8Array): BootPlan {
  if (rom.length < blockBytes || rom.length > maximumBytes || rom.length % blockBytes !== 0) {
    throw invalidSizeError(rom.length);
  }
  const lowAlias = rom.subarray(Math.max(0, rom.length - lowAliasBytes));
  return {
    description: `firmware of ${formatSize(rom.length)}`,
    writes: [],
    roms: [
      { address: romEnd - rom.length, bytes: rom },
      { address: lowAliasEnd - lowAlias.length, bytes: lowAlias },
    ],
    entry: realModeEntry(resetSelector, resetBase, resetOffset),
  };
}

function invalidSizeError(romBytes: number): VmError {
  return new VmError({
    code: "firmware-size-invalid",
    message: `a firmware image must be a multiple of 64 KiB between 64 KiB and 16 MiB, found ${formatSize(romBytes)}`,
    hint: "give the whole ROM image, such as SeaBIOS's bios-256k.bin",
    context: { romBytes },
  });
}
