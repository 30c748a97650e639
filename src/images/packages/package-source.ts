/**
 * Debian packages through the host's own apt, with the host's own sources. Nothing of the host's
 * configuration or package state is changed: when its package lists are missing or do not have a package,
 * lists are fetched into the cache folder, so no root rights are needed either.
 */
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { ImageError } from "../image-error.js";
import type { ProgressListener } from "../progress.js";
import { parsePackageRecords } from "./package-record.js";
import type { PackageRecord } from "./package-record.js";
import { runCommand } from "./run-command.js";

/** Guests are x86-64 whatever the host is; the sandbox user could not write into a private cache folder. */
const commonOptions = ["-o", "APT::Architecture=amd64", "-o", "APT::Sandbox::User=root", "-q"];

export class PackageSource {
  private readonly records = new Map<string, PackageRecord>();
  private listOptions: readonly string[] = [];

  constructor(
    private readonly cacheDir: string,
    private readonly progress: ProgressListener,
  ) {}

  /** The newest available record of each package. Throws `package-missing` when one is not in the archive. */
  async resolve(names: readonly string[]): Promise<PackageRecord[]> {
    await this.load(names);
    if (names.some((name) => !this.records.has(name)) && this.listOptions.length === 0) {
      await this.fetchPrivateLists();
      await this.load(names);
    }
    return names.map((name) => this.records.get(name) ?? missing(name));
  }

  /**
   * The package and the packages that it depends on (no Recommends), directly or through others, as far as
   * `follows` accepts them. Virtual packages are left out.
   */
  async resolveClosure(name: string, follows: (record: PackageRecord) => boolean): Promise<PackageRecord[]> {
    const [root] = await this.resolve([name]);
    await this.load(await this.namesBelow(name));
    const closure = new Set([root!]);
    for (const member of closure) {
      const dependencies = member.depends.map((dependency) => this.records.get(dependency));
      for (const record of dependencies) if (record !== undefined && follows(record)) closure.add(record);
    }
    return [...closure];
  }

  /** The names of all that a package depends on: one run of apt for records that would else take many. */
  private async namesBelow(name: string): Promise<string[]> {
    const { stdout } = await this.apt("apt-cache", ["depends", "--recurse", "--important", name]);
    return stdout.split("\n").filter((line) => /^[a-z0-9]/.test(line));
  }

  /** Makes sure that all the packages are in the cache; the paths of the .deb files, in the same order. */
  async download(packages: readonly PackageRecord[]): Promise<string[]> {
    const folder = join(this.cacheDir, "packages");
    await mkdir(folder, { recursive: true });
    const paths = packages.map((record) => join(folder, fileNameOf(record)));
    const present = await Promise.all(paths.map((path, i) => hasSize(path, packages[i]!.size)));
    const absent = packages.filter((_, i) => !present[i]);
    if (absent.length > 0) await this.fetch(absent, folder);
    return paths;
  }

  private async load(names: readonly string[]): Promise<void> {
    const unknown = names.filter((name) => !this.records.has(name));
    if (unknown.length === 0) return;
    // Its exit code is not zero when any name is unknown or virtual; those are simply not in the output.
    const { stdout } = await this.apt("apt-cache", ["show", "--no-all-versions", ...unknown]);
    for (const record of parsePackageRecords(stdout)) this.records.set(record.name, record);
  }

  private async fetchPrivateLists(): Promise<void> {
    this.progress("resolve", "fetching package lists");
    const lists = join(this.cacheDir, "apt", "lists");
    const archives = join(this.cacheDir, "apt", "archives");
    await Promise.all([lists, archives].map((path) => mkdir(join(path, "partial"), { recursive: true })));
    this.listOptions = ["-o", `Dir::State::Lists=${lists}`, "-o", `Dir::Cache=${join(this.cacheDir, "apt")}`];
    const { exitCode, stderr } = await this.apt("apt-get", ["update"]);
    if (exitCode !== 0) throw downloadFailed("the package lists", stderr);
  }

  private async fetch(packages: readonly PackageRecord[], folder: string): Promise<void> {
    const bytes = packages.reduce((sum, record) => sum + record.size, 0);
    const names = packages.map((record) => record.name).join(", ");
    this.progress("download", `${(bytes / 2 ** 20).toFixed(1)} MiB: ${names}`);
    const temporary = await mkdtemp(join(folder, ".download-"));
    try {
      const wanted = packages.map((record) => `${record.name}=${record.version}`);
      const { exitCode, stderr } = await this.apt("apt-get", ["download", ...wanted], temporary);
      if (exitCode !== 0) throw downloadFailed(names, stderr);
      await this.adopt(packages, temporary, folder);
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
  }

  /** Moves what apt downloaded to where we look for it, once its digest is right. */
  private async adopt(packages: readonly PackageRecord[], from: string, to: string): Promise<void> {
    const files = await readdir(from);
    for (const record of packages) {
      const file = files.find((name) => name.startsWith(`${record.name}_`));
      if (file === undefined) throw downloadFailed(record.name, "apt-get download left no file");
      const digest = createHash("sha256")
        .update(await readFile(join(from, file)))
        .digest("hex");
      if (digest !== record.sha256) throw damaged(record, digest);
      await rename(join(from, file), join(to, fileNameOf(record)));
    }
  }

  private apt(program: string, args: readonly string[], cwd?: string): ReturnType<typeof runCommand> {
    return runCommand(program, [...commonOptions, ...this.listOptions, ...args], cwd ? { cwd } : {});
  }
}

/** A colon (before a version's epoch) is written %3a, as apt does. */
function fileNameOf(record: PackageRecord): string {
  return `${record.name}_${record.version.replaceAll(":", "%3a")}_${record.architecture}.deb`;
}

async function hasSize(path: string, size: number): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.size === size;
}

function missing(name: string): never {
  throw new ImageError(
    "package-missing",
    `the package ${name} is not in the archive that apt uses here`,
    "images are made of Debian 12 packages: use a host whose apt sources have them",
  );
}

function downloadFailed(what: string, stderr: string): ImageError {
  const reason = stderr.trim().split("\n").slice(-3).join("; ");
  return new ImageError(
    "download-failed",
    `cannot download ${what}: ${reason}`,
    "check the network and that apt-get update works on this host, then build again",
  );
}

function damaged(record: PackageRecord, digest: string): ImageError {
  return new ImageError(
    "package-damaged",
    `the downloaded ${record.name} has SHA-256 ${digest}, expected ${record.sha256}`,
    "run apt-get update on this host, then build again",
  );
}
