/** Selector keys of fw_cfg items (QEMU, "QEMU Firmware Configuration (fw_cfg) Device"). */
export const FW_CFG_SIGNATURE = 0x00;
export const FW_CFG_ID = 0x01;
export const FW_CFG_UUID = 0x02;
export const FW_CFG_RAM_SIZE = 0x03;
export const FW_CFG_NOGRAPHIC = 0x04;
export const FW_CFG_CPU_COUNT = 0x05;
export const FW_CFG_KERNEL_ADDRESS = 0x07;
export const FW_CFG_KERNEL_SIZE = 0x08;
export const FW_CFG_INITRD_ADDRESS = 0x0a;
export const FW_CFG_INITRD_SIZE = 0x0b;
export const FW_CFG_BOOT_MENU = 0x0e;
export const FW_CFG_CPU_COUNT_MAX = 0x0f;
export const FW_CFG_KERNEL_DATA = 0x11;
export const FW_CFG_INITRD_DATA = 0x12;
export const FW_CFG_COMMAND_LINE_ADDRESS = 0x13;
export const FW_CFG_COMMAND_LINE_SIZE = 0x14;
export const FW_CFG_COMMAND_LINE_DATA = 0x15;
export const FW_CFG_SETUP_ADDRESS = 0x16;
export const FW_CFG_SETUP_SIZE = 0x17;
export const FW_CFG_SETUP_DATA = 0x18;
export const FW_CFG_FILE_DIRECTORY = 0x19;
export const FW_CFG_FILE_FIRST = 0x20;
/** Items of the PC begin here. */
export const FW_CFG_ARCH_LOCAL = 0x8000;
export const FW_CFG_IRQ0_OVERRIDE = 0x8002;
