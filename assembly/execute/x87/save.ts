/**
 * The x87 part of the legacy region of FXSAVE and XSAVE (SDM 1, "Legacy Region of an XSAVE Area").
 *
 *   0 FCW   2 FSW   4 abridged FTW (bit n: register n is in use)   6 FOP   8 FIP   16 FDP   32 + 16i ST(i)
 *
 * Callers have checked that the 512 bytes are accessible.
 */
import { FCW, FDP, FIP, FOP, FPU_REGISTERS, FSW, FTW } from "../../generated/layout";
import { read16, read32, read64, read8, write16, write64, write8 } from "../../memory/access";
import { resetState, setControlWord } from "./control";
import { setTagWord } from "./environment";
import { stackAddress } from "./state";

const INITIAL_FCW: u32 = 0x37f;
const REGISTERS: u64 = 32;

/** Bit n of the abridged tag word: physical register n is not empty. */
export function abridgedTagWord(): u32 {
  const tags = load<u32>(FTW);
  let inUse: u32 = 0;
  for (let register: u32 = 0; register < 8; register++) {
    if (((tags >> (register << 1)) & 3) != 3) inUse |= 1 << register;
  }
  return inUse;
}

function setAbridgedTagWord(inUse: u32): void {
  let tags: u32 = 0;
  for (let register: u32 = 0; register < 8; register++) {
    if ((inUse & (1 << register)) == 0) tags |= 3 << (register << 1);
  }
  setTagWord(tags);
}

/** Writes FCW … FDP and ST(0) … ST(7). With REX.W the pointers are 64 bits wide, else offset and a selector of 0. */
export function storeLegacyX87(linear: u64, rexW: bool): void {
  write16(linear, load<u32>(FCW));
  write16(linear + 2, load<u32>(FSW));
  write8(linear + 4, abridgedTagWord());
  write8(linear + 5, 0);
  write16(linear + 6, load<u32>(FOP) & 0x7ff);
  write64(linear + 8, rexW ? load<u64>(FIP) : load<u32>(FIP));
  write64(linear + 16, rexW ? load<u64>(FDP) : load<u32>(FDP));
  for (let i: u32 = 0; i < 8; i++) {
    const place = linear + REGISTERS + (i << 4);
    write64(place, load<u64>(stackAddress(i)));
    write64(place + 8, load<u16>(stackAddress(i), 8));
  }
}

/** Loads what storeLegacyX87 writes. */
export function loadLegacyX87(linear: u64, rexW: bool): void {
  store<u32>(FSW, read16(linear + 2));
  setAbridgedTagWord(read8(linear + 4));
  store<u32>(FOP, read16(linear + 6) & 0x7ff);
  store<u64>(FIP, rexW ? read64(linear + 8) : read32(linear + 8));
  store<u64>(FDP, rexW ? read64(linear + 16) : read32(linear + 16));
  for (let i: u32 = 0; i < 8; i++) {
    const place = linear + REGISTERS + (i << 4);
    store<u64>(stackAddress(i), read64(place));
    store<u16>(stackAddress(i), <u16>read16(place + 8), 8);
  }
  setControlWord(read16(linear));
}

/** Puts the x87 state into its initial configuration (XRSTOR with the component's bit clear). */
export function initX87(): void {
  resetState();
}

/** Whether the x87 state is in its initial configuration (XINUSE[0] may be 0). */
export function isX87Initial(): bool {
  if (load<u32>(FCW) != INITIAL_FCW || load<u32>(FSW) != 0 || load<u32>(FTW) != 0xffff || load<u32>(FOP) != 0)
    return false;
  if (load<u64>(FIP) != 0 || load<u64>(FDP) != 0) return false;
  for (let offset: u32 = 0; offset < 128; offset += 8)
    if (load<u64>(FPU_REGISTERS + offset) != 0) return false;
  return true;
}
