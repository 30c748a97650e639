import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { VmError } from "../../../src/machine/errors.js";
import { FakeContext } from "./fake-context.js";
import { TemporaryFolder } from "./temporary-folder.js";

const folder = new TemporaryFolder();
const kernel = folder.write("vmlinuz", "kernel");
const initrd = folder.write("initrd", "initrd");

/** Runs `run --kernel …`; the machine is stopped by `script`'s end. */
function start(context: FakeContext, ...args: string[]): Promise<number> {
  return context.run("run", "--kernel", kernel, ...args);
}

test("power-off ends with 0, and only the guest's output is on stdout", async () => {
  const context = new FakeContext();
  context.script = (machine) => {
    machine.print("hello\r\n");
    return { reason: "power-off" };
  };
  assert.equal(await start(context), 0);
  assert.equal(context.stdout, "hello\r\n");
  assert.equal(context.stderr, "");
});

test("the exit port's value ends as QEMU's does", async () => {
  for (const [value, code] of [
    [0, 1],
    [1, 3],
    [0x10, 33],
    [0xff, 255],
  ] as const) {
    const context = new FakeContext();
    context.script = () => ({ reason: "exit-port", exitValue: value });
    assert.equal(await start(context, "--exit-on-port"), code);
    assert.equal(context.machines[0]?.options.exitPort, true);
  }
});

test("a triple fault is reported with registers, instructions and exceptions", async () => {
  const context = new FakeContext();
  const bytes = Uint8Array.from([0x90, 0x48, 0x89, 0xd8, 0x0f, 0x0b, 0xf4]);
  context.script = () => ({
    reason: "triple-fault",
    report: {
      processor: 0,
      registers: { RAX: 0x1234n, RIP: 0xffffffff81000004n },
      bitness: 64,
      linearRip: 0xffffffff81000004n,
      code: { linearAddress: 0xffffffff81000000n, bytes },
      exceptions: [{ vector: 14, errorCode: 2, rip: 0xffffffff81000000n, cr2: 0x10n }],
    },
  });
  assert.equal(await start(context), 4);
  assert.match(context.stderr, /error: .*triple fault/);
  assert.match(context.stderr, /RAX 0000000000001234 +RIP FFFFFFFF81000004/);
  assert.match(context.stderr, /^ {2}FFFFFFFF81000001 {2}48 89 D8 +mov rax,rbx$/m);
  assert.match(context.stderr, /^> FFFFFFFF81000004 {2}0F 0B +ud2$/m);
  assert.match(context.stderr, /vector 14 #PF at FFFFFFFF81000000 error code 2 CR2 0000000000000010/);
});

test("a reset starts the machine again, or ends with 8 under --no-reboot", async () => {
  const context = new FakeContext();
  context.script = () => ({ reason: context.machines.length < 3 ? "reset" : "power-off" });
  assert.equal(await start(context), 0);
  assert.equal(context.machines.length, 3);
  const once = new FakeContext();
  once.script = () => ({ reason: "reset" });
  assert.equal(await start(once, "--no-reboot"), 8);
});

test("the instruction limit and the time-out have their own codes", async () => {
  const limited = new FakeContext();
  limited.script = () => ({ reason: "instruction-limit" });
  assert.equal(await start(limited, "--max-instructions", "1000"), 6);
  assert.equal(limited.machines[0]?.options.maxInstructions, 1000);
  const slow = new FakeContext();
  slow.script = (machine) => machine.stopped.then(() => ({ reason: "stopped" }));
  assert.equal(await start(slow, "--timeout", "1"), 124);
  assert.match(slow.stderr, /time-out/);
});

test("Ctrl-] ends the machine; what was typed before it arrives; the terminal is given back", async () => {
  const context = new FakeContext();
  context.stdin.isTTY = true;
  context.script = async (machine) => {
    assert.equal(context.stdin.isRaw, true);
    context.stdin.type("ls\x03");
    context.stdin.type("q\x1dnever");
    await machine.stopped;
    return { reason: "stopped" };
  };
  assert.equal(await start(context), 10);
  assert.deepEqual(context.machines[0]?.received, ["ls\x03", "q"]);
  assert.equal(context.stdin.isRaw, false);
  assert.equal(context.stdin.listenerCount("data"), 0);
});

test("a pipe's Ctrl-] goes to the guest", async () => {
  const context = new FakeContext();
  context.script = () => {
    context.stdin.type("a\x1db");
    return { reason: "power-off" };
  };
  assert.equal(await start(context), 0);
  assert.deepEqual(context.machines[0]?.received, ["a\x1db"]);
});

test("SIGINT and SIGTERM stop the machine and give the terminal back", async () => {
  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const) {
    const context = new FakeContext();
    context.stdin.isTTY = true;
    context.script = async (machine) => {
      context.signals.emit(signal);
      await machine.stopped;
      return { reason: "stopped" };
    };
    assert.equal(await start(context), code);
    assert.equal(context.stdin.isRaw, false);
    assert.equal(context.signals.listenerCount(signal), 0);
  }
});

test("an engine that throws is an internal error, with the terminal given back", async () => {
  const context = new FakeContext();
  context.stdin.isTTY = true;
  context.script = () => {
    throw new TypeError("oops");
  };
  assert.equal(await start(context), 70);
  assert.match(context.stderr, /internal error: TypeError: oops/);
  assert.equal(context.stdin.isRaw, false);
});

test("options reach the machine", async () => {
  const disk = folder.write("disk.img", new Uint8Array(1024));
  const context = new FakeContext();
  const args = [
    "--initrd",
    initrd,
    "--append",
    "quiet",
    "--memory",
    "2G",
    "--cpus",
    "2",
    "--disk",
    `${disk},ro`,
  ];
  assert.equal(
    await start(context, ...args, "--nested", "--clock", "virtual", "--cpu-profile", "haswell"),
    0,
  );
  const options = context.machines[0]!.options;
  assert.equal(options.memoryBytes, 2 ** 31);
  assert.equal(options.cpuCount, 2);
  assert.equal(options.clock, "virtual");
  assert.equal(options.cpuProfile, "haswell");
  assert.equal(options.exposeVirtualizationExtensions, true);
  assert.deepEqual([options.disks[0]?.sectorCount, options.disks[0]?.readOnly], [2, true]);
  assert.ok(options.boot.kind === "kernel");
  assert.equal(options.boot.commandLine, "quiet");
  assert.equal(options.boot.kernelName, "vmlinuz");
  assert.equal(new TextDecoder().decode(options.boot.initrd), "initrd");
});

test("virtualization extensions are exposed only when asked for, by either name", async () => {
  for (const [args, exposed] of [
    [[], false],
    [["--expose-virtualization-extensions"], true],
  ] as const) {
    const context = new FakeContext();
    await start(context, ...args);
    assert.equal(context.machines[0]?.options.exposeVirtualizationExtensions, exposed);
  }
});

test("a gzipped kernel is decompressed, a damaged one is refused", async () => {
  const context = new FakeContext();
  await context.run("run", "--kernel", folder.write("xen.gz", gzipSync("xen")));
  const boot = context.machines[0]!.options.boot;
  assert.ok(boot.kind === "kernel");
  assert.equal(new TextDecoder().decode(boot.kernel), "xen");
  const damaged = folder.write("damaged.gz", gzipSync("xen").subarray(0, 12));
  assert.equal(await context.run("run", "--kernel", damaged), 2);
  assert.match(context.stderr, /error: the kernel .*damaged.gz is a damaged gzip file/);
});

test("modules get their file name as the first word", async () => {
  const context = new FakeContext();
  await start(context, "--module", `${initrd}=a=b c`, "--module", kernel);
  const boot = context.machines[0]!.options.boot;
  assert.ok(boot.kind === "kernel");
  assert.deepEqual(
    boot.modules?.map((module) => module.commandLine),
    ["initrd a=b c", "vmlinuz"],
  );
});

test("flat images and firmware are started as such", async () => {
  const context = new FakeContext();
  assert.equal(await context.run("run", "--flat", `${kernel}@0x7C00`), 0);
  assert.equal(await context.run("run", "--firmware", kernel), 0);
  const [flat, firmware] = context.machines.map((machine) => machine.options.boot);
  assert.ok(flat?.kind === "flat" && flat.address === 0x7c00);
  assert.equal(firmware?.kind, "firmware");
});

test("--stats prints counters to stderr", async () => {
  const context = new FakeContext();
  assert.equal(await start(context, "--stats"), 0);
  assert.match(context.stderr, /^instructions {2}1,234,567\nexits {9}8\n$/);
});

test("bad input gives one error with a hint, exit code 2, and nothing on stdout", async () => {
  const missing = `${folder.path}/missing`;
  const cases: readonly (readonly [string[], RegExp])[] = [
    [[], /^error: expected one of --kernel, --flat and --firmware, found none\nhint: .*\n$/],
    [["--kernel", kernel, "--firmware", kernel], /found --kernel and --firmware/],
    [["--firmware", kernel, "--append", "x"], /^error: --append is only for --kernel, found --firmware\n/],
    [["--kernel", missing], /^error: the kernel .*missing does not exist\nhint: check the path\n$/],
    [["--kernel", folder.path], /^error: the kernel .* cannot be opened: it is a directory\n/],
    [["--kernel", folder.write("empty", "")], /^error: the kernel .*empty is empty\n/],
    [["--kernel", kernel, "--initrd", missing], /^error: the initrd .*missing does not exist/],
    [
      ["--kernel", kernel, "--memory", "lots"],
      /^error: --memory: expected a size such as 512M or 2G, found "lots"/,
    ],
    [["--kernel", kernel, "--memory", "1M"], /^error: memory size must be .* found 1 MiB/],
    [["--kernel", kernel, "--cpus", "0"], /^error: --cpus: expected a whole number from 1 to 64, found "0"/],
    [["--kernel", kernel, "--clock", "fast"], /^error: --clock: expected real or virtual/],
    [["--kernel", kernel, "--disk", missing], /^error: the disk .*missing does not exist/],
    [["--kernel", kernel, "--disk", kernel], /^error: the disk .* has 6 bytes, expected a multiple of 512/],
    [["--kernal", kernel], /^error: unknown option '--kernal'/],
    [["--kernel"], /^error: option '--kernel <file>' argument missing/],
    [["--kernel", kernel, "extra"], /^error: too many arguments/],
  ];
  for (const [args, message] of cases) {
    const context = new FakeContext();
    assert.equal(await context.run("run", ...args), 2, args.join(" "));
    assert.match(context.stderr, message);
    assert.equal(context.stderr.match(/^error:/gm)?.length, 1);
    assert.match(context.stderr, /^\(?(hint:|Did you mean)/m);
    assert.equal(context.stdout, "");
    assert.deepEqual(context.machines, []);
  }
});

test("an error of the machine about its input leaves the terminal alone", async () => {
  const context = new FakeContext();
  context.stdin.isTTY = true;
  context.createError = new VmError({
    code: "kernel-truncated",
    message: "the kernel is truncated",
    hint: "again",
  });
  assert.equal(await start(context), 2);
  assert.equal(context.stderr, "error: the kernel is truncated\nhint: again\n");
  assert.deepEqual(context.stdin.calls, []);
});

test("help goes to stdout with exit code 0, an unknown command is an error", async () => {
  const context = new FakeContext();
  assert.equal(await context.run("run", "--help"), 0);
  assert.match(context.stdout, /--kernel <file>/);
  assert.equal(await context.run("ruin"), 2);
  assert.match(context.stderr, /^error: unknown command 'ruin'/);
});
