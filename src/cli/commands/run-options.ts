import { basename } from "node:path";
import type { BootModule } from "../../machine/boot/boot-module.js";
import { validateMemorySize } from "../../machine/boot/e820.js";
import type { BootSource } from "../../machine/boot/plan.js";
import { VmError } from "../../machine/errors.js";
import { FileBlockBackend } from "../file-block-backend.js";
import type { MachineOptions } from "../machine-contract.js";
import type { ModuleOption } from "../parse-values.js";
import {
  parseChoice,
  parseDisk,
  parseFlat,
  parseInteger,
  parseMemorySize,
  parseModule,
} from "../parse-values.js";
import { readInputFile, readKernelFile } from "../read-input-file.js";
import type { RunSettings } from "../run-machine.js";

/** The options of `run` as Commander gives them. */
export interface RunOptionValues {
  kernel?: string;
  initrd?: string;
  append?: string;
  module?: string[];
  flat?: string;
  firmware?: string;
  memory: string;
  cpus: string;
  cpuProfile?: string;
  nested?: boolean;
  exposeVirtualizationExtensions?: boolean;
  disk?: string[];
  clock: string;
  exitOnPort?: boolean;
  reboot: boolean;
  maxInstructions?: string;
  timeout?: string;
  stats?: boolean;
}

export interface RunRequest {
  machine: Omit<MachineOptions, "serialSink">;
  settings: RunSettings;
}

const maximumCpus = 64;
const maximumTimeoutSeconds = 2_000_000;

/** Checks all options, then reads the files they name. @throws VmError */
export async function resolveRunOptions(values: RunOptionValues): Promise<RunRequest> {
  checkCombination(values);
  const memoryBytes = validateMemorySize(parseMemorySize(values.memory));
  const cpuCount = parseInteger("--cpus", values.cpus, 1, maximumCpus);
  const clock = parseChoice("--clock", values.clock, ["real", "virtual"]);
  const settings = parseSettings(values);
  const maxInstructions = parseOptional(
    "--max-instructions",
    values.maxInstructions,
    Number.MAX_SAFE_INTEGER,
  );
  const disks = (values.disk ?? []).map(parseDisk);
  const boot = await readBootSource(values);
  return {
    settings,
    machine: {
      memoryBytes,
      cpuCount,
      clock,
      boot,
      exposeVirtualizationExtensions:
        values.nested === true || values.exposeVirtualizationExtensions === true,
      exitPort: values.exitOnPort === true,
      ...(values.cpuProfile !== undefined && { cpuProfile: values.cpuProfile }),
      ...(maxInstructions !== undefined && { maxInstructions }),
      // Last: everything else was found good, and the disks stay open from here on.
      disks: disks.map((disk) => new FileBlockBackend(disk.path, disk.readOnly)),
    },
  };
}

function parseSettings(values: RunOptionValues): RunSettings {
  const timeoutSeconds = parseOptional("--timeout", values.timeout, maximumTimeoutSeconds);
  return {
    noReboot: !values.reboot,
    printStatistics: values.stats === true,
    ...(timeoutSeconds !== undefined && { timeoutMs: timeoutSeconds * 1000 }),
  };
}

function parseOptional(option: string, text: string | undefined, maximum: number): number | undefined {
  return text === undefined ? undefined : parseInteger(option, text, 1, maximum);
}

/** Exactly one thing to start, and nothing that would be ignored. */
function checkCombination(values: RunOptionValues): void {
  const sources = (["kernel", "flat", "firmware"] as const).filter((name) => values[name] !== undefined);
  if (sources.length !== 1) {
    const found = sources.length === 0 ? "none" : sources.map((name) => `--${name}`).join(" and ");
    throw combinationError(`expected one of --kernel, --flat and --firmware, found ${found}`);
  }
  const needsKernel = (["initrd", "append", "module"] as const).find((name) => values[name] !== undefined);
  if (needsKernel !== undefined && values.kernel === undefined) {
    throw combinationError(`--${needsKernel} is only for --kernel, found --${sources[0]}`);
  }
}

function combinationError(message: string): VmError {
  return new VmError({ code: "option-combination", message, hint: 'see "innervisor help run"' });
}

async function readBootSource(values: RunOptionValues): Promise<BootSource> {
  if (values.firmware !== undefined) {
    return { kind: "firmware", rom: await readInputFile("firmware", values.firmware) };
  }
  if (values.flat !== undefined) {
    const { path, address, mode } = parseFlat(values.flat);
    return { kind: "flat", image: await readInputFile("flat image", path), address, ...(mode && { mode }) };
  }
  return readKernelSource(values, values.kernel ?? "");
}

async function readKernelSource(values: RunOptionValues, kernelPath: string): Promise<BootSource> {
  const moduleOptions = (values.module ?? []).map(parseModule);
  return {
    kind: "kernel",
    kernel: await readKernelFile(kernelPath),
    kernelName: basename(kernelPath),
    ...(values.initrd !== undefined && { initrd: await readInputFile("initrd", values.initrd) }),
    ...(moduleOptions.length > 0 && { modules: await Promise.all(moduleOptions.map(readModule)) }),
    commandLine: values.append ?? "",
  };
}

/** A module's string begins with its file name: kernels skip the first word. */
async function readModule(option: ModuleOption): Promise<BootModule> {
  const bytes = await readInputFile("module", option.path);
  return { bytes, commandLine: `${basename(option.path)} ${option.commandLine}`.trimEnd() };
}
