/** Registers of the HPET. Source: IA-PC HPET Specification 1.0a, "Register Specification". */

export const generalCapabilities = 0x000;
export const generalConfiguration = 0x010;
export const generalInterruptStatus = 0x020;
export const mainCounter = 0x0f0;
/** Timer n's registers are from 100H + 20H·n. */
export const firstTimer = 0x100;
export const timerStride = 0x20;
export const timerConfiguration = 0x00;
export const timerComparator = 0x08;
export const timerFsbRoute = 0x10;

/** General configuration. */
export const enableBit = 0x01;
export const legacyRouteBit = 0x02;

/** Timer configuration, low half; the high half is the mask of I/O APIC pins the timer can drive. */
export const levelTriggered = 1 << 1;
export const interruptEnable = 1 << 2;
export const periodic = 1 << 3;
export const periodicCapable = 1 << 4;
export const size64Capable = 1 << 5;
export const valueSet = 1 << 6;
export const force32Bit = 1 << 8;
export const routeShift = 9;
export const routeMask = 0x1f << routeShift;
export const fsbEnable = 1 << 14;
export const fsbCapable = 1 << 15;
export const writableConfiguration =
  levelTriggered | interruptEnable | periodic | valueSet | force32Bit | routeMask | fsbEnable;
