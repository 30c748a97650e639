/** Offsets and bits of the type-0 configuration header (PCI Local Bus 3.0, "Configuration Space Organization"). */

export const VENDOR_ID = 0x00;
export const DEVICE_ID = 0x02;
export const COMMAND = 0x04;
export const STATUS = 0x06;
export const REVISION_ID = 0x08;
export const CLASS_CODE = 0x09;
export const HEADER_TYPE = 0x0e;
export const BASE_ADDRESS_0 = 0x10;
export const SUBSYSTEM_VENDOR_ID = 0x2c;
export const SUBSYSTEM_ID = 0x2e;
export const CAPABILITIES_POINTER = 0x34;
export const INTERRUPT_LINE = 0x3c;
export const INTERRUPT_PIN = 0x3d;
/** First byte behind the header: capabilities and a chip's own registers. */
export const DEVICE_SPECIFIC = 0x40;

export const CONFIG_SPACE_BYTES = 256;

export const COMMAND_IO_SPACE = 1 << 0;
export const COMMAND_MEMORY_SPACE = 1 << 1;
export const COMMAND_BUS_MASTER = 1 << 2;
export const COMMAND_PARITY_ERROR_RESPONSE = 1 << 6;
export const COMMAND_SERR_ENABLE = 1 << 8;
export const COMMAND_INTERRUPT_DISABLE = 1 << 10;

export const STATUS_INTERRUPT = 1 << 3;
export const STATUS_CAPABILITIES_LIST = 1 << 4;
/** Parity, aborts and SERR: write one to clear. */
export const STATUS_ERRORS = 0xf900;

export const HEADER_TYPE_MULTIFUNCTION = 0x80;

export const CAPABILITY_MSI = 0x05;
export const CAPABILITY_VENDOR_SPECIFIC = 0x09;
export const CAPABILITY_MSI_X = 0x11;
