/** A set of vectors 0 … 255, as the IRR, ISR and TMR hold them: eight 32-bit words. */
const wordCount = 8;

export class VectorSet {
  private readonly words = new Uint32Array(wordCount);

  add(vector: number): void {
    this.words[vector >> 5]! |= 1 << (vector & 31);
  }

  remove(vector: number): void {
    this.words[vector >> 5]! &= ~(1 << (vector & 31));
  }

  has(vector: number): boolean {
    return ((this.words[vector >> 5]! >>> (vector & 31)) & 1) !== 0;
  }

  /** The highest vector, or -1 when the set is empty. */
  highest(): number {
    for (let i = wordCount - 1; i >= 0; i--) {
      const word = this.words[i]!;
      if (word !== 0) return 32 * i + 31 - Math.clz32(word);
    }
    return -1;
  }

  /** Word `index`, 0 … 7: vectors 32·index and up. */
  word(index: number): number {
    return this.words[index]!;
  }

  clear(): void {
    this.words.fill(0);
  }

  save(): number[] {
    return [...this.words];
  }

  restore(words: number[]): void {
    for (let i = 0; i < wordCount; i++) this.words[i] = words[i] ?? 0;
  }
}
