import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { capabilityMsrs } from "../../../isa/vmx/capabilities.js";
import { allowed0, allowed1, trueAllowed0, type ControlGroup } from "../../../isa/vmx/controls.js";
import { allVmcsFields, VMCS_BYTES, vmcsFields } from "../../../isa/vmx/fields.js";
import { VmxMachine } from "./vmx-machine.js";

const value = (index: number): bigint => capabilityMsrs.find((msr) => msr.index === index)?.value ?? -1n;

describe("VMX capability MSRs", () => {
  it("RDMSR gives what the table says, and #GP beyond it", () => {
    for (const { index, value: expected } of capabilityMsrs) {
      const machine = new VmxMachine();
      machine.processor.writeGpr(0, "RCX", BigInt(index));
      machine.runRoot([0x0f, 0x32]);
      machine.run(10);
      assert.equal((machine.gpr("RDX") << 32n) | machine.gpr("RAX"), expected, index.toString(16));
    }
  });

  it("the default1 class is what the manual lists", () => {
    const expected: [ControlGroup, number][] = [
      ["PIN", 0x16],
      ["PRIMARY", 0x0401_e172],
      ["EXIT", 0x0003_6dff],
      ["ENTRY", 0x11ff],
    ];
    for (const [group, mask] of expected) assert.equal(allowed0(group), mask, group);
  });

  it("what must be 1 may be 1, and the TRUE registers ask for no more than the old ones", () => {
    for (const group of ["PIN", "PRIMARY", "SECONDARY", "EXIT", "ENTRY"] as const) {
      assert.equal(allowed0(group) & ~allowed1(group), 0);
      assert.equal(trueAllowed0(group) & ~allowed0(group), 0);
    }
  });

  it("IA32_VMX_BASIC reports 4-KByte write-back regions and the TRUE registers", () => {
    assert.equal((value(0x480) >> 32n) & 0x1fffn, BigInt(VMCS_BYTES));
    assert.equal((value(0x480) >> 50n) & 15n, 6n);
    assert.equal((value(0x480) >> 55n) & 1n, 1n);
  });
});

describe("the VMCS field table", () => {
  it("has no encoding and no name twice, and fits in a region", () => {
    assert.equal(new Set(allVmcsFields.map(({ encoding }) => encoding)).size, allVmcsFields.length);
    assert.equal(new Set(allVmcsFields.map(({ name }) => name)).size, allVmcsFields.length);
    assert.ok(Math.max(...allVmcsFields.map(({ offset }) => offset)) + 8 <= VMCS_BYTES);
  });

  it("keeps segment fields in the order of the segment registers, which the processor counts on", () => {
    const offset = (name: string): number =>
      allVmcsFields.find((field) => field.name === name)?.offset ?? NaN;
    for (const part of ["SELECTOR", "LIMIT", "ACCESS_RIGHTS", "BASE"]) {
      ["ES", "CS", "SS", "DS", "FS", "GS", "LDTR", "TR"].forEach((segment, index) => {
        assert.equal(offset(`GUEST_${segment}_${part}`), offset(`GUEST_ES_${part}`) + index * 8);
      });
    }
  });

  it("every field that exists can be written and read back by its encoding", () => {
    const machine = new VmxMachine();
    machine.launch();
    for (const { encoding, name, bits } of vmcsFields) {
      machine.processor.writeGpr(0, "RCX", BigInt(encoding));
      machine.processor.writeGpr(0, "RAX", 0x0123_4567_89ab_cdefn);
      machine.runRoot([0x0f, 0x79, 0xc8, 0x0f, 0x78, 0xcb]); // vmwrite rcx, rax; vmread rbx, rcx
      machine.run(10);
      assert.equal(machine.gpr("RBX"), BigInt.asUintN(bits, 0x0123_4567_89ab_cdefn), name);
    }
  });
});
