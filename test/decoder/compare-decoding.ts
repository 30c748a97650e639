/** Compares our decoding of an instruction with that of iced-x86. */
import { GPR_NAMES } from "../../isa/layout.js";
import type { IcedInstruction, IcedMemory } from "./iced.js";
import type { Bitness, DecodedInstruction, DecodedMemory } from "./our-decoder.js";

/** CPUID features of iced-x86 that the processor has (isa/). */
const FEATURES = new Set([
  "INTEL8086", "INTEL8086_ONLY", "INTEL186", "INTEL286", "INTEL386", "INTEL486", "X64", "CMOV", "CPUID", "MSR", "TSC",
  "FPU", "FPU287", "FPU387", "FPU_SSE3", "FXSR", "MMX", "SSE", "SSE2", "SSE3", "SSSE3", "SSE4_1", "SSE4_2", "AES",
  "PCLMULQDQ", "SHA", "BMI1", "BMI2", "ADX", "MOVBE", "POPCNT", "LZCNT", "CX8", "CMPXCHG16B", "RDRAND", "RDSEED", "RDPID",
  "RDTSCP", "RDPMC", "SYSCALL", "SEP", "VMX", "MONITOR", "XSAVE", "XSAVEC", "XSAVEOPT", "XSAVES", "INVPCID", "SMAP",
  "FSGSBASE", "PKU", "CLFSH", "CLFLUSHOPT", "CLWB", "PREFETCHW", "PREFETCHWT1", "PAUSE", "MULTIBYTENOP", "WBNOINVD",
  "UDBG", "SMM", "INVEPT", "INVVPID",
]); // prettier-ignore

/** Instructions of other processors, and hints whose opcodes are NOPs here. */
const HINTS = new Set([
  "MPX",
  "CET_SS",
  "CET_IBT",
  "CLDEMOTE",
  "PREFETCHI",
  "PREFETCHITI",
  "RESERVEDNOP",
  "3DNOW",
]);

export function isSupported(iced: IcedInstruction): boolean {
  return iced.features.every((feature) => FEATURES.has(feature));
}

export function isHint(iced: IcedInstruction): boolean {
  return iced.mnemonic === "RESERVEDNOP" || iced.features.some((feature) => HINTS.has(feature));
}

/** #UD that our handlers raise, not the decoder: numbers of segment, control and debug registers that do not exist. */
const CHECKED_BY_HANDLER = /^MOV_(E_SREG|SREG_E|CR|DR|R_CR|CR_R|R_DR|DR_R)/;
/** Instructions that only AMD's processors have outside 64-bit mode. */
const ONLY_LONG_MODE = /^(Syscall|Sysret)/;
/** VMX instructions whose control is not offered: #UD. */
const NOT_OFFERED = /^Vmfunc/;

/** Whether only our decoder may know the instruction. */
export const mayBeOnlyOurs = (ours: DecodedInstruction): boolean => CHECKED_BY_HANDLER.test(ours.row.exec);

/** Whether only iced-x86 may know the instruction. */
export const mayBeOnlyIced = (iced: IcedInstruction, bitness: Bitness): boolean =>
  NOT_OFFERED.test(iced.code) || (bitness !== 64 && ONLY_LONG_MODE.test(iced.code));

const NAMES_32 = ["EAX", "ECX", "EDX", "EBX", "ESP", "EBP", "ESI", "EDI"] as const;
const NAMES_16 = ["AX", "CX", "DX", "BX", "SP", "BP", "SI", "DI"] as const;

/** A register's name in iced-x86 for an address size in bytes. */
function registerName(number: number | "RIP" | undefined, size: number): string | undefined {
  if (number === undefined) return undefined;
  if (number === "RIP") return size === 8 ? "RIP" : "EIP";
  if (size === 8) return GPR_NAMES[number] as string;
  if (size === 4) return number < 8 ? NAMES_32[number] : `R${number}D`;
  return NAMES_16[number];
}

/** The address as a set of base, index × scale: [EAX*1] and [EAX] are the same thing. */
function shape(base: string | undefined, index: string | undefined, scale: number): string {
  if (scale === 1 && base !== undefined && index !== undefined) return [base, index].sort().join("+");
  if (scale === 1 && base === undefined) return index ?? "";
  return `${base ?? ""}+${index ? `${index}*${scale}` : ""}`.replace(/\+$/, "");
}

function compareMemory(ours: DecodedMemory, iced: IcedMemory, length: number): string[] {
  const differences: string[] = [];
  const size = ours.addressSize;
  const ownShape = shape(registerName(ours.base, size), registerName(ours.index, size), 1 << ours.scale);
  const icedShape = shape(iced.base, iced.index, iced.scale);
  if (ownShape !== icedShape) differences.push(`address: iced ${icedShape}, ours ${ownShape}`);
  const bits = size * 8;
  const isRip = ours.base === "RIP";
  // iced-x86 gives the target of RIP-relative operands (the code lies at 0).
  const own = BigInt.asUintN(bits, BigInt(ours.displacement));
  const theirs = BigInt.asUintN(bits, iced.displacement);
  if (own !== theirs)
    differences.push(
      `displacement: iced ${theirs}, ours ${own}${isRip ? ` (RIP-relative, length ${length})` : ""}`,
    );
  if (ours.segment !== iced.segment) differences.push(`segment: iced ${iced.segment}, ours ${ours.segment}`);
  return differences;
}

/** ES, CS, SS and DS are one in 64-bit mode. */
function withFlatSegments(
  memory: DecodedMemory,
  iced: IcedMemory,
  bitness: Bitness,
): [DecodedMemory, IcedMemory] {
  if (bitness !== 64) return [memory, iced];
  const flat = (name: string | undefined): "DS" | "FS" | "GS" =>
    name === "FS" || name === "GS" ? name : "DS";
  return [
    { ...memory, segment: flat(memory.segment) },
    { ...iced, segment: flat(iced.segment) },
  ];
}

const CONDITIONAL = /^(J|CMOV|SET)CC$/;

function mnemonicsAgree(ours: string, iced: string): boolean {
  if (ours === iced) return true;
  if (CONDITIONAL.test(ours)) return iced.startsWith(ours.slice(0, -2));
  return (ALIASES[ours] ?? []).includes(iced) || iced.startsWith(ours);
}

/** Our name of a row: names that iced-x86 has for its forms. */
const ALIASES: Readonly<Record<string, readonly string[]>> = {
  FWAIT: ["WAIT"],
  CBW: ["CWDE", "CDQE"],
  CWD: ["CDQ", "CQO"],
  XCHG: ["NOP"],
  JCXZ: ["JECXZ", "JRCXZ"],
  MOVLPS: ["MOVHLPS"],
  MOVHPS: ["MOVLHPS"],
  MOVD: ["MOVQ"],
  FCOM2: ["FCOM"],
  FCOMP3: ["FCOMP"],
  FCOMP5: ["FCOMP"],
  FXCH4: ["FXCH"],
  FXCH7: ["FXCH"],
  FSTP8: ["FSTP"],
  FSTP9: ["FSTP"],
  FSTPNCE: ["FSTP"],
  PINSRD: ["PINSRQ"],
  PEXTRD: ["PEXTRQ"],
  PREFETCHW: ["PREFETCH", "PREFETCHWT1", "RESERVEDNOP"],
};

/** What differs; empty when both decoders agree. */
export function compareDecoding(ours: DecodedInstruction, iced: IcedInstruction, bitness: Bitness): string[] {
  const differences: string[] = [];
  if (ours.length !== iced.length) differences.push(`length: iced ${iced.length}, ours ${ours.length}`);
  if (!mnemonicsAgree(ours.row.mnemonic.toUpperCase(), iced.mnemonic) && !isHint(iced))
    differences.push(`mnemonic: iced ${iced.mnemonic}, ours ${ours.row.mnemonic}`);
  if (ours.memory && iced.memory) {
    const [own, theirs] = withFlatSegments(ours.memory, iced.memory, bitness);
    differences.push(...compareMemory(own, theirs, ours.length));
  } else if (ours.memory && !iced.memory && !isHint(iced)) differences.push("only ours has a memory operand");
  return differences;
}
