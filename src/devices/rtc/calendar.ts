/**
 * The time and alarm bytes of the MC146818A, in BCD or binary and 12 or 24 hours.
 * Source: MC146818A data sheet, "Time, Calendar, and Alarm Locations".
 */
import * as reg from "./rtc-registers.js";

const pmBit = 0x80;

/** How register B says the bytes are written. */
export class ByteFormat {
  private readonly isBinary: boolean;
  private readonly is24Hour: boolean;

  constructor(registerB: number) {
    this.isBinary = (registerB & reg.binaryMode) !== 0;
    this.is24Hour = (registerB & reg.hours24) !== 0;
  }

  encode(value: number): number {
    return this.isBinary ? value : (Math.floor(value / 10) << 4) | (value % 10);
  }

  decode(byte: number): number {
    return this.isBinary ? byte : (byte >> 4) * 10 + (byte & 0xf);
  }

  /** `hour` is 0 … 23. */
  encodeHour(hour: number): number {
    if (this.is24Hour) return this.encode(hour);
    return this.encode(hour % 12 === 0 ? 12 : hour % 12) | (hour >= 12 ? pmBit : 0);
  }

  decodeHour(byte: number): number {
    if (this.is24Hour) return this.decode(byte);
    return (this.decode(byte & ~pmBit) % 12) + (byte & pmBit ? 12 : 0);
  }
}

/** Writes the time `ms` (since 1970 UTC) into the bytes of `cmos`. */
export function writeTime(cmos: Uint8Array, ms: number): void {
  const format = new ByteFormat(cmos[reg.registerB]!);
  const date = new Date(ms);
  cmos[reg.seconds] = format.encode(date.getUTCSeconds());
  cmos[reg.minutes] = format.encode(date.getUTCMinutes());
  cmos[reg.hours] = format.encodeHour(date.getUTCHours());
  cmos[reg.dayOfWeek] = format.encode(date.getUTCDay() + 1);
  cmos[reg.dayOfMonth] = format.encode(date.getUTCDate());
  cmos[reg.month] = format.encode(date.getUTCMonth() + 1);
  cmos[reg.year] = format.encode(date.getUTCFullYear() % 100);
  cmos[reg.century] = format.encode(Math.floor(date.getUTCFullYear() / 100));
}

/** The time that the bytes of `cmos` stand for, in ms since 1970 UTC. Days out of range run over into the next month. */
export function readTime(cmos: Uint8Array): number {
  const format = new ByteFormat(cmos[reg.registerB]!);
  const at = (index: number): number => format.decode(cmos[index]!);
  const fullYear = at(reg.century) * 100 + at(reg.year);
  const date = new Date(0);
  date.setUTCFullYear(fullYear, at(reg.month) - 1, at(reg.dayOfMonth));
  date.setUTCHours(format.decodeHour(cmos[reg.hours]!), at(reg.minutes), at(reg.seconds));
  return date.getTime();
}

const secondsPerDay = 86_400;

/**
 * Seconds from `ms` to the next second that the alarm bytes match, 1 … 86400; undefined when none ever does.
 * A byte of C0H … FFH matches everything ("don't care").
 */
export function secondsToAlarm(cmos: Uint8Array, ms: number): number | undefined {
  const format = new ByteFormat(cmos[reg.registerB]!);
  const now = Math.floor(ms / 1000) % secondsPerDay;
  const isMatch = (index: number, byte: number): boolean => cmos[index]! >= 0xc0 || cmos[index] === byte;
  let best: number | undefined;
  for (let hour = 0; hour < 24; hour++) {
    if (!isMatch(reg.hoursAlarm, format.encodeHour(hour))) continue;
    for (let minute = 0; minute < 60; minute++) {
      if (!isMatch(reg.minutesAlarm, format.encode(minute))) continue;
      for (let second = 0; second < 60; second++) {
        if (!isMatch(reg.secondsAlarm, format.encode(second))) continue;
        const distance = distanceInDay(now, hour * 3600 + minute * 60 + second);
        if (best === undefined || distance < best) best = distance;
      }
    }
  }
  return best;
}

/** 1 … 86400: the same second is a day away. */
function distanceInDay(from: number, to: number): number {
  return ((to - from - 1 + secondsPerDay) % secondsPerDay) + 1;
}
