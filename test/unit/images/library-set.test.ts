import assert from "node:assert/strict";
import { test } from "node:test";
import { LibrarySet } from "../../../src/images/elf/library-set.js";
import { buildDynamicElf } from "./elf-builder.js";

function file(path: string, content: Uint8Array): [string, Parameters<LibrarySet["add"]>[1]] {
  return [path, { path, kind: "file", mode: 0o644, linkTarget: "", content }];
}

function link(path: string, linkTarget: string): [string, Parameters<LibrarySet["add"]>[1]] {
  return [path, { path, kind: "symlink", mode: 0o777, linkTarget, content: new Uint8Array(0) }];
}

function makeSet(): LibrarySet {
  const set = new LibrarySet();
  const folder = "usr/lib/x86_64-linux-gnu";
  set.add(...file(`${folder}/liba.so.1.5`, buildDynamicElf(["libb.so.2"])));
  set.add(...link(`${folder}/liba.so.1`, "liba.so.1.5"));
  set.add(...file(`${folder}/libb.so.2`, buildDynamicElf(["liba.so.1"])));
  set.add(...file("lib/x86_64-linux-gnu/ld.so.2", buildDynamicElf([])));
  set.add(...link("lib64/ld.so.2", "/lib/x86_64-linux-gnu/ld.so.2"));
  return set;
}

test("libraries are followed through links and through each other", () => {
  const closure = makeSet().closureOf([buildDynamicElf(["liba.so.1"])]);
  assert.deepEqual([...closure.keys()], ["liba.so.1", "libb.so.2"]);
});

test("a link does not hide the file of the same name in another folder", () => {
  assert.ok(makeSet().find("ld.so.2").length > 0);
});

test("a library that no package has is named", () => {
  assert.throws(() => makeSet().closureOf([buildDynamicElf(["libz.so.1"])]), {
    code: "library-missing",
    message: /libz\.so\.1/,
  });
});

test("links that lead in a circle are reported as a missing library", () => {
  const set = new LibrarySet();
  set.add(...link("lib64/liba.so", "libb.so"));
  set.add(...link("lib64/libb.so", "liba.so"));
  assert.throws(() => set.find("liba.so"), { code: "library-missing" });
});
