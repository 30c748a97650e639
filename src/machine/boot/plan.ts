import { VmError } from "../errors.js";
import type { BootModule } from "./boot-module.js";
import type { BootPlan } from "./boot-plan.js";
import { detectKernel } from "./detect.js";
import type { BootMemory } from "./e820.js";
import { planFirmwareBoot } from "./firmware.js";
import type { FlatBoot } from "./flat.js";
import { planFlatBoot } from "./flat.js";
import { planLinuxBoot } from "./linux-bzimage.js";
import { planMultibootBoot } from "./multiboot.js";
import { planPvhBoot } from "./pvh.js";

export interface KernelBoot {
  kernel: Uint8Array;
  /** What a multiboot kernel finds as the first word of its command line; default `kernel`. */
  kernelName?: string;
  /** Linux's initrd; for other protocols the first module. */
  initrd?: Uint8Array;
  /** For multiboot and PVH kernels. */
  modules?: readonly BootModule[];
  commandLine?: string;
}

/** What a machine starts: a kernel of a detected protocol, a bare image, or a firmware ROM. */
export type BootSource =
  ({ kind: "kernel" } & KernelBoot) | ({ kind: "flat" } & FlatBoot) | { kind: "firmware"; rom: Uint8Array };

/**
 * Everything to be done before the boot processor's first instruction.
 * @throws VmError of the protocol's own planning function, naming what is wrong with the files
 */
export function planBoot(source: BootSource, memory: BootMemory): BootPlan {
  switch (source.kind) {
    case "kernel":
      return planKernelBoot(source, memory);
    case "flat":
      return planFlatBoot(source, memory);
    case "firmware":
      return planFirmwareBoot(source.rom);
  }
}

function planKernelBoot(boot: KernelBoot, memory: BootMemory): BootPlan {
  const protocol = detectKernel(boot.kernel);
  if (protocol === "linux-bzimage") {
    if (boot.modules !== undefined && boot.modules.length > 0) throw modulesError(boot.modules.length);
    return planLinuxBoot(boot, memory);
  }
  const withModules = { ...boot, modules: joinModules(boot) };
  return protocol === "multiboot" ? planMultibootBoot(withModules, memory) : planPvhBoot(withModules, memory);
}

function joinModules(boot: KernelBoot): BootModule[] {
  const initrd = boot.initrd === undefined ? [] : [{ bytes: boot.initrd, commandLine: "initrd" }];
  return [...initrd, ...(boot.modules ?? [])];
}

function modulesError(count: number): VmError {
  return new VmError({
    code: "modules-not-supported",
    message: `a Linux bzImage takes no modules, found ${count}`,
    hint: "give the initrd with --initrd; modules are for multiboot and PVH kernels",
    context: { count },
  });
}
