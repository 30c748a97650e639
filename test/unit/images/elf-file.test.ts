import assert from "node:assert/strict";
import { test } from "node:test";
import {
  interpreterOf,
  isElf64,
  moduleInformation,
  neededLibraries,
} from "../../../src/images/elf/elf-file.js";
import { loadOrder } from "../../../src/images/elf/module-order.js";
import { buildDynamicElf, buildElf, buildModule } from "./elf-builder.js";

test("the needed libraries of a dynamic file come in their order", () => {
  const file = buildDynamicElf(["libb.so.1", "liba.so.2"]);
  assert.deepEqual(neededLibraries(file), ["libb.so.1", "liba.so.2"]);
  assert.equal(interpreterOf(file), "/lib64/ld-test.so.2");
});

test("a file without a dynamic section needs no libraries", () => {
  assert.deepEqual(neededLibraries(buildElf([])), []);
  assert.equal(interpreterOf(buildElf([])), undefined);
});

test("what is no ELF file, or a truncated one, needs no libraries", () => {
  assert.equal(isElf64(Buffer.from("#!/bin/sh\n")), false);
  assert.deepEqual(neededLibraries(Buffer.from("#!/bin/sh\n")), []);
  assert.deepEqual(neededLibraries(buildDynamicElf(["liba.so.1"]).subarray(0, 200)), []);
});

test("a module's information is read by name", () => {
  assert.equal(moduleInformation(buildModule("kvm,irqbypass")).get("depends"), "kvm,irqbypass");
});

test("modules are loaded after those that they depend on, each once", () => {
  const modules = new Map([
    ["kernel/kvm-intel.ko", buildModule("kvm")],
    ["kernel/kvm.ko", buildModule("irqbypass,other-one")],
    ["kernel/irqbypass.ko", buildModule("")],
    ["kernel/other_one.ko", buildModule("irqbypass")],
  ]);
  assert.deepEqual(loadOrder("kvm-intel", modules), [
    "kernel/irqbypass.ko",
    "kernel/other_one.ko",
    "kernel/kvm.ko",
    "kernel/kvm-intel.ko",
  ]);
});

test("a module that a kernel does not have is named", () => {
  const modules = new Map([["kvm.ko", buildModule("gone")]]);
  assert.throws(() => loadOrder("kvm", modules), { code: "module-missing", message: /module gone/ });
});
