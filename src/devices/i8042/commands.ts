/** Commands of the 8042 to port 64H. Source: IBM PS/2 Technical Reference, "Controller Commands". */

/** 20H-3FH read, 60H-7FH write a byte of the controller's RAM; address 0 is the command byte. */
export const readRam = 0x20;
export const writeRam = 0x60;
export const testAuxiliary = 0xa9;
export const selfTest = 0xaa;
export const testKeyboard = 0xab;
export const disableKeyboard = 0xad;
export const enableKeyboard = 0xae;
export const readInputPort = 0xc0;
export const readOutputPort = 0xd0;
export const writeOutputPort = 0xd1;
export const writeKeyboardBuffer = 0xd2;
export const writeAuxiliaryBuffer = 0xd3;
export const writeAuxiliary = 0xd4;
export const readTestInputs = 0xe0;
export const pulseOutputs = 0xf0;

export const selfTestPassed = 0x55;
export const auxiliaryClockStuckLow = 0x01;
/** Keyboard not locked (bit 7), no manufacturing jumper (bit 5). */
export const inputPortValue = 0xa0;

/** Whether a byte to port 60H is to follow. */
export function takesParameter(value: number): boolean {
  if (value >= writeRam && value < writeRam + 0x20) return true;
  return value >= writeOutputPort && value <= writeAuxiliary;
}

/** Scan code set 2 to 1, for the bytes that answers have: of those only the identity's 83H changes. */
export function translateAnswer(byte: number): number {
  return byte === 0x83 ? 0x41 : byte;
}
