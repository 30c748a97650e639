/**
 * Packs a FileTree as a "newc" cpio archive, the format of Linux's initial RAM file system.
 * Source: the kernel's Documentation/driver-api/early-userspace/buffer-format.rst.
 *
 * The same tree always gives the same bytes: owners are root, times are zero, inode numbers count up.
 */
import type { FileTree, TreeNode } from "./file-tree.js";

const typeBits = { directory: 0o040000, file: 0o100000, symlink: 0o120000, "character-device": 0o020000 };

const magic = "070701";
const trailerName = "TRAILER!!!";

/** The whole archive; its length is a multiple of 4 bytes. */
export function packCpio(tree: FileTree): Uint8Array {
  const parts: Uint8Array[] = [];
  let inode = 1;
  for (const [path, node] of tree.entries()) {
    const content = contentOf(node);
    parts.push(member(path, node, inode++, content.length), content, padding(content.length));
  }
  parts.push(header(trailerName, { inode: 0, mode: 0, links: 1, size: 0, major: 0, minor: 0 }));
  return Buffer.concat(parts);
}

function contentOf(node: TreeNode): Uint8Array {
  if (node.kind === "file") return node.content;
  return node.kind === "symlink" ? Buffer.from(node.target) : Buffer.alloc(0);
}

function member(path: string, node: TreeNode, inode: number, size: number): Uint8Array {
  const permissions = node.kind === "symlink" ? 0o777 : node.mode;
  const device = node.kind === "character-device" ? node : { major: 0, minor: 0 };
  return header(path, {
    inode,
    mode: typeBits[node.kind] | permissions,
    links: node.kind === "directory" ? 2 : 1,
    size,
    major: device.major,
    minor: device.minor,
  });
}

interface HeaderFields {
  readonly inode: number;
  readonly mode: number;
  readonly links: number;
  readonly size: number;
  readonly major: number;
  readonly minor: number;
}

/** The 110-byte header and the NUL-terminated name, padded to a multiple of 4 bytes. */
function header(name: string, fields: HeaderFields): Uint8Array {
  const nameBytes = Buffer.from(`${name}\0`);
  const { inode, mode, links, size, major, minor } = fields;
  // c_ino c_mode c_uid c_gid c_nlink c_mtime c_filesize c_maj c_min c_rmaj c_rmin c_namesize c_chksum
  const words = [inode, mode, 0, 0, links, 0, size, 0, 0, major, minor, nameBytes.length, 0];
  const prefix = Buffer.from(magic + words.map(hexadecimal).join(""));
  return Buffer.concat([prefix, nameBytes, padding(prefix.length + nameBytes.length)]);
}

function hexadecimal(word: number): string {
  return word.toString(16).toUpperCase().padStart(8, "0");
}

function padding(length: number): Uint8Array {
  return Buffer.alloc((4 - (length % 4)) % 4);
}
