import { VmError, formatHex } from "../errors.js";
import type { BootPlan } from "./boot-plan.js";
import type { BootMemory } from "./e820.js";
import { lowMemoryEnd } from "./e820.js";
import type { EntryState } from "./entry-state.js";
import {
  buildGdt,
  buildIdentityTables,
  identityTablesBytes,
  long64Entry,
  protected32Entry,
  realModeEntry,
} from "./entry-state.js";
import { MemoryPlanner } from "./memory-planner.js";

export type FlatMode = "real" | "protected32" | "long64";

export interface FlatBoot {
  image: Uint8Array;
  /** Guest-physical address of the first byte, which is the first instruction. */
  address: number;
  /** Default: real below 1 MiB, protected32 above. */
  mode?: FlatMode;
}

const realModeLimit = 0x100000;
const addressLimit = 0x1_0000_0000;
const pageBytes = 4096;

/**
 * Plans the start of a bare image at its address. In real mode the registers are as after reset, save CS:IP;
 * the other modes have flat segments and a stack that ends with the RAM below 4 GiB.
 * @throws VmError `flat-image-empty`, `flat-address-invalid`, and those of `MemoryPlanner`
 */
export function planFlatBoot(boot: FlatBoot, memory: BootMemory): BootPlan {
  const mode = boot.mode ?? (boot.address < realModeLimit ? "real" : "protected32");
  checkImage(boot, mode);
  const planner = new MemoryPlanner(memory);
  planner.placeAt("image", boot.address, boot.image);
  return {
    description: `flat image at ${formatHex(boot.address)}`,
    entry: buildEntry(boot.address, mode, memory, planner),
    writes: planner.writes,
    roms: [],
  };
}

function buildEntry(address: number, mode: FlatMode, memory: BootMemory, planner: MemoryPlanner): EntryState {
  const rsp = lowMemoryEnd(memory);
  switch (mode) {
    case "real":
      return realModeEntry(address >> 4, address & ~0xf, address & 0xf);
    case "protected32":
      return protected32Entry(address, planner.placeLowest("GDT", buildGdt("code32")), { rsp });
    case "long64": {
      const gdt = planner.placeLowest("GDT", buildGdt("code64"));
      const cr3 = planner.findLowest("page tables", identityTablesBytes, { alignment: pageBytes });
      planner.placeAt("page tables", cr3, buildIdentityTables(cr3));
      return long64Entry(address, gdt, cr3, { rsp });
    }
  }
}

function checkImage(boot: FlatBoot, mode: FlatMode): void {
  if (boot.image.length === 0) {
    throw new VmError({
      code: "flat-image-empty",
      message: "the flat image is empty, expected at least one instruction",
      hint: "check how the image was built",
    });
  }
  const limit = mode === "real" ? realModeLimit : addressLimit;
  if (Number.isSafeInteger(boot.address) && boot.address >= 0 && boot.address < limit) return;
  throw new VmError({
    code: "flat-address-invalid",
    message: `a flat image that starts in ${mode} mode must lie below ${formatHex(limit)}, found ${formatAddress(boot.address)}`,
    hint: "choose an address in RAM, such as 7C00H or 100000H",
    context: { address: boot.address, mode },
  });
}

function formatAddress(address: number): string {
  return Number.isSafeInteger(address) ? formatHex(address) : `${address}`;
}
