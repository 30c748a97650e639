/** Instructions on EFLAGS: CLC … STD, LAHF, SAHF, PUSHF, POPF. SDM 2, under these names. */
import { CPL, CR4, EFLAGS, RAX, RSP } from "../../generated/layout";
import { aborted, raiseGp0 } from "../../faults";
import {
  AC, AF, ARITHMETIC, CF, DF, getArithmeticFlags, ID, IF, IOPL, materializeFlags, NT, OF, PF, RF, setArithmeticFlags,
  SF, TF, VIF, VIP, VM, ZF,
} from "../../flags"; // prettier-ignore
import { updateTlbBase } from "../../memory/tlb";
import { recordSize } from "../../record";
import { CR4_VME, isProtected, isV86 } from "../../registers";
import { pop, push } from "../../stack";

/** What SAHF loads. */
const LOW_FLAGS: u32 = SF | ZF | AF | PF | CF;
/** Bits of EFLAGS that exist: the others read as 0, but bit 1. */
const ALWAYS_ONE: u32 = 2;
/** What POPF may change at CPL 0. */
const POPF_CHANGES: u32 = ARITHMETIC | TF | IF | DF | IOPL | NT | AC | ID;

export function setCarry(isSet: bool): void {
  setArithmeticFlags((getArithmeticFlags() & ~CF) | (isSet ? CF : 0));
}
export function complementCarry(): void {
  setArithmeticFlags(getArithmeticFlags() ^ CF);
}
export function setDirection(isDown: bool): void {
  store<u32>(EFLAGS, (load<u32>(EFLAGS) & ~DF) | (isDown ? DF : 0));
}
export function loadAhFromFlags(): void {
  store<u8>(RAX + 1, <u8>((getArithmeticFlags() & LOW_FLAGS) | ALWAYS_ONE));
}
export function storeAhIntoFlags(): void {
  setArithmeticFlags((getArithmeticFlags() & OF) | ((<u32>load<u8>(RAX + 1)) & LOW_FLAGS));
}

// @ts-ignore: decorator
@inline function ioPrivilege(): u32 {
  return (load<u32>(EFLAGS) & IOPL) >> 12;
}
/** Virtual-8086 mode with IOPL below 3: PUSHF and POPF are emulated (CR4.VME, 16 bits) or #GP. */
function isVirtualized(): bool {
  return isV86() && ioPrivilege() < 3;
}
function isVmeAllowed(size: u32): bool {
  return size == 2 && (load<u64>(CR4) & CR4_VME) != 0;
}

export function pushFlags(r: u32): void {
  const size = recordSize(r);
  let flags = materializeFlags() & ~(VM | RF);
  if (isVirtualized()) {
    if (!isVmeAllowed(size)) return raiseGp0();
    flags = (flags & ~IF) | IOPL | ((flags & VIF) != 0 ? IF : 0);
  }
  push(size, <u64>(flags | ALWAYS_ONE));
}

/** Puts the popped bits of `changes` in place. RF is always cleared by an operand size above 16 bits. */
function loadFlags(value: u32, changes: u32, size: u32): void {
  const mask = size == 2 ? changes & 0xffff : changes;
  const before = materializeFlags();
  const kept = size == 2 ? before : before & ~RF;
  store<u32>(EFLAGS, (kept & ~mask) | (value & mask));
  if ((before ^ load<u32>(EFLAGS)) & AC) updateTlbBase();
}

/** POPF in virtual-8086 mode with CR4.VME and IOPL below 3: VIF stands for IF. */
function popVirtualFlags(size: u32): void {
  const stackPointer = load<u64>(RSP);
  const value = <u32>pop(size);
  if (aborted()) return;
  if ((value & TF) != 0 || ((value & IF) != 0 && (load<u32>(EFLAGS) & VIP) != 0)) {
    store<u64>(RSP, stackPointer);
    return raiseGp0();
  }
  loadFlags(value, POPF_CHANGES & ~(IF | IOPL), size);
  store<u32>(EFLAGS, (load<u32>(EFLAGS) & ~VIF) | ((value & IF) != 0 ? VIF : 0));
}

export function popFlags(r: u32): void {
  const size = recordSize(r);
  if (isVirtualized()) {
    if (!isVmeAllowed(size)) return raiseGp0();
    return popVirtualFlags(size);
  }
  const value = <u32>pop(size);
  if (aborted()) return;
  let changes = POPF_CHANGES;
  if (isProtected() && load<u32>(CPL) > 0) {
    changes &= ~IOPL;
    if (load<u32>(CPL) > ioPrivilege()) changes &= ~IF;
  }
  loadFlags(value, changes, size);
}
