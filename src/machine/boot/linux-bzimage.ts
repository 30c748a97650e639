import { VmError } from "../errors.js";
import type { BootPlan, MemoryWrite } from "./boot-plan.js";
import { buildBiosDataArea } from "./bios-data-area.js";
import type { BootMemory } from "./e820.js";
import { extendedMemoryStart } from "./e820.js";
import {
  buildGdt,
  buildIdentityTables,
  identityTablesBytes,
  long64Entry,
  protected32Entry,
} from "./entry-state.js";
import { encodeCommandLine } from "./command-line.js";
import type { LinuxHeader } from "./linux-header.js";
import { formatVersion, parseLinuxHeader } from "./linux-header.js";
import { buildZeroPage } from "./linux-zero-page.js";
import { MemoryPlanner } from "./memory-planner.js";

export interface LinuxBoot {
  kernel: Uint8Array;
  initrd?: Uint8Array;
  commandLine?: string;
  /** Which entry point to use; default: the 64-bit one where the kernel has it, as it runs fewer instructions. */
  entry?: "protected32" | "long64";
}

const pageBytes = 4096;
/** The 64-bit entry point, relative to the load address ("64-bit Boot Protocol"). */
const entry64Offset = 0x200;

/**
 * Plans the start of a Linux bzImage by the 64-bit or the 32-bit boot protocol.
 * @throws VmError those of `parseLinuxHeader` and of `MemoryPlanner`, `command-line-too-long`,
 *   `command-line-invalid`, `kernel-no-64bit-entry`
 */
export function planLinuxBoot(boot: LinuxBoot, memory: BootMemory): BootPlan {
  const header = parseLinuxHeader(boot.kernel);
  const mode = chooseEntry(boot, header);
  const planner = new MemoryPlanner(memory);
  planner.placeAt("BIOS data area", ...buildBiosDataArea());
  // A kernel loaded below its preferred address moves itself there, so no other address asks for less memory.
  const kernel = planner.placeAt(
    "kernel",
    header.preferredAddress,
    header.protectedModeCode,
    header.initSize,
  );
  const commandLine = planner.placeLowest(
    "command line",
    encodeCommandLine(boot.commandLine ?? "", header.commandLineSize),
  );
  const initrd = placeInitrd(boot, header, planner);
  const zeroPage = planner.placeLowest(
    "zero page",
    buildZeroPage(boot.kernel, header, {
      kernelAddress: kernel.address,
      commandLineAddress: commandLine.address,
      initrd,
      memory,
    }),
    { alignment: pageBytes },
  );
  return {
    description: `Linux bzImage ${header.kernelVersion || `(boot protocol ${formatVersion(header.version)})`}`,
    entry: buildEntry(mode, kernel.address, zeroPage.address, planner),
    writes: planner.writes,
    roms: [],
  };
}

function chooseEntry(boot: LinuxBoot, header: LinuxHeader): "protected32" | "long64" {
  if (boot.entry === "long64" && !header.has64BitEntry) {
    throw new VmError({
      code: "kernel-no-64bit-entry",
      message: "the kernel has no 64-bit entry point (XLF_KERNEL_64 is clear in xloadflags)",
      hint: "use the 32-bit entry point, or a 64-bit kernel of Linux 3.8 or later",
    });
  }
  return boot.entry ?? (header.has64BitEntry ? "long64" : "protected32");
}

/** As high as the kernel allows, which leaves the memory behind the kernel to the kernel. */
function placeInitrd(boot: LinuxBoot, header: LinuxHeader, planner: MemoryPlanner): MemoryWrite | undefined {
  if (boot.initrd === undefined || boot.initrd.length === 0) return undefined;
  return planner.placeHighest("initrd", boot.initrd, {
    from: extendedMemoryStart,
    below: header.initrdAddressMax + 1,
    alignment: pageBytes,
  });
}

function buildEntry(
  mode: "protected32" | "long64",
  kernelAddress: number,
  zeroPageAddress: number,
  planner: MemoryPlanner,
): BootPlan["entry"] {
  if (mode === "protected32") {
    const gdt = planner.placeLowest("GDT", buildGdt("code32"));
    return protected32Entry(kernelAddress, gdt, { rsi: zeroPageAddress });
  }
  const gdt = planner.placeLowest("GDT", buildGdt("code64"));
  const cr3 = planner.findLowest("page tables", identityTablesBytes, { alignment: pageBytes });
  planner.placeAt("page tables", cr3, buildIdentityTables(cr3));
  return long64Entry(kernelAddress + entry64Offset, gdt, cr3, { rsi: zeroPageAddress });
}
