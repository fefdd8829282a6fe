import { BYTE_SYMBOLS } from './byteSymbols.ts';
import { MergeQueue } from './mergeQueue.ts';

/** Words longer than this, and more words than that, are not kept: prompts repeat words, attacks do not. */
const LONGEST_CACHED_WORD = 256;
const CACHED_WORDS = 10_000;

/** How two neighbouring tokens become one: the lower the rank, the earlier. */
export interface Merge {
  rank: number;
  newId: number;
}

export interface BytePairModel {
  /** Token text (in byte symbols, with the end-of-word suffix) to id. */
  vocabulary: ReadonlyMap<string, number>;
  /** In order of rank. */
  merges: readonly (readonly [string, string])[];
  endOfWordSuffix: string;
  /** Stands for a byte that the vocabulary lacks; null where it lacks none. */
  unknownId: number | null;
}

/**
 * Byte-pair encoding of single words (Sennrich et al. 2016): a word starts as its UTF-8 bytes, the last one marked as the
 * end of the word; then the neighbouring pair of lowest rank, leftmost first, is merged until no pair is in the table.
 * A queue over a linked list keeps that at n log n, so a word of 10 kB costs milliseconds.
 */
export class BytePairEncoder {
  readonly #size: number;
  readonly #merges = new Map<number, Merge>();
  readonly #inner: Int32Array;
  readonly #last: Int32Array;
  readonly #cache = new Map<string, readonly number[]>();

  /** All merges must lie in the vocabulary: see readVocabulary. */
  constructor(model: BytePairModel) {
    const { vocabulary, merges, endOfWordSuffix, unknownId } = model;
    this.#size = vocabulary.size;
    const idOf = (token: string): number => vocabulary.get(token) ?? unknownId ?? -1;
    this.#inner = Int32Array.from(BYTE_SYMBOLS, idOf);
    this.#last = Int32Array.from(BYTE_SYMBOLS, symbol => idOf(symbol + endOfWordSuffix));
    merges.forEach(([left, right], rank) => {
      const key = this.#pair(idOf(left), idOf(right));
      this.#merges.set(key, { rank, newId: idOf(left + right) });
    });
  }

  /** Ids of one non-empty word as splitWords gives it. */
  encode(word: string): readonly number[] {
    const known = this.#cache.get(word);
    if (known !== undefined) return known;
    const ids = this.#merge(this.#start(word));
    if (word.length <= LONGEST_CACHED_WORD && this.#cache.size < CACHED_WORDS) this.#cache.set(word, ids);
    return ids;
  }

  #start(word: string): Int32Array {
    const bytes = Buffer.from(word, 'utf8');
    const end = bytes.length - 1;
    const symbols = Int32Array.from(
      bytes,
      (byte, i) => (i === end ? this.#last[byte] : this.#inner[byte]) ?? -1,
    );
    return symbols.filter(id => id >= 0);
  }

  #merge(ids: Int32Array): readonly number[] {
    const count = ids.length;
    const previous = Int32Array.from(ids, (_, i) => i - 1);
    const next = Int32Array.from(ids, (_, i) => i + 1);
    const gone = new Uint8Array(count);
    const queue = new MergeQueue();
    const idAt = (position: number): number => ids[position] ?? -1;
    const offer = (left: number, right: number): void => {
      if (left < 0 || right >= count) return;
      const merge = this.#merges.get(this.#pair(idAt(left), idAt(right)));
      if (merge !== undefined) queue.push({ ...merge, position: left });
    };

    for (let i = 0; i + 1 < count; i++) offer(i, i + 1);
    for (let top = queue.pop(); top !== undefined; top = queue.pop()) {
      const left = top.position;
      const right = next[left] ?? count;
      if (gone[left] === 1 || right >= count) continue;
      // The neighbours may have changed since this entry was queued.
      if (this.#merges.get(this.#pair(idAt(left), idAt(right)))?.newId !== top.newId) continue;
      const after = next[right] ?? count;
      ids[left] = top.newId;
      gone[right] = 1;
      next[left] = after;
      if (after < count) previous[after] = left;
      offer(previous[left] ?? -1, left);
      offer(left, after);
    }
    return Array.from(ids).filter((_, i) => gone[i] === 0);
  }

  #pair(left: number, right: number): number {
    return left * this.#size + right;
  }
}
