import assert from "node:assert/strict";
import { test } from "node:test";
import { packCpio } from "../../../src/images/archive/cpio-writer.js";
import { FileTree } from "../../../src/images/archive/file-tree.js";

interface Member {
  name: string;
  mode: number;
  size: number;
  device: [number, number];
  content: string;
}

/** An independent reader of newc archives. */
function readMembers(archive: Uint8Array): Member[] {
  const bytes = Buffer.from(archive);
  const members: Member[] = [];
  for (let at = 0; at < bytes.length;) {
    assert.equal(bytes.toString("latin1", at, at + 6), "070701");
    const word = (i: number): number =>
      Number.parseInt(bytes.toString("latin1", at + 6 + i * 8, at + 14 + i * 8), 16);
    const nameEnd = at + 110 + word(11);
    const contentStart = Math.ceil(nameEnd / 4) * 4;
    const content = bytes.toString("latin1", contentStart, contentStart + word(6));
    const name = bytes.toString("latin1", at + 110, nameEnd - 1);
    members.push({ name, mode: word(1), size: word(6), device: [word(9), word(10)], content });
    at = Math.ceil((contentStart + word(6)) / 4) * 4;
  }
  return members;
}

test("a packed tree has each node with its type, mode and content, and the trailer", () => {
  const tree = new FileTree();
  tree.addFile("bin/a", Buffer.from("hello"), 0o755);
  tree.addSymlink("bin/b", "a");
  tree.addCharacterDevice("dev/console", 5, 1);
  const members = readMembers(packCpio(tree));
  assert.deepEqual(
    members.map(({ name, mode }) => [name, mode]),
    [
      ["bin", 0o040755],
      ["bin/a", 0o100755],
      ["bin/b", 0o120777],
      ["dev", 0o040755],
      ["dev/console", 0o020600],
      ["TRAILER!!!", 0],
    ],
  );
  assert.equal(members[1]?.content, "hello");
  assert.equal(members[2]?.content, "a");
  assert.deepEqual(members[4]?.device, [5, 1]);
});

test("an archive's length is a multiple of 4, so that archives can follow each other", () => {
  for (let length = 0; length < 5; length++) {
    const tree = new FileTree();
    tree.addFile("x".repeat(length + 1), Buffer.alloc(length));
    const archive = packCpio(tree);
    assert.equal(archive.length % 4, 0);
    assert.equal(readMembers(Buffer.concat([archive, archive])).length, 4);
  }
});

test("the same tree always gives the same bytes", () => {
  const make = (): Uint8Array => {
    const tree = new FileTree();
    tree.addFile("a/b", Buffer.from("content"));
    return packCpio(tree);
  };
  assert.deepEqual(make(), make());
});
