import type { Command } from "commander";
import type { ProgressListener } from "../../images/index.js";
import { recipes } from "../../images/index.js";
import type { CliContext } from "../cli-context.js";
import { listStoredImages, removeStoredImage } from "../image-store.js";

/** `innervisor image build|list|remove`. */
export function addImageCommand(program: Command, context: CliContext): void {
  const image = program
    .command("image")
    .description("Builds guest images from Debian packages and keeps them");
  image
    .command("build <name>")
    .description("Builds an image, or finds it in the cache, and prints where its files are")
    .option("--json", "print the image's description as JSON")
    .action((name: string, options: { json?: boolean }) => buildCommand(name, options, context));
  image
    .command("list")
    .description("Lists the images: those that can be built, and where they are built already")
    .option("--json", "print JSON")
    .action((options: { json?: boolean }) => listCommand(options, context));
  image
    .command("remove <name>")
    .description("Removes a built image from the cache")
    .action((name: string) => removeCommand(name, context));
}

/** Progress of a build as lines on standard error. */
export function reportProgress(context: CliContext): ProgressListener {
  return (stage, detail) => context.stderr.write(`${stage}: ${detail}\n`);
}

async function buildCommand(name: string, options: { json?: boolean }, context: CliContext): Promise<void> {
  const { cacheDir, stdout } = context;
  const image = await context.buildImage(name, { cacheDir, progress: reportProgress(context) });
  if (options.json) stdout.write(`${JSON.stringify(image, undefined, 2)}\n`);
  else
    stdout.write(`kernel  ${image.kernelPath}\ninitrd  ${image.initrdPath}\nappend  ${image.commandLine}\n`);
}

async function listCommand(options: { json?: boolean }, context: CliContext): Promise<void> {
  const stored = await listStoredImages(context.cacheDir);
  const rows = recipes.map(({ name }) => ({
    name,
    builds: stored.filter((entry) => entry.image.name === name).map((entry) => entry.folder),
  }));
  if (options.json) {
    context.stdout.write(`${JSON.stringify(rows, undefined, 2)}\n`);
    return;
  }
  const width = Math.max(...rows.map((row) => row.name.length));
  for (const row of rows) {
    const builds = row.builds.length > 0 ? row.builds : ["not built"];
    for (const build of builds) context.stdout.write(`${row.name.padEnd(width)}  ${build}\n`);
  }
}

async function removeCommand(name: string, context: CliContext): Promise<void> {
  const folders = await removeStoredImage(context.cacheDir, name);
  for (const folder of folders) context.stderr.write(`removed ${folder}\n`);
}
