/** Compiles assembly/ to dist/assembly/processor.wasm. */
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";

const root = fileURLToPath(new URL("../../", import.meta.url));
mkdirSync(`${root}dist/assembly`, { recursive: true });
const { error, stderr } = await asc.main([
  "assembly/index.ts",
  "--baseDir",
  root,
  "--outFile",
  "dist/assembly/processor.wasm",
  "--optimizeLevel",
  "3",
  "--shrinkLevel",
  "0",
  "--runtime",
  "stub",
  "--importMemory",
  "--initialMemory",
  "65536",
  "--maximumMemory",
  "65536",
  "--memoryBase",
  "1024",
  "--noAssert",
  "--use",
  "abort=assembly/imports/abort",
  "--disable",
  "bulk-memory",
  "--enable",
  "bulk-memory,sign-extension,mutable-globals,nontrapping-f2i,simd",
]);
if (error) {
  process.stderr.write(stderr.toString());
  process.exit(1);
}
