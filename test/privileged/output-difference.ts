/** How the outputs of two engines differ, line by line, each line told with the heading that it stands under. */

const headingMark = "== ";

export interface OutputDifference {
  /** Lines of the golden that the peer did not print. */
  readonly missing: readonly string[];
  /** Lines that only the peer printed. */
  readonly extra: readonly string[];
}

/** Lines as "heading | line". */
function labelled(output: string): string[] {
  let heading = "";
  return output.split("\n").map((line) => {
    if (line.startsWith(headingMark)) heading = line.slice(headingMark.length);
    return `${heading} | ${line}`;
  });
}

/** What is in `lines` more often than in `others`. */
function without(lines: readonly string[], others: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const line of others) counts.set(line, (counts.get(line) ?? 0) + 1);
  return lines.filter((line) => {
    const left = counts.get(line) ?? 0;
    counts.set(line, left - 1);
    return left <= 0;
  });
}

export function compareOutputs(golden: string, peer: string): OutputDifference {
  const goldenLines = labelled(golden);
  const peerLines = labelled(peer);
  return { missing: without(goldenLines, peerLines), extra: without(peerLines, goldenLines) };
}
