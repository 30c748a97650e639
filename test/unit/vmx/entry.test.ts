import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { entryChecks } from "../../../isa/vmx/entry-checks.js";
import { exitReasons } from "../../../isa/vmx/exit-reasons.js";
import { instructionErrors } from "../../../isa/vmx/instruction-errors.js";
import { AT, VmxMachine } from "./vmx-machine.js";

const ENTRY_FAILURE = 0x8000_0000;
const CF = 1;
const ZF = 64;
const HLT = 0xf4;
const UNALIGNED = 0x123;

type Break = (machine: VmxMachine) => void;
const set =
  (field: string, value: bigint | number): Break =>
  (machine) =>
    machine.setField(field, value);

/** For each check something that fails it and nothing before it. */
const breaks: Record<string, Break> = {
  PIN_RESERVED: set("PIN_BASED_CONTROLS", 0),
  PRIMARY_RESERVED: set("PRIMARY_CONTROLS", 0),
  SECONDARY_RESERVED: (machine) => machine.setControl("SECONDARY_ENABLE_PML"),
  CR3_TARGET_COUNT: set("CR3_TARGET_COUNT", 5),
  IO_BITMAP_A: (machine) => {
    machine.setControl("PRIMARY_USE_IO_BITMAPS");
    machine.setField("IO_BITMAP_A", UNALIGNED);
  },
  MSR_BITMAPS: (machine) => {
    machine.setControl("PRIMARY_USE_MSR_BITMAPS");
    machine.setField("MSR_BITMAPS", 1n << 40n);
  },
  VIRTUAL_NMIS: (machine) => machine.setControl("PIN_VIRTUAL_NMIS"),
  NMI_WINDOW: (machine) => machine.setControl("PRIMARY_NMI_WINDOW_EXITING"),
  VPID: (machine) => machine.setControl("SECONDARY_ENABLE_VPID"),
  EPTP_MEMORY_TYPE: set("EPT_POINTER", AT.EPT_PML4 | 0x1d),
  EPTP_WALK_LENGTH: set("EPT_POINTER", AT.EPT_PML4 | 0x16),
  EPTP_RESERVED: set("EPT_POINTER", AT.EPT_PML4 | 0x11e),
  UNRESTRICTED_WITHOUT_EPT: (machine) => machine.setControl("SECONDARY_ENABLE_EPT", false),
  EXIT_RESERVED: set("EXIT_CONTROLS", 0),
  SAVE_TIMER: (machine) => machine.setControl("EXIT_SAVE_PREEMPTION_TIMER"),
  EXIT_MSR_LOAD: (machine) => {
    machine.setField("EXIT_MSR_LOAD_COUNT", 1);
    machine.setField("EXIT_MSR_LOAD_ADDRESS", 8);
  },
  ENTRY_RESERVED: set("ENTRY_CONTROLS", 0),
  INJECTION_TYPE: set("ENTRY_INTERRUPTION_INFORMATION", 0x8000_0120),
  INJECTION_VECTOR: set("ENTRY_INTERRUPTION_INFORMATION", 0x8000_0203),
  INJECTION_CODE: set("ENTRY_INTERRUPTION_INFORMATION", 0x8000_030e),
  INJECTION_RESERVED: set("ENTRY_INTERRUPTION_INFORMATION", 0x8000_1020),
  HOST_CR0: set("HOST_CR0", 0),
  HOST_CR4: set("HOST_CR4", 0x20),
  HOST_CR3: set("HOST_CR3", 1n << 40n),
  HOST_SYSENTER_EIP: set("HOST_IA32_SYSENTER_EIP", 1n << 62n),
  HOST_EFER: set("HOST_IA32_EFER", 0),
  HOST_SELECTOR_RPL_TI: set("HOST_DS_SELECTOR", 3),
  HOST_CS: set("HOST_CS_SELECTOR", 0),
  HOST_TR: set("HOST_TR_SELECTOR", 0),
  HOST_BASE: set("HOST_GDTR_BASE", 1n << 60n),
  HOST_RIP: set("HOST_RIP", 1n << 60n),
  GUEST_CR0: set("GUEST_CR0", 0x8000_0013),
  GUEST_CR0_PG: set("GUEST_CR0", 0x8000_0030),
  GUEST_CR4: set("GUEST_CR4", 0x20),
  GUEST_IA32E_PAE: set("GUEST_CR4", 0x2000),
  GUEST_CR3: set("GUEST_CR3", 1n << 41n),
  GUEST_EFER_LMA: set("GUEST_IA32_EFER", 0x900),
  GUEST_EFER_LME: set("GUEST_IA32_EFER", 0xc00),
  TR_TI: set("GUEST_TR_SELECTOR", 28),
  FS_BASE: set("GUEST_FS_BASE", 1n << 60n),
  DATA_BASE: set("GUEST_DS_BASE", 1n << 32n),
  CS_TYPE: set("GUEST_CS_ACCESS_RIGHTS", 0xa09a),
  SS_TYPE: set("GUEST_SS_ACCESS_RIGHTS", 0xc091),
  DATA_TYPE: set("GUEST_DS_ACCESS_RIGHTS", 0xc092),
  SEGMENT_P: set("GUEST_DS_ACCESS_RIGHTS", 0xc013),
  SEGMENT_G: set("GUEST_DS_ACCESS_RIGHTS", 0x4093),
  CS_D_L: set("GUEST_CS_ACCESS_RIGHTS", 0xe09b),
  TR_TYPE: set("GUEST_TR_ACCESS_RIGHTS", 0x89),
  TR_RIGHTS: set("GUEST_TR_ACCESS_RIGHTS", 0x1_008b),
  LDTR_RIGHTS: set("GUEST_LDTR_ACCESS_RIGHTS", 0x83),
  TABLE_BASE: set("GUEST_IDTR_BASE", 1n << 60n),
  TABLE_LIMIT: set("GUEST_IDTR_LIMIT", 0x1_0000),
  RIP: set("GUEST_RIP", 1n << 60n),
  RFLAGS_RESERVED: set("GUEST_RFLAGS", 0),
  RFLAGS_VM: set("GUEST_RFLAGS", 0x2_0002), // the V86 segment checks come first
  RFLAGS_IF: set("ENTRY_INTERRUPTION_INFORMATION", 0x8000_0020),
  ACTIVITY: set("GUEST_ACTIVITY_STATE", 4),
  INTERRUPTIBILITY_RESERVED: set("GUEST_INTERRUPTIBILITY_STATE", 0x20),
  STI_AND_MOV_SS: set("GUEST_INTERRUPTIBILITY_STATE", 3),
  STI_WITHOUT_IF: set("GUEST_INTERRUPTIBILITY_STATE", 1),
  PENDING_DEBUG_RESERVED: set("GUEST_PENDING_DEBUG_EXCEPTIONS", 0x10),
  LINK_POINTER: set("VMCS_LINK_POINTER", UNALIGNED),
};
delete breaks["RFLAGS_VM"];

describe("VM-entry checks", () => {
  for (const [name, breakIt] of Object.entries(breaks)) {
    const check = entryChecks.find((candidate) => candidate.name === name);
    it(`${name} fails in its own way: ${check?.field ?? "unknown"}: ${check?.rule ?? "no such row"}`, () => {
      const machine = new VmxMachine();
      breakIt(machine);
      const exit = machine.launch();
      assert.equal(machine.failedCheck(), name);
      if (check?.stage === "guest") {
        assert.equal(exit.reason >>> 0, (ENTRY_FAILURE | exitReasons.ENTRY_FAILURE_GUEST_STATE) >>> 0);
        assert.equal(machine.processor.readState64(0, "RIP"), BigInt(AT.HOST_EXIT + 1));
      } else {
        assert.equal(machine.processor.readFlags() & (CF | ZF), ZF);
        const error =
          check?.stage === "host"
            ? instructionErrors.ENTRY_INVALID_HOST_STATE
            : instructionErrors.ENTRY_INVALID_CONTROLS;
        assert.equal(machine.field("INSTRUCTION_ERROR"), BigInt(error));
      }
    });
  }

  it("the VMCS that the tests start from passes", () => {
    const machine = new VmxMachine();
    assert.equal(machine.launch([HLT]).reason, exitReasons.HLT);
    assert.equal(machine.failedCheck(), undefined);
  });
});

describe("VMX instructions", () => {
  const flags = (machine: VmxMachine): number => machine.processor.readFlags() & (CF | ZF);
  /** Launches once, then runs `code` in root operation. */
  const afterLaunch = (code: readonly number[], prepare: Break = () => undefined): VmxMachine => {
    const machine = new VmxMachine();
    machine.launch();
    prepare(machine);
    machine.runRoot(code);
    machine.run(100);
    return machine;
  };

  it("VMLAUNCH of a launched VMCS fails with error 4", () => {
    const machine = afterLaunch([0x0f, 0x01, 0xc2]);
    assert.equal(flags(machine), ZF);
    assert.equal(machine.field("INSTRUCTION_ERROR"), 4n);
  });

  it("VMRESUME of a VMCS that was cleared fails with error 5 and without a current VMCS invalidly", () => {
    const vmclear = [0x66, 0x0f, 0xc7, 0x34, 0x25, 0x08, 0x90, 0, 0];
    const vmptrld = [0x0f, 0xc7, 0x34, 0x25, 0x08, 0x90, 0, 0];
    const machine = afterLaunch([...vmclear, ...vmptrld, 0x0f, 0x01, 0xc3]);
    assert.equal(machine.field("INSTRUCTION_ERROR"), 5n);
    assert.equal(flags(afterLaunch([...vmclear, 0x0f, 0x01, 0xc3])), CF);
  });

  it("VMREAD and VMWRITE move fields, and refuse what does not exist", () => {
    // vmread rax, rcx
    const read = (encoding: bigint): VmxMachine =>
      afterLaunch([0x0f, 0x78, 0xc8], (machine) => machine.processor.writeGpr(0, "RCX", encoding));
    const machine = read(0x681en);
    assert.equal(machine.gpr("RAX"), BigInt(AT.GUEST_CODE));
    assert.equal(flags(machine), 0);
    const missing = read(0x2018n);
    assert.equal(flags(missing), ZF);
    assert.equal(missing.field("INSTRUCTION_ERROR"), 12n);
    // vmwrite rcx, rax to the upper half of TSC_OFFSET
    const written = afterLaunch([0x0f, 0x79, 0xc8], (target) => {
      target.setField("TSC_OFFSET", 0x1111_2222_3333_4444n);
      target.processor.writeGpr(0, "RCX", 0x2011n);
      target.processor.writeGpr(0, "RAX", 0x5555_6666n);
    });
    assert.equal(written.field("TSC_OFFSET"), 0x5555_6666_3333_4444n);
  });

  it("VMPTRLD refuses the VMXON region (10), a wrong revision (11) and an unaligned address (9)", () => {
    const vmptrld = [0x0f, 0xc7, 0x34, 0x25, 0x10, 0x90, 0, 0];
    for (const [pointer, error] of [
      [AT.VMXON, 10n],
      [AT.GUEST_DATA, 11n],
      [AT.VMCS + 8, 9n],
    ] as const) {
      const machine = afterLaunch(vmptrld, (target) => target.write64(AT.POINTERS + 16, BigInt(pointer)));
      assert.equal(machine.field("INSTRUCTION_ERROR"), error);
    }
  });

  it("INVEPT and INVVPID take the types they report and refuse others with error 28", () => {
    const invept = [0x66, 0x0f, 0x38, 0x80, 0x0c, 0x25, 0x00, 0x00, 0x04, 0x00]; // rcx, [40000h]
    const withType = (code: number[], type: bigint, low: bigint): VmxMachine =>
      afterLaunch(code, (machine) => {
        machine.processor.writeGpr(0, "RCX", type);
        machine.write64(AT.GUEST_DATA, low);
      });
    assert.equal(flags(withType(invept, 1n, BigInt(AT.EPT_PML4 | 0x5e))), 0);
    assert.equal(flags(withType(invept, 2n, 0n)), 0);
    assert.equal(withType(invept, 0n, 0n).field("INSTRUCTION_ERROR"), 28n);
    const invvpid = [...invept.slice(0, 3), 0x81, ...invept.slice(4)];
    for (const type of [0n, 1n, 2n, 3n]) assert.equal(flags(withType(invvpid, type, 7n)), 0);
    assert.equal(withType(invvpid, 1n, 0n).field("INSTRUCTION_ERROR"), 28n);
    assert.equal(withType(invvpid, 4n, 7n).field("INSTRUCTION_ERROR"), 28n);
  });

  it("VMCALL in root operation fails with error 1, VMXON with 15, and VMXOFF leaves", () => {
    assert.equal(afterLaunch([0x0f, 0x01, 0xc1]).field("INSTRUCTION_ERROR"), 1n);
    assert.equal(
      afterLaunch([0xf3, 0x0f, 0xc7, 0x34, 0x25, 0x00, 0x90, 0, 0]).field("INSTRUCTION_ERROR"),
      15n,
    );
    assert.equal(afterLaunch([0x0f, 0x01, 0xc4]).processor.readState32(0, "VMX_ON"), 0);
  });
});
