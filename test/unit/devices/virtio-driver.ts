/** A driver's side of virtio for tests: finds the device's structures on PCI, negotiates, and builds rings. */
import type { VirtioDevice } from "../../../src/devices/virtio/virtio-device.js";
import { VirtioPciFunction } from "../../../src/devices/virtio/pci/virtio-pci-function.js";
import type { FakeMemory} from "./fakes.js";
import { FakeBus, FakeMessagePort } from "./fakes.js";

export const VERSION_1 = 1n << 32n;
export const INDIRECT_DESC = 1n << 28n;
export const EVENT_IDX = 1n << 29n;

export const NEXT = 1;
export const WRITE = 2;
export const INDIRECT = 4;

const BASE = 0xc0000000;
const NOTIFY = BASE + 0x3000;

export interface TestDescriptor {
  address: number;
  length: number;
  flags?: number;
  next?: number;
}

/** Where queue n's parts are put. */
export function queueLayout(queueIndex: number) {
  const start = 0x10000 + queueIndex * 0x4000;
  return { descriptors: start, available: start + 0x2000, used: start + 0x3000 };
}

export class VirtioTestDriver {
  readonly bus = new FakeBus();
  readonly messages = new FakeMessagePort();
  readonly memory: FakeMemory;
  readonly pciFunction: VirtioPciFunction;
  readonly device: VirtioDevice;
  queueSize = 8;
  #available: number[] = [];

  constructor(memory: FakeMemory, device: VirtioDevice) {
    this.memory = memory;
    this.device = device;
    this.pciFunction = new VirtioPciFunction({ bus: this.bus, messages: this.messages, device });
    this.pciFunction.writeConfig(0x20, 4, BASE);
    this.pciFunction.writeConfig(0x14, 4, BASE + 0x100000);
    this.pciFunction.writeConfig(0x04, 2, 0x6);
  }

  get status(): number {
    return this.bus.read(BASE + 0x14, 1);
  }

  set status(value: number) {
    this.bus.write(BASE + 0x14, value, 1);
  }

  common(offset: number, size: 1 | 2 | 4 = 4): number {
    return this.bus.read(BASE + offset, size);
  }

  setCommon(offset: number, value: number, size: 1 | 2 | 4 = 4): void {
    this.bus.write(BASE + offset, value, size);
  }

  readIsr(): number {
    return this.bus.read(BASE + 0x1000, 1);
  }

  deviceConfig(offset: number, size: 1 | 2 | 4 = 4): number {
    return this.bus.read(BASE + 0x2000 + offset, size);
  }

  writeDeviceConfig(offset: number, value: number, size: 1 | 2 | 4 = 4): void {
    this.bus.write(BASE + 0x2000 + offset, value, size);
  }

  notify(queueIndex = 0): void {
    this.bus.write(NOTIFY + 4 * queueIndex, queueIndex, 2);
  }

  offeredFeatures(): bigint {
    const words = [0, 1].map((select) => {
      this.setCommon(0x00, select);
      return BigInt(this.common(0x04));
    });
    return words[0]! | (words[1]! << 32n);
  }

  acceptFeatures(features: bigint): void {
    [features & 0xffffffffn, features >> 32n].forEach((word, select) => {
      this.setCommon(0x08, select);
      this.setCommon(0x0c, Number(word));
    });
  }

  /** Everything from reset to DRIVER_OK. */
  start(features = VERSION_1, queueCount = this.device.queues.length): void {
    this.status = 0;
    this.status = 1;
    this.status = 3;
    this.acceptFeatures(features);
    this.status = 3 | 8;
    for (let index = 0; index < queueCount; index++) this.setUpQueue(index);
    this.status = 3 | 8 | 4;
  }

  setUpQueue(index: number, overrides: Partial<ReturnType<typeof queueLayout>> = {}): void {
    const layout = { ...queueLayout(index), ...overrides };
    this.setCommon(0x16, index, 2);
    this.setCommon(0x18, this.queueSize, 2);
    [layout.descriptors, layout.available, layout.used].forEach((address, at) => {
      this.setCommon(0x20 + 8 * at, address % 2 ** 32);
      this.setCommon(0x24 + 8 * at, Math.floor(address / 2 ** 32));
    });
    this.setCommon(0x1c, 1, 2);
  }

  writeDescriptor(
    table: number,
    index: number,
    { address, length, flags = 0, next = 0 }: TestDescriptor,
  ): void {
    const at = table + 16 * index;
    this.memory.writeU64(at, BigInt(address));
    this.memory.writeU32(at + 8, length);
    this.memory.writeU16(at + 12, flags);
    this.memory.writeU16(at + 14, next);
  }

  /** Writes descriptors 0, 1, … as one chain, each linked to the next one. */
  writeChain(queueIndex: number, descriptors: TestDescriptor[], first = 0): void {
    descriptors.forEach((descriptor, at) => {
      const isLast = at === descriptors.length - 1;
      const flags = (descriptor.flags ?? 0) | (isLast ? 0 : NEXT);
      const next = descriptor.next ?? first + at + 1;
      this.writeDescriptor(queueLayout(queueIndex).descriptors, first + at, { ...descriptor, flags, next });
    });
  }

  makeAvailable(queueIndex: number, head: number): void {
    const { available } = queueLayout(queueIndex);
    const index = this.#available[queueIndex] ?? 0;
    this.memory.writeU16(available + 4 + 2 * (index % this.queueSize), head);
    this.#available[queueIndex] = (index + 1) & 0xffff;
    this.memory.writeU16(available + 2, this.#available[queueIndex]!);
  }

  /** Makes a chain available and notifies. */
  submit(queueIndex: number, descriptors: TestDescriptor[]): void {
    this.writeChain(queueIndex, descriptors);
    this.makeAvailable(queueIndex, 0);
    this.notify(queueIndex);
  }

  usedIndex(queueIndex = 0): number {
    return this.memory.readU16(queueLayout(queueIndex).used + 2);
  }

  usedEntry(queueIndex: number, index: number): { id: number; length: number } {
    const at = queueLayout(queueIndex).used + 4 + 8 * (index % this.queueSize);
    return { id: this.memory.readU32(at), length: this.memory.readU32(at + 4) };
  }

  /** Enables MSI-X and gives vector n the data 40H + n; queue n gets vector n + 1, configuration vector 0. */
  useMsiX(): void {
    const table = BASE + 0x100000;
    for (let vector = 0; vector <= this.device.queues.length; vector++) {
      [0xfee00000, 0, 0x40 + vector, 0].forEach((word, at) =>
        this.bus.write(table + 16 * vector + 4 * at, word),
      );
    }
    this.pciFunction.writeConfig(0x42, 2, 0x8000);
    this.setCommon(0x10, 0, 2);
    this.device.queues.forEach((_, index) => {
      this.setCommon(0x16, index, 2);
      this.setCommon(0x1a, index + 1, 2);
    });
  }
}
