import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DebugConsole } from "../../../src/devices/debug-ports/debug-console.js";
import { ExitPort, qemuExitStatus } from "../../../src/devices/debug-ports/exit-port.js";
import { PostCodePort } from "../../../src/devices/debug-ports/post-code-port.js";
import { FakeBus, FakeMachineControl, FakeSink } from "./fakes.js";

describe("Debug ports", () => {
  it("pass text on and read as E9H", () => {
    const bus = new FakeBus();
    const sink = new FakeSink();
    const console = new DebugConsole({ bus, sink });
    new DebugConsole({ bus, sink, port: 0x402 });
    bus.out(0xe9, 0x41);
    bus.out(0x402, 0x42);
    assert.equal(sink.text, "AB");
    assert.deepEqual([bus.in(0xe9), bus.in(0x402)], [0xe9, 0xe9]);
    assert.equal(console.name, "debug-console-e9");
  });

  it("end the machine with the value written to the exit port", () => {
    const bus = new FakeBus();
    const machine = new FakeMachineControl();
    new ExitPort({ bus, machine });
    bus.out(0xf4, 0x10, 4);
    assert.deepEqual(machine.exitValues, [0x10]);
    assert.equal(qemuExitStatus(0x10), 33);
  });

  it("take POST codes and read as 0", () => {
    const bus = new FakeBus();
    const port = new PostCodePort(bus);
    bus.out(0x80, 0x5a);
    assert.equal(bus.in(0x80), 0);
    assert.equal(port.lastCode, 0x5a);
  });
});
