import { FileTree } from "../archive/file-tree.js";
import { fileAt, readPackageFiles } from "../packages/package-files.js";
import { readKernel, resolveKernelPackage } from "./linux-kernel.js";
import { readScript } from "./recipe-scripts.js";
import type { Recipe } from "./recipe.js";

const busyboxPath = "bin/busybox";

/** Debian's cloud kernel and BusyBox: prints what machine it runs on and powers off, or gives a shell. */
export const debianMinimal: Recipe = {
  name: "debian-minimal",
  description: "Debian's cloud kernel and BusyBox; reports its machine and powers off, or gives a shell",
  commandLine: "console=ttyS0,115200 panic=-1 innervisor.level=1",
  memoryMiB: 128,
  scripts: ["common/report.sh", "debian-minimal/init"],
  async plan(source) {
    const [busybox] = await source.resolve(["busybox-static"]);
    return [await resolveKernelPackage(source), busybox!];
  },
  async build(packages, context) {
    const [kernelDeb, busyboxDeb] = await context.source.download(packages);
    context.progress("unpack", packages.map((record) => record.name).join(", "));
    const kernel = await readKernel(kernelDeb!, { withModules: false });
    return { kernel: kernel.image, tree: await makeMinimalTree(busyboxDeb!) };
  },
};

/** The files of debian-minimal, also for recipes that start it as their guest. */
export async function makeMinimalTree(busyboxDeb: string): Promise<FileTree> {
  const tree = new FileTree();
  await addBase(tree, busyboxDeb);
  tree.addFile("init", await readScript("debian-minimal/init"), 0o755);
  return tree;
}

/** What every image of ours has: mount points, the console that the kernel opens for init, BusyBox, reports. */
export async function addBase(tree: FileTree, busyboxDeb: string): Promise<void> {
  for (const folder of ["dev", "proc", "sys", "tmp", "run", "root", "bin", "lib"]) tree.addDirectory(folder);
  tree.addCharacterDevice("dev/console", 5, 1);
  const files = await readPackageFiles(busyboxDeb, (path) => path === busyboxPath);
  tree.addFile(busyboxPath, fileAt(files, busyboxPath, "busybox-static").content, 0o755);
  tree.addSymlink("bin/sh", "busybox");
  tree.addFile("lib/report.sh", await readScript("common/report.sh"));
}
