/**
 * Registers and bits of the PC16550D. Offsets are from the base port.
 * Source: National Semiconductor PC16550D data sheet, "Registers".
 */

export const dataRegister = 0; // RBR (read), THR (write), DLL (DLAB)
export const interruptEnableRegister = 1; // IER, DLM (DLAB)
export const interruptIdentRegister = 2; // IIR (read), FCR (write)
export const lineControlRegister = 3;
export const modemControlRegister = 4;
export const lineStatusRegister = 5;
export const modemStatusRegister = 6;
export const scratchRegister = 7;

/** Interrupt enable register. */
export const ierReceivedData = 0x01;
export const ierTransmitterEmpty = 0x02;
export const ierLineStatus = 0x04;
export const ierModemStatus = 0x08;

/** Interrupt identification register, bits 3:0, in order of priority. */
export const iirNone = 0x01;
export const iirLineStatus = 0x06;
export const iirReceivedData = 0x04;
export const iirCharacterTimeout = 0x0c;
export const iirTransmitterEmpty = 0x02;
export const iirModemStatus = 0x00;
export const iirFifosEnabled = 0xc0;

/** FIFO control register. */
export const fcrEnable = 0x01;
export const fcrClearReceiver = 0x02;
export const fcrTriggerShift = 6;
/** Receiver FIFO trigger levels in bytes, by FCR bits 7:6. */
export const triggerLevels = [1, 4, 8, 14] as const;
export const fifoSize = 16;

/** Line control register. */
export const lcrSetBreak = 0x40;
export const lcrDivisorLatchAccess = 0x80;

/** Modem control register. */
export const mcrDtr = 0x01;
export const mcrRts = 0x02;
export const mcrOut1 = 0x04;
export const mcrOut2 = 0x08;
export const mcrLoopback = 0x10;

/** Line status register. */
export const lsrDataReady = 0x01;
export const lsrOverrun = 0x02;
export const lsrParityError = 0x04;
export const lsrFramingError = 0x08;
export const lsrBreak = 0x10;
export const lsrTransmitterHoldingEmpty = 0x20;
export const lsrTransmitterEmpty = 0x40;
export const lsrErrorInFifo = 0x80;
/** The bits that reading the register clears, and that the line status interrupt stands for. */
export const lsrErrors = lsrOverrun | lsrParityError | lsrFramingError | lsrBreak;

/** Modem status register: levels in bits 7:4, "changed since last read" in bits 3:0. */
export const msrCts = 0x10;
export const msrDsr = 0x20;
export const msrRi = 0x40;
export const msrDcd = 0x80;
export const msrDeltas = 0x0f;
export const msrTrailingEdgeRi = 0x04;
