import { packCpio } from "../archive/cpio-writer.js";
import { FileTree } from "../archive/file-tree.js";
import { interpreterOf } from "../elf/elf-file.js";
import { LibrarySet } from "../elf/library-set.js";
import { loadOrder, moduleName } from "../elf/module-order.js";
import { fileAt, readPackageFiles } from "../packages/package-files.js";
import type { PackageRecord } from "../packages/package-record.js";
import { addBase, debianMinimal, makeMinimalTree } from "./debian-minimal.js";
import { readKernel } from "./linux-kernel.js";
import type { LinuxKernel } from "./linux-kernel.js";
import { readScript } from "./recipe-scripts.js";
import type { Recipe } from "./recipe.js";

const emulatorPackage = "qemu-system-x86";
const emulatorPath = "usr/bin/qemu-system-x86_64";

/** Files of the virtual machine monitor's machine, by the package that has them. */
const firmware: Readonly<Record<string, readonly string[]>> = {
  seabios: ["usr/share/seabios/bios-256k.bin"],
  "qemu-system-data": ["usr/share/qemu/kvmvapic.bin", "usr/share/qemu/linuxboot_dma.bin"],
};

/** The hypervisor's modules; each comes with what it depends on. */
const hypervisorModules = ["kvm-intel", "kvm-amd"];

/** debian-minimal with KVM and QEMU: starts debian-minimal once more in a virtual machine of its own. */
export const debianKvm: Recipe = {
  name: "debian-kvm",
  description: "debian-minimal with KVM and QEMU, which start debian-minimal as a level-2 guest",
  commandLine: "console=ttyS0,115200 panic=-1 innervisor.level=1",
  memoryMiB: 768,
  scripts: [...debianMinimal.scripts, "debian-kvm/init", "debian-kvm/start-guest"],
  async plan(source) {
    const isLibrary = (record: PackageRecord): boolean => record.section === "libs";
    return [
      ...(await debianMinimal.plan(source)),
      ...(await source.resolve(Object.keys(firmware))),
      ...(await source.resolveClosure(emulatorPackage, isLibrary)),
    ];
  },
  async build(packages, context) {
    const paths = await context.source.download(packages);
    const debs = new Map(packages.map((record, i) => [record.name, paths[i]!]));
    context.progress("unpack", `${packages.length} packages`);
    const busyboxDeb = debs.get("busybox-static")!;
    const kernel = await readKernel(paths[0]!, { withModules: true });
    const tree = new FileTree();
    await addBase(tree, busyboxDeb);
    addModules(tree, kernel);
    await addFirmware(tree, debs);
    await addEmulator(tree, debs);
    tree.addFile("guest/vmlinuz", kernel.image);
    tree.addFile("guest/initrd.cpio", packCpio(await makeMinimalTree(busyboxDeb)));
    tree.addFile("init", await readScript("debian-kvm/init"), 0o755);
    tree.addFile("bin/start-guest", await readScript("debian-kvm/start-guest"), 0o755);
    return { kernel: kernel.image, tree };
  },
};

/** Puts each module and what it depends on into lib/modules, and the order of loading into NAME.order. */
function addModules(tree: FileTree, kernel: LinuxKernel): void {
  for (const wanted of hypervisorModules) {
    const order = loadOrder(wanted, kernel.modules);
    for (const path of order) tree.addFile(shortPath(path), kernel.modules.get(path)!);
    tree.addFile(
      `lib/modules/${wanted}.order`,
      Buffer.from(order.map((path) => `/${shortPath(path)}\n`).join("")),
    );
  }
}

function shortPath(modulePath: string): string {
  return `lib/modules/${moduleName(modulePath)}.ko`;
}

async function addFirmware(tree: FileTree, debs: ReadonlyMap<string, string>): Promise<void> {
  for (const [name, wanted] of Object.entries(firmware)) {
    const files = await readPackageFiles(debs.get(name)!, (path) => wanted.includes(path));
    for (const path of wanted) tree.addFile(path, fileAt(files, path, name).content);
  }
}

/** The program, its dynamic linker and all libraries that the linker loads for it. */
async function addEmulator(tree: FileTree, debs: ReadonlyMap<string, string>): Promise<void> {
  const files = await readPackageFiles(debs.get(emulatorPackage)!, (path) => path === emulatorPath);
  const program = fileAt(files, emulatorPath, emulatorPackage).content;
  tree.addFile(emulatorPath, program, 0o755);
  const libraries = new LibrarySet();
  for (const [name, path] of debs) if (/^(lib|zlib)/.test(name)) await libraries.addPackage(path);
  for (const [soname, content] of libraries.closureOf([program])) {
    tree.addFile(`lib/x86_64-linux-gnu/${soname}`, content, 0o755);
  }
  const linker = interpreterOf(program) ?? "/lib64/ld-linux-x86-64.so.2";
  tree.addFile(linker.slice(1), libraries.find(linker.slice(linker.lastIndexOf("/") + 1)), 0o755);
}
