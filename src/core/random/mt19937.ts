const WORDS = 624;
const SHIFT = 397;
const UPPER = 0x80000000;
const LOWER = 0x7fffffff;

/** The 624 words of the generator (unsigned) and how many of them were handed out since the last refill. */
export interface Mt19937State {
  words: number[];
  position: number;
}

/**
 * The Mersenne Twister MT19937 (Matsumoto and Nishimura, 1998), seeded by the 2002 initialisation with one 32-bit word,
 * as torch's CPU generator and numpy's legacy generator are.
 */
export class Mt19937 {
  readonly #words: Uint32Array;
  #position: number;

  private constructor(words: Uint32Array, position: number) {
    this.#words = words;
    this.#position = position;
  }

  /** @param seed only its low 32 bits count */
  static seeded(seed: number): Mt19937 {
    const words = new Uint32Array(WORDS);
    let previous = seed >>> 0;
    words[0] = previous;
    for (let i = 1; i < WORDS; i++) {
      previous = (Math.imul(1812433253, previous ^ (previous >>> 30)) + i) >>> 0;
      words[i] = previous;
    }
    return new Mt19937(words, WORDS);
  }

  /** @param key 32-bit words; the 2002 `init_by_array`, as Python seeds its generator */
  static seededByArray(key: readonly number[]): Mt19937 {
    const generator = Mt19937.seeded(19650218);
    const words = generator.#words;
    const mixed = (i: number, factor: number): number => {
      const before = words[i - 1] ?? 0;
      return (words[i] ?? 0) ^ Math.imul(before ^ (before >>> 30), factor);
    };
    let i = 1;
    const advance = (): void => {
      i++;
      if (i < WORDS) return;
      words[0] = words[WORDS - 1] ?? 0;
      i = 1;
    };
    for (let k = 0, j = 0; k < Math.max(WORDS, key.length); k++) {
      words[i] = mixed(i, 1664525) + (key[j] ?? 0) + j;
      j = (j + 1) % key.length;
      advance();
    }
    for (let k = 1; k < WORDS; k++) {
      words[i] = mixed(i, 1566083941) - i;
      advance();
    }
    words[0] = UPPER;
    return generator;
  }

  static fromState({ words, position }: Mt19937State): Mt19937 {
    return new Mt19937(Uint32Array.from(words), position);
  }

  getState(): Mt19937State {
    return { words: Array.from(this.#words), position: this.#position };
  }

  /** The next 32 random bits, unsigned. */
  next(): number {
    if (this.#position >= WORDS) this.#refill();
    let y = this.#words[this.#position++] ?? 0;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  #refill(): void {
    const words = this.#words;
    for (let i = 0; i < WORDS; i++) {
      const y = ((words[i] ?? 0) & UPPER) | ((words[(i + 1) % WORDS] ?? 0) & LOWER);
      words[i] = (words[(i + SHIFT) % WORDS] ?? 0) ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    this.#position = 0;
  }
}

/** Whether plain data (from a checkpoint) is a state {@link Mt19937.fromState} can take. */
export function isMt19937State(value: unknown): value is Mt19937State {
  if (typeof value !== 'object' || value === null) return false;
  const { words, position } = value as Partial<Mt19937State>;
  if (!Array.isArray(words) || words.length !== WORDS) return false;
  if (!words.every(word => Number.isInteger(word) && word >= 0 && word <= 0xffffffff)) return false;
  return Number.isInteger(position) && Number(position) >= 0 && Number(position) <= WORDS;
}
