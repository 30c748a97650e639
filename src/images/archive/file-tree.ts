/** The files of an initial RAM file system, before they are packed. */

export type TreeNode =
  | { readonly kind: "directory"; readonly mode: number }
  | { readonly kind: "file"; readonly mode: number; readonly content: Uint8Array }
  | { readonly kind: "symlink"; readonly target: string }
  | {
      readonly kind: "character-device";
      readonly mode: number;
      readonly major: number;
      readonly minor: number;
    };

/** Paths have no leading slash; a node's parent folders are made (mode 755) when they are missing. */
export class FileTree {
  private readonly nodes = new Map<string, TreeNode>();

  addDirectory(path: string, mode = 0o755): void {
    this.add(path, { kind: "directory", mode });
  }

  addFile(path: string, content: Uint8Array, mode = 0o644): void {
    this.add(path, { kind: "file", mode, content });
  }

  addSymlink(path: string, target: string): void {
    this.add(path, { kind: "symlink", target });
  }

  addCharacterDevice(path: string, major: number, minor: number, mode = 0o600): void {
    this.add(path, { kind: "character-device", mode, major, minor });
  }

  has(path: string): boolean {
    return this.nodes.has(path);
  }

  /** All nodes, parents before their children and otherwise in the order in which they were added. */
  entries(): IterableIterator<[string, TreeNode]> {
    return this.nodes.entries();
  }

  private add(path: string, node: TreeNode): void {
    const parent = path.slice(0, Math.max(path.lastIndexOf("/"), 0));
    if (parent !== "" && !this.nodes.has(parent)) this.addDirectory(parent);
    this.nodes.set(path, node);
  }
}
