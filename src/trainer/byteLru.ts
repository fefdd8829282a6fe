/** A cache that forgets what was not asked for longest, bounded by the bytes of what it holds. */
export class ByteLru<V> {
  readonly #maxBytes: number;
  readonly #bytesOf: (value: V) => number;
  /** Oldest first: a Map keeps insertion order. */
  readonly #entries = new Map<string, V>();
  #bytes = 0;

  constructor(maxBytes: number, bytesOf: (value: V) => number) {
    this.#maxBytes = maxBytes;
    this.#bytesOf = bytesOf;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The value under the key, made and kept where it is not there; a value larger than the bound is not kept. */
  async getOrMake(key: string, make: () => Promise<V>): Promise<V> {
    const known = this.#entries.get(key);
    if (known !== undefined) {
      this.#entries.delete(key);
      this.#entries.set(key, known);
      return known;
    }
    const made = await make();
    this.#keep(key, made);
    return made;
  }

  #keep(key: string, value: V): void {
    const bytes = this.#bytesOf(value);
    if (bytes > this.#maxBytes) return;
    this.#entries.set(key, value);
    this.#bytes += bytes;
    for (const [oldest, old] of this.#entries) {
      if (this.#bytes <= this.#maxBytes) return;
      this.#entries.delete(oldest);
      this.#bytes -= this.#bytesOf(old);
    }
  }
}
