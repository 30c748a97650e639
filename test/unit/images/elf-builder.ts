/** Makes small ELF files for tests: 64-bit, little-endian, with section headers and nothing to execute. */

export interface TestSection {
  name: string;
  type: number;
  content: Uint8Array;
  /** The name of the section that this one's sh_link refers to. */
  link?: string;
}

export function buildElf(sections: readonly TestSection[]): Uint8Array {
  const names = ["", ...sections.map((section) => section.name), ".shstrtab"];
  const nameTable = Buffer.from(names.map((name) => `${name}\0`).join(""));
  const all = [
    { name: "", type: 0, content: new Uint8Array(0) },
    ...sections,
    { name: ".shstrtab", type: 3, content: nameTable },
  ];
  const contents = Buffer.concat(all.map((section) => section.content));
  const file = Buffer.alloc(64 + contents.length + all.length * 64);
  file.write("\x7fELF\x02\x01\x01", "latin1");
  file.writeBigUInt64LE(BigInt(64 + contents.length), 0x28);
  file.writeUInt16LE(all.length, 0x3c);
  file.writeUInt16LE(all.length - 1, 0x3e);
  contents.copy(file, 64);
  let offset = 64;
  all.forEach((section, i) => {
    const header = 64 + contents.length + i * 64;
    file.writeUInt32LE(nameTable.indexOf(`${section.name}\0`), header);
    file.writeUInt32LE(section.type, header + 4);
    file.writeBigUInt64LE(BigInt(offset), header + 24);
    file.writeBigUInt64LE(BigInt(section.content.length), header + 32);
    const link = "link" in section ? all.findIndex((other) => other.name === section.link) : 0;
    file.writeUInt32LE(link, header + 40);
    offset += section.content.length;
  });
  return file;
}

/** A library or program that needs other libraries. */
export function buildDynamicElf(needed: readonly string[]): Uint8Array {
  const strings = Buffer.from(["", ...needed].map((name) => `${name}\0`).join(""));
  const dynamic = Buffer.alloc((needed.length + 1) * 16);
  needed.forEach((name, i) => {
    dynamic.writeBigUInt64LE(1n, i * 16);
    dynamic.writeBigUInt64LE(BigInt(strings.indexOf(`${name}\0`)), i * 16 + 8);
  });
  return buildElf([
    { name: ".dynstr", type: 3, content: strings },
    { name: ".dynamic", type: 6, content: dynamic, link: ".dynstr" },
    { name: ".interp", type: 1, content: Buffer.from("/lib64/ld-test.so.2\0") },
  ]);
}

/** A kernel module with dependencies. */
export function buildModule(depends: string): Uint8Array {
  const content = Buffer.from(`license=GPL\0depends=${depends}\0`);
  return buildElf([{ name: ".modinfo", type: 1, content }]);
}
