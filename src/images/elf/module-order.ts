import { ImageError } from "../image-error.js";
import { moduleInformation } from "./elf-file.js";

/** The name under which the kernel knows a module: hyphens and underscores are the same to it. */
export function moduleName(path: string): string {
  return path
    .slice(path.lastIndexOf("/") + 1)
    .replace(/\.ko$/, "")
    .replaceAll("-", "_");
}

/**
 * The paths of a module and of all that it depends on, in the order in which to load them. `modules` are the
 * files of all modules by path. Throws `module-missing`.
 */
export function loadOrder(wanted: string, modules: ReadonlyMap<string, Uint8Array>): string[] {
  const paths = new Map([...modules.keys()].map((path) => [moduleName(path), path]));
  const order: string[] = [];
  const visit = (name: string): void => {
    const path = paths.get(moduleName(name));
    if (path === undefined) throw missing(name);
    if (order.includes(path)) return;
    for (const dependency of dependenciesOf(modules.get(path)!)) visit(dependency);
    order.push(path);
  };
  visit(wanted);
  return order;
}

function dependenciesOf(module: Uint8Array): string[] {
  const list = moduleInformation(module).get("depends") ?? "";
  return list.split(",").filter((name) => name !== "");
}

function missing(name: string): ImageError {
  return new ImageError(
    "module-missing",
    `the kernel package has no module ${name}`,
    "its configuration is not the one of Debian 12's cloud kernel: use a host whose apt sources are Debian 12's",
  );
}
