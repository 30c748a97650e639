/** Where QEMU 7.2 and Bochs 2.7 do not do what the manual says, or do not have what is tested. */

export interface PeerDifference {
  readonly engine: "qemu" | "bochs";
  readonly guest: string;
  /** Matches "heading | line" of every line that differs, the golden's and the peer's. */
  readonly lines: RegExp;
  readonly reason: string;
}

export const peerDifferences: readonly PeerDifference[] = [
  {
    engine: "qemu",
    guest: "paging-4-level",
    lines: /(bit \d+|NX page|PTE bit 51 and NX) r=/,
    reason: "reserved-bit faults have P = 0 in their error code",
  },
  {
    engine: "qemu",
    guest: "paging-4-level",
    lines: /read-modify-write: #PF/,
    reason: "reads before it checks for writing",
  },
  {
    engine: "qemu",
    guest: "paging-4-level",
    lines: /^canonical addresses/,
    reason: "no check across the end of the lower half, none of targets, #GP instead of #SS",
  },
  {
    engine: "qemu",
    guest: "paging-4-level",
    lines: /implicit supervisor access \(LDT\), AC = 1/,
    reason: "EFLAGS.AC opens user pages to implicit accesses too",
  },
  {
    engine: "qemu",
    guest: "paging-4-level",
    lines: /^process-context identifiers/,
    reason: "has no PCIDs",
  },
  {
    engine: "bochs",
    guest: "paging-4-level",
    lines: /^protection keys/,
    reason: "applies protection keys to supervisor pages and not to accesses of CPL 0",
  },
  {
    engine: "bochs",
    guest: "paging-4-level",
    lines: /implicit supervisor access \(LDT\), AC = 1/,
    reason: "EFLAGS.AC opens user pages to implicit accesses too",
  },
  {
    engine: "qemu",
    guest: "paging-5-level",
    lines: /(base of 58 bits|PML5E bit)/,
    reason: "no check of bases; reserved-bit faults have P = 0 in their error code",
  },
  { engine: "bochs", guest: "paging-5-level", lines: /./, reason: "has no 5-level paging" },
  {
    engine: "qemu",
    guest: "paging-legacy",
    lines: /( bit \d+|NX page) r=/,
    reason: "reserved-bit faults have P = 0 in their error code",
  },
  {
    engine: "qemu",
    guest: "paging-legacy",
    lines: /^PDPTEs/,
    reason: "has no PDPTE registers",
  },
  {
    engine: "qemu",
    guest: "exceptions-long",
    lines: /INT1|INT3|INT 3 |INT 20H|INT 60H|EMMS|ADDPS|LDMXCSR|LOCK|POP Ev|C6 |MOV from CR1|SYSEXIT/,
    reason:
      "INT1 is #UD, some undefined opcodes are not; EMMS ignores CR0; codes of gates are twice what they should be",
  },
  {
    engine: "qemu",
    guest: "exceptions-long",
    lines: /^(MP=|alignment|RF|gates|faults|IRETQ)/,
    reason: "no alignment checks, no EXT in codes, no RF in faults' images, #GP instead of #SS",
  },
  {
    engine: "bochs",
    guest: "exceptions-long",
    lines: /#SS:|null SS, RPL 3|SS not present/,
    reason: "null SS with a wrong RPL accepted; IRET gives #NP for SS; codes of #SS name the old SS",
  },
  {
    engine: "bochs",
    guest: "exceptions-long",
    lines: /RSP0 not canonical|RIP beyond 4 GiB|stack not mapped/,
    reason: "cuts RIP to 32 bits before it checks; reads the frame from its end",
  },
  {
    engine: "qemu",
    guest: "debug",
    lines: /./,
    reason: "its single-stepping and breakpoints follow other rules",
  },
  {
    engine: "bochs",
    guest: "debug",
    lines: /DR7 after D800H|SYSCALL with TF|stepping onto it|then INT n/,
    reason:
      "has RTM; traps after SYSCALL whatever the mask; joins a trap with the next instruction's breakpoint",
  },
  { engine: "qemu", guest: "segments", lines: /./, reason: "checks neither limits nor types of accesses" },
  {
    engine: "bochs",
    guest: "segments",
    lines: /SS not present/,
    reason: "IRET gives #NP for SS",
  },
  {
    engine: "qemu",
    guest: "tasks",
    lines: /./,
    reason: "meets the exceptions of a new task in other places, with other codes",
  },
  {
    engine: "bochs",
    guest: "tasks",
    lines: /CS of RPL 3, DPL 0|missing page/,
    reason: "checks SS before CS; reads the TSS from its end (neither order is laid down)",
  },
  { engine: "qemu", guest: "virtual-8086", lines: /./, reason: "no VME; no RF in faults' images" },
  { engine: "qemu", guest: "real-mode", lines: /./, reason: "checks no limits" },
  {
    engine: "qemu",
    guest: "system-calls",
    lines: /./,
    reason: "checks few MSRs; system calls as AMD defines them",
  },
  {
    engine: "bochs",
    guest: "system-calls",
    lines: /^MSRs \| (TSC_AUX bit 32| {2}reads 0000000000000000)/,
    reason: "ignores the upper half of IA32_TSC_AUX",
  },
  {
    engine: "bochs",
    guest: "self-modifying",
    lines: /second page exchanged/,
    reason: "keeps instructions that it decoded by their first page",
  },
  {
    engine: "qemu",
    guest: "extended-state",
    lines: /./,
    reason: "no pending x87 exceptions in most places, no #XM, few checks of XRSTOR's header",
  },
  {
    engine: "bochs",
    guest: "extended-state",
    lines: /^PKRU component/,
    reason: "leaves component 9 out",
  },
  {
    engine: "qemu",
    guest: "interrupts",
    lines: /poll|^8259|PPR=|MOV SS|^errors|^disabled|^x2APIC|^end/,
    reason: "PPR without ISR, no ESR, masks nothing by SVR, no x2APIC; its 8254 runs in real time",
  },
  {
    engine: "bochs",
    guest: "interrupts",
    lines: /^8259 \| +(poll|IRR)|ESR after|LDR=|above 8 bits/,
    reason: "no poll mode; other ESR bits; wrong x2APIC LDR",
  },
  { engine: "qemu", guest: "shutdown", lines: /./, reason: "resets the machine" },
  { engine: "bochs", guest: "shutdown", lines: /./, reason: "ends" },
];
