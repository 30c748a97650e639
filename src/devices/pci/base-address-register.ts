import type { IoBus, MmioHandler, PortHandler } from "../contracts.js";
import { AddressWindow } from "./address-window.js";
import { BASE_ADDRESS_0, COMMAND, COMMAND_IO_SPACE, COMMAND_MEMORY_SPACE } from "./config-registers.js";
import type { ConfigSpace } from "./config-space.js";

/** What a base address register asks for. A 64-bit one takes the next register's place too. */
export interface BarLayout {
  /** 0 … 5; 0 … 4 for a 64-bit register. */
  readonly index: number;
  readonly kind: "io" | "memory32" | "memory64";
  readonly prefetchable?: boolean;
  /** Bytes, a power of two; ports: 4 … 256, memory: 4096 and up (the bus maps whole pages). */
  readonly size: number;
  /** Registers behind it; `offset` counts from the register's address, for ports too. */
  readonly handler: MmioHandler;
}

/** Addresses at and above this are not decoded: no processor here has more than 52 physical-address bits. */
const PHYSICAL_ADDRESS_LIMIT = 2 ** 52;
const PORT_LIMIT = 0x10000;
const MEMORY_TYPE_64_BIT = 0b100;
const MEMORY_PREFETCHABLE = 0b1000;

/**
 * A base address register: sizing by write-ones-and-read, relocation, and decoding switched by the command
 * register (PCI Local Bus 3.0, "Base Addresses").
 */
export class BaseAddressRegister {
  readonly layout: BarLayout;
  readonly #config: ConfigSpace;
  readonly #window: AddressWindow;

  constructor(layout: BarLayout, config: ConfigSpace, bus: IoBus) {
    this.layout = layout;
    this.#config = config;
    this.#window = new AddressWindow((address) => claimOn(bus, layout, address));
    this.#defineRegisters();
  }

  /** Offset of the register in the configuration space. */
  get offset(): number {
    return BASE_ADDRESS_0 + 4 * this.layout.index;
  }

  /** The address that software has programmed. */
  get address(): number {
    const low = this.#config.read(this.offset, 4);
    if (this.layout.kind === "io") return (low & ~0b11) >>> 0;
    const high = this.layout.kind === "memory64" ? this.#config.read(this.offset + 4, 4) : 0;
    return high * 2 ** 32 + ((low & ~0b1111) >>> 0);
  }

  /** Maps or unmaps as the command register and the address now say; to be called after each change of them. */
  update(): void {
    this.#window.place(this.#isDecoded() ? this.address : undefined);
  }

  #isDecoded(): boolean {
    const space = this.layout.kind === "io" ? COMMAND_IO_SPACE : COMMAND_MEMORY_SPACE;
    if (!(this.#config.read(COMMAND, 2) & space)) return false;
    // Address 0 is an unprogrammed register, and the topmost address is one that is just being sized.
    const end = this.address + this.layout.size;
    return this.address !== 0 && end < this.#limit();
  }

  #limit(): number {
    if (this.layout.kind === "io") return PORT_LIMIT;
    return this.layout.kind === "memory32" ? 2 ** 32 : PHYSICAL_ADDRESS_LIMIT;
  }

  #defineRegisters(): void {
    const { kind, size } = this.layout;
    const low = (-size & 0xffffffff) >>> 0;
    this.#config.define({ offset: this.offset, size: 4, value: this.#typeBits(), writable: low });
    if (kind !== "memory64") return;
    const high = size > 2 ** 32 ? -(size / 2 ** 32) >>> 0 : 0xffffffff;
    this.#config.define({ offset: this.offset + 4, size: 4, value: 0, writable: high });
  }

  #typeBits(): number {
    if (this.layout.kind === "io") return 1;
    const width = this.layout.kind === "memory64" ? MEMORY_TYPE_64_BIT : 0;
    return width | (this.layout.prefetchable ? MEMORY_PREFETCHABLE : 0);
  }
}

function claimOn(bus: IoBus, layout: BarLayout, address: number): () => void {
  if (layout.kind !== "io") return bus.mapMmio(address, layout.size, layout.handler);
  return bus.mapPorts(address, layout.size, portsAt(address, layout.handler));
}

function portsAt(base: number, handler: MmioHandler): PortHandler {
  return {
    readPort: (port, size) => handler.readMmio(port - base, size),
    writePort: (port, size, value) => handler.writeMmio(port - base, size, value),
  };
}
