import assert from "node:assert/strict";
import { test } from "node:test";
import { MachineClock } from "../../../src/machine/machine-clock.js";

function clockAt(start: number) {
  const source = { ns: start };
  const armed: number[] = [];
  const clock = new MachineClock({ nowNs: () => source.ns, wallMs: () => 1000 + source.ns / 1e6 }, (atNs) =>
    armed.push(atNs),
  );
  return { clock, source, armed };
}

test("the clock tells its source's times", () => {
  const { clock } = clockAt(5e6);
  assert.equal(clock.nowNs(), 5e6);
  assert.equal(clock.wallMs(), 1005);
});

test("a timer fires once, at its deadline and not before", () => {
  const { clock, source } = clockAt(0);
  let fired = 0;
  const timer = clock.createTimer(() => fired++);
  timer.arm(100);
  assert.equal(timer.deadlineNs, 100);
  for (const now of [99, 100, 101]) {
    source.ns = now;
    clock.fireDue();
  }
  assert.equal(fired, 1);
  assert.equal(timer.deadlineNs, undefined);
});

test("due timers fire in the order of their deadlines", () => {
  const { clock, source } = clockAt(0);
  const order: string[] = [];
  clock.createTimer(() => order.push("late")).arm(30);
  clock.createTimer(() => order.push("early")).arm(10);
  clock.createTimer(() => order.push("middle")).arm(20);
  source.ns = 50;
  clock.fireDue();
  assert.deepEqual(order, ["early", "middle", "late"]);
});

test("a cancelled timer does not fire, even when another due timer cancels it", () => {
  const { clock, source } = clockAt(0);
  const second = clock.createTimer(() => assert.fail("was cancelled"));
  const first = clock.createTimer(() => second.cancel());
  first.arm(1);
  second.arm(2);
  source.ns = 10;
  clock.fireDue();
});

test("a timer armed anew by its own callback fires at the next turn", () => {
  const { clock, source } = clockAt(0);
  let fired = 0;
  const timer = clock.createTimer(() => {
    if (++fired < 3) timer.arm(clock.nowNs());
  });
  timer.arm(0);
  for (let turn = 1; turn <= 4; turn++) {
    source.ns = turn;
    clock.fireDue();
  }
  assert.equal(fired, 3);
});

test("the next deadline is the earliest of all timers, or never", () => {
  const { clock } = clockAt(0);
  assert.equal(clock.nextDeadlineNs(), Infinity);
  clock.createTimer(() => undefined).arm(70);
  const nearer = clock.createTimer(() => undefined);
  nearer.arm(40);
  assert.equal(clock.nextDeadlineNs(), 40);
  nearer.cancel();
  assert.equal(clock.nextDeadlineNs(), 70);
});

test("whoever runs slices is told of each armed timer", () => {
  const { clock, armed } = clockAt(0);
  const timer = clock.createTimer(() => undefined);
  timer.arm(5);
  timer.arm(3);
  assert.deepEqual(armed, [5, 3]);
});
