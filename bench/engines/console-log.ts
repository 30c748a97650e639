/** A line of a guest's serial console and when its end arrived here. */
export interface ConsoleLine {
  readonly text: string;
  /** Milliseconds of `performance.now()`. */
  readonly atMs: number;
}

/** Cuts what arrives from a serial console into lines, each with its time. */
export class ConsoleLog {
  readonly lines: ConsoleLine[] = [];
  private pending = "";

  append(chunk: Uint8Array): void {
    const atMs = performance.now();
    const parts = (this.pending + Buffer.from(chunk).toString("latin1")).split("\n");
    this.pending = parts.pop() ?? "";
    for (const part of parts) this.lines.push({ text: part.replaceAll("\r", ""), atMs });
  }

  /** The first line that contains the text. */
  find(text: string): ConsoleLine | undefined {
    return this.lines.find((line) => line.text.includes(text));
  }

  /** The last few lines, to say why a run failed. */
  tail(count = 3): string {
    const texts = [...this.lines.map((line) => line.text), this.pending].filter((text) => text.trim() !== "");
    return texts.slice(-count).join(" / ");
  }
}
