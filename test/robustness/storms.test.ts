/** Guests that retire nothing, or nothing cheap, for ever: `stop` must end each of them within a second. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createMachine, type Machine } from "../../src/index.js";
import type { FlatMode } from "../../src/machine/boot/index.js";

const MIB = 2 ** 20;
const STOP_AFTER_MS = 300;
/** A second is promised; a test machine may be busy. */
const STOP_TAKES_MOST_MS = 2000;
const IDT = 0x300000;
const TSS = 0x310000;
const UNMAPPED = 0xd0000000;

interface Storm {
  readonly code: string;
  readonly mode?: FlatMode;
  readonly prepare?: (machine: Machine) => void;
}

/** Every exception begins on a fresh stack at an address that has no memory. */
function faultingHandlers({ memory, processor }: Machine): void {
  const code = processor.readSegment(0, "CS").selector;
  for (let vector = 0; vector < 256; vector++) {
    memory.writeU32(IDT + vector * 16, (code << 16) | (UNMAPPED & 0xffff));
    memory.writeU32(IDT + vector * 16 + 4, ((UNMAPPED & 0xffff0000) | 0x8e01) >>> 0);
  }
  memory.writeU64(TSS + 36, 0x320000n);
  processor.writeState64(0, "IDTR_BASE", BigInt(IDT));
  processor.writeState32(0, "IDTR_LIMIT", 0xfff);
  processor.writeSegment(0, "TR", { selector: 0x40, base: BigInt(TSS), limit: 0x67, attributes: 0x8b });
}

const storms: Readonly<Record<string, Storm>> = {
  "a jump to itself": { code: "eb fe", mode: "real" },
  "HLT with interrupts off": { code: "fa f4", mode: "real" },
  "handlers whose first instruction faults": { code: "0f 0b", prepare: faultingHandlers },
  // mov al, 34H; out 43H, al; mov al, 2; out 40H, al; xor al, al; out 40H, al; cli; 1: hlt; jmp 1b
  "HLT under a timer that fires all the time": {
    code: "b0 34 e6 43 b0 02 e6 40 30 c0 e6 40 fa f4 eb fd",
    mode: "real",
  },
  // 1: rdrand rax; jmp 1b
  RDRAND: { code: "48 0f c7 f0 eb fa" },
  // 1: mov [100020H], eax; jmp 1b
  "code that is overwritten beside the instruction pointer": { code: "89 04 25 20 00 10 00 eb f7" },
  // mov edi, FED00000H; mov rcx, -1; rep stosb
  "REP STOSB over registers of devices": { code: "bf 00 00 d0 fe 48 c7 c1 ff ff ff ff f3 aa" },
  // mov edi, 200000H; xor eax, eax; mov rcx, -1; repe scasb
  "REPE SCASB without end": { code: "bf 00 00 20 00 31 c0 48 c7 c1 ff ff ff ff f3 ae" },
  // 1: wbinvd; mov rax, cr3; mov cr3, rax; jmp 1b
  "TLB flushes": { code: "0f 09 0f 20 d8 0f 22 d8 eb f6" },
};

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(hex.split(" "), (pair) => Number.parseInt(pair, 16));
}

async function stopLate(
  { code, mode = "long64", prepare }: Storm,
  clock: "real" | "virtual",
): Promise<number> {
  const address = mode === "real" ? 0x7c00 : 0x100000;
  const boot = { kind: "flat" as const, image: bytes(code), address, mode };
  const machine = await createMachine({ memoryBytes: 16 * MIB, clock, boot });
  prepare?.(machine);
  const startMs = Date.now();
  setTimeout(() => machine.stop(), STOP_AFTER_MS);
  await machine.run();
  return Date.now() - startMs - STOP_AFTER_MS;
}

for (const [name, storm] of Object.entries(storms)) {
  for (const clock of ["real", "virtual"] as const) {
    test(`${name} can be stopped under a ${clock} clock`, async () => {
      assert.ok((await stopLate(storm, clock)) < STOP_TAKES_MOST_MS);
    });
  }
}

test("an undefined instruction that ends with its page's last byte is decoded to an end", async () => {
  // FF /7 at FFFH: the ModRM byte that makes it undefined lies on the next page.
  const image = new Uint8Array(0x1002).fill(0x90);
  image.set([0xff, 0xff], 0xfff);
  const boot = { kind: "flat" as const, image, address: 0x8000, mode: "real" as const };
  const machine = await createMachine({
    memoryBytes: 16 * MIB,
    clock: "virtual",
    maxInstructions: 100_000,
    boot,
  });
  assert.equal((await machine.run()).reason, "instruction-limit");
});
