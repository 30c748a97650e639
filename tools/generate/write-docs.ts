/** Writes the generated pages of docs/. */
import { writeFileSync } from "node:fs";
import { generateInstructionList } from "./instruction-list.js";

const docs = new URL("../../../docs/", import.meta.url);
writeFileSync(new URL("instructions.md", docs), generateInstructionList());
