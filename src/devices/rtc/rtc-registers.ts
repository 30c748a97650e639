/** Registers and bits of the MC146818A real-time clock. Source: Motorola MC146818A data sheet, "Registers". */

export const seconds = 0x00;
export const secondsAlarm = 0x01;
export const minutes = 0x02;
export const minutesAlarm = 0x03;
export const hours = 0x04;
export const hoursAlarm = 0x05;
export const dayOfWeek = 0x06;
export const dayOfMonth = 0x07;
export const month = 0x08;
export const year = 0x09;
export const registerA = 0x0a;
export const registerB = 0x0b;
export const registerC = 0x0c;
export const registerD = 0x0d;
/** Where PCs keep the century (FADT field CENTURY). */
export const century = 0x32;

/** Register A: UIP (update in progress), divider bits 6:4, rate selection bits 3:0. */
export const updateInProgress = 0x80;
export const dividerMask = 0x70;
/** The divider's setting for the 32.768 kHz crystal; all others stop the clock. */
export const dividerRunning = 0x20;

/** Register B. */
export const setBit = 0x80;
export const binaryMode = 0x04;
export const hours24 = 0x02;
/** Enable bits of register B stand where the flags of register C do. */
export const periodicFlag = 0x40;
export const alarmFlag = 0x20;
export const updateFlag = 0x10;
export const squareWaveEnable = 0x08;
export const flagMask = periodicFlag | alarmFlag | updateFlag;

/** Register C: some enabled flag is set; the IRQ wire. */
export const interruptRequestFlag = 0x80;
/** Register D: the RAM and time are valid (the battery is good). */
export const validRamAndTime = 0x80;
