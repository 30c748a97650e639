/**
 * The library: whole x86-64 machines in a process.
 *
 * ```ts
 * const machine = await createMachine({ memoryBytes: 2 ** 28, boot: { kind: "kernel", kernel, initrd } });
 * const ended = machine.run();
 * await machine.serial.waitFor(/login: /);
 * machine.serial.send("root\n");
 * const end = await ended;
 * ```
 */
export type { BlockBackend, CharacterSink, GuestMemory } from "./devices/contracts.js";
export { MemoryBlockBackend } from "./devices/virtio/block/memory-block-backend.js";
export type { BootModule, BootSource, FlatBoot, FlatMode, KernelBoot } from "./machine/boot/index.js";
export { VmError, type VmErrorContext, type VmErrorOptions } from "./machine/errors.js";
export type { HostServices } from "./machine/host-services.js";
export type {
  EndReason,
  MachineEnd,
  MachineOptions,
  ProcessorReport,
  ReportedException,
  RestoreOptions,
} from "./machine/machine-options.js";
export { Machine } from "./machine/machine.js";
export type { PhysicalMemory } from "./machine/physical-memory.js";
export type { SerialPort, WaitOptions } from "./machine/serial-port.js";
export { createMachine, restoreMachine, type OnNode } from "./node/create-machine.js";
export { nodeHost } from "./node/node-host.js";
