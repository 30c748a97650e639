import assert from "node:assert/strict";
import { test } from "node:test";
import {
  createMachine,
  MemoryBlockBackend,
  nodeHost,
  restoreMachine,
  type Machine,
} from "../../../src/index.js";
import { packSnapshot, unpackSnapshot } from "../../../src/machine/snapshot/container.js";
import type { SavedHeader } from "../../../src/machine/snapshot/saved-machine.js";
import {
  echoGuest,
  exitGuest,
  pagesGuest,
  pagesGuestOutput,
  timerGuest,
  twoProcessorsGuest,
} from "./guests.js";
import { MIB, testMachine } from "./test-machine.js";

const REGISTERS = ["RAX", "RBX", "RCX", "RDX", "RSI", "RDI", "RSP", "RIP", "RFLAGS"] as const;

/** What a guest can tell by itself of its machine. */
function stateOf(machine: Machine) {
  const ram = new Uint8Array(MIB);
  machine.memory.readInto(0, ram);
  return {
    text: machine.serial.text,
    instructions: machine.statistics()["instructions"],
    nowNs: machine.clock.nowNs(),
    registers: REGISTERS.map((name) => machine.readRegister(name)),
    ram,
  };
}

for (const before of [0, 1, 777, 100_000, 1_234_567]) {
  test(`a machine restored after ${before} instructions runs exactly as the one that was saved`, async () => {
    const original = await testMachine(timerGuest);
    if (before > 0) await original.run({ maxInstructions: before });
    const restored = await restoreMachine(original.snapshot());
    assert.deepEqual(stateOf(restored), stateOf(original));
    for (let turn = 0; turn < 2; turn++) {
      await Promise.all([original.run({ maxInstructions: 1e6 }), restored.run({ maxInstructions: 1e6 })]);
      assert.deepEqual(stateOf(restored), stateOf(original));
    }
    assert.ok(original.serial.text.length > 20);
  });
}

test("two processors go on together", async () => {
  const original = await testMachine(twoProcessorsGuest, { cpuCount: 2 });
  await original.run({ maxInstructions: 500_001 });
  const restored = await restoreMachine(original.snapshot());
  await Promise.all([original.run({ maxInstructions: 1e6 }), restored.run({ maxInstructions: 1e6 })]);
  assert.deepEqual(stateOf(restored), stateOf(original));
  assert.equal(restored.readRegister("RIP", 1), original.readRegister("RIP", 1));
  assert.match(restored.serial.text, /[B-P]/);
});

test("a machine can be saved at any instruction of a 64-bit guest with its memory and XMM registers", async () => {
  let machine = await testMachine(pagesGuest);
  let end = await machine.run({ maxInstructions: 150 });
  let saves = 0;
  while (end.reason === "instruction-limit") {
    machine = await restoreMachine(machine.snapshot());
    saves++;
    end = await machine.run({ maxInstructions: 150 });
  }
  assert.ok(saves > 10);
  assert.deepEqual(end, { reason: "exit-port", exitValue: 4 });
  assert.equal(machine.serial.text, pagesGuestOutput());
});

test("saving a restored machine gives the same bytes", async () => {
  const original = await testMachine(timerGuest);
  await original.run({ maxInstructions: 300_000 });
  const once = (await restoreMachine(original.snapshot())).snapshot();
  const twice = (await restoreMachine(once)).snapshot();
  assert.ok(Buffer.from(once).equals(Buffer.from(twice)));
});

test("a snapshot is not larger than what the guest touched, and leaves zeros out", async () => {
  const machine = await testMachine(timerGuest, { memoryBytes: 1024 * MIB });
  await machine.run({ maxInstructions: 100_000 });
  const before = machine.snapshot().length;
  assert.ok(before < 2 * MIB, `${before} bytes`);
  machine.memory.write(64 * MIB, new Uint8Array(8 * MIB));
  assert.ok(machine.snapshot().length < before + MIB);
});

test("a real clock goes on from the saved time, and the wall clock is the host's", async () => {
  const machine = await testMachine(echoGuest, { clock: "real" });
  const day = 86_400e9;
  const later = { ...nodeHost, monotonicNs: () => nodeHost.monotonicNs() + day };
  const savedNs = machine.clock.nowNs();
  const snapshot = machine.snapshot();
  const restored = await restoreMachine(snapshot, { host: later });
  const nowNs = restored.clock.nowNs();
  assert.ok(nowNs >= savedNs && nowNs < savedNs + 10e9, `${savedNs} ${nowNs}`);
  assert.ok(Math.abs(restored.clock.wallMs() - Date.now()) < 1000);
});

test("a conversation on the serial line goes on in the restored machine", async () => {
  const machine = await testMachine(echoGuest, { clock: "real" });
  let ended = machine.run();
  machine.serial.send("one ");
  await machine.serial.waitFor(/one /);
  machine.pause();
  await ended;
  const restored = await restoreMachine(machine.snapshot());
  ended = restored.run();
  restored.serial.send("two");
  await restored.serial.waitFor(/^one two$/);
  restored.stop();
  await ended;
});

test("a firmware's machine still has what firmware asks for", async () => {
  // Reads the signature of the fw_cfg device and prints it, then ends: at F0000H, reached from the reset vector.
  const rom = new Uint8Array(64 * 1024);
  // prettier-ignore
  rom.set([0x31, 0xc0, 0xba, 0x10, 0x05, 0xef, 0x42, 0xb9, 0x04, 0x00, 0xba, 0x11, 0x05, 0xec,
    0xba, 0xf8, 0x03, 0xee, 0xe2, 0xf6, 0xb0, 0x03, 0xe6, 0xf4, 0xf4]);
  rom.set([0xea, 0x00, 0x00, 0x00, 0xf0], 0xfff0);
  const boot = { kind: "firmware", rom } as const;
  const machine = await createMachine({ memoryBytes: 32 * MIB, clock: "virtual", exitPort: true, boot });
  await machine.run({ maxInstructions: 3 });
  const restored = await restoreMachine(machine.snapshot());
  assert.deepEqual(await restored.run(), { reason: "exit-port", exitValue: 3 });
  assert.equal(restored.serial.text, "QEMU");
});

test("a running machine is not saved", async () => {
  const machine = await testMachine(echoGuest, { clock: "real" });
  const ended = machine.run();
  assert.throws(() => machine.snapshot(), { code: "machine-running" });
  machine.pause();
  await ended;
  machine.snapshot();
});

test("options that contradict the snapshot are refused, equal ones are taken", async () => {
  const disk = () => new MemoryBlockBackend(new Uint8Array(1024));
  const machine = await testMachine(exitGuest(5), { disks: [disk()] });
  const snapshot = machine.snapshot();
  const same = { memoryBytes: 32 * MIB, cpuCount: 1, clock: "virtual", exitPort: true } as const;
  const restored = await restoreMachine(snapshot, { ...same, disks: [disk()] });
  assert.deepEqual(await restored.run(), { reason: "exit-port", exitValue: 5 });
  for (const [options, message] of [
    [{ memoryBytes: 64 * MIB }, "the saved machine has memoryBytes 33554432, the options say 67108864"],
    [{ cpuCount: 2 }, "the saved machine has cpuCount 1, the options say 2"],
    [{ clock: "real" }, 'the saved machine has clock "virtual", the options say "real"'],
    [{ disks: [] }, "the saved machine has disks 1, the options say 0"],
    [
      { disks: [new MemoryBlockBackend(new Uint8Array(512))] },
      "the saved machine has disks[0].sectorCount 2, the options say 1",
    ],
    [
      { disks: [new MemoryBlockBackend(new Uint8Array(1024), { readOnly: true })] },
      "the saved machine has disks[0].readOnly false, the options say true",
    ],
  ] as const) {
    await assert.rejects(restoreMachine(snapshot, { disks: [disk()], ...options }), {
      name: "VmError",
      code: "snapshot-mismatch",
      message,
    });
  }
});

/** The snapshot with its header changed, and its checksum right. */
function forge(snapshot: Uint8Array, change: (header: SavedHeader) => void): Uint8Array {
  const { header, runs, frames } = unpackSnapshot(snapshot);
  change(header as unknown as SavedHeader);
  return packSnapshot({ header, runs }, [frames]);
}

test("a snapshot whose parts are not what they must be is refused", async () => {
  const snapshot = (await testMachine(exitGuest(5))).snapshot();
  const cases: [string, (header: SavedHeader) => void][] = [
    ["snapshot-version", (header) => (header.layout ^= 1)],
    ["snapshot-damaged", (header) => void header.devices.pop()],
    ["snapshot-damaged", (header) => header.devices.reverse()],
    ["snapshot-damaged", (header) => (header.devices[0]!.state = { nothing: 1 })],
    ["snapshot-damaged", (header) => void header.processors.states.pop()],
    ["snapshot-damaged", (header) => (header.processors.words = new Uint8Array(3))],
    ["snapshot-damaged", (header) => (header.frameNext = 4096)],
    ["snapshot-damaged", (header) => (header.frameNext = 2 ** 33)],
    ["snapshot-damaged", (header) => (header.frameDirectory = new Uint8Array(2 ** 20))],
    ["snapshot-damaged", (header) => (header.hardware.memoryBytes = "much" as never)],
    ["snapshot-damaged", (header) => delete (header as Partial<SavedHeader>).randomState],
  ];
  for (const [code, change] of cases) {
    await assert.rejects(restoreMachine(forge(snapshot, change)), { name: "VmError", code }, String(change));
  }
  await restoreMachine(forge(snapshot, () => undefined));
});

test("a truncated file and bytes of something else are refused", async () => {
  const snapshot = (await testMachine(exitGuest(5))).snapshot();
  await assert.rejects(restoreMachine(snapshot.subarray(0, snapshot.length - 1)), {
    code: "snapshot-truncated",
  });
  await assert.rejects(restoreMachine(new Uint8Array(100)), { code: "snapshot-invalid" });
});
