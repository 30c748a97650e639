import assert from "node:assert/strict";
import { test } from "node:test";
import { MachineClock } from "../../../src/machine/machine-clock.js";
import { RealTime } from "../../../src/machine/real-time.js";
import { Scheduler } from "../../../src/machine/scheduler.js";
import { runReason } from "../../../src/processor/index.js";
import { FakeHost } from "./fake-host.js";
import { FakeProcessor, type FakeSlice } from "./fake-processor.js";

interface Setup {
  cpuCount?: number;
  isVirtual?: boolean;
  plan?: (cpu: number, budget: number) => FakeSlice;
  mustStop?: () => boolean;
}

function schedulerWith({ cpuCount = 1, isVirtual = false, plan, mustStop = () => false }: Setup = {}) {
  const host = new FakeHost();
  const processor = new FakeProcessor(cpuCount, plan);
  const nowNs = (): number => (isVirtual ? processor.nowNs() : host.ns);
  const clock = new MachineClock({ nowNs, wallMs: () => 0 }, () => undefined);
  const scheduler = new Scheduler({
    processor: processor.asProcessor,
    cpuCount,
    clock,
    isVirtual,
    realTime: new RealTime({ monotonicNs: () => host.ns }, 0),
    host,
    mustStop,
  });
  return { host, processor, clock, scheduler };
}

const halt = (): FakeSlice => ({ retired: 0, reason: runReason.halted });

test("running ends when the limit of instructions is reached", async () => {
  const { scheduler } = schedulerWith();
  assert.deepEqual(await scheduler.run(1_000_000), { kind: "limit" });
  assert.equal(scheduler.retired, 1_000_000);
  assert.deepEqual(await scheduler.run(5), { kind: "limit" });
  assert.equal(scheduler.retired, 1_000_005);
});

test("a machine that must stop runs nothing", async () => {
  const { scheduler, processor } = schedulerWith({ mustStop: () => true });
  assert.deepEqual(await scheduler.run(Infinity), { kind: "stopped" });
  assert.equal(processor.slices.length, 0);
});

test("a stop during a round keeps the other processors from their slices", async () => {
  let mustStop = false;
  const { scheduler, processor } = schedulerWith({
    cpuCount: 3,
    plan: (cpu) => {
      mustStop = cpu === 1;
      return { retired: 10, reason: runReason.budget };
    },
    mustStop: () => mustStop,
  });
  assert.deepEqual(await scheduler.run(Infinity), { kind: "stopped" });
  assert.deepEqual(
    processor.slices.map(({ cpu }) => cpu),
    [0, 1],
  );
});

test("processors take turns, with shorter slices than one alone", async () => {
  const alone = schedulerWith();
  await alone.scheduler.run(400_000);
  const shared = schedulerWith({ cpuCount: 2 });
  await shared.scheduler.run(200_000);
  assert.deepEqual(
    shared.processor.slices.map(({ cpu }) => cpu),
    [0, 1, 0, 1],
  );
  assert.ok(shared.processor.slices[0]!.budget < alone.processor.slices[0]!.budget);
});

test("a triple fault names its processor", async () => {
  const plan = (cpu: number): FakeSlice => ({
    retired: 1,
    reason: cpu === 1 ? runReason.tripleFault : runReason.budget,
  });
  const { scheduler } = schedulerWith({ cpuCount: 2, plan });
  assert.deepEqual(await scheduler.run(Infinity), { kind: "triple-fault", cpu: 1 });
});

test("a full memory ends the run", async () => {
  const { scheduler } = schedulerWith({ plan: () => ({ retired: 0, reason: runReason.outOfMemory }) });
  assert.deepEqual(await scheduler.run(Infinity), { kind: "out-of-memory" });
});

test("under a virtual clock an instruction is a nanosecond and timers fire exactly on time", async () => {
  const { scheduler, clock } = schedulerWith({ isVirtual: true });
  const fired: number[] = [];
  const timer = clock.createTimer(() => {
    fired.push(clock.nowNs());
    if (fired.length < 3) timer.arm(clock.nowNs() + 1234);
  });
  timer.arm(777);
  await scheduler.run(10_000);
  assert.deepEqual(fired, [777, 777 + 1234, 777 + 2 * 1234]);
  assert.equal(scheduler.virtualNs, 10_000);
});

test("under a virtual clock a halt takes no host time and ends at the next timer", async () => {
  let isStopped = false;
  const { scheduler, clock, host } = schedulerWith({
    isVirtual: true,
    plan: halt,
    mustStop: () => isStopped,
  });
  const hour = 3600e9;
  clock
    .createTimer(() => {
      isStopped = true;
    })
    .arm(hour);
  await scheduler.run(Infinity);
  assert.equal(clock.nowNs(), hour);
  assert.equal(host.ns, 0);
});

test("several processors share virtual time", async () => {
  const { scheduler, clock } = schedulerWith({ isVirtual: true, cpuCount: 2 });
  await scheduler.run(100_000);
  assert.equal(scheduler.virtualNs, 100_000);
  assert.equal(clock.nowNs(), 100_000);
});

test("under a real clock a halted machine sleeps until the timer, in pieces that let input through", async () => {
  let isStopped = false;
  const { scheduler, clock, host } = schedulerWith({ plan: halt, mustStop: () => isStopped });
  clock
    .createTimer(() => {
      isStopped = true;
    })
    .arm(120e6);
  await scheduler.run(Infinity);
  assert.deepEqual(host.sleeps, [50, 50, 20]);
});

test("input ends a sleep early", async () => {
  let rounds = 0;
  let isStopped = false;
  const { scheduler, host } = schedulerWith({
    plan: () => {
      rounds++;
      return halt();
    },
    mustStop: () => isStopped,
  });
  let wakeUp: () => void = () => undefined;
  host.sleep = () => new Promise((resolve) => (wakeUp = resolve));
  const ended = scheduler.run(Infinity);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(rounds, 1);
  isStopped = true;
  scheduler.wake();
  assert.deepEqual(await ended, { kind: "stopped" });
  wakeUp();
});
