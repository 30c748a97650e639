import type { AccessSize, IoBus, MmioHandler, PortHandler } from "../devices/contracts.js";

interface Mapping {
  readonly address: number;
  readonly size: number;
  readonly handler: MmioHandler;
}

const PORT_COUNT = 65536;
const PAGE = 4096;

/** Ports and memory-mapped registers: who answers where. Nobody: all ones, as on a bus with pull-ups. */
export class MachineBus implements IoBus {
  readonly #ports: (PortHandler | undefined)[] = new Array<PortHandler | undefined>(PORT_COUNT).fill(
    undefined,
  );
  /** Page number → mappings over it, the latest last. */
  readonly #pages = new Map<number, Mapping[]>();
  readonly #pageChanged: (page: number, isMmio: boolean) => void;

  /** `pageChanged` is told when a page becomes or ceases to be memory-mapped registers. */
  constructor(pageChanged: (page: number, isMmio: boolean) => void) {
    this.#pageChanged = pageChanged;
  }

  mapPorts(first: number, count: number, handler: PortHandler): () => void {
    for (let port = first; port < first + count; port++) {
      if (this.#ports[port]) throw new RangeError(`port ${port.toString(16)}H has a device already`);
    }
    this.#ports.fill(handler, first, first + count);
    return () => this.#ports.fill(undefined, first, first + count);
  }

  mapMmio(address: number, size: number, handler: MmioHandler): () => void {
    if (address % PAGE !== 0 || size % PAGE !== 0) throw new RangeError("mappings are whole 4 KiB pages");
    const mapping = { address, size, handler };
    const pages = Array.from({ length: size / PAGE }, (_, index) => address / PAGE + index);
    for (const page of pages) this.#lay(page, mapping);
    return () => {
      for (const page of pages) this.#lift(page, mapping);
    };
  }

  readPort(port: number, size: AccessSize): number {
    const handler = this.#ports[port];
    return handler ? handler.readPort(port, size) : 2 ** (8 * size) - 1;
  }

  writePort(port: number, size: AccessSize, value: number): void {
    this.#ports[port]?.writePort(port, size, value);
  }

  readMmio(address: number, size: AccessSize): number {
    const mapping = this.#at(address);
    return mapping ? mapping.handler.readMmio(address - mapping.address, size) : 2 ** (8 * size) - 1;
  }

  writeMmio(address: number, size: AccessSize, value: number): void {
    const mapping = this.#at(address);
    mapping?.handler.writeMmio(address - mapping.address, size, value);
  }

  #at(address: number): Mapping | undefined {
    const stack = this.#pages.get(Math.floor(address / PAGE));
    return stack?.[stack.length - 1];
  }

  #lay(page: number, mapping: Mapping): void {
    const stack = this.#pages.get(page) ?? [];
    stack.push(mapping);
    this.#pages.set(page, stack);
    if (stack.length === 1) this.#pageChanged(page, true);
  }

  #lift(page: number, mapping: Mapping): void {
    const stack = this.#pages.get(page)?.filter((entry) => entry !== mapping) ?? [];
    if (stack.length > 0) {
      this.#pages.set(page, stack);
      return;
    }
    this.#pages.delete(page);
    this.#pageChanged(page, false);
  }
}
