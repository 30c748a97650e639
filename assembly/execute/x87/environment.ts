/**
 * FLDENV, FNSTENV, FRSTOR, FNSAVE: the environment in its four layouts (SDM 1, figures "Protected Mode x87 FPU State
 * Image in Memory, 32-Bit Format" and following).
 *
 *   32-bit: seven doublewords FCW FSW FTW, then protected: FIP | FCS, FOP << 16 | FDP | FDS
 *           real and virtual-8086: FIP 15:0 | FIP 31:16 << 12, FOP | FDP 15:0 | FDP 31:16 << 12
 *   16-bit: seven words FCW FSW FTW, then protected: FIP | FCS | FDP | FDS
 *           real and virtual-8086: FIP 15:0 | FIP 19:16 << 12, FOP | FDP 15:0 | FDP 19:16 << 12
 */
import { FCW, FDP, FIP, FOP, FPU_REGISTERS, FSW, FTW } from "../../generated/layout";
import { aborted } from "../../faults";
import {
  checkReadable,
  checkWritable,
  read16,
  read32,
  read64,
  write16,
  write32,
  write64,
} from "../../memory/access";
import { operandOffset } from "../../operand";
import { recordSegment, recordSize } from "../../record";
import { isLong64, isRealOrV86, segmentBase } from "../../registers";
import { segmentAddress } from "../../segments";
import { initialize, setControlWord } from "./control";
import { exponentOf, EXPONENT_MAX, INTEGER_BIT } from "./number";
import { EXCEPTIONS, stackTop, updateSummary } from "./state";

const TAG_VALID: u32 = 0;
const TAG_ZERO: u32 = 1;
const TAG_SPECIAL: u32 = 2;
const TAG_EMPTY: u32 = 3;
/** Unused upper words of the 32-bit layouts are stored as ones. */
const UPPER: u32 = 0xffff0000;

/** The full tag word, with the tags of registers in use computed from their contents. */
export function fullTagWord(): u32 {
  const empties = load<u32>(FTW);
  let tags: u32 = 0;
  for (let register: u32 = 0; register < 8; register++) {
    const shift = register << 1;
    const tag = ((empties >> shift) & 3) == TAG_EMPTY ? TAG_EMPTY : tagOf(register);
    tags |= tag << shift;
  }
  return tags;
}

function tagOf(register: u32): u32 {
  const address = FPU_REGISTERS + (register << 4);
  const sig = load<u64>(address);
  const exponent = exponentOf(load<u16>(address, 8));
  if (exponent == 0) return sig == 0 ? TAG_ZERO : TAG_SPECIAL;
  return exponent != EXPONENT_MAX && sig & INTEGER_BIT ? TAG_VALID : TAG_SPECIAL;
}

/** Keeps of a tag word only which registers are empty. */
export function setTagWord(tags: u32): void {
  const empty = tags & (tags >> 1) & 0x5555;
  store<u32>(FTW, empty | (empty << 1));
}

function is16Bit(r: u32): bool {
  return recordSize(r) == 2;
}

function environmentBytes(r: u32): u32 {
  return is16Bit(r) ? 14 : 28;
}

const REGISTERS_BYTES: u32 = 80;

/** Linear address of the whole image; a violation of the segment was announced when it is POISON. */
function imageAddress(r: u32, bytes: u32, isWrite: bool): u64 {
  const segment = recordSegment(r);
  const offset = operandOffset(r);
  if (isLong64()) return segment < 4 ? offset : offset + segmentBase(segment);
  return segmentAddress(segment, offset, bytes, isWrite);
}

function writeEnvironment(r: u32, address: u64): void {
  const isReal = isRealOrV86();
  const fip = load<u64>(FIP);
  const fdp = load<u64>(FDP);
  const fop = load<u32>(FOP) & 0x7ff;
  if (is16Bit(r)) {
    write16(address, load<u32>(FCW));
    write16(address + 2, load<u32>(FSW));
    write16(address + 4, fullTagWord());
    write16(address + 6, (<u32>fip) & 0xffff);
    write16(address + 8, isReal ? (((<u32>(fip >> 16)) & 15) << 12) | fop : 0);
    write16(address + 10, (<u32>fdp) & 0xffff);
    write16(address + 12, isReal ? ((<u32>(fdp >> 16)) & 15) << 12 : 0);
    return;
  }
  write32(address, UPPER | load<u32>(FCW));
  write32(address + 4, UPPER | load<u32>(FSW));
  write32(address + 8, UPPER | fullTagWord());
  write32(address + 12, isReal ? UPPER | ((<u32>fip) & 0xffff) : <u32>fip);
  write32(address + 16, isReal ? (((<u32>fip) >> 16) << 12) | fop : fop << 16);
  write32(address + 20, isReal ? UPPER | ((<u32>fdp) & 0xffff) : <u32>fdp);
  write32(address + 24, isReal ? ((<u32>fdp) >> 16) << 12 : UPPER);
}

function readEnvironment(r: u32, address: u64): void {
  const isReal = isRealOrV86();
  const step: u64 = is16Bit(r) ? 2 : 4;
  store<u32>(FSW, read16(address + step));
  setTagWord(read16(address + 2 * step));
  if (is16Bit(r)) readPointers16(address, isReal);
  else readPointers32(address, isReal);
  setControlWord(read16(address));
}

function readPointers16(address: u64, isReal: bool): void {
  const fipHigh = read16(address + 8);
  const fdpHigh = read16(address + 12);
  store<u64>(FIP, read16(address + 6) | (isReal ? (fipHigh >> 12) << 16 : 0));
  store<u64>(FDP, read16(address + 10) | (isReal ? (fdpHigh >> 12) << 16 : 0));
  store<u32>(FOP, isReal ? fipHigh & 0x7ff : 0);
}

function readPointers32(address: u64, isReal: bool): void {
  const fipHigh = read32(address + 16);
  const fdpHigh = read32(address + 24);
  if (isReal) {
    store<u64>(FIP, read16(address + 12) | ((fipHigh >> 12) << 16));
    store<u64>(FDP, read16(address + 20) | ((fdpHigh >> 12) << 16));
    store<u32>(FOP, fipHigh & 0x7ff);
  } else {
    store<u64>(FIP, read32(address + 12));
    store<u64>(FDP, read32(address + 20));
    store<u32>(FOP, (fipHigh >> 16) & 0x7ff);
  }
}

export function loadEnvironment(r: u32): void {
  const address = imageAddress(r, environmentBytes(r), false);
  if (aborted() || !checkReadable(address, environmentBytes(r))) return;
  readEnvironment(r, address);
}

/** FNSTENV: afterwards all exceptions are masked. */
export function storeEnvironment(r: u32): void {
  const address = imageAddress(r, environmentBytes(r), true);
  if (aborted() || !checkWritable(address, environmentBytes(r))) return;
  writeEnvironment(r, address);
  store<u32>(FCW, load<u32>(FCW) | EXCEPTIONS);
  updateSummary();
}

/** Physical register of ST(i) as an address. */
function registerAddress(i: u32): u32 {
  return FPU_REGISTERS + (((stackTop() + i) & 7) << 4);
}

export function saveState(r: u32): void {
  const bytes = environmentBytes(r) + REGISTERS_BYTES;
  const address = imageAddress(r, bytes, true);
  if (aborted() || !checkWritable(address, bytes)) return;
  writeEnvironment(r, address);
  for (let i: u32 = 0; i < 8; i++) {
    const place = address + environmentBytes(r) + i * 10;
    write64(place, load<u64>(registerAddress(i)));
    write16(place + 8, load<u16>(registerAddress(i), 8));
  }
  initialize();
}

export function restoreState(r: u32): void {
  const bytes = environmentBytes(r) + REGISTERS_BYTES;
  const address = imageAddress(r, bytes, false);
  if (aborted() || !checkReadable(address, bytes)) return;
  readEnvironment(r, address);
  for (let i: u32 = 0; i < 8; i++) {
    const place = address + environmentBytes(r) + i * 10;
    store<u64>(registerAddress(i), read64(place));
    store<u16>(registerAddress(i), <u16>read16(place + 8), 8);
  }
}
