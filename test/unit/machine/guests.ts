/** Guests of a few instructions, for the boot kind "flat". The assembly is in AT&T syntax. */
import type { FlatBoot } from "../../../src/machine/boot/index.js";

const bytes = (hex: string): Uint8Array =>
  Uint8Array.from(hex.trim().split(/\s+/), (pair) => Number.parseInt(pair, 16));

/**
 * Counts in memory; the PIT interrupts it every 42 µs (50 ticks), and each interrupt prints the low digit of where
 * it was: the output depends on the instruction at which each interrupt came. Halts now and then. Never ends.
 *
 *   start: cli; xor %ax,%ax; mov %ax,%ds; mov %ax,%ss; mov $0x7000,%sp
 *          movw $handler,0x20; mov %ax,0x22
 *          outb 20H <- 11H; 21H <- 8, 4, 1, FEH         # PIC: vectors from 8 on, only IRQ 0
 *          outb 43H <- 34H; 40H <- 50, 0                # PIT: rate generator
 *          xor %si,%si; sti
 *   main:  imul $25173,%si,%si; add $13849,%si
 *          mov %si,%bx; and $0xffe,%bx; incw 0x2000(%bx)
 *          test $0x7fff,%si; jnz main; hlt; jmp main
 *   handler: push %ax; push %dx; mov %si,%ax; and $15,%al; add $'A',%al; mov $0x3f8,%dx; out %al,(%dx)
 *          outb 20H <- 20H; pop %dx; pop %ax; iret
 */
export const timerGuest: FlatBoot = {
  address: 0x7c00,
  mode: "real",
  image: bytes(`
    fa 31 c0 8e d8 8e d0 bc 00 70 c7 06 20 00 51 7c a3 22 00 b0 11 e6 20 b0 08 e6 21 b0 04 e6 21 b0
    01 e6 21 b0 fe e6 21 b0 34 e6 43 b0 32 e6 40 30 c0 e6 40 31 f6 fb 69 f6 55 62 81 c6 19 36 89 f3
    81 e3 fe 0f ff 87 00 20 f7 c6 ff 7f 75 e8 f4 eb e5 50 52 89 f0 24 0f 04 41 ba f8 03 ee b0 20 e6
    20 5a 58 cf`),
};

/** Pages that `pagesGuest` fills and sums. */
const GUEST_PAGES = 256;
const MASK = (1n << 64n) - 1n;

/**
 * 64-bit: keeps a number in XMM3, fills 256 pages from 16 MiB on, sums them, mixes XMM3 in, prints the sum and ends
 * by the exit port with the value 4.
 *
 *   mov %cr4,%rax; or $0x600,%rax; mov %rax,%cr4; mov $0x123456789abcdef0,%rax; movq %rax,%xmm3
 *   mov $0x1000000,%rdi; mov $256,%ecx; xor %ebx,%ebx
 *   1: imul $0x19660d,%rax,%rax; add $0x3c6ef35f,%rax; mov %rax,(%rdi); mov %rax,0xff8(%rdi)
 *      add $0x1000,%rdi; loop 1b
 *   mov $0x1000000,%rsi; mov $256,%ecx
 *   2: add (%rsi),%rbx; rol $1,%rbx; add 0xff8(%rsi),%rbx; add $0x1000,%rsi; loop 2b
 *   movq %xmm3,%rax; xor %rax,%rbx; mov $16,%ecx; mov $0x3f8,%edx
 *   3: rol $4,%rbx; mov %ebx,%eax; and $15,%al; add $'A',%al; out %al,(%dx); loop 3b
 *   mov $4,%al; out %al,$0xf4; hlt
 */
export const pagesGuest: FlatBoot = {
  address: 0x100000,
  mode: "long64",
  image: bytes(`
    0f 20 e0 48 0d 00 06 00 00 0f 22 e0 48 b8 f0 de bc 9a 78 56 34 12 66 48 0f 6e d8 48 c7 c7 00 00
    00 01 b9 00 01 00 00 31 db 48 69 c0 0d 66 19 00 48 05 5f f3 6e 3c 48 89 07 48 89 87 f8 0f 00 00
    48 81 c7 00 10 00 00 e2 e0 48 c7 c6 00 00 00 01 b9 00 01 00 00 48 03 1e 48 d1 c3 48 03 9e f8 0f
    00 00 48 81 c6 00 10 00 00 e2 ea 66 48 0f 7e d8 48 31 c3 b9 10 00 00 00 ba f8 03 00 00 48 c1 c3
    04 89 d8 24 0f 04 41 ee e2 f3 b0 04 e6 f4 f4`),
};

/** What `pagesGuest` prints. */
export function pagesGuestOutput(): string {
  const start = 0x123456789abcdef0n;
  let value = start;
  let sum = 0n;
  for (let page = 0; page < GUEST_PAGES; page++) {
    value = (value * 0x19660dn + 0x3c6ef35fn) & MASK;
    sum = (sum + value) & MASK;
    sum = ((sum << 1n) | (sum >> 63n)) & MASK;
    sum = (sum + value) & MASK;
  }
  const digits = (sum ^ start).toString(16).padStart(16, "0");
  return digits.replace(/./g, (digit) => String.fromCharCode(0x41 + Number.parseInt(digit, 16)));
}

/**
 * Two processors: the first wakes the second by INIT and SIPI, then each counts for itself, and the first prints
 * the low digit of the second's count now and then. Never ends.
 *
 *   start: (copies `ap` to 8000H) mov $0xfee00000,%ebp; movl $0x1ff,0xf0(%ebp)
 *          movl $0x01000000,0x310(%ebp); movl $0x4500,0x300(%ebp)      # INIT to APIC ID 1
 *          movl $0x01000000,0x310(%ebp); movl $0x4608,0x300(%ebp)      # SIPI, vector 8
 *          mov $0x3f8,%edx
 *   1:     mov $2000,%ecx;  2: incl 0x9010; loop 2b
 *          mov 0x9000,%eax; and $15,%eax; add $'A',%eax; out %al,(%dx); jmp 1b
 *   ap:    xor %ax,%ax; mov %ax,%ds;  3: mov 0x9010,%ax; xor %ax,0x9004; incw 0x9000; jmp 3b
 */
export const twoProcessorsGuest: FlatBoot = {
  address: 0x100000,
  mode: "protected32",
  image: bytes(`
    b9 11 00 00 00 e8 00 00 00 00 5e 81 c6 65 00 00 00 bf 00 80 00 00 f3 a4 bd 00 00 e0 fe c7 85 f0
    00 00 00 ff 01 00 00 c7 85 10 03 00 00 00 00 00 01 c7 85 00 03 00 00 00 45 00 00 c7 85 10 03 00
    00 00 00 00 01 c7 85 00 03 00 00 08 46 00 00 ba f8 03 00 00 b9 d0 07 00 00 ff 05 10 90 00 00 e2
    f8 a1 00 90 00 00 83 e0 0f 83 c0 41 ee eb e5 31 c0 8e d8 a1 10 90 31 06 04 90 ff 06 00 90 eb f3`),
};

/** Types back what is typed, polling: `1: mov $0x3fd,%dx; in (%dx),%al; test $1,%al; jz 1b; mov $0xf8,%dl; in; out; jmp 1b`. */
export const echoGuest: FlatBoot = {
  address: 0x7c00,
  mode: "real",
  image: bytes("ba fd 03 ec a8 01 74 f8 b2 f8 ec ee eb f2"),
};

/** `ud2` with an empty IDT: shuts down. */
export const tripleFaultGuest: FlatBoot = {
  address: 0x100000,
  mode: "protected32",
  image: bytes("0f 0b"),
};

/** Writes `value` to the exit port: `mov $value,%al; out %al,$0xf4; hlt`. */
export function exitGuest(value: number): FlatBoot {
  return { address: 0x7c00, mode: "real", image: Uint8Array.of(0xb0, value, 0xe6, 0xf4, 0xf4) };
}
