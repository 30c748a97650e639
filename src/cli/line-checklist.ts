/** A line a guest must print, and what it shows. */
export interface ExpectedLine {
  pattern: RegExp;
  meaning: string;
}

const longestLine = 16384;
const lineFeed = 0x0a;

/** Watches a serial line for expected lines in their order; what comes between them does not matter. */
export class LineChecklist {
  readonly #expected: readonly ExpectedLine[];
  #line = "";
  #seen = 0;

  constructor(expected: readonly ExpectedLine[]) {
    this.#expected = expected;
  }

  add(bytes: Uint8Array): void {
    for (const byte of bytes) {
      if (byte === lineFeed) this.#endLine();
      else if (this.#line.length < longestLine) this.#line += String.fromCharCode(byte);
    }
  }

  /** The first expected line that has not come yet, or undefined when all came. */
  get missing(): ExpectedLine | undefined {
    return this.#expected[this.#seen];
  }

  #endLine(): void {
    if (this.missing?.pattern.test(this.#line)) this.#seen++;
    this.#line = "";
  }
}
