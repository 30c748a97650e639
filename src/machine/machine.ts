import { intelV2, profiles, type ProcessorProfile } from "../../isa/profiles/index.js";
import type { MachineControl } from "../devices/contracts.js";
import type { ShadowSegment } from "../devices/pci/shadow-segments.js";
import { buildCpuidTable } from "../processor/cpuid.js";
import { pageKind, Processor, type GprName } from "../processor/index.js";
import { buildE820, validateMemorySize, type BootMemory, type BootSource } from "./boot/index.js";
import { VmError } from "./errors.js";
import { MachineBus } from "./io-bus.js";
import { addFirmwareItems, loadBoot, ramRanges } from "./load-boot.js";
import { MachineClock } from "./machine-clock.js";
import type { EndReason, MachineEnd, MachineOptions, RestoreOptions } from "./machine-options.js";
import { PcBoard } from "./pc-board.js";
import { PhysicalMemory } from "./physical-memory.js";
import { createProcessorHost } from "./processor-host.js";
import { ProcessorPort } from "./processor-port.js";
import { RealTime } from "./real-time.js";
import { reportProcessor } from "./processor-report.js";
import { Scheduler, type SliceEnd } from "./scheduler.js";
import { SerialPort } from "./serial-port.js";
import { restoreMachine } from "./snapshot/restore-machine.js";
import { checkRestoreOptions } from "./snapshot/restore-options.js";
import { saveMachine, type StatefulParts } from "./snapshot/save-machine.js";
import { readSnapshot, type SavedHardware, type SavedMachine } from "./snapshot/saved-machine.js";

const CPU_MOST = 64;
const PHYSICAL_BITS = 40;
const CRYSTAL_HZ = 25_000_000;
const PAGE = 4096;
/** What the real-time clock shows when a virtual clock starts. */
const VIRTUAL_START_MS = Date.UTC(2026, 0, 1);

/** After these the guest never runs again in this machine. */
const FINAL_REASONS: ReadonlySet<EndReason> = new Set([
  "power-off",
  "exit-port",
  "triple-fault",
  "reset",
  "out-of-memory",
]);

/** How a machine gets its first state. */
type Start = { kind: "boot"; source: BootSource } | { kind: "saved"; saved: SavedMachine };
type Parts = Omit<MachineOptions, "boot"> & { cpuCount: number; isFirmware: boolean };

/** A whole virtual machine. Create it, run it; it ends by itself or when told to. */
export class Machine {
  /** COM1. */
  readonly serial: SerialPort;
  /** hvc0, the virtio console. */
  readonly console: SerialPort;
  readonly memory: PhysicalMemory;
  readonly processor: Processor;
  readonly board: PcBoard;
  readonly clock: MachineClock;
  /** What was recognized: "Linux bzImage 6.1.0-…". */
  readonly bootDescription: string;

  readonly #options: Parts & { maxInstructions: number };
  readonly #scheduler: Scheduler;
  readonly #bus: MachineBus;
  #end: MachineEnd | undefined;
  #isRunning = false;
  #randomState = 0x9e3779b9;
  readonly #randomPool = new Uint32Array(1024);
  #randomLeft = 0;

  /**
   * Builds the machine and loads what it boots; nothing runs yet.
   * @throws VmError when memory, processors or the boot files are not what they must be
   */
  static async create(options: MachineOptions): Promise<Machine> {
    validateMemorySize(options.memoryBytes);
    const cpuCount = options.cpuCount ?? 1;
    if (!Number.isInteger(cpuCount) || cpuCount < 1 || cpuCount > CPU_MOST) {
      throw new VmError({
        code: "cpu-count",
        message: `a machine has 1 to ${CPU_MOST} processors, got ${cpuCount}`,
        hint: "give another number of processors",
      });
    }
    const parts = { ...options, cpuCount, isFirmware: options.boot.kind === "firmware" };
    return new Machine(await options.host.loadProcessor(), parts, { kind: "boot", source: options.boot });
  }

  /**
   * Builds the machine that `snapshot` saved; `run` goes on where it was. A real clock goes on from the saved time.
   * @throws VmError `snapshot-…` when the bytes are damaged, of another version, or do not fit `options`
   */
  static async restore(snapshot: Uint8Array, options: RestoreOptions): Promise<Machine> {
    const saved = readSnapshot(snapshot);
    const { disks: _, cpuProfile, ...hardware } = saved.header.hardware;
    checkRestoreOptions(saved.header.hardware, options);
    validateMemorySize(hardware.memoryBytes);
    const parts: Parts = { ...options, ...hardware, ...(cpuProfile === "" ? {} : { cpuProfile }) };
    return new Machine(await options.host.loadProcessor(), parts, { kind: "saved", saved });
  }

  private constructor(wasmBytes: Uint8Array, options: Parts, start: Start) {
    this.#options = { ...options, maxInstructions: options.maxInstructions ?? Infinity };
    const { host, cpuCount } = options;
    const isVirtual = options.clock === "virtual";
    const passedNs = start.kind === "saved" ? start.saved.header.clock.nowNs : 0;
    const realTime = new RealTime(host, passedNs);
    const nowNs = (): number => (isVirtual ? this.#virtualNow() : realTime.nowNs());
    const wallMs = (): number => (isVirtual ? VIRTUAL_START_MS + nowNs() / 1e6 : host.wallMs());
    this.clock = new MachineClock({ nowNs, wallMs }, (atNs) => this.#timerArmed(atNs));
    this.#bus = new MachineBus((page, isMmio) => this.#pageChanged(page, isMmio));
    this.processor = new Processor(
      wasmBytes,
      createProcessorHost({
        bus: this.#bus,
        processor: () => this.processor,
        localApic: () => this.board.localApics[this.processor.readMachineWord("ACTIVE_CPU")] as never,
        nowNs,
        random32: () => this.#random32(),
      }),
      { cpuCount, physicalBits: PHYSICAL_BITS },
    );
    this.processor.writeMachineWord("VIRTUAL_CLOCK", isVirtual ? 1 : 0);
    this.processor.writeMachineWord("EXPOSE_VMX", options.exposeVirtualizationExtensions ? 1 : 0);
    this.processor.bytes.set(
      buildCpuidTable(findProfile(options.cpuProfile), {
        cpuCount,
        exposeVmx: options.exposeVirtualizationExtensions === true,
      }),
      this.processor.cpuidTable,
    );
    const bootMemory: BootMemory = { memoryBytes: options.memoryBytes, e820: buildE820(options.memoryBytes) };
    this.memory = new PhysicalMemory(this.processor, ramRanges(bootMemory));
    this.serial = new SerialPort({
      type: (bytes) => this.#typed(() => this.board.uart.receive(bytes)),
      sink: options.serialSink,
      host,
    });
    this.console = new SerialPort({
      type: (bytes) => this.#typed(() => this.board.virtioConsole.send(bytes)),
      host,
    });
    const ports = Array.from({ length: cpuCount }, (_, cpu) => new ProcessorPort(this.processor, cpu));
    this.board = this.#buildBoard(ports);
    ports.forEach((port, cpu) => (port.localApic = this.board.localApics[cpu]));
    this.#scheduler = new Scheduler({
      processor: this.processor,
      cpuCount,
      clock: this.clock,
      isVirtual,
      realTime,
      host,
      mustStop: () => this.#end !== undefined,
    });
    this.processor.exports.resetAll();
    this.board.reset();
    const target = {
      processor: this.processor,
      memory: this.memory,
      board: this.board,
      cpuCount,
      bootMemory,
    };
    if (options.isFirmware) addFirmwareItems(target);
    this.bootDescription = start.kind === "boot" ? loadBoot(target, start.source) : this.#load(start.saved);
  }

  /**
   * Runs until the guest or somebody else ends it, or for about `maxInstructions` of this call. A machine that was
   * paused or came to a limit goes on where it was.
   */
  async run({ maxInstructions = Infinity }: { maxInstructions?: number } = {}): Promise<MachineEnd> {
    if (this.#isRunning) throw new VmError({ code: "already-running", message: "the machine runs already" });
    this.#isRunning = true;
    this.#end = undefined;
    try {
      const left = this.#options.maxInstructions - this.#scheduler.retired;
      const end = this.#endOf(await this.#scheduler.run(Math.min(left, maxInstructions)));
      if (FINAL_REASONS.has(end.reason))
        for (const port of [this.serial, this.console]) port.close(end.reason);
      return end;
    } finally {
      this.#isRunning = false;
    }
  }

  /** Makes `run` return with `paused` at the next block boundary. */
  pause(): void {
    this.#finish({ reason: "paused" });
  }

  /** Makes `run` return with `stopped`. */
  stop(): void {
    this.#finish({ reason: "stopped" });
  }

  /**
   * The whole state, for `Machine.restore`; the contents of disks are not in it. Takes about as many bytes as the
   * guest has touched memory.
   * @throws VmError `machine-running` unless the machine is paused or has not been started
   */
  snapshot(): Uint8Array {
    if (this.#isRunning) {
      throw new VmError({
        code: "machine-running",
        message: "the machine runs; only a paused machine can be saved",
        hint: "call pause() and await what run() returned",
      });
    }
    return saveMachine(this.#statefulParts(), {
      hardware: this.#hardware(),
      bootDescription: this.bootDescription,
      nowNs: this.clock.nowNs(),
      randomState: this.#randomState,
    });
  }

  /** Runs `count` instructions of the bootstrap processor (more only for the rest of a block). Timers fire. */
  step(count = 1): void {
    this.clock.fireDue();
    this.processor.exports.selectCpu(0);
    this.processor.exports.run(count);
  }

  /** A general register of a processor; `RIP` and `RFLAGS` too. */
  readRegister(name: GprName | "RIP" | "RFLAGS", cpu = 0): bigint {
    if (name === "RIP") return this.processor.readState64(cpu, "RIP");
    if (name !== "RFLAGS") return this.processor.readGpr(cpu, name);
    this.processor.exports.selectCpu(cpu);
    return BigInt(this.processor.readFlags());
  }

  writeRegister(name: GprName | "RIP", value: bigint, cpu = 0): void {
    if (name === "RIP") this.processor.writeState64(cpu, "RIP", value);
    else this.processor.writeGpr(cpu, name, value);
  }

  /** Counters by name. */
  statistics(): Record<string, number> {
    const names = ["BLOCKS_DECODED", "BLOCKS_DROPPED", "ARENA_RESETS", "TLB_FILLS"] as const;
    const counters = names.map((name) => [
      name.toLowerCase().replaceAll("_", "-"),
      this.processor.readMachineWord(name),
    ]);
    const resident =
      this.processor.readMachineWord("FRAME_NEXT") - this.processor.readMachineWord("FRAME_FIRST");
    return {
      instructions: this.#scheduler.retired,
      "guest-memory-touched": resident,
      ...Object.fromEntries(counters),
    };
  }

  #endOf(end: SliceEnd): MachineEnd {
    switch (end.kind) {
      case "stopped":
        return this.#end ?? { reason: "stopped" };
      case "limit":
        return { reason: "instruction-limit" };
      case "out-of-memory":
        return { reason: "out-of-memory" };
      case "triple-fault":
        return { reason: "triple-fault", report: reportProcessor(this.processor, end.cpu) };
    }
  }

  #statefulParts(): StatefulParts {
    const { processor, board, serial, console } = this;
    return { processor, board, serial, console, scheduler: this.#scheduler };
  }

  #hardware(): SavedHardware {
    const options = this.#options;
    return {
      memoryBytes: options.memoryBytes,
      cpuCount: options.cpuCount,
      clock: options.clock ?? "real",
      exposeVirtualizationExtensions: options.exposeVirtualizationExtensions === true,
      cpuProfile: options.cpuProfile ?? "",
      exitPort: options.exitPort === true,
      isFirmware: options.isFirmware,
      disks: (options.disks ?? []).map(({ sectorCount, readOnly }) => ({ sectorCount, readOnly })),
    };
  }

  #load(saved: SavedMachine): string {
    this.#randomState = saved.header.randomState;
    restoreMachine(this.#statefulParts(), saved);
    return saved.header.bootDescription;
  }

  #buildBoard(ports: readonly ProcessorPort[]): PcBoard {
    const control: MachineControl = {
      powerOff: () => this.#finish({ reason: "power-off" }),
      reset: () => this.#finish({ reason: "reset" }),
      exit: (exitValue) => this.#finish({ reason: "exit-port", exitValue }),
    };
    return new PcBoard({
      bus: this.#bus,
      memory: this.memory,
      clock: this.clock,
      control,
      processors: ports,
      physicalAddressBits: PHYSICAL_BITS,
      crystalHz: CRYSTAL_HZ,
      entropy: { fill: (target) => this.#fillRandom(target) },
      serialSink: { write: (bytes) => this.serial.write(bytes) },
      consoleSink: { write: (bytes) => this.console.write(bytes) },
      debugSink: this.#options.debugSink ?? { write: () => undefined },
      disks: this.#options.disks ?? [],
      hasExitPort: this.#options.exitPort === true,
      setA20: (isOpen) => this.#setA20(isOpen),
      setShadow: (segment, readable, writable) => this.#setShadow(segment, readable, writable),
    });
  }

  #virtualNow(): number {
    return this.processor?.exports.nowNsFloat() ?? 0;
  }

  /** A timer armed from inside a slice may be due before the slice ends. */
  #timerArmed(_atNs: number): void {
    this.processor.exports.endSlice();
  }

  #typed(deliver: () => void): void {
    deliver();
    this.#scheduler.wake();
  }

  #finish(end: MachineEnd): void {
    this.#end ??= end;
    this.processor.exports.endSlice();
    this.#scheduler?.wake();
  }

  #pageChanged(page: number, isMmio: boolean): void {
    if (!this.memory?.isRam(page * PAGE, PAGE)) return;
    this.processor.exports.setMmioPages(page, 1, isMmio ? 1 : 0);
    this.processor.exports.flushAllProcessors();
  }

  #setA20(isOpen: boolean): void {
    const mask = isOpen ? 0xffffffff : 0xffefffff;
    if (this.processor.readMachineWord("A20_MASK") === mask) return;
    this.processor.writeMachineWord("A20_MASK", mask);
    this.processor.exports.flushAllProcessors();
  }

  /** PAM: whether a segment of the BIOS area shows its RAM. Below the ROM lies RAM that the guest has copied it to. */
  #setShadow({ address, length }: ShadowSegment, readable: boolean, writable: boolean): void {
    if (!this.#options.isFirmware) return;
    const kind = readable && writable ? pageKind.ram : pageKind.rom;
    this.processor.exports.setPages(address / PAGE, length / PAGE, kind);
    this.processor.exports.flushAllProcessors();
  }

  /** Deterministic under a virtual clock: xorshift32. */
  #random32(): number {
    if (this.#options.clock !== "virtual") return this.#hostRandom32();
    let x = this.#randomState;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#randomState = x >>> 0;
    return this.#randomState;
  }

  /** The host is asked for many at once: a guest that loops over RDRAND must not be slow. */
  #hostRandom32(): number {
    if (this.#randomLeft === 0) {
      this.#options.host.fillRandom(new Uint8Array(this.#randomPool.buffer));
      this.#randomLeft = this.#randomPool.length;
    }
    this.#randomLeft--;
    return this.#randomPool[this.#randomLeft] as number;
  }

  #fillRandom(target: Uint8Array): void {
    if (this.#options.clock !== "virtual") this.#options.host.fillRandom(target);
    else for (let i = 0; i < target.length; i++) target[i] = this.#random32();
  }
}

/** @throws VmError `unknown-profile`, naming those there are */
function findProfile(name: string | undefined): ProcessorProfile {
  const profile = name === undefined ? intelV2 : profiles.get(name);
  if (profile) return profile;
  throw new VmError({
    code: "unknown-profile",
    message: `there is no processor profile "${name}"`,
    hint: `choose one of: ${[...profiles.keys()].join(", ")}`,
  });
}
