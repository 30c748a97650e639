import type { BuildOptions, BuiltImage } from "../images/index.js";
import type { CreateMachine } from "./machine-contract.js";

/** A terminal's or a pipe's input side. */
export interface CliInput {
  readonly isTTY?: boolean;
  setRawMode?(enabled: boolean): unknown;
  on(event: "data", listener: (data: Uint8Array) => void): unknown;
  off(event: "data", listener: (data: Uint8Array) => void): unknown;
  resume(): unknown;
  pause(): unknown;
}

export interface CliOutput {
  readonly isTTY?: boolean;
  write(data: string | Uint8Array): unknown;
}

/** Who tells of SIGINT and SIGTERM. */
export interface SignalSource {
  on(signal: "SIGINT" | "SIGTERM", listener: () => void): unknown;
  off(signal: "SIGINT" | "SIGTERM", listener: () => void): unknown;
}

/** All that the commands touch outside themselves, so that tests can hold it. */
export interface CliContext {
  /** The guest's keyboard. */
  stdin: CliInput;
  /** Data: the guest's serial line, listings. */
  stdout: CliOutput;
  /** Progress, questions and errors. */
  stderr: CliOutput;
  signals: SignalSource;
  createMachine: CreateMachine;
  buildImage(name: string, options: BuildOptions): Promise<BuiltImage>;
  cacheDir: string;
}

/** How a command says with what code the program is to end. */
export type SetExitCode = (code: number) => void;
