import { ImageError } from "../image-error.js";
import { readPackageFiles } from "../packages/package-files.js";
import type { TarEntry } from "../archive/tar-reader.js";
import { isElf64, neededLibraries } from "./elf-file.js";

/** Where Debian packages keep 64-bit libraries: the dynamic linker's default folders (multiarch). */
const libraryPath = /^(usr\/)?(lib\/x86_64-linux-gnu|lib64)\/[^/]+\.so(\.[^/]*)?$/;

/** The libraries of a set of packages, by soname. */
export class LibrarySet {
  private readonly files = new Map<string, TarEntry>();

  /** Adds all libraries of a .deb. */
  async addPackage(debPath: string): Promise<void> {
    const files = await readPackageFiles(debPath, (path) => libraryPath.test(path));
    for (const [path, entry] of files) this.add(path, entry);
  }

  add(path: string, entry: TarEntry): void {
    const name = path.slice(path.lastIndexOf("/") + 1);
    // libc6 has the dynamic linker also as a link of the same name in another folder.
    if (this.files.get(name)?.kind !== "file") this.files.set(name, entry);
  }

  /**
   * The content of every library that the dynamic linker loads for the programs, by soname. Throws
   * `library-missing` when one is in none of the packages.
   */
  closureOf(programs: readonly Uint8Array[]): Map<string, Uint8Array> {
    const closure = new Map<string, Uint8Array>();
    const visit = (file: Uint8Array): void => {
      for (const soname of neededLibraries(file)) {
        if (closure.has(soname)) continue;
        const library = this.find(soname);
        closure.set(soname, library);
        visit(library);
      }
    };
    programs.forEach(visit);
    return closure;
  }

  /** A library's content; a soname is most often a symbolic link to a file with a longer version. */
  find(soname: string): Uint8Array {
    let name = soname;
    for (let links = 0; links < 8; links++) {
      const entry = this.files.get(name);
      if (entry?.kind === "file" && isElf64(entry.content)) return entry.content;
      if (entry?.kind !== "symlink") break;
      name = entry.linkTarget.slice(entry.linkTarget.lastIndexOf("/") + 1);
    }
    throw new ImageError(
      "library-missing",
      `the shared library ${soname} is in none of the packages`,
      "the packages do not fit together: run apt-get update on this host, then build again",
    );
  }
}
