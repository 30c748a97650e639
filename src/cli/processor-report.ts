import { disassembleAround } from "./disassemble.js";
import type { ProcessorReport, ReportedException } from "./machine-contract.js";

const registersPerLine = 4;

/** SDM 3A, "Exceptions and Interrupts" of protected mode, by vector. */
const exceptionNames =
  "#DE #DB NMI #BP #OF #BR #UD #NM #DF - #TS #NP #SS #GP #PF - #MF #AC #MC #XM #VE #CP".split(" ");

/** Registers, the instructions around RIP and the last exceptions, as text with a line end. */
export async function formatProcessorReport(report: ProcessorReport): Promise<string> {
  return [
    `processor ${report.processor}, ${report.bitness}-bit code, at linear address ${hex64(report.linearRip)}`,
    ...formatRegisters(report.registers),
    "instructions:",
    ...(await disassembleAround(report)),
    ...(report.exceptions.length > 0 ? ["last exceptions, the newest last:"] : []),
    ...report.exceptions.map(formatException),
    "",
  ].join("\n");
}

function formatRegisters(registers: ProcessorReport["registers"]): string[] {
  const cells = Object.entries(registers).map(([name, value]) => `${name.padStart(6)} ${hex64(value)}`);
  const lines: string[] = [];
  for (let index = 0; index < cells.length; index += registersPerLine) {
    lines.push(cells.slice(index, index + registersPerLine).join(" "));
  }
  return lines;
}

function formatException(exception: ReportedException): string {
  const name = exceptionNames[exception.vector] ?? "-";
  const error =
    exception.errorCode === undefined ? "" : ` error code ${exception.errorCode.toString(16).toUpperCase()}`;
  const address = exception.cr2 === undefined ? "" : ` CR2 ${hex64(exception.cr2)}`;
  return `  vector ${exception.vector} ${name} at ${hex64(exception.rip)}${error}${address}`;
}

function hex64(value: bigint): string {
  return BigInt.asUintN(64, value).toString(16).toUpperCase().padStart(16, "0");
}
