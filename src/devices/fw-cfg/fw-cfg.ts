import type { AccessSize, Device, DeviceState, GuestMemory, IoBus, PortHandler } from "../contracts.js";
import { matchState } from "../saved-state.js";
import { executeDma, type DmaTarget } from "./dma.js";
import { FILE_NAME_LENGTH_MAX, fileDirectory, type FileEntry } from "./file-directory.js";
import { FW_CFG_FILE_DIRECTORY, FW_CFG_FILE_FIRST, FW_CFG_ID, FW_CFG_SIGNATURE } from "./keys.js";

const SELECTOR_PORT = 0x510;
const DATA_PORT = 0x511;
const DMA_ADDRESS_PORT = 0x514;
const DMA_PORT_END = 0x51c;
const PORT_COUNT = DMA_PORT_END - SELECTOR_PORT;

/** Interface revision: bit 0 the traditional one, bit 1 DMA. */
const INTERFACES = 0b11;
/** What the DMA address register reads as, big-endian: "QEMU CFG". */
const DMA_SIGNATURE = "QEMU CFG";
const LAST_KEY_OF_FILES = 0x3fff;

export interface FwCfgOptions {
  readonly bus: IoBus;
  readonly memory: GuestMemory;
}

/**
 * The firmware configuration device: named files and numbered items that firmware reads, byte by byte or by
 * DMA (QEMU, "QEMU Firmware Configuration (fw_cfg) Device").
 *
 * Items belong to the machine's configuration: they are no part of the saved state, and writes by the guest
 * are dropped.
 */
export class FwCfg implements Device, PortHandler, DmaTarget {
  readonly name = "fw-cfg";
  readonly #memory: GuestMemory;
  readonly #items = new Map<number, Uint8Array>();
  readonly #files: FileEntry[] = [];
  #key = 0;
  #offset = 0;
  #dmaAddressHigh = 0;

  constructor({ bus, memory }: FwCfgOptions) {
    this.#memory = memory;
    this.addItem(FW_CFG_SIGNATURE, ascii("QEMU"));
    this.addItem(FW_CFG_ID, Uint8Array.of(INTERFACES, 0, 0, 0));
    this.addItem(FW_CFG_FILE_DIRECTORY, fileDirectory([]));
    bus.mapPorts(SELECTOR_PORT, PORT_COUNT, this);
  }

  /** Adds or replaces an item. */
  addItem(key: number, bytes: Uint8Array): void {
    this.#items.set(key, bytes);
  }

  /** Adds or replaces a file; throws RangeError for a name that is too long or empty. */
  addFile(name: string, bytes: Uint8Array): void {
    if (name.length === 0 || name.length > FILE_NAME_LENGTH_MAX) {
      throw new RangeError(`fw_cfg file name "${name}" must have 1 to ${FILE_NAME_LENGTH_MAX} characters`);
    }
    const at = this.#files.findIndex((file) => file.name === name);
    const key = FW_CFG_FILE_FIRST + (at < 0 ? this.#files.length : at);
    if (key > LAST_KEY_OF_FILES) throw new RangeError("too many fw_cfg files");
    this.#files[key - FW_CFG_FILE_FIRST] = { key, name, size: bytes.length };
    this.addItem(key, bytes);
    this.addItem(FW_CFG_FILE_DIRECTORY, fileDirectory(this.#files));
  }

  readPort(port: number, size: AccessSize): number {
    if (port === DATA_PORT) return this.#readByte();
    if (port < DMA_ADDRESS_PORT) return 2 ** (8 * size) - 1;
    return signatureAt(port - DMA_ADDRESS_PORT, size);
  }

  writePort(port: number, size: AccessSize, value: number): void {
    if (port === SELECTOR_PORT && size === 2) this.select(value);
    else if (port === DMA_ADDRESS_PORT && size === 4) this.#dmaAddressHigh = swap32(value);
    else if (port === DMA_ADDRESS_PORT + 4 && size === 4) this.#startDma(swap32(value));
  }

  select(key: number): void {
    this.#key = key;
    this.#offset = 0;
  }

  /** The selected item's bytes from where reading stands, as many as there are up to `count`. */
  takeBytes(count: number): Uint8Array {
    const item = this.#items.get(this.#key) ?? new Uint8Array(0);
    const taken = item.subarray(this.#offset, this.#offset + count);
    this.skipBytes(count);
    return taken;
  }

  skipBytes(count: number): void {
    this.#offset = Math.min(this.#offset + count, 2 ** 32);
  }

  reset(): void {
    this.select(0);
    this.#dmaAddressHigh = 0;
  }

  saveState() {
    return { key: this.#key, offset: this.#offset, dmaAddressHigh: this.#dmaAddressHigh };
  }

  restoreState(state: DeviceState): void {
    const saved = matchState(this.saveState(), state, this.name);
    this.#key = saved.key;
    this.#offset = saved.offset;
    this.#dmaAddressHigh = saved.dmaAddressHigh;
  }

  /** 0 behind the end of the item, and for an item that does not exist. */
  #readByte(): number {
    return this.takeBytes(1)[0] ?? 0;
  }

  #startDma(addressLow: number): void {
    const address = this.#dmaAddressHigh * 2 ** 32 + addressLow;
    this.#dmaAddressHigh = 0;
    executeDma(this.#memory, address, this);
  }
}

function signatureAt(offset: number, size: AccessSize): number {
  let value = 0;
  for (let at = size - 1; at >= 0; at--) value = value * 256 + (DMA_SIGNATURE.charCodeAt(offset + at) || 0);
  return value;
}

function swap32(value: number): number {
  const swapped =
    (value << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | ((value >>> 24) & 0xff);
  return swapped >>> 0;
}

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}
