/**
 * Bytes to records, driven by the packed rows of isa/. SDM 2, chapter "Instruction Format".
 * One instruction at a time; `decodeInstruction` tells its length, or that bytes are missing.
 */
import {
  CANDIDATE_STARTS, CANDIDATES, ROW_BYTES, ROWS,
} from "../generated/decode-tables"; // prettier-ignore
import { BLOCK_RIP_SLOT, ZERO_SLOT } from "../generated/layout";
import { OP_TOO_LONG, OP_UD } from "../generated/opcodes";
import {
  PREFIX_LOCK, PREFIX_OPERAND, PREFIX_REP, PREFIX_REPNE, PREFIX_REX, PREFIX_REX_W, PREFIX_SEGMENT, RECORD_ENDS,
  RECORD_MEMORY, RECORD_WRITES, SEGMENT_CS, SEGMENT_DS, SEGMENT_ES, SEGMENT_FS, SEGMENT_GS, SEGMENT_SS,
} from "../record"; // prettier-ignore
import { MODE_16, MODE_64 } from "../registers";

/** Returned when the bytes given do not suffice. */
export const NEEDS_MORE: i32 = -1;

// Fields of a packed row: tools/generate/decode-tables.ts has the drawing.
const ROW_FLAGS: u32 = 2;
const ROW_SIZE: u32 = 3;
const ROW_IMMEDIATE: u32 = 4;
const ROW_REG_CLASS: u32 = 5;
const ROW_RM_CLASS: u32 = 6;
const ROW_MEM_BYTES: u32 = 7;
const ROW_PREFIX: u32 = 8;
const ROW_REG_REQ: u32 = 9;
const ROW_MOD_REQ: u32 = 10;
const ROW_RM_REQ: u32 = 11;
const ROW_MODE: u32 = 12;
const ROW_W: u32 = 13;
const ROW_FIXED: u32 = 14;
const ROW_ACCESS: u32 = 15;
const ROW_VVVV: u32 = 16;
const ROW_INDEX: u32 = 18;

const FLAG_MODRM: u8 = 1;
const FLAG_VARIANTS: u8 = 2;
const FLAG_LOCK: u8 = 4;
const FLAG_ENDS: u8 = 8;
const FLAG_CONDITIONS: u8 = 16;

const CLASS_GPR8: u8 = 2;
const CLASS_XMM: u8 = 3;
const CLASS_RAW: u8 = 4;

// The instruction being decoded.
let cursor: u32 = 0;
let end: u32 = 0;
let start: u32 = 0;
let starved: bool = false;
let mode: u32 = 0;
let prefixes: u8 = 0;
/** REX bits WRXB. */
let rex: u32 = 0;
let segmentOverride: u32 = 0;
let has67: bool = false;
let vvvv: u32 = 0;
let isVex: bool = false;
let modRm: u32 = 0;

/** Whether the last instruction decoded ends its block. */
export let decodedEnds: bool = false;

function next8(): u32 {
  if (cursor >= end) {
    starved = true;
    return 0;
  }
  const value: u32 = load<u8>(cursor);
  cursor++;
  return value;
}
function next16(): u32 {
  const low = next8();
  return low | (next8() << 8);
}
function next32(): u32 {
  const low = next16();
  return low | (next16() << 16);
}
function next64(): u64 {
  const low: u64 = next32();
  return low | ((<u64>next32()) << 32);
}

/** Consumes legacy prefixes and REX; returns the first opcode byte. */
function readPrefixes(): u32 {
  for (;;) {
    const byte = next8();
    if (starved) return 0;
    let isPrefix = true;
    switch (byte) {
      case 0x66:
        prefixes |= PREFIX_OPERAND;
        break;
      case 0x67:
        has67 = true;
        break;
      case 0xf0:
        prefixes |= PREFIX_LOCK;
        break;
      case 0xf2:
        prefixes = (prefixes & ~PREFIX_REP) | PREFIX_REPNE;
        break;
      case 0xf3:
        prefixes = (prefixes & ~PREFIX_REPNE) | PREFIX_REP;
        break;
      case 0x26:
        overrideSegment(SEGMENT_ES);
        break;
      case 0x2e:
        overrideSegment(SEGMENT_CS);
        break;
      case 0x36:
        overrideSegment(SEGMENT_SS);
        break;
      case 0x3e:
        overrideSegment(SEGMENT_DS);
        break;
      case 0x64:
        overrideSegment(SEGMENT_FS);
        break;
      case 0x65:
        overrideSegment(SEGMENT_GS);
        break;
      default:
        isPrefix = false;
    }
    if (isPrefix) {
      // A REX prefix that does not stand right before the opcode counts for nothing.
      rex = 0;
      prefixes &= ~(PREFIX_REX | PREFIX_REX_W);
      continue;
    }
    if (mode == MODE_64 && (byte & 0xf0) == 0x40) {
      rex = byte & 15;
      prefixes |= PREFIX_REX;
      if (rex & 8) prefixes |= PREFIX_REX_W;
      else prefixes &= ~PREFIX_REX_W;
      continue;
    }
    return byte;
  }
}

function overrideSegment(segment: u32): void {
  // In 64-bit mode ES, CS, SS and DS overrides are ignored, also when they follow FS or GS.
  if (mode == MODE_64 && segment < SEGMENT_FS) return;
  segmentOverride = segment;
  prefixes |= PREFIX_SEGMENT;
}

/** Reads the rest of a VEX prefix; the opcode map (4 … 7), or 0 when it is not one this processor has. */
function readVex(first: u32): u32 {
  if ((prefixes & (PREFIX_OPERAND | PREFIX_REP | PREFIX_REPNE | PREFIX_LOCK | PREFIX_REX)) != 0) return 0;
  const second = next8();
  let map: u32 = 1;
  let last = second;
  if (first == 0xc4) {
    map = second & 31;
    last = next8();
    rex = (~second >> 5) & 7;
    if ((last & 0x80) != 0 && mode == MODE_64) {
      rex |= 8;
      prefixes |= PREFIX_REX_W;
    }
    if (mode != MODE_64) rex = 0;
  } else rex = mode == MODE_64 ? (~second >> 5) & 4 : 0;
  vvvv = (~last >> 3) & (mode == MODE_64 ? 15 : 7);
  if ((last & 4) != 0 || map < 1 || map > 3) return 0; // VEX.L = 1: no 256-bit registers here
  const pp = last & 3;
  if (pp == 1) prefixes |= PREFIX_OPERAND;
  else if (pp == 2) prefixes |= PREFIX_REP;
  else if (pp == 3) prefixes |= PREFIX_REPNE;
  prefixes |= PREFIX_REX; // no high-byte registers
  isVex = true;
  return map + 4;
}

/** Whether the byte after C4/C5 makes it VEX: always in 64-bit mode, else when LES/LDS would have a register operand. */
function startsVex(): bool {
  if (mode == MODE_64) return true;
  if (cursor >= end) {
    starved = true;
    return false;
  }
  return load<u8>(cursor) >= 0xc0;
}

function prefixMatches(required: u8): bool {
  switch (required) {
    case 1:
      return (prefixes & (PREFIX_REP | PREFIX_REPNE | PREFIX_OPERAND)) == 0;
    case 2:
      return (prefixes & PREFIX_OPERAND) != 0 && (prefixes & (PREFIX_REP | PREFIX_REPNE)) == 0;
    case 3:
      return (prefixes & PREFIX_REP) != 0;
    case 4:
      return (prefixes & PREFIX_REPNE) != 0;
    default:
      return true;
  }
}

/** The row for the opcode at hand, or 0. `modRm` is peeked at. */
function findRow(table: u32, opcode: u32): usize {
  const slot = (table * 256 + opcode) * 2;
  const first: u32 = load<u16>(CANDIDATE_STARTS + slot);
  const last: u32 = load<u16>(CANDIDATE_STARTS + slot + 2);
  const hasByte = cursor < end;
  modRm = hasByte ? load<u8>(cursor) : 0;
  for (let i = first; i < last; i++) {
    const row = ROWS + <usize>(<u32>load<u16>(CANDIDATES + i * 2)) * ROW_BYTES;
    if (!prefixMatches(load<u8>(row, ROW_PREFIX))) continue;
    const rowMode = load<u8>(row, ROW_MODE);
    if ((rowMode == 1 && mode != MODE_64) || (rowMode == 2 && mode == MODE_64)) continue;
    const w = load<u8>(row, ROW_W);
    if (w != 0 && (w == 2) != ((prefixes & PREFIX_REX_W) != 0)) continue;
    if ((load<u8>(row, ROW_FLAGS) & FLAG_MODRM) != 0) {
      if (!hasByte) {
        starved = true;
        return 0;
      }
      const reg = load<u8>(row, ROW_REG_REQ);
      if (reg != 255 && reg != <u8>((modRm >> 3) & 7)) continue;
      const place = load<u8>(row, ROW_MOD_REQ);
      if ((place == 1 || place == 2) && (place == 2) != modRm >= 0xc0) continue;
      const rm = load<u8>(row, ROW_RM_REQ);
      if (rm != 255 && rm != <u8>(modRm & 7)) continue;
    }
    return row;
  }
  return 0;
}

function operandSize(rule: u8): u32 {
  const is66 = (prefixes & PREFIX_OPERAND) != 0;
  switch (rule) {
    case 1:
      return 1;
    case 2:
      return 2;
    case 3:
      return 4;
    case 4:
      return 8;
    case 7:
      return mode == MODE_64 && (prefixes & PREFIX_REX_W) != 0 ? 8 : 4;
    case 8:
      if (mode == MODE_64) return is66 && (prefixes & PREFIX_REX_W) == 0 ? 2 : 8;
      break;
    case 9:
      if (mode == MODE_64) return 8;
      break;
  }
  if (mode == MODE_64 && (prefixes & PREFIX_REX_W) != 0) return 8;
  return is66 != (mode == MODE_16) ? 2 : 4;
}

/** A register number as the record keeps it. */
function registerField(number: u32, kind: u8): u8 {
  if (kind == CLASS_XMM) return <u8>(number << 4);
  if (kind == CLASS_RAW) return <u8>number;
  if (kind == CLASS_GPR8 && (prefixes & PREFIX_REX) == 0 && number >= 4 && number < 8)
    return <u8>((number - 4) * 8 + 1);
  return <u8>(number << 3);
}

function setMemory(r: u32, base: u32, index: u32, scale: u32, displacement: i32): void {
  store<u8>(r, <u8>base, 8);
  store<u8>(r, <u8>index, 9);
  store<u8>(r, <u8>scale, 10);
  store<i32>(r, displacement, 12);
}

const NONE: u32 = ZERO_SLOT;
/** Base and index of 16-bit addressing, by ModRM.rm: SDM 2, table "16-Bit Addressing Forms". */
const BASES_16: usize = memory.data<u8>([24, 24, 40, 40, 48, 56, 40, 24]);
const INDEXES_16: usize = memory.data<u8>([48, 56, 48, 56, 128, 128, 128, 128]);

/** Returns the default segment. */
function readMemory16(r: u32): u32 {
  const rm = modRm & 7;
  const mod = modRm >> 6;
  let base: u32 = load<u8>(BASES_16 + rm);
  const index: u32 = load<u8>(INDEXES_16 + rm);
  let displacement: i32 = 0;
  if (mod == 0 && rm == 6) {
    base = NONE;
    displacement = <i32>next16();
  } else if (mod == 1) displacement = <i32>(<i8>next8());
  else if (mod == 2) displacement = <i32>next16();
  setMemory(r, base, index, 0, displacement);
  return base == 40 ? SEGMENT_SS : SEGMENT_DS;
}

/** 32-bit and 64-bit addressing; returns the default segment. */
function readMemory32(r: u32): u32 {
  const mod = modRm >> 6;
  let rm = modRm & 7;
  let base: u32;
  let index: u32 = NONE;
  let scale: u32 = 0;
  let isRipRelative = false;
  if (rm == 4) {
    const sib = next8();
    const number = ((sib >> 3) & 7) | ((rex & 2) << 2);
    if (number != 4) {
      index = number << 3;
      scale = sib >> 6;
    }
    rm = sib & 7;
    base = mod == 0 && rm == 5 ? NONE : (rm | ((rex & 1) << 3)) << 3;
  } else if (mod == 0 && rm == 5) {
    isRipRelative = mode == MODE_64;
    base = isRipRelative ? BLOCK_RIP_SLOT : NONE;
  } else base = (rm | ((rex & 1) << 3)) << 3;
  let displacement: i32 = 0;
  if (mod == 1) displacement = <i32>(<i8>next8());
  else if (mod == 2 || (mod == 0 && rm == 5)) displacement = <i32>next32();
  setMemory(r, base, index, scale, displacement);
  return base == 32 || base == 40 ? SEGMENT_SS : SEGMENT_DS;
}

function readImmediate(r: u32, kind: u8, size: u32, addressSize: u32): u64 {
  switch (kind) {
    case 1:
      return <u64>(<i64>(<i8>next8()));
    case 2:
      return next16();
    case 3:
      return <u64>(<i64>(<i32>next32()));
    case 4:
      return size == 2 ? <u64>(<i64>(<i16>next16())) : <u64>(<i64>(<i32>next32()));
    case 5:
      return size == 8 ? next64() : size == 4 ? next32() : next16();
    case 6:
      return next8();
    case 7:
      return <u64>(<i64>(<i8>next8()));
    case 8:
      return size == 2 ? <u64>(<i64>(<i16>next16())) : <u64>(<i64>(<i32>next32()));
    case 9:
      return addressSize == 8 ? next64() : addressSize == 4 ? next32() : next16();
    case 10: {
      const offset: u64 = size == 2 ? next16() : next32();
      return offset | ((<u64>next16()) << 32);
    }
    case 11: {
      const bytes: u64 = next16();
      return bytes | ((<u64>next8()) << 16);
    }
    case 12:
      return 1;
    default:
      return 0;
  }
}

function log2Size(size: u32): u32 {
  return ctz(size);
}

/** Whether VEX.vvvv is 1111B where the row has no use for it. */
function vvvvFits(row: usize): bool {
  return !isVex || load<u8>(row, ROW_VVVV) != 0 || vvvv == 0;
}

/** Fills the record for the row; the cursor stands at ModRM. */
function fillRecord(r: u32, row: usize, opcode: u32, offset: u32): void {
  const flags = load<u8>(row, ROW_FLAGS);
  const size = operandSize(load<u8>(row, ROW_SIZE));
  const addressSize: u32 = mode == MODE_64 ? (has67 ? 4 : 8) : has67 != (mode == MODE_16) ? 2 : 4;
  let isMemory = false;
  let segment = SEGMENT_DS;
  setMemory(r, NONE, NONE, 0, 0);
  if ((flags & FLAG_MODRM) != 0) {
    cursor++;
    const regClass = load<u8>(row, ROW_REG_CLASS);
    store<u8>(r, registerField(((modRm >> 3) & 7) | ((rex & 4) << 1), regClass), 6);
    if (modRm >= 0xc0 || load<u8>(row, ROW_MOD_REQ) == 3) {
      store<u8>(r, registerField((modRm & 7) | ((rex & 1) << 3), load<u8>(row, ROW_RM_CLASS)), 7);
    } else {
      isMemory = true;
      store<u8>(r, <u8>modRm, 7); // for the x87 opcode register
      segment = addressSize == 2 ? readMemory16(r) : readMemory32(r);
    }
  } else {
    const fixed = load<u8>(row, ROW_FIXED);
    const number = fixed == 2 ? (opcode & 7) | ((rex & 1) << 3) : 0;
    store<u8>(r, registerField(number, load<u8>(row, ROW_RM_CLASS) == CLASS_GPR8 ? CLASS_GPR8 : 1), 7);
    store<u8>(r, 0, 6);
  }
  let immediate = readImmediate(r, load<u8>(row, ROW_IMMEDIATE), size, addressSize);
  const length = cursor - start;
  const immediateKind = load<u8>(row, ROW_IMMEDIATE);
  if (immediateKind == 7 || immediateKind == 8) immediate += offset + length;
  store<u64>(r, immediate, 16);
  if (load<u8>(row, ROW_VVVV) != 0) store<u8>(r, <u8>(vvvv << 3), 23);
  if (isMemory && load<u8>(r, 8) == <u8>BLOCK_RIP_SLOT)
    store<i32>(r, load<i32>(r, 12) + <i32>(offset + length), 12);
  if ((prefixes & PREFIX_SEGMENT) != 0) segment = segmentOverride;

  let op: u32 = load<u16>(row);
  if ((flags & FLAG_VARIANTS) != 0) op += log2Size(size) * 2 + (isMemory ? 1 : 0);
  else if ((flags & FLAG_CONDITIONS) != 0) op += opcode & 15;
  const lockFits = (prefixes & PREFIX_LOCK) == 0 || ((flags & FLAG_LOCK) != 0 && isMemory);
  decodedEnds = (flags & FLAG_ENDS) != 0;
  if (!lockFits || !vvvvFits(row)) {
    op = OP_UD;
    decodedEnds = true;
  }
  const access = load<u8>(row, ROW_ACCESS);
  const memBytes = load<u8>(row, ROW_MEM_BYTES);
  store<u16>(r, <u16>op);
  store<u8>(r, <u8>length, 2);
  store<u8>(r, <u8>size, 3);
  store<u16>(r, <u16>offset, 4);
  store<u8>(r, <u8>segment, 11);
  store<u8>(
    r,
    (isMemory ? RECORD_MEMORY : 0) |
      ((access & 2) != 0 ? RECORD_WRITES : 0) |
      ((flags & FLAG_ENDS) != 0 ? RECORD_ENDS : 0),
    24,
  );
  store<u8>(r, prefixes, 25);
  store<u8>(r, memBytes == 0 ? <u8>size : memBytes == 255 ? 0 : memBytes, 26);
  store<u8>(r, <u8>addressSize, 27);
  store<u16>(r, load<u16>(row, ROW_INDEX), 28);
  const isSimple = mode == MODE_64 && addressSize == 8 && segment < SEGMENT_FS;
  store<u8>(r, isSimple ? 0 : 1, 30);
  store<u8>(r, <u8>opcode, 31);
}

function fillSpecial(r: u32, op: u32, length: u32, offset: u32): void {
  memory.fill(r, 0, 32);
  store<u16>(r, <u16>op);
  store<u8>(r, <u8>length, 2);
  store<u16>(r, <u16>offset, 4);
  store<u16>(r, 0xffff, 28);
  decodedEnds = true;
}

/**
 * Decodes the instruction at host address `bytes` into record `r`. `available`: bytes that may be read (1 … 15
 * suffices). `codeMode`: MODE_16, MODE_32, MODE_64. `offset`: its distance from the block's start.
 * Returns its length, or NEEDS_MORE. What is no instruction becomes OP_UD; a 16th byte, OP_TOO_LONG.
 */
export function decodeInstruction(bytes: u32, available: u32, codeMode: u32, r: u32, offset: u32): i32 {
  const isWhole = available >= 15;
  start = bytes;
  cursor = bytes;
  end = bytes + (isWhole ? 15 : available);
  starved = false;
  mode = codeMode;
  prefixes = 0;
  rex = 0;
  has67 = false;
  isVex = false;
  segmentOverride = 0;
  vvvv = 0;
  let opcode = readPrefixes();
  let table: u32 = 0;
  let row: usize = 0;
  if (!starved) {
    if (opcode == 0x0f) {
      table = 1;
      opcode = next8();
      if (opcode == 0x38 || opcode == 0x3a) {
        table = opcode == 0x38 ? 2 : 3;
        opcode = next8();
      }
    } else if ((opcode == 0xc4 || opcode == 0xc5) && startsVex()) {
      table = readVex(opcode);
      opcode = next8();
      if (!starved && table == 0) {
        fillSpecial(r, OP_UD, cursor - start, offset);
        return <i32>(cursor - start);
      }
    }
    if (!starved) {
      row = findRow(table, opcode);
      if (row != 0) fillRecord(r, row, opcode, offset);
    }
  }
  if (starved) {
    if (!isWhole) return NEEDS_MORE;
    fillSpecial(r, OP_TOO_LONG, 15, offset);
    return 15;
  }
  if (row == 0) fillSpecial(r, OP_UD, cursor - start, offset);
  return <i32>(cursor - start);
}
