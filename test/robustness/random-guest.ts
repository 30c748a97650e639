/**
 * Guests made of garbage, from a seed: code of random bytes and of the instructions that can do most harm, descriptor
 * tables whose gates lead into that code, registers that point at the edges of everything. Exceptions are delivered
 * on a fresh stack (64-bit mode), so that a guest goes on through thousands of them.
 */
import type { FlatMode } from "../../src/machine/boot/index.js";
import { createMachine, type Machine } from "../../src/index.js";
import { GPR_NAMES } from "../../isa/layout.js";
import { VMCS_REVISION } from "../../isa/vmx/capabilities.js";
import { Random } from "../native/random.js";

export const MIB = 2 ** 20;
const MEMORY_BYTES = 16 * MIB;
/** Physical and linear: where things lie in every mode. */
const CODE = 0x10000;
const CODE_BYTES = 0x8000;
const DATA = 0x20000;
const DATA_BYTES = 0x8000;
const IDT = 0x30000;
const GDT = 0x31000;
const TSS = 0x32000;
const STACK_TOP = 0x3f000;
const VECTORS = 256;
const NO_POINTER = 0xffff_ffff_ffff_ffffn;
const CR4_VMXE = 1n << 13n;
const REAL_SEGMENT_BYTES = 0x10000;

/** Registers that a guest may be told to point at: the board's, and where memory ends or begins. */
const ADDRESSES: readonly bigint[] = [
  0n, 0xfffn, 0x9fffen, 0xa0000n, 0xc0000n, 0xffff0n, 0x100000n, BigInt(MEMORY_BYTES) - 1n, BigInt(MEMORY_BYTES),
  BigInt(CODE), BigInt(CODE + CODE_BYTES - 1), BigInt(DATA), BigInt(IDT), BigInt(GDT), BigInt(TSS), BigInt(STACK_TOP),
  0xe0000000n, 0xfec00000n, 0xfec00010n, 0xfed00000n, 0xfed000f0n, 0xfee00000n, 0xfee00080n, 0xfee00300n, 0xfee00380n,
  0xfffffffen, 0xffffffffn, 0x100000000n, 0xff_ffff_f000n, 0x100_0000_0000n, 0x7fff_ffff_ffffn, 0x7fff_ffff_fff9n,
  0x8000_0000_0000n, 0xffff_7fff_ffff_ffffn, 0xffff_8000_0000_0000n, 0xffff_ffff_ffff_f000n, 0xffff_ffff_ffff_fff8n,
  0xffff_ffff_ffff_ffffn, 0x7fff_0000_0000_0000n,
]; // prettier-ignore

/** MSRs, ports, processor state: what goes into ECX and EDX. */
const MSRS: readonly bigint[] = [
  0x10n, 0x1bn, 0x3an, 0x3bn, 0x174n, 0x175n, 0x176n, 0x1a0n, 0x1d9n, 0x200n, 0x277n, 0x2ffn, 0x480n, 0x48fn, 0x6e0n,
  0x800n, 0x808n, 0x830n, 0x832n, 0x838n, 0xda0n, 0xc0000080n, 0xc0000081n, 0xc0000082n, 0xc0000084n, 0xc0000100n,
  0xc0000101n, 0xc0000102n, 0xc0000103n,
]; // prettier-ignore
const PORTS: readonly bigint[] = [
  0x20n, 0x21n, 0x40n, 0x43n, 0x60n, 0x61n, 0x64n, 0x70n, 0x71n, 0x92n, 0xa0n, 0xa1n, 0xb2n, 0x3f8n, 0x3f9n, 0x3fbn,
  0x510n, 0x511n, 0x514n, 0x518n, 0x600n, 0x604n, 0x608n, 0xcf8n, 0xcfcn, 0xcfdn, 0xffffn,
]; // prettier-ignore

/** Opcodes worth more than their share; ModRM and what follows are random. */
const OPCODES: readonly (readonly number[])[] = [
  [0x0f, 0x00], [0x0f, 0x01], [0x0f, 0x01, 0xc1], [0x0f, 0x01, 0xc2], [0x0f, 0x01, 0xc3], [0x0f, 0x01, 0xc4],
  [0x0f, 0x01, 0xc2], [0x0f, 0x01, 0xc3], [0x0f, 0xc7, 0x37], [0x0f, 0x01, 0xd1], [0x0f, 0x01, 0xf8], [0x0f, 0x05], [0x0f, 0x07], [0x0f, 0x08], [0x0f, 0x09], [0x0f, 0x20],
  [0x0f, 0x21], [0x0f, 0x22], [0x0f, 0x23], [0x0f, 0x30], [0x0f, 0x31], [0x0f, 0x32], [0x0f, 0x34], [0x0f, 0x35],
  [0x66, 0x0f, 0x38, 0x80], [0x66, 0x0f, 0x38, 0x81], [0x66, 0x0f, 0x38, 0x82], [0x0f, 0x78], [0x0f, 0x79],
  [0x0f, 0xa2], [0x0f, 0xae], [0x0f, 0xb2], [0x0f, 0xc7], [0x66, 0x0f, 0xc7], [0xf3, 0x0f, 0xc7], [0xf3, 0xa4],
  [0xf3, 0xa5], [0xf3, 0xaa], [0xf3, 0x6c], [0xf3, 0x6e], [0xf2, 0xae], [0xf3, 0xa6], [0xfa], [0xfb], [0x9c], [0x9d],
  [0xcc], [0xcd], [0xcf], [0xf1], [0xe4], [0xe6], [0xec], [0xed], [0xee], [0xef], [0xe8], [0xe9], [0xeb], [0x9a],
  [0xea], [0xff], [0xc8], [0xc9], [0xcb], [0xca], [0x8e], [0x07], [0x17], [0x1f], [0x61], [0x63], [0xd9], [0xdd],
  [0xdb], [0x0f, 0x6f], [0x66, 0x0f, 0x7f], [0x66, 0x0f, 0xf7], [0xf0, 0x0f, 0xb1], [0x48, 0xcf], [0x48, 0xcb],
]; // prettier-ignore

const PREFIXES = [0x66, 0x67, 0xf0, 0xf2, 0xf3, 0x2e, 0x36, 0x64, 0x65, 0x48, 0x41, 0x4f] as const;

/** What one seed makes. */
export interface RandomGuestOptions {
  seed: number;
  mode: FlatMode;
  clock?: "virtual" | "real";
  maxInstructions: number;
}

/** A machine that is about to run the guest of `seed`. */
export async function randomGuest({
  seed,
  mode,
  clock = "virtual",
  maxInstructions,
}: RandomGuestOptions): Promise<Machine> {
  const random = new Random(seed);
  const machine = await createMachine({
    memoryBytes: MEMORY_BYTES,
    clock,
    maxInstructions,
    cpuCount: random.oneIn(4) ? 2 : 1,
    exposeVirtualizationExtensions: random.oneIn(2),
    disks: [],
    boot: { kind: "flat", image: randomCode(random), address: CODE, mode },
  });
  machine.memory.write(DATA, randomData(random, DATA_BYTES));
  if (mode === "real") fillRealModeVectors(machine, random);
  else fillDescriptorTables(machine, random, mode === "long64");
  setRegisters(machine, random, mode);
  if (mode !== "real" && random.oneIn(2)) enterVmxOperation(machine, random);
  return machine;
}

/** VMX root operation with regions of garbage that have the right revision, one of them current perhaps. */
function enterVmxOperation(machine: Machine, random: Random): void {
  const { memory, processor } = machine;
  for (let page = DATA; page < DATA + DATA_BYTES; page += 0x1000)
    memory.writeU32(page, Number(VMCS_REVISION));
  processor.writeState64(0, "CR4", processor.readState64(0, "CR4") | CR4_VMXE);
  processor.writeState32(0, "VMX_ON", 1);
  processor.writeState64(0, "VMXON_POINTER", BigInt(DATA));
  processor.writeState64(0, "CURRENT_VMCS", NO_POINTER);
  if (random.oneIn(4)) return;
  const vmcs = DATA + 0x1000;
  processor.writeState64(0, "CURRENT_VMCS", BigInt(vmcs));
  processor.writeState32(0, "VMCS_FRAME", processor.exports.frameOfPage(vmcs / 0x1000));
}

function randomCode(random: Random): Uint8Array {
  const bytes = randomBytes(random, CODE_BYTES);
  for (let at = 0; at < CODE_BYTES - 32;) {
    if (!random.oneIn(3)) at = place(bytes, at, randomInstruction(random));
    else at += random.below(8);
  }
  return bytes;
}

function place(bytes: Uint8Array, at: number, instruction: readonly number[]): number {
  bytes.set(instruction, at);
  return at + instruction.length;
}

function randomInstruction(random: Random): number[] {
  const prefixes = Array.from({ length: random.oneIn(3) ? random.below(3) : 0 }, () => random.pick(PREFIXES));
  if (random.oneIn(6)) return setRegister(random, 1 + random.below(2), random.oneIn(2) ? MSRS : PORTS);
  if (random.oneIn(6)) return setRegister(random, random.pick([0, 3, 5, 6, 7]), ADDRESSES);
  return [...prefixes, ...random.pick(OPCODES), random.below(256)];
}

/** MOV r32, imm32 (REX.W in 64-bit mode would need 8 bytes: the low half is enough for most). */
function setRegister(random: Random, register: number, values: readonly bigint[]): number[] {
  const value = Number(random.pick(values) & 0xffffffffn);
  return [0xb8 + register, value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24];
}

function randomBytes(random: Random, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => random.next() & 255);
}

/** Quadwords: garbage, small numbers and addresses mixed, as pointers and counts that an instruction loads. */
function randomData(random: Random, length: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(length));
  for (let at = 0; at < length; at += 8) view.setBigUint64(at, randomQuadword(random), true);
  return new Uint8Array(view.buffer);
}

function randomQuadword(random: Random): bigint {
  if (random.oneIn(3)) return random.pick(ADDRESSES);
  if (random.oneIn(3)) return BigInt(random.below(64));
  return random.oneIn(2) ? random.next64() : BigInt(DATA + random.below(8) * 0x1000);
}

function fillRealModeVectors(machine: Machine, random: Random): void {
  for (let vector = 0; vector < VECTORS; vector++) {
    machine.memory.writeU16(vector * 4, random.below(CODE_BYTES));
    machine.memory.writeU16(vector * 4 + 2, CODE >> 4);
  }
}

/** An IDT of interrupt gates, a GDT of odd descriptors with a good code segment, a TSS with stacks. */
function fillDescriptorTables(machine: Machine, random: Random, is64: boolean): void {
  const { memory, processor } = machine;
  const gateBytes = is64 ? 16 : 8;
  const code = processor.readSegment(0, "CS").selector;
  const oldGdt = Number(processor.readState64(0, "GDTR_BASE"));
  const gdt = new Uint8Array(processor.readState32(0, "GDTR_LIMIT") + 1);
  memory.readInto(oldGdt, gdt);
  memory.write(GDT, randomBytes(random, 0x400));
  memory.write(GDT, gdt);
  for (let vector = 0; vector < VECTORS; vector++) {
    const at = IDT + vector * gateBytes;
    memory.write(at, randomBytes(random, gateBytes));
    if (random.oneIn(20)) continue;
    const offset = CODE + random.below(CODE_BYTES);
    const type = random.oneIn(4) ? 0x8f : 0x8e;
    memory.writeU32(at, (code << 16) | (offset & 0xffff));
    memory.writeU32(at + 4, ((offset & 0xffff0000) | (type << 8) | (random.oneIn(8) ? 0 : 1)) >>> 0);
    if (is64) memory.writeU64(at + 8, 0n);
  }
  for (let at = 4; at < 0x68; at += 8) memory.writeU64(TSS + at, BigInt(STACK_TOP));
  processor.writeState64(0, "GDTR_BASE", BigInt(GDT));
  processor.writeState32(0, "GDTR_LIMIT", 0x3ff);
  processor.writeState64(0, "IDTR_BASE", BigInt(IDT));
  processor.writeState32(0, "IDTR_LIMIT", VECTORS * gateBytes - 1);
  processor.writeSegment(0, "TR", { selector: 0x40, base: BigInt(TSS), limit: 0x2067, attributes: 0x8b });
}

function setRegisters(machine: Machine, random: Random, mode: FlatMode): void {
  const { processor } = machine;
  for (const name of GPR_NAMES) {
    const value = random.oneIn(2) ? random.pick(ADDRESSES) : randomQuadword(random);
    processor.writeGpr(0, name, mode === "long64" ? value : value & 0xffffffffn);
  }
  const stack = mode === "real" ? REAL_SEGMENT_BYTES - 2 : STACK_TOP;
  processor.writeGpr(0, "RSP", BigInt(stack));
  if (mode !== "real" && random.oneIn(2))
    processor.writeState64(0, "CR4", processor.readState64(0, "CR4") | 0x2600n);
  if (random.oneIn(4)) machine.writeRegister("RIP", BigInt(random.oneIn(2) ? 0xfff0 : CODE + CODE_BYTES - 1));
  processor.stateChanged();
}
