import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { buildAcpiTables } from "../../../src/devices/acpi/build-acpi-tables.js";
import { pciMemoryStart } from "../../../src/devices/acpi/options.js";
import { eisaId, integer, packageLength, namePath } from "../../../src/devices/acpi/aml/encoding.js";

const OPTIONS = { apicIds: [0, 1], pciMemoryWindow: { start: 0xc0000000, end: 0xfec00000 } };
const RSDP_ADDRESS = 0xf0000;
const TABLES_ADDRESS = 0xe0000;

function link(options = OPTIONS) {
  return buildAcpiTables(options).link(RSDP_ADDRESS, TABLES_ADDRESS);
}

function sum(bytes: Uint8Array): number {
  return bytes.reduce((total, byte) => (total + byte) & 0xff, 0);
}

/** Tables by signature, found by walking from the RSDP as an operating system does. */
function walk({ rsdp, tables }: ReturnType<typeof link>): Map<string, Buffer> {
  const found = new Map<string, Buffer>();
  const tableAt = (address: number): Buffer => {
    const start = Buffer.from(tables.buffer, tables.byteOffset + address - TABLES_ADDRESS);
    const table = start.subarray(0, start.readUInt32LE(4));
    found.set(table.toString("latin1", 0, 4), table);
    return table;
  };
  const xsdt = tableAt(Number(Buffer.from(rsdp).readBigUInt64LE(24)));
  const rsdt = tableAt(Buffer.from(rsdp).readUInt32LE(16));
  for (let at = 36; at < xsdt.length; at += 8) {
    assert.equal(Number(xsdt.readBigUInt64LE(at)), rsdt.readUInt32LE(36 + (at - 36) / 2));
    tableAt(Number(xsdt.readBigUInt64LE(at)));
  }
  const fadt = found.get("FACP")!;
  assert.equal(fadt.readUInt32LE(40), Number(fadt.readBigUInt64LE(140)));
  tableAt(fadt.readUInt32LE(40));
  tableAt(fadt.readUInt32LE(36));
  return found;
}

describe("ACPI tables", () => {
  it("are found from the RSDP, every checksum right", () => {
    const linked = link();
    assert.equal(Buffer.from(linked.rsdp).toString("latin1", 0, 8), "RSD PTR ");
    assert.equal(sum(linked.rsdp.subarray(0, 20)), 0);
    assert.equal(sum(linked.rsdp), 0);
    const tables = walk(linked);
    assert.deepEqual([...tables.keys()].sort(), ["APIC", "DSDT", "FACP", "FACS", "HPET", "RSDT", "XSDT"]);
    for (const [signature, table] of tables) if (signature !== "FACS") assert.equal(sum(table), 0, signature);
  });

  it("name each processor's APIC, and x2APIC ids where 8 bits do not suffice", () => {
    const madt = walk(link({ ...OPTIONS, apicIds: [0, 2, 300] })).get("APIC")!;
    assert.deepEqual([...madt.subarray(44, 52)], [0, 8, 0, 0, 1, 0, 0, 0]);
    assert.deepEqual([...madt.subarray(52, 60)], [0, 8, 1, 2, 1, 0, 0, 0]);
    assert.deepEqual([...madt.subarray(60, 76)], [9, 16, 0, 0, 44, 1, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0]);
  });

  it("leave out what the machine does not have", () => {
    const tables = walk(link({ ...OPTIONS, hasHpet: false } as typeof OPTIONS));
    assert.equal(tables.has("HPET"), false);
    assert.equal(tables.get("DSDT")!.includes("HPET"), false);
  });

  it("need a processor and aligned addresses", () => {
    assert.throws(() => buildAcpiTables({ ...OPTIONS, apicIds: [] }), /at least one processor/);
    assert.throws(() => buildAcpiTables(OPTIONS).link(0xf0008, 0xe0000), /multiple of 16/);
    assert.throws(() => buildAcpiTables(OPTIONS).link(0xf0000, 0xe0010), /multiple of 64/);
  });

  it("put PCI memory where firmware puts it", () => {
    assert.equal(pciMemoryStart(512 * 2 ** 20), 0x80000000);
    assert.equal(pciMemoryStart(0x80000001), 0xc0000000);
    assert.throws(() => pciMemoryStart(0xd0000000), /3 GiB/);
  });

  it("linked by the loader script equal those linked directly", () => {
    const files = new Map(
      buildAcpiTables(OPTIONS)
        .loaderFiles()
        .map((file) => [file.name, Buffer.from(file.bytes)]),
    );
    const direct = link();
    runLoaderScript(files, { "etc/acpi/tables": TABLES_ADDRESS, "etc/acpi/rsdp": RSDP_ADDRESS });
    assert.deepEqual(new Uint8Array(files.get("etc/acpi/tables")!), direct.tables);
    assert.deepEqual(new Uint8Array(files.get("etc/acpi/rsdp")!), direct.rsdp);
  });

  const hasIasl = spawnSync("iasl", ["-v"]).status === 0;
  it("are taken apart and put together by iasl", { skip: hasIasl ? false : "iasl is not installed" }, () => {
    const folder = mkdtempSync(join(tmpdir(), "acpi-tables-"));
    try {
      for (const [signature, table] of walk(link())) checkWithIasl(folder, signature, table);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

/** Does what firmware does with the script's entries of 128 bytes. */
function runLoaderScript(files: Map<string, Buffer>, addresses: Record<string, number>): void {
  const script = files.get("etc/table-loader")!;
  const text = (bytes: Buffer, at: number) => bytes.toString("latin1", at, at + 56).replace(/\0.*/s, "");
  for (let at = 0; at < script.length; at += 128) {
    const entry = script.subarray(at, at + 128);
    const file = files.get(text(entry, 4))!;
    if (entry.readUInt32LE(0) === 1) {
      assert.equal(addresses[text(entry, 4)]! % entry.readUInt32LE(60), 0);
    } else if (entry.readUInt32LE(0) === 2) {
      const offset = entry.readUInt32LE(116);
      const base = addresses[text(entry, 60)]!;
      if (entry[120] === 8) file.writeBigUInt64LE(file.readBigUInt64LE(offset) + BigInt(base), offset);
      else file.writeUInt32LE(file.readUInt32LE(offset) + base, offset);
    } else {
      assert.equal(entry.readUInt32LE(0), 3);
      const [offset, start, length] = [60, 64, 68].map((field) => entry.readUInt32LE(field));
      assert.equal(file[offset!], 0);
      file[offset!] = -sum(file.subarray(start, start! + length!));
    }
  }
}

function checkWithIasl(folder: string, signature: string, table: Buffer): void {
  const binary = join(folder, `${signature}.dat`);
  writeFileSync(binary, table);
  const output = execFileSync("iasl", ["-d", binary], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
  assert.doesNotMatch(output, /error|warning/i, signature);
  if (signature !== "DSDT") return;
  const source = join(folder, `${signature}.dsl`);
  const compiled = execFileSync("iasl", ["-oa", "-p", join(folder, "again"), source], { encoding: "utf8" });
  assert.match(compiled, /0 Errors, 0 Warnings/);
  assert.match(readFileSync(source, "utf8"), /Device \(PCI0\)/);
}

describe("AML encoding", () => {
  it("packs integers into the fewest bytes", () => {
    assert.deepEqual(integer(1), [1]);
    assert.deepEqual(integer(0x80), [0x0a, 0x80]);
    assert.deepEqual(integer(0x1234), [0x0b, 0x34, 0x12]);
    assert.deepEqual(integer(0xfec00000), [0x0c, 0, 0, 0xc0, 0xfe]);
    assert.deepEqual(integer(2 ** 32), [0x0e, 0, 0, 0, 0, 1, 0, 0, 0]);
  });

  it("counts a package's length with its own bytes", () => {
    assert.deepEqual(packageLength(0), [1]);
    assert.deepEqual(packageLength(62), [63]);
    assert.deepEqual(packageLength(63), [0x41, 0x04]);
    assert.deepEqual(packageLength(0xffd), [0x4f, 0xff]);
    assert.deepEqual(packageLength(0xffe), [0x81, 0x00, 0x01]);
  });

  it("encodes names and plug-and-play ids", () => {
    assert.deepEqual(Buffer.from(namePath("\\_SB.PCI0")).toString("latin1"), "\\._SB_PCI0");
    assert.deepEqual(Buffer.from(namePath("^ISA.A.B")).toString("latin1"), "^/\x03ISA_A___B___");
    assert.deepEqual(eisaId("PNP0A03"), [0x0c, 0x41, 0xd0, 0x0a, 0x03]);
    assert.throws(() => namePath("pci0"), /no AML name segment/);
  });
});
