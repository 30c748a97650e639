import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { generateDecodeTables } from "./decode-tables.js";
import { generateLayout } from "./layout.js";
import { generateMsrs } from "./msrs.js";
import { generateOpcodes } from "./opcodes.js";
import { generateVmx } from "./vmx.js";

const target = new URL("../../../assembly/generated/", import.meta.url);
mkdirSync(target, { recursive: true });
const files: Record<string, string> = {
  "layout.ts": generateLayout(),
  "msrs.ts": generateMsrs(),
  "opcodes.ts": generateOpcodes(),
  "decode-tables.ts": generateDecodeTables(),
  "vmx.ts": generateVmx(),
};
for (const [name, text] of Object.entries(files)) writeFileSync(fileURLToPath(new URL(name, target)), text);
