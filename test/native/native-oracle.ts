/** The real processor as an oracle: compiles oracle.c with gcc and runs batches of cases through it. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CODE_ADDRESS, CODE_LIMIT, DATA_ADDRESS, DATA_BYTES, DATA_MAP_ADDRESS, DATA_MAP_BYTES, EDGE_BYTES, PAD_BYTES, READ_ONLY_ADDRESS, RECORD, SLOT_BYTES } from "./case-record.js"; // prettier-ignore

/** The compiled output lies in dist/test/native; the C source stays in test/native. */
const SOURCE = fileURLToPath(new URL("../../../test/native/oracle.c", import.meta.url));

const DEFINES: Readonly<Record<string, number>> = {
  RECORD_BYTES: RECORD.BYTES,
  CODE_ADDRESS,
  CODE_LIMIT,
  SLOT_BYTES,
  PAD_BYTES,
  DATA_ADDRESS,
  DATA_BYTES,
  DATA_MAP_ADDRESS,
  DATA_MAP_BYTES,
  READ_ONLY_ADDRESS,
  EDGE_BYTES,
};

/** Names of the manual's CPUID features where /proc/cpuinfo has others. */
const CPUINFO_NAMES: Readonly<Record<string, string>> = {
  LZCNT: "abm",
  CLFSH: "clflush",
  SSE3: "pni",
  SHA: "sha_ni",
  PCLMULQDQ: "pclmulqdq",
  AESNI: "aes",
  AES: "aes",
};

/** Why the comparison cannot run here, or undefined when it can. */
export function oracleUnavailable(): string | undefined {
  if (process.platform !== "linux" || process.arch !== "x64") return "needs Linux on an x86-64 processor";
  if (spawnSync("gcc", ["--version"]).status !== 0) return "needs gcc";
  return undefined;
}

export class NativeOracle {
  private readonly folder = mkdtempSync(join(tmpdir(), "innervisor-oracle-"));
  private readonly program = join(this.folder, "oracle");
  private readonly features: ReadonlySet<string>;

  /** Throws an Error with gcc's words when the helper does not compile. */
  constructor() {
    const defines = Object.entries(DEFINES).map(([name, value]) => `-D${name}=${value}`);
    const result = spawnSync("gcc", [
      "-O2",
      "-Wall",
      "-Wextra",
      "-pie",
      "-fPIE",
      ...defines,
      "-o",
      this.program,
      SOURCE,
    ]);
    if (result.status !== 0) throw new Error(`oracle.c does not compile:\n${result.stderr.toString()}`);
    const flags = /^flags\s*:(.*)$/m.exec(readFileSync("/proc/cpuinfo", "utf8"));
    this.features = new Set(flags?.[1]?.trim().split(/\s+/) ?? []);
  }

  /** Whether this computer's processor has a CPUID feature. Features that Linux does not list are taken for present. */
  hasFeature(feature: string | undefined): boolean {
    if (feature === undefined) return true;
    const name = CPUINFO_NAMES[feature] ?? feature.toLowerCase().replace(/\./g, "_");
    return this.features.has(name);
  }

  /** Runs a batch of records; returns the records with the state after. Throws when the helper dies. */
  run(batch: Uint8Array): Uint8Array {
    const result = spawnSync(this.program, { input: batch, maxBuffer: batch.length + 4096 });
    if (result.status !== 0 || result.stdout.length !== batch.length)
      throw new Error(`oracle ended with ${result.signal ?? result.status}: ${result.stderr.toString()}`);
    return new Uint8Array(result.stdout.buffer, result.stdout.byteOffset, result.stdout.length).slice();
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
