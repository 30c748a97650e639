/** The CPUID table and the table of model-specific registers, as data. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { cpuidFeature } from "../../../isa/cpuid-features.js";
import { stateOffset } from "../../../isa/layout.js";
import { msrs } from "../../../isa/msrs.js";
import { intelV2 } from "../../../isa/profiles/index.js";
import { anySubleaf, buildCpuidTable, cpuidEntries, type CpuidEntry } from "../../../src/processor/cpuid.js";

function find(entries: readonly CpuidEntry[], leaf: number, subleaf = anySubleaf): CpuidEntry {
  const entry = entries.find((candidate) => candidate.leaf === leaf && candidate.subleaf === subleaf);
  assert.ok(entry, `leaf ${leaf.toString(16)}H`);
  return entry;
}

const text = (...words: number[]): string =>
  words
    .map((word) => String.fromCharCode(word & 255, (word >> 8) & 255, (word >> 16) & 255, (word >> 24) & 255))
    .join("");

describe("CPUID table", () => {
  const one = cpuidEntries(intelV2, { cpuCount: 1, exposeVmx: false });
  const six = cpuidEntries(intelV2, { cpuCount: 6, exposeVmx: true });

  it("names vendor, brand and hypervisor", () => {
    const vendor = find(one, 0);
    assert.equal(text(vendor.ebx, vendor.edx, vendor.ecx), "GenuineIntel");
    const brand = [2, 3, 4].map((part) => find(one, 0x8000_0000 + part));
    const words = brand.flatMap(({ eax, ebx, ecx, edx }) => [eax, ebx, ecx, edx]);
    assert.equal(text(...words).replace(/\0+$/, ""), intelV2.brand);
    const hypervisor = find(one, 0x4000_0000);
    assert.equal(text(hypervisor.ebx, hypervisor.ecx, hypervisor.edx), "InnervisorVM");
  });

  it("sets the bit of every feature of the profile", () => {
    for (const name of intelV2.features) {
      const { leaf, subleaf, register, bit } = cpuidFeature(name);
      const entry = one.find(
        (candidate) =>
          candidate.leaf === leaf && (candidate.subleaf === subleaf || candidate.subleaf === anySubleaf),
      );
      assert.equal(((entry?.[register] ?? 0) >>> bit) & 1, 1, name);
    }
  });

  it("offers VMX only where the machine exposes it", () => {
    const vmx = 1 << 5;
    assert.equal(find(one, 1).ecx & vmx, 0);
    assert.equal(find(six, 1).ecx & vmx, vmx);
  });

  it("describes one package with a thread per core", () => {
    const htt = 1 << 28;
    assert.equal(find(one, 1).edx & htt, 0);
    assert.equal(find(six, 1).edx & htt, htt);
    assert.deepEqual([find(six, 0xb, 1).eax, find(six, 0xb, 1).ebx], [3, 6]);
    assert.equal((find(six, 1).ebx >>> 16) & 255, 8);
    assert.equal(find(six, 4, 3).eax >>> 26, 7);
  });

  it("tells the frequency of the time-stamp counter by the crystal's", () => {
    const { eax, ebx, ecx } = find(one, 0x15);
    assert.equal((ecx * ebx) / eax, intelV2.tscHz);
  });

  it("is packed as count and entries of six words", () => {
    const view = new DataView(buildCpuidTable(intelV2, { cpuCount: 1, exposeVmx: false }).buffer);
    assert.equal(view.getUint32(0, true), one.length);
    assert.equal(view.byteLength, 16 + one.length * 24);
    assert.equal(view.getUint32(16 + 8, true), find(one, 0).eax);
  });

  it("refuses a feature that nobody knows", () => {
    const profile = { ...intelV2, features: [...intelV2.features, "AVX1024"] };
    assert.throws(
      () => cpuidEntries(profile, { cpuCount: 1, exposeVmx: false }),
      /CPUID feature "AVX1024" is not known/,
    );
  });
});

describe("table of model-specific registers", () => {
  it("has every index once", () => {
    const indexes = msrs.map((row) => row.index);
    assert.equal(new Set(indexes).size, indexes.length);
  });

  it("names fields that the processor state has", () => {
    for (const row of msrs) if (row.field !== undefined) assert.ok(stateOffset(row.field) >= 0, row.name);
  });
});
