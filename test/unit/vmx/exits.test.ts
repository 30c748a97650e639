import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { exitReasons } from "../../../isa/vmx/exit-reasons.js";
import { event } from "../../../src/processor/exports.js";
import { AT, VmxMachine } from "./vmx-machine.js";

const HLT = 0xf4;
const CLI = 0xfa;
const STI = 0xfb;
const NOP = 0x90;
const CPUID = [0x0f, 0xa2];
const VALID = 0x8000_0000n;

describe("VM exits by instructions", () => {
  it("CPUID exits always, with its length and the guest's RIP at it", () => {
    const machine = new VmxMachine();
    const exit = machine.launch([NOP, ...CPUID]);
    assert.deepEqual(exit, { reason: exitReasons.CPUID, qualification: 0n, length: 2 });
    assert.equal(machine.field("GUEST_RIP"), BigInt(AT.GUEST_CODE + 1));
    assert.equal(machine.processor.readState64(0, "RIP"), BigInt(AT.HOST_EXIT + 1));
  });

  it("HLT exits with HLT exiting, and the guest goes on after VMRESUME", () => {
    const machine = new VmxMachine();
    assert.equal(machine.launch([HLT, ...CPUID]).reason, exitReasons.HLT);
    machine.setField("GUEST_RIP", AT.GUEST_CODE + 1);
    assert.equal(machine.resume().reason, exitReasons.CPUID);
  });

  it("a real-mode guest runs under unrestricted guest", () => {
    const machine = new VmxMachine();
    machine.useRealModeGuest();
    // mov ax, 1234h; mov [10h], ax; hlt
    assert.equal(machine.launch([0xb8, 0x34, 0x12, 0xa3, 0x10, 0x00, HLT]).reason, exitReasons.HLT);
    assert.equal(machine.field("GUEST_RIP"), 6n);
    assert.equal(machine.gpr("RAX") & 0xffffn, 0x1234n);
    assert.equal(machine.read64(AT.GUEST_DATA + 0x10) & 0xffffn, 0x1234n);
  });

  it("a real-mode guest enters protected mode without an exit and its segments are saved", () => {
    const machine = new VmxMachine();
    machine.useRealModeGuest();
    // mov eax, cr0; or al, 1; mov cr0, eax; hlt
    const exit = machine.launch([0x0f, 0x20, 0xc0, 0x0c, 0x01, 0x0f, 0x22, 0xc0, HLT]);
    assert.equal(exit.reason, exitReasons.HLT);
    assert.equal(machine.field("GUEST_CR0") & 1n, 1n);
    assert.equal(machine.field("GUEST_CS_BASE"), 0x2_0000n);
  });

  it("MOV to CR0 exits when a bit owned by the host differs from the read shadow", () => {
    const machine = new VmxMachine();
    machine.setField("CR0_GUEST_HOST_MASK", 0x2000_0000);
    machine.setField("CR0_READ_SHADOW", 0);
    // mov rcx, cr0; bts rcx, 29; mov cr0, rcx
    const exit = machine.launch([0x0f, 0x20, 0xc1, 0x48, 0x0f, 0xba, 0xe9, 0x1d, 0x0f, 0x22, 0xc1]);
    assert.deepEqual(exit, { reason: exitReasons.CONTROL_REGISTER, qualification: 0x100n, length: 3 });
  });

  it("reads of CR4 show the read shadow in the bits that the host owns", () => {
    const machine = new VmxMachine();
    machine.setField("CR4_GUEST_HOST_MASK", 0x2000);
    machine.setField("CR4_READ_SHADOW", 0);
    machine.launch([0x0f, 0x20, 0xe0, HLT]); // mov rax, cr4
    assert.equal(machine.gpr("RAX"), 0x20n);
  });

  it("I/O bitmaps decide port by port", () => {
    const machine = new VmxMachine();
    machine.setControl("PRIMARY_USE_IO_BITMAPS");
    machine.setField("IO_BITMAP_A", AT.IO_BITMAP_A);
    machine.setField("IO_BITMAP_B", AT.IO_BITMAP_B);
    machine.write32(AT.IO_BITMAP_A + (0x70 >> 3), 1 << 1); // 71H
    // in al, 70h; out 71h, al
    const exit = machine.launch([0xe4, 0x70, 0xe6, 0x71]);
    assert.deepEqual(machine.ports, ["in 112 1"]);
    assert.deepEqual(exit, { reason: exitReasons.IO_INSTRUCTION, qualification: 0x71_0040n, length: 2 });
  });

  it("MSR bitmaps decide by index and direction", () => {
    const machine = new VmxMachine();
    machine.setControl("PRIMARY_USE_MSR_BITMAPS");
    machine.setField("MSR_BITMAPS", AT.MSR_BITMAPS);
    machine.write32(AT.MSR_BITMAPS + 2048 + 1024 + (0x82 >> 3), 1 << 2); // write of C0000082H
    // mov ecx, c0000082h; rdmsr; wrmsr
    const exit = machine.launch([0xb9, 0x82, 0x00, 0x00, 0xc0, 0x0f, 0x32, 0x0f, 0x30]);
    assert.deepEqual(exit, { reason: exitReasons.WRMSR, qualification: 0n, length: 2 });
  });

  it("RDTSC adds the TSC offset", () => {
    const machine = new VmxMachine();
    machine.setControl("PRIMARY_USE_TSC_OFFSETTING");
    machine.setField("TSC_OFFSET", 0x1000_0000_0000n);
    machine.launch([0x0f, 0x31, HLT]);
    assert.equal(machine.gpr("RDX"), 0x1000n);
  });

  it("VMX instructions of the guest exit with instruction information", () => {
    const machine = new VmxMachine();
    // vmread [rax + rcx*4 + 10h], rdx
    const exit = machine.launch([0x0f, 0x78, 0x54, 0x88, 0x10]);
    assert.deepEqual(exit, { reason: exitReasons.VMREAD, qualification: 0x10n, length: 5 });
    const expected = 2 | (2 << 7) | (3 << 15) | (1 << 18) | (0 << 23) | (2 << 28);
    assert.equal(machine.field("EXIT_INSTRUCTION_INFORMATION"), BigInt(expected));
  });
});

describe("VM exits by memory accesses", () => {
  it("an EPT violation by a write names address, access and rights", () => {
    const machine = new VmxMachine();
    machine.setEptRights(AT.GUEST_HOLE, 1);
    // mov [50008h], al
    const exit = machine.launch([0x88, 0x04, 0x25, 0x08, 0x00, 0x05, 0x00, HLT]);
    assert.deepEqual(exit, { reason: exitReasons.EPT_VIOLATION, qualification: 0x18an, length: 7 });
    assert.equal(machine.field("GUEST_PHYSICAL_ADDRESS"), BigInt(AT.GUEST_HOLE + 8));
    assert.equal(machine.field("GUEST_LINEAR_ADDRESS"), BigInt(AT.GUEST_HOLE + 8));
    assert.equal(machine.field("GUEST_RFLAGS") & 0x10000n, 0x10000n);
  });

  it("a read of the same page is no violation, and the guest goes on after the page was mapped", () => {
    const machine = new VmxMachine();
    machine.setEptRights(AT.GUEST_HOLE, 1);
    // mov al, [50008h]; mov [50008h], al; hlt
    const code = [0x8a, 0x04, 0x25, 0x08, 0x00, 0x05, 0x00, 0x88, 0x04, 0x25, 0x08, 0x00, 0x05, 0x00, HLT];
    assert.equal(machine.launch(code).reason, exitReasons.EPT_VIOLATION);
    assert.equal(machine.field("GUEST_RIP"), BigInt(AT.GUEST_CODE + 7));
    machine.setEptRights(AT.GUEST_HOLE, 7);
    assert.equal(machine.resume().reason, exitReasons.HLT);
  });

  it("a fetch from a page without execute rights is a violation of its own kind", () => {
    const machine = new VmxMachine();
    machine.setEptRights(AT.GUEST_CODE, 3);
    const exit = machine.launch();
    assert.deepEqual(exit, { reason: exitReasons.EPT_VIOLATION, qualification: 0x19cn, length: 0 });
  });

  it("a page that may be written but not read is a misconfiguration", () => {
    const machine = new VmxMachine();
    machine.setEptRights(AT.GUEST_HOLE, 2);
    const exit = machine.launch([0x8a, 0x04, 0x25, 0x08, 0x00, 0x05, 0x00]);
    assert.equal(exit.reason, exitReasons.EPT_MISCONFIGURATION);
    assert.equal(machine.field("GUEST_PHYSICAL_ADDRESS"), BigInt(AT.GUEST_HOLE + 8));
  });

  it("accessed and dirty flags are set where the EPT pointer asks for them", () => {
    const machine = new VmxMachine();
    // mov [40000h], al
    machine.launch([0x88, 0x04, 0x25, 0x00, 0x00, 0x04, 0x00, HLT]);
    const entry = (physical: number): bigint => machine.read64(AT.EPT_TABLE + (physical >> 12) * 8) & 0x300n;
    assert.equal(entry(AT.GUEST_DATA), 0x300n);
    assert.equal(entry(AT.GUEST_CODE), 0x100n);
    assert.equal(machine.read64(AT.EPT_PML4) & 0x100n, 0x100n);
    // Accesses to the guest's paging structures count as writes.
    assert.equal(entry(AT.PML4), 0x300n);
  });

  it("VTPR is read and written in the virtual-APIC page, everything else of the APIC-access page exits", () => {
    const machine = new VmxMachine();
    machine.setControl("PRIMARY_USE_TPR_SHADOW");
    machine.setControl("SECONDARY_VIRTUALIZE_APIC_ACCESSES");
    machine.setField("VIRTUAL_APIC_ADDRESS", AT.VIRTUAL_APIC);
    machine.setField("APIC_ACCESS_ADDRESS", AT.GUEST_HOLE);
    // mov dword [50080h], 30h; mov eax, [50300h]
    const exit = machine.launch([
      0xc7, 0x04, 0x25, 0x80, 0, 5, 0, 0x30, 0, 0, 0, 0x8b, 0x04, 0x25, 0x00, 0x03, 5, 0,
    ]);
    assert.deepEqual(exit, { reason: exitReasons.APIC_ACCESS, qualification: 0x300n, length: 7 });
    assert.equal(machine.read64(AT.VIRTUAL_APIC + 0x80) & 0xffffffffn, 0x30n);
  });
});

describe("VM exits by events", () => {
  it("an external interrupt exits even with IF clear, and acknowledges the vector", () => {
    const machine = new VmxMachine();
    machine.setControl("PIN_EXTERNAL_INTERRUPT_EXITING");
    machine.writeCode(AT.GUEST_CODE, [CLI, 0xeb, 0xfe]); // cli; jmp $
    machine.start();
    machine.run(500);
    machine.vectors.push(0x51);
    machine.processor.exports.setEvents(0, event.interrupt, 1);
    const exit = machine.runToExit(100);
    machine.processor.exports.setEvents(0, event.interrupt, 0);
    assert.equal(exit.reason, exitReasons.EXTERNAL_INTERRUPT);
    assert.equal(machine.field("EXIT_INTERRUPTION_INFORMATION"), VALID | 0x51n);
  });

  it("interrupt-window exiting waits for the end of the STI shadow", () => {
    const machine = new VmxMachine();
    machine.setControl("PRIMARY_INTERRUPT_WINDOW_EXITING");
    const exit = machine.launch([NOP, STI, NOP, NOP, HLT]);
    assert.equal(exit.reason, exitReasons.INTERRUPT_WINDOW);
    assert.equal(machine.field("GUEST_RIP"), BigInt(AT.GUEST_CODE + 3));
  });

  it("an NMI exits and NMIs are blocked in the host", () => {
    const machine = new VmxMachine();
    machine.setControl("PIN_NMI_EXITING");
    machine.writeCode(AT.GUEST_CODE, [0xeb, 0xfe]);
    machine.start();
    machine.run(500);
    machine.processor.exports.setEvents(0, event.nmi, 1);
    const exit = machine.runToExit(100);
    assert.equal(exit.reason, exitReasons.EXCEPTION_OR_NMI);
    assert.equal(machine.field("EXIT_INTERRUPTION_INFORMATION"), VALID | 0x202n);
    assert.equal(machine.processor.readState32(0, "NMI_BLOCKED"), 1);
  });

  it("the preemption timer expires on the virtual clock", () => {
    const machine = new VmxMachine();
    machine.setControl("PIN_ACTIVATE_PREEMPTION_TIMER");
    machine.setField("PREEMPTION_TIMER_VALUE", 100); // × 32 ns
    const exit = machine.launch([0x48, 0xff, 0xc0, 0xeb, 0xfb], 100000); // inc rax; jmp
    assert.equal(exit.reason, exitReasons.PREEMPTION_TIMER);
    const turns = Number(machine.gpr("RAX"));
    assert.ok(turns > 1500 && turns < 1700, `${turns} turns`);
  });

  it("the monitor trap flag exits after each instruction", () => {
    const machine = new VmxMachine();
    machine.setControl("PRIMARY_MONITOR_TRAP_FLAG");
    assert.equal(machine.launch([NOP, NOP, NOP, HLT]).reason, exitReasons.MONITOR_TRAP_FLAG);
    assert.equal(machine.field("GUEST_RIP"), BigInt(AT.GUEST_CODE + 1));
    assert.equal(machine.resume().reason, exitReasons.MONITOR_TRAP_FLAG);
    assert.equal(machine.field("GUEST_RIP"), BigInt(AT.GUEST_CODE + 2));
  });

  it("exceptions exit by the bitmap, page faults also by error code", () => {
    const machine = new VmxMachine();
    machine.setField("EXCEPTION_BITMAP", 1 << 14);
    machine.setField("PAGE_FAULT_ERROR_CODE_MASK", 2);
    machine.setField("PAGE_FAULT_ERROR_CODE_MATCH", 2);
    machine.setField("GUEST_IDTR_LIMIT", 0);
    // mov [40000000h], al: not present, a write
    const exit = machine.launch([0x88, 0x04, 0x25, 0x00, 0x00, 0x00, 0x40]);
    assert.equal(exit.reason, exitReasons.EXCEPTION_OR_NMI);
    assert.equal(exit.qualification, 0x4000_0000n);
    assert.equal(machine.field("EXIT_INTERRUPTION_INFORMATION"), VALID | 0xb0en);
    assert.equal(machine.field("EXIT_INTERRUPTION_ERROR_CODE"), 2n);
  });

  it("a guest whose IDT is empty shuts down: triple fault", () => {
    const machine = new VmxMachine();
    machine.setField("GUEST_IDTR_LIMIT", 0);
    assert.equal(machine.launch([0x0f, 0x0b]).reason, exitReasons.TRIPLE_FAULT);
  });
});

describe("event injection", () => {
  it("an injected interrupt runs the handler of a real-mode guest", () => {
    const machine = new VmxMachine();
    machine.useRealModeGuest();
    machine.write32(0x20 * 4, 0x2000_0100); // IVT: vector 20H → 2000H:100H
    machine.writeCode(AT.GUEST_CODE + 0x100, CPUID);
    machine.setField("GUEST_RFLAGS", 0x202);
    machine.setField("ENTRY_INTERRUPTION_INFORMATION", VALID | 0x20n);
    const exit = machine.launch([HLT]);
    assert.equal(exit.reason, exitReasons.CPUID);
    assert.equal(machine.field("GUEST_RIP"), 0x100n);
    assert.equal(machine.field("GUEST_RFLAGS") & 0x200n, 0n);
    assert.equal(machine.field("ENTRY_INTERRUPTION_INFORMATION") & VALID, 0n);
    // The frame: IP 0, CS 2000H, FLAGS.
    assert.equal(machine.read64(AT.GUEST_STACK + 0xfff8) & 0xffff_ffffn, 0x2000_0000n);
  });

  it("an injected software interrupt returns behind its instruction", () => {
    const machine = new VmxMachine();
    machine.useRealModeGuest();
    machine.write32(0x21 * 4, 0x2000_0100);
    machine.writeCode(AT.GUEST_CODE + 0x100, [0xcf]); // iret
    machine.setField("ENTRY_INTERRUPTION_INFORMATION", VALID | 0x421n);
    machine.setField("ENTRY_INSTRUCTION_LENGTH", 2);
    assert.equal(machine.launch([0xcd, 0x21, HLT]).reason, exitReasons.HLT);
    assert.equal(machine.field("GUEST_RIP"), 2n);
  });

  it("an exit on the way leaves IDT-vectoring information and RIP at the instruction", () => {
    const machine = new VmxMachine();
    machine.useRealModeGuest();
    machine.setEptRights(AT.GUEST_STACK + 0xf000, 0);
    machine.setField("ENTRY_INTERRUPTION_INFORMATION", VALID | 0x421n);
    machine.setField("ENTRY_INSTRUCTION_LENGTH", 2);
    const exit = machine.launch([0xcd, 0x21, HLT]);
    assert.equal(exit.reason, exitReasons.EPT_VIOLATION);
    assert.equal(machine.field("IDT_VECTORING_INFORMATION"), VALID | 0x421n);
    assert.equal(exit.length, 2);
    assert.equal(machine.field("GUEST_RIP"), 0n);
    assert.equal(machine.field("GUEST_RSP"), 0xfffen);
  });
});
