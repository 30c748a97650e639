/** The records that `apt-cache show` prints (deb-control(5), the syntax is "deb822"). */

/** One version of one binary package. */
export interface PackageRecord {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  readonly section: string;
  /** Size of the .deb in bytes. */
  readonly size: number;
  /** Hexadecimal SHA-256 of the .deb. */
  readonly sha256: string;
  /** Package names of Depends and Pre-Depends, the first of each list of alternatives. */
  readonly depends: readonly string[];
}

export function parsePackageRecords(text: string): PackageRecord[] {
  const stanzas = text.split(/\n{2,}/).filter((stanza) => stanza.trim() !== "");
  return stanzas.map((stanza) => toRecord(parseFields(stanza)));
}

/** A field's continuation lines start with a space; none of the fields read here has any. */
function parseFields(stanza: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const line of stanza.split("\n")) {
    const colon = line.indexOf(":");
    if (colon > 0 && !/^\s/.test(line)) fields.set(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  return fields;
}

function toRecord(fields: Map<string, string>): PackageRecord {
  const field = (name: string): string => fields.get(name) ?? "";
  return {
    name: field("Package"),
    version: field("Version"),
    architecture: field("Architecture"),
    section: field("Section"),
    size: Number(field("Size")),
    sha256: field("SHA256"),
    depends: [...parseDependencies(field("Pre-Depends")), ...parseDependencies(field("Depends"))],
  };
}

/** "a (>= 1) | b, c:any" gives a, c. */
function parseDependencies(list: string): string[] {
  const names = list.split(",").map((choice) => /^[a-z0-9][a-z0-9+.-]*/.exec(choice.trim())?.[0]);
  return names.filter((name) => name !== undefined);
}
